//! What is heard while the far side sends nothing: as much noise as its room made, so that the line does not seem dead.

/// Louder than this is no background, -60 dBFS.
const LOUDEST: f32 = 0.001;
/// The estimate follows what is quieter quickly, and what is louder hardly.
const DOWN: f32 = 0.3;
const UP: f32 = 1.002;
/// White noise hisses; rooms hum. How much of the last sample stays.
const SMOOTHING: f32 = 0.8;

#[derive(Clone, Debug)]
pub struct ComfortNoise {
    /// Root mean square of the quietest that was heard lately.
    floor: Option<f32>,
    random: u32,
    last: f32,
}

impl Default for ComfortNoise {
    fn default() -> Self {
        Self { floor: None, random: 0x9e37_79b9, last: 0.0 }
    }
}

impl ComfortNoise {
    pub fn new() -> Self {
        Self::default()
    }

    /// A packet's sound.
    pub fn hear(&mut self, samples: &[f32]) {
        let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len().max(1) as f32;
        let now = power.sqrt().min(LOUDEST);
        self.floor = Some(match self.floor {
            Some(floor) if now < floor => floor + (now - floor) * DOWN,
            Some(floor) => (floor * UP).min(now.max(floor)),
            None => now,
        });
    }

    /// So much noise; silence as long as nothing was heard.
    pub fn next(&mut self, samples: usize) -> impl Iterator<Item = f32> + '_ {
        // A uniform sample in -1..1 has a root mean square of 1/√3, and smoothing takes a third of what is left.
        let loudness = self.floor.unwrap_or(0.0) * 3.0_f32.sqrt() * 3.0;
        (0..samples).map(move |_| {
            // xorshift32: no two samples alike for longer than anybody listens.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 17;
            self.random ^= self.random << 5;
            let white = (self.random as f32 / u32::MAX as f32) * 2.0 - 1.0;
            self.last = self.last * SMOOTHING + white * (1.0 - SMOOTHING);
            self.last * loudness
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudness(samples: &[f32]) -> f32 {
        (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn as_loud_as_the_quiet_parts_and_never_loud() {
        let mut comfort = ComfortNoise::new();
        assert!(comfort.next(480).all(|sample| sample == 0.0), "nothing was heard yet");
        for _ in 0..50 {
            comfort.hear(&[0.3; 960]);
        }
        let loud: Vec<f32> = comfort.next(48_000).collect();
        assert!(
            (0.5..1.5).contains(&(loudness(&loud) / LOUDEST)),
            "speech is no background: {}",
            loudness(&loud)
        );
        for _ in 0..50 {
            comfort.hear(&[0.0002; 960]);
        }
        let quiet: Vec<f32> = comfort.next(48_000).collect();
        assert!((0.5..1.5).contains(&(loudness(&quiet) / 0.0002)), "{}", loudness(&quiet));
    }
}
