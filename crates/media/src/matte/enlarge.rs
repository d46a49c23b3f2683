//! A small plane laid over a large one, bilinear: along its lines first, then from line to line as they are needed.

/// Between two numbers: the upper one counts this much of 128.
fn between(from: u8, to: u8, share: u16) -> u8 {
    ((u16::from(from) * (128 - share) + u16::from(to) * share + 64) >> 7) as u8
}

/// For a place in the large one: the small one's place before it, and how much the next one counts (of 128).
fn place(at: usize, large: usize, small: usize) -> (usize, usize, u16) {
    let way = ((at as f32 + 0.5) * small as f32 / large as f32 - 0.5).clamp(0.0, (small - 1) as f32);
    let first = way as usize;
    (first, (first + 1).min(small - 1), ((way - first as f32) * 128.0).round() as u16)
}

/// A small plane, as wide as the large one already.
pub struct Enlarged {
    lines: Vec<u8>,
    width: usize,
    height: (usize, usize),
}

impl Enlarged {
    /// `small` has lines of `from` numbers; `to` is the size of the large one.
    pub fn new(small: &[u8], from: usize, (width, height): (usize, usize)) -> Self {
        let places: Vec<_> = (0..width).map(|x| place(x, width, from)).collect();
        let rows = small.len() / from;
        let mut lines = vec![0; rows * width];
        for (line, wide) in small.chunks_exact(from).zip(lines.chunks_exact_mut(width)) {
            for (wide, (first, next, share)) in wide.iter_mut().zip(&places) {
                *wide = between(line[*first], line[*next], *share);
            }
        }
        Self { lines, width, height: (height, rows) }
    }

    /// One line of the large one.
    pub fn line(&self, y: usize, out: &mut [u8]) {
        let (first, next, share) = place(y, self.height.0, self.height.1);
        let [first, next] = [first, next].map(|row| &self.lines[row * self.width..][..self.width]);
        for ((out, first), next) in out.iter_mut().zip(first).zip(next) {
            *out = between(*first, *next, share);
        }
    }
}
