//! What meters show, counted in sound and not in time: they are as smooth on a busy computer.

use super::SoundLevels;
use crate::hardware::{LeftRight, STEP};
use crate::level::{Meter, SpeechDetector};

/// Steps of 10 ms between two readings.
const EVERY: u32 = 3;
/// A sample from here on was cut off by the card.
const FULL_SCALE: f32 = 0.999;
/// For so many steps it is shown that the microphone was overdriven.
const CLIPPING_SHOWN: u32 = 100;

#[derive(Debug)]
pub(super) struct LevelFeed {
    microphone: Meter,
    speaker: Meter,
    speech: SpeechDetector,
    /// Steps for which clipping is still shown.
    clipping: u32,
    /// Until the next reading.
    left: u32,
}

impl LevelFeed {
    pub(super) fn new() -> Self {
        Self {
            microphone: Meter::new(),
            speaker: Meter::new(),
            speech: SpeechDetector::new(),
            clipping: 0,
            left: EVERY,
        }
    }

    /// 10 ms as the microphone delivered them.
    pub(super) fn overdriven(&mut self, pairs: &[LeftRight; STEP]) {
        if pairs.iter().flatten().any(|sample| sample.abs() >= FULL_SCALE) {
            // One more, since it is counted down with this very step.
            self.clipping = CLIPPING_SHOWN + 1;
        }
    }

    /// 10 ms as they are sent. A reading whenever one is due. `listens`: it came from a microphone; `muted`: somebody does not
    /// hear it.
    pub(super) fn captured(
        &mut self,
        sound: &[f32; STEP],
        listens: bool,
        muted: bool,
    ) -> Option<SoundLevels> {
        self.microphone.update(sound);
        let talking = listens && self.speech.update(sound);
        self.clipping = self.clipping.saturating_sub(1);
        self.left -= 1;
        if self.left > 0 {
            return None;
        }
        self.left = EVERY;
        Some(SoundLevels {
            microphone: self.microphone.level(),
            speaker: self.speaker.level(),
            clipping: self.clipping > 0,
            talking_muted: talking && muted,
        })
    }

    /// 10 ms of what is heard.
    pub(super) fn played(&mut self, sound: &[f32; STEP]) {
        self.speaker.update(sound);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Sine;

    #[test]
    fn a_second_of_sound_gives_at_least_25_readings_and_says_when_it_was_too_loud() {
        let mut feed = LevelFeed::new();
        let mut tone = Sine::new(300.0, 1.0);
        let mut second = |feed: &mut LevelFeed, gain: f32| -> Vec<SoundLevels> {
            let step = |_| {
                let mut step = [0.0; STEP];
                tone.fill(&mut step);
                step = step.map(|sample| (sample * gain).clamp(-1.0, 1.0));
                feed.overdriven(&step.map(|sample| [sample, 0.0]));
                feed.captured(&step, true, true)
            };
            (0..100).filter_map(step).collect()
        };
        let quiet = second(&mut feed, 0.1);
        assert!(quiet.len() >= 25, "{} readings", quiet.len());
        assert!(quiet.iter().all(|levels| !levels.clipping && (0.5..0.8).contains(&levels.microphone)));
        let loud = second(&mut feed, 1.5);
        assert!(loud.iter().all(|levels| levels.clipping && levels.microphone > 0.9));
        assert!(loud.iter().any(|levels| levels.talking_muted));
        let after = second(&mut feed, 0.01);
        assert!(after[..25].iter().all(|levels| levels.clipping), "it is shown for a second");
        assert!(second(&mut feed, 0.01).iter().all(|levels| !levels.clipping));
    }
}
