//! Runs a network, picture by picture, in memory of its own.

use super::graph::{Graph, ModelError, Step};
use super::kernel::Shape;

#[derive(Debug)]
pub struct Network {
    graph: Graph,
    /// What each place carries; empty for those that nothing is written to.
    places: Vec<Vec<f32>>,
}

impl Network {
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        let graph = Graph::read(file)?;
        let mut places = vec![Vec::new(); graph.shapes.len()];
        let written = graph.steps.iter().map(target).chain([graph.input]);
        for at in written {
            places[at] = vec![0.0; graph.shapes[at].len()];
        }
        let reads = graph.steps.iter().flat_map(sources).chain([graph.output]);
        if reads.into_iter().any(|at| places[at].is_empty()) {
            return Err(ModelError::Damaged);
        }
        Ok(Self { graph, places })
    }

    pub fn input(&self) -> Shape {
        self.graph.shapes[self.graph.input]
    }

    /// Fills the input and gives the output.
    pub fn run(&mut self, fill: impl FnOnce(&mut [f32])) -> &[f32] {
        fill(&mut self.places[self.graph.input]);
        for step in &self.graph.steps {
            let at = target(step);
            let mut to = std::mem::take(&mut self.places[at]);
            run(step, &self.places, &self.graph.shapes, &mut to);
            self.places[at] = to;
        }
        &self.places[self.graph.output]
    }
}

fn target(step: &Step) -> usize {
    match step {
        Step::Convolve { to, .. }
        | Step::Mean { to, .. }
        | Step::Add { to, .. }
        | Step::Multiply { to, .. }
        | Step::Double { to, .. }
        | Step::Activate { to, .. }
        | Step::Spread { to, .. } => *to,
    }
}

fn sources(step: &Step) -> Vec<usize> {
    match step {
        Step::Convolve { from, .. }
        | Step::Mean { from, .. }
        | Step::Double { from, .. }
        | Step::Activate { from, .. }
        | Step::Spread { from, .. } => vec![*from],
        Step::Add { left, right, .. } | Step::Multiply { left, right, .. } => vec![*left, *right],
    }
}

fn run(step: &Step, places: &[Vec<f32>], shapes: &[Shape], out: &mut [f32]) {
    match step {
        Step::Convolve { from, to, how } => how.run(&places[*from], shapes[*from], out, shapes[*to]),
        Step::Mean { from, .. } => {
            let shape = shapes[*from];
            out.fill(0.0);
            for pixel in places[*from].chunks_exact(shape.channels) {
                out.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
            }
            let count = (shape.height * shape.width) as f32;
            out.iter_mut().for_each(|sum| *sum /= count);
        }
        Step::Add { left, right, .. } => {
            for ((out, a), b) in out.iter_mut().zip(&places[*left]).zip(&places[*right]) {
                *out = a + b;
            }
        }
        Step::Multiply { left, right, .. } => {
            let factors = &places[*right];
            let pixels = places[*left].chunks_exact(factors.len());
            for (out, pixel) in out.chunks_exact_mut(factors.len()).zip(pixels) {
                for ((out, a), b) in out.iter_mut().zip(pixel).zip(factors) {
                    *out = a * b;
                }
            }
        }
        Step::Double { from, .. } => double(&places[*from], shapes[*from], out),
        Step::Activate { from, how, .. } => {
            out.iter_mut().zip(&places[*from]).for_each(|(out, value)| *out = how.of(*value));
        }
        Step::Spread { from, weights, bias, .. } => {
            spread(&places[*from], shapes[*from], weights, *bias, out)
        }
    }
}

/// Between the centres of pixels: three quarters of the near one, one quarter of the one beyond.
fn double(from: &[f32], shape: Shape, out: &mut [f32]) {
    let Shape { height, width, channels } = shape;
    let neighbours = |at: usize, length: usize| {
        let near = at / 2;
        let beyond = if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(length - 1) };
        (near, beyond)
    };
    for (y, line) in out.chunks_exact_mut(2 * width * channels).enumerate() {
        let (row, other) = neighbours(y, height);
        let [row, other] = [row, other].map(|row| &from[row * width * channels..][..width * channels]);
        for (x, pixel) in line.chunks_exact_mut(channels).enumerate() {
            let (near, beyond) = neighbours(x, width);
            let [near, beyond] = [near, beyond].map(|x| x * channels);
            let corners = row[near..][..channels].iter().zip(&row[beyond..][..channels]);
            let others = other[near..][..channels].iter().zip(&other[beyond..][..channels]);
            for ((out, (a, b)), (c, d)) in pixel.iter_mut().zip(corners).zip(others) {
                *out = 0.75 * (0.75 * a + 0.25 * b) + 0.25 * (0.75 * c + 0.25 * d);
            }
        }
    }
}

fn spread(from: &[f32], shape: Shape, weights: &[f32], bias: f32, out: &mut [f32]) {
    let Shape { width, channels, .. } = shape;
    let rows = from.chunks_exact(width * channels);
    for (row, lines) in rows.zip(out.chunks_exact_mut(4 * width)) {
        let (upper, lower) = lines.split_at_mut(2 * width);
        for (x, pixel) in row.chunks_exact(channels).enumerate() {
            let of = |corner: usize| {
                let weights = &weights[corner * channels..][..channels];
                bias + pixel.iter().zip(weights).map(|(a, b)| a * b).sum::<f32>()
            };
            (upper[2 * x], upper[2 * x + 1]) = (of(0), of(1));
            (lower[2 * x], lower[2 * x + 1]) = (of(2), of(3));
        }
    }
}
