//! Several lines → one.

use crate::hardware::STEP;

/// Adds up lines of 10 ms and bends what is too loud instead of cutting it off.
#[derive(Clone, Debug)]
pub struct Mixer {
    sum: [f32; STEP],
}

impl Default for Mixer {
    fn default() -> Self {
        Self { sum: [0.0; STEP] }
    }
}

impl Mixer {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn clear(&mut self) {
        self.sum.fill(0.0);
    }

    /// Adds a line with a gain of 0 to 2.
    pub fn add(&mut self, line: &[f32; STEP], gain: f32) {
        for (sum, sample) in self.sum.iter_mut().zip(line) {
            *sum += sample * gain;
        }
    }

    /// What was added since `clear`, within -1..1.
    pub fn finish(&self, out: &mut [f32; STEP]) {
        for (out, sum) in out.iter_mut().zip(&self.sum) {
            *out = soft_clip(*sum);
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

    #[test]
    fn quiet_lines_add_up_and_loud_ones_stay_in_bounds() {
        let mut mixer = Mixer::new();
        mixer.add(&[0.25; STEP], 1.0);
        mixer.add(&[0.5; STEP], 0.5);
        let mut out = [0.0; STEP];
        mixer.finish(&mut out);
        assert!(out.iter().all(|x| (x - 0.5).abs() < 1e-6));
        for _ in 0..20 {
            mixer.add(&[0.9; STEP], 1.0);
        }
        mixer.finish(&mut out);
        assert!(out.iter().all(|x| *x > 0.95 && *x < 1.0));
        assert!(soft_clip(f32::INFINITY).abs() <= 1.0 && soft_clip(-1e30) >= -1.0);
        mixer.clear();
        mixer.finish(&mut out);
        assert!(out.iter().all(|x| *x == 0.0));
    }
}
