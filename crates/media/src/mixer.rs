//! Several lines → one.

use crate::hardware::{LeftRight, STEP};
use crate::stereo::{self, Wide};

/// Adds up lines of 10 ms and bends what is too loud instead of cutting it off.
#[derive(Clone, Debug)]
pub struct Mixer {
    sum: Wide,
}

impl Default for Mixer {
    fn default() -> Self {
        Self { sum: Wide::SILENCE }
    }
}

impl Mixer {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn clear(&mut self) {
        self.sum = Wide::SILENCE;
    }

    /// Adds a line of one channel with a gain of 0 to 2.
    pub fn add(&mut self, line: &[f32; STEP], gain: f32) {
        for (sum, sample) in self.sum.middle.iter_mut().zip(line) {
            *sum += sample * gain;
        }
    }

    /// The same for one of two channels.
    pub fn add_wide(&mut self, line: &Wide, gain: f32) {
        self.add(&line.middle, gain);
        if line.has_side {
            self.sum.has_side = true;
            for (sum, sample) in self.sum.side.iter_mut().zip(&line.side) {
                *sum += sample * gain;
            }
        }
    }

    /// What was added since `clear` in one channel, within -1..1.
    pub fn finish(&self, out: &mut [f32; STEP]) {
        for (out, sum) in out.iter_mut().zip(&self.sum.middle) {
            *out = soft_clip(*sum);
        }
    }

    /// The same on each side, and the middle of that.
    pub fn finish_wide(&self, pairs: &mut [LeftRight; STEP], middle: &mut [f32; STEP]) {
        let sums = self.sum.middle.iter().zip(&self.sum.side);
        for ((pair, out), (sum, side)) in pairs.iter_mut().zip(middle).zip(sums) {
            if self.sum.has_side {
                *pair = stereo::join(*sum, *side).map(soft_clip);
                (*out, _) = stereo::split(*pair);
            } else {
                *out = soft_clip(*sum);
                *pair = [*out; 2];
            }
        }
    }
}

/// Straight up to 0.8, then bent so that it never passes 1.
pub fn soft_clip(x: f32) -> f32 {
    const KNEE: f32 = 0.8;
    let over = x.abs() - KNEE;
    if over <= 0.0 {
        x
    } else if over.is_finite() {
        x.signum() * (KNEE + (1.0 - KNEE) * (over / (over + (1.0 - KNEE))))
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(mixer: &Mixer) -> ([LeftRight; STEP], [f32; STEP]) {
        let (mut pairs, mut middle) = ([[9.0; 2]; STEP], [9.0; STEP]);
        mixer.finish_wide(&mut pairs, &mut middle);
        (pairs, middle)
    }

    #[test]
    fn quiet_lines_add_up_and_loud_ones_stay_in_bounds() {
        let mut mixer = Mixer::new();
        mixer.add(&[0.25; STEP], 1.0);
        mixer.add(&[0.5; STEP], 0.5);
        let (pairs, middle) = finished(&mixer);
        assert!(middle.iter().chain(pairs.iter().flatten()).all(|x| (x - 0.5).abs() < 1e-6));
        for _ in 0..20 {
            mixer.add(&[0.9; STEP], 1.0);
        }
        let (_, middle) = finished(&mixer);
        assert!(middle.iter().all(|x| *x > 0.95 && *x < 1.0));
        assert!(soft_clip(f32::INFINITY).abs() <= 1.0 && soft_clip(-1e30) >= -1.0);
        mixer.clear();
        assert_eq!(finished(&mixer), ([[0.0; 2]; STEP], [0.0; STEP]));
    }

    #[test]
    fn left_and_right_stay_apart_and_each_in_bounds() {
        let mut mixer = Mixer::new();
        mixer.add_wide(&Wide::from_pairs(&[[0.5, 0.0]; STEP]), 1.0);
        mixer.add(&[0.25; STEP], 1.0);
        let (pairs, middle) = finished(&mixer);
        assert_eq!((pairs[7], middle[7]), ([0.75, 0.25], 0.5));
        mixer.add_wide(&Wide::from_pairs(&[[5.0, 0.0]; STEP]), 2.0);
        let (pairs, _) = finished(&mixer);
        assert!(pairs[7][0] > 0.95 && pairs[7][0] < 1.0 && pairs[7][1] == 0.25, "{:?}", pairs[7]);
    }
}
