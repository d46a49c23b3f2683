//! Convolutions over pictures whose channels lie side by side. Where the processor has wider registers they are used.

/// Channels that are summed up together.
pub const LANES: usize = 8;

/// Pixels, and numbers for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Shape {
    pub fn len(self) -> usize {
        self.height * self.width * self.channels
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    None,
    Rectify,
    HardSwish,
    Sigmoid,
}

impl Activation {
    #[inline(always)]
    pub fn of(self, x: f32) -> f32 {
        match self {
            Self::None => x,
            Self::Rectify => x.max(0.0),
            Self::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }
}

/// A convolution over all channels, or of each channel by itself.
#[derive(Debug)]
pub struct Convolution {
    each: bool,
    /// Rows and columns.
    kernel: (usize, usize),
    stride: usize,
    /// Above and on the left.
    padding: (usize, usize),
    /// Over all channels: for every eight channels that come out, all that comes in with its eight weights. Of each: as they come.
    weights: Vec<f32>,
    bias: Vec<f32>,
    pub activation: Activation,
}

impl Convolution {
    /// `weights` as TensorFlow Lite has them: by what comes out, row, column and what comes in.
    pub fn new(
        each: bool,
        kernel: (usize, usize),
        stride: usize,
        padding: (usize, usize),
        weights: &[f32],
        bias: Vec<f32>,
    ) -> Self {
        let weights = if each {
            weights.to_vec()
        } else {
            let depth = weights.len() / bias.len().max(1);
            let eights = weights.chunks_exact(depth.max(1) * LANES);
            let turned = |eight: &[f32]| -> Vec<f32> {
                (0..depth)
                    .flat_map(|k| (0..LANES).map(move |lane| (lane, k)))
                    .map(|(lane, k)| eight[lane * depth + k])
                    .collect()
            };
            eights.flat_map(turned).collect()
        };
        Self { each, kernel, stride, padding, weights, bias, activation: Activation::None }
    }

    pub fn run(&self, from: &[f32], shape: Shape, to: &mut [f32], made: Shape) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            #[allow(unsafe_code)] // SAFETY: the processor has just said that it can.
            unsafe {
                self.run_wide(from, shape, to, made);
            }
            return;
        }
        self.run_any::<{ cfg!(target_arch = "aarch64") }>(from, shape, to, made);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn run_wide(&self, from: &[f32], shape: Shape, to: &mut [f32], made: Shape) {
        self.run_any::<true>(from, shape, to, made);
    }

    #[inline(always)]
    fn run_any<const FUSED: bool>(&self, from: &[f32], shape: Shape, to: &mut [f32], made: Shape) {
        match (self.each, self.activation) {
            (true, Activation::Rectify) => self.run_each::<FUSED>(from, shape, to, made, |x| x.max(0.0)),
            (true, how) => self.run_each::<FUSED>(from, shape, to, made, |x| how.of(x)),
            (false, Activation::None) => self.run_all::<FUSED>(from, shape, to, made, |x| x),
            (false, Activation::Rectify) => self.run_all::<FUSED>(from, shape, to, made, |x| x.max(0.0)),
            (false, how) => self.run_all::<FUSED>(from, shape, to, made, |x| how.of(x)),
        }
    }

    /// Where the kernel begins for a row or column that comes out, and how much of it is outside before and behind.
    #[inline(always)]
    fn span(&self, at: usize, padding: usize, kernel: usize, length: usize) -> (usize, usize, usize) {
        let begin = at * self.stride;
        let first = padding.saturating_sub(begin);
        let last = kernel.min((length + padding).saturating_sub(begin));
        ((begin + first) - padding, first, last)
    }

