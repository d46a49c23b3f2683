//! How loud sound is, and whether somebody speaks.

/// Quieter than this reads 0, dBFS.
const FLOOR_DB: f32 = -60.0;

/// A meter as people expect it: up at once, down slowly, 0 (-60 dBFS) to 1 (full scale).
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    level: f32,
}

impl Meter {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes 10 ms of sound and returns what to show.
    pub fn update(&mut self, samples: &[f32]) -> f32 {
        let now = (1.0 - decibels(samples) / FLOOR_DB).clamp(0.0, 1.0);
        // Falls by the whole scale in about 600 ms.
        self.level = now.max(self.level - 0.017);
        self.level
    }

    pub fn level(&self) -> f32 {
        self.level
    }
}

/// Root mean square in dBFS (a full-scale square wave is 0).
pub fn decibels(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-12).log10()
}

/// Tells speech from the noise of the room by loudness alone: 12 dB over a floor that is learnt, for 60 ms, and some time
/// on from there. Good enough for "you are muted" and "speaking now".
#[derive(Clone, Copy, Debug)]
pub struct SpeechDetector {
    floor: f32,
    loud_for: u32,
    hold: u32,
}

impl Default for SpeechDetector {
    fn default() -> Self {
        Self { floor: -50.0, loud_for: 0, hold: 0 }
    }
}

impl SpeechDetector {
    const OVER_FLOOR: f32 = 12.0;
    const QUIETEST_SPEECH: f32 = -45.0;
    /// In steps of 10 ms.
    const ATTACK: u32 = 6;
    const HOLD: u32 = 40;

    pub fn new() -> Self {
        Self::default()
    }

    /// Takes 10 ms of sound; whether somebody speaks now.
    pub fn update(&mut self, samples: &[f32]) -> bool {
        let level = decibels(samples).max(-90.0);
        // The floor follows silence quickly down and creeps up while it is loud.
        self.floor =
            if level < self.floor { self.floor * 0.9 + level * 0.1 } else { (self.floor + 0.02).min(-20.0) };
        if level > (self.floor + Self::OVER_FLOOR).max(Self::QUIETEST_SPEECH) {
            self.loud_for += 1;
            if self.loud_for >= Self::ATTACK {
                self.hold = Self::HOLD;
            }
        } else {
            self.loud_for = self.loud_for.saturating_sub(1);
            self.hold = self.hold.saturating_sub(1);
        }
        self.hold > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Sine;

    #[test]
    fn the_meter_rises_at_once_and_falls_slowly() {
        let mut meter = Meter::new();
        assert!(meter.update(&[0.0; 480]) < f32::EPSILON);
        let mut loud = [0.0; 480];
        Sine::new(1000.0, 1.0).fill(&mut loud);
        let up = meter.update(&loud);
        assert!(up > 0.9, "{up}");
        let after = meter.update(&[0.0; 480]);
        assert!(after > 0.85 && after < up);
        for _ in 0..70 {
            meter.update(&[0.0; 480]);
        }
        assert!(meter.level() < 0.01);
    }

    #[test]
    fn speech_is_told_from_silence_and_steady_noise() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut noise = |gain: f32| -> Vec<f32> { (0..480).map(|_| (random.f32() - 0.5) * gain).collect() };
        let mut detector = SpeechDetector::new();
        assert!((0..200).all(|_| !detector.update(&noise(0.003))));
        assert!((0..30).any(|_| detector.update(&noise(0.4))));
        assert!((0..100).any(|_| !detector.update(&noise(0.003))));
    }
}
