//! A member's settings for its sound, as numbers: loudness, and what counts as silence.

use ahoy_media::level::decibels;

/// Steps of 10 ms that a gate stays open after the last loud one.
const HOLD: u32 = 30;
/// `input_volume`, `output_volume`: 0 leaves the sound as it is.
pub const VOLUMES: std::ops::RangeInclusive<f64> = -50.0..=50.0;
/// `input_sensitivity`: 0 hears nothing, 100 everything.
pub const SENSITIVITIES: std::ops::RangeInclusive<f64> = 0.0..=100.0;
/// What a member begins with (WIRE.md 16).
pub const SENSITIVITY: f64 = 11.1;

/// The factor for a volume: ±50 steps are ±20 dB, and the lowest step is silence.
pub fn gain(volume: f64) -> f32 {
    if volume <= *VOLUMES.start() {
        return 0.0;
    }
    10_f64.powf(volume.min(*VOLUMES.end()) * 0.4 / 20.0) as f32
}

/// What is quieter is not heard, dBFS. `None`: everything is.
pub fn threshold(sensitivity: f64) -> Option<f32> {
    let at_default = -56.0;
    Some(match sensitivity {
        s if s >= *SENSITIVITIES.end() => return None,
        s if s <= 0.0 => f64::INFINITY,
        s if s <= SENSITIVITY => -30.0 + (at_default + 30.0) * s / SENSITIVITY,
        s => at_default - 34.0 * (s - SENSITIVITY) / (100.0 - SENSITIVITY),
    } as f32)
}

/// Closes while it is quiet, without a click.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gate {
    hold: u32,
    /// What was applied last, 0 to 1.
    factor: f32,
}

impl Gate {
    /// Takes 10 ms. False: closed, nothing is left of it.
    pub fn pass(&mut self, sound: &mut [f32], threshold: Option<f32>) -> bool {
        match threshold {
            Some(threshold) if decibels(sound) < threshold => self.hold = self.hold.saturating_sub(1),
            _ => self.hold = HOLD,
        }
        let target = if self.hold > 0 { 1.0 } else { 0.0 };
        if self.factor == target {
            if target == 0.0 {
                sound.fill(0.0);
            }
            return target > 0.0;
        }
        let step = (target - self.factor) / sound.len().max(1) as f32;
        for sample in sound.iter_mut() {
            self.factor += step;
            *sample *= self.factor;
        }
        self.factor = target;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_and_sensitivities_mean_what_they_say() {
        assert!((gain(0.0) - 1.0).abs() < 1e-6);
        assert!((gain(50.0) - 10.0).abs() < 1e-3 && gain(-50.0) == 0.0 && gain(1e9) <= 10.1);
        assert_eq!(threshold(100.0), None);
        assert_eq!(threshold(0.0), Some(f32::INFINITY));
        assert!((threshold(SENSITIVITY).unwrap() + 56.0).abs() < 1e-3);
        assert!(threshold(50.0) < threshold(20.0) && threshold(5.0) > threshold(10.0));
    }

    #[test]
    fn a_gate_closes_softly_and_opens_at_once() {
        let mut gate = Gate::default();
        let (loud, quiet) = ([0.3; 480], [0.0001; 480]);
        let limit = threshold(SENSITIVITY);
        let mut pass = |mut sound: [f32; 480]| (gate.pass(&mut sound, limit), sound);
        assert!(pass(loud).0);
        assert!((0..HOLD).all(|_| pass(quiet).0), "it is held open, and the last step fades");
        assert!(!pass(quiet).0);
        let (open, sound) = pass(loud);
        assert!(open && sound[0] < 0.01 && sound[479] > 0.29);
        assert!(!Gate::default().pass(&mut [0.5; 480], Some(f32::INFINITY)));
    }
}