    #[inline(always)]
    fn run_each<const FUSED: bool>(
        &self,
        from: &[f32],
        shape: Shape,
        to: &mut [f32],
        made: Shape,
        act: impl Fn(f32) -> f32 + Copy,
    ) {
        let channels = shape.channels;
        for (y, line) in to.chunks_exact_mut((made.width * channels).max(1)).enumerate() {
            let (top, first_row, last_row) = self.span(y, self.padding.0, self.kernel.0, shape.height);
            for (x, pixel) in line.chunks_exact_mut(channels).enumerate() {
                let (left, first, last) = self.span(x, self.padding.1, self.kernel.1, shape.width);
                for (eight, (out, bias)) in
                    pixel.chunks_exact_mut(LANES).zip(self.bias.chunks_exact(LANES)).enumerate()
                {
                    let mut sum: [f32; LANES] = eight_of(bias);
                    for row in first_row..last_row {
                        let source =
                            ((top + row - first_row) * shape.width + left) * channels + eight * LANES;
                        let weight = (row * self.kernel.1 + first) * channels + eight * LANES;
                        for column in 0..last.saturating_sub(first) {
                            let seen = eight_of(&from[source + column * channels..]);
                            let weights = eight_of(&self.weights[weight + column * channels..]);
                            for lane in 0..LANES {
                                sum[lane] = add::<FUSED>(sum[lane], seen[lane], weights[lane]);
                            }
                        }
                    }
                    for (out, sum) in out.iter_mut().zip(sum) {
                        *out = act(sum);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn run_all<const FUSED: bool>(
        &self,
        from: &[f32],
        shape: Shape,
        to: &mut [f32],
        made: Shape,
        act: impl Fn(f32) -> f32 + Copy,
    ) {
        let depth = self.weights.len() / self.bias.len().max(1);
        if self.kernel == (1, 1) && self.stride == 1 {
            return self.sum_up::<FUSED>(from, depth, to, made.channels, act);
        }
        // What the kernel sees of one row of pixels, side by side.
        let mut seen = vec![0.0; depth * made.width];
        for (y, line) in to.chunks_exact_mut((made.width * made.channels).max(1)).enumerate() {
            let (top, first_row, last_row) = self.span(y, self.padding.0, self.kernel.0, shape.height);
            seen.fill(0.0);
            for (x, patch) in seen.chunks_exact_mut(depth).enumerate() {
                let (left, first, last) = self.span(x, self.padding.1, self.kernel.1, shape.width);
                let length = last.saturating_sub(first) * shape.channels;
                for row in first_row..last_row {
                    let source = ((top + row - first_row) * shape.width + left) * shape.channels;
                    let target = (row * self.kernel.1 + first) * shape.channels;
                    patch[target..target + length].copy_from_slice(&from[source..source + length]);
                }
            }
            self.sum_up::<FUSED>(&seen, depth, line, made.channels, act);
        }
    }

    /// For each pixel, whose `depth` numbers lie side by side, all channels.
    #[inline(always)]
    fn sum_up<const FUSED: bool>(
        &self,
        from: &[f32],
        depth: usize,
        to: &mut [f32],
        channels: usize,
        act: impl Fn(f32) -> f32 + Copy,
    ) {
        const AT_ONCE: usize = 4;
        let many = to.len() / channels / AT_ONCE * AT_ONCE;
        let (body, rest) = to.split_at_mut(many * channels);
        let (seen, seen_rest) = from.split_at(many * depth);
        for (pixels, out) in seen.chunks_exact(depth * AT_ONCE).zip(body.chunks_exact_mut(channels * AT_ONCE))
        {
            self.sum_up_some::<FUSED, AT_ONCE>(pixels, depth, out, channels, act);
        }
        for (pixel, out) in seen_rest.chunks_exact(depth).zip(rest.chunks_exact_mut(channels)) {
            self.sum_up_some::<FUSED, 1>(pixel, depth, out, channels, act);
        }
    }

    #[inline(always)]
    fn sum_up_some<const FUSED: bool, const PIXELS: usize>(
        &self,
        from: &[f32],
        depth: usize,
        to: &mut [f32],
        channels: usize,
        act: impl Fn(f32) -> f32 + Copy,
    ) {
        let rows: [&[f32]; PIXELS] = std::array::from_fn(|pixel| &from[pixel * depth..][..depth]);
        let blocks = self.weights.chunks_exact(depth * LANES).zip(self.bias.chunks_exact(LANES));
        for (eight, (weights, bias)) in blocks.enumerate() {
            let mut sums = [eight_of(bias); PIXELS];
            for (k, weights) in weights.chunks_exact(LANES).enumerate() {
                let weights = eight_of(weights);
                for (sum, row) in sums.iter_mut().zip(rows) {
                    let seen = row[k];
                    for lane in 0..LANES {
                        sum[lane] = add::<FUSED>(sum[lane], seen, weights[lane]);
                    }
                }
            }
            for (pixel, sum) in sums.into_iter().enumerate() {
                let out = &mut to[pixel * channels + eight * LANES..][..LANES];
                for (out, sum) in out.iter_mut().zip(sum) {
                    *out = act(sum);
                }
            }
        }
    }
}

#[inline(always)]
fn eight_of(numbers: &[f32]) -> [f32; LANES] {
    std::array::from_fn(|lane| numbers[..LANES][lane])
}

/// One rounding less where the processor can; where it cannot, asking for that would be slow.
#[inline(always)]
fn add<const FUSED: bool>(sum: f32, a: f32, b: f32) -> f32 {
    if FUSED { a.mul_add(b, sum) } else { sum + a * b }
}
