//! From one sample rate to another, sample by sample and without allocating, so that a sound callback may use it.
//!
//! A bank of windowed-sinc filters, one for each place that an output sample can have between two input samples.

use ahoy_media::LeftRight;
use std::f64::consts::PI;

/// Half the filter's length when the rate does not fall, in input samples.
const REACH: usize = 16;
/// Where the filter begins to fall off, as a part of the lower rate's band.
const PASS: f64 = 0.94;

/// Takes samples at one rate and gives them at another.
pub struct RateConverter {
    /// `phases × taps` weights.
    weights: Box<[f32]>,
    /// The last `taps` input samples, written twice so that they always lie in one piece.
    history: Box<[f32]>,
    taps: usize,
    next: usize,
    phases: u32,
    phase: u32,
    step: u32,
    /// Input samples to take before the next output sample.
    wanted: u32,
}

impl RateConverter {
    /// Rates in Hz. `None` when one of them is 0.
    pub fn new(from: u32, to: u32) -> Option<Self> {
        let common = common_divisor(from, to);
        if from == 0 || to == 0 {
            return None;
        }
        let (step, phases) = (from / common, to / common);
        let narrowing = f64::from(from.max(to)) / f64::from(to);
        // Equal rates need no filter: one tap of weight 1.
        let reach = if from == to { 0 } else { (REACH as f64 * narrowing).ceil() as usize };
        let taps = (2 * reach).max(1);
        let mut weights = Vec::with_capacity(taps * phases as usize);
        for phase in 0..phases {
            let centre = reach as f64 - 1.0 + f64::from(phase) / f64::from(phases);
            let row: Vec<f64> =
                (0..taps).map(|tap| weight(tap as f64 - centre, PASS / narrowing, reach)).collect();
            let sum: f64 = row.iter().sum();
            weights.extend(row.iter().map(|value| (value / sum) as f32));
        }
        Some(Self {
            weights: weights.into(),
            history: vec![0.0; 2 * taps].into(),
            taps,
            next: 0,
            phases,
            phase: 0,
            step,
            wanted: 1,
        })
    }

    /// Takes one sample. Call [`pull`](Self::pull) until it has no more before the next one.
    pub fn push(&mut self, sample: f32) {
        for place in [self.next, self.next + self.taps] {
            if let Some(slot) = self.history.get_mut(place) {
                *slot = sample;
            }
        }
        self.next = (self.next + 1) % self.taps;
        self.wanted = self.wanted.saturating_sub(1);
    }

    /// The next sample at the new rate, or `None` when that needs another `push`.
    pub fn pull(&mut self) -> Option<f32> {
        if self.wanted > 0 {
            return None;
        }
        let recent = self.history.get(self.next..self.next + self.taps)?;
        let start = self.phase as usize * self.taps;
        let row = self.weights.get(start..start + self.taps)?;
        let sample = recent.iter().zip(row).map(|(sample, weight)| sample * weight).sum();
        self.phase += self.step;
        self.wanted = self.phase / self.phases;
        self.phase %= self.phases;
        Some(sample)
    }
}

/// The same for left and right, which stay together.
pub struct PairConverter([RateConverter; 2]);

impl PairConverter {
    /// Rates in Hz. `None` when one of them is 0.
    pub fn new(from: u32, to: u32) -> Option<Self> {
        Some(Self([RateConverter::new(from, to)?, RateConverter::new(from, to)?]))
    }

    pub fn push(&mut self, pair: LeftRight) {
        for (converter, sample) in self.0.iter_mut().zip(pair) {
            converter.push(sample);
        }
    }

    pub fn pull(&mut self) -> Option<LeftRight> {
        let [left, right] = &mut self.0;
        Some([left.pull()?, right.pull()?])
    }
}

/// A sinc of the given band under a Blackman window, `distance` samples from its middle.
fn weight(distance: f64, band: f64, reach: usize) -> f64 {
    if reach == 0 {
        return 1.0;
    }
    let place = distance / reach as f64;
    if place.abs() >= 1.0 {
        return 0.0;
    }
    let window = 0.42 + 0.5 * (PI * place).cos() + 0.08 * (2.0 * PI * place).cos();
    let angle = PI * band * distance;
    let sinc = if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
    band * sinc * window
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { common_divisor(b, a % b) }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
