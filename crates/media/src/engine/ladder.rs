//! Which size and rate of picture suits a bit rate.

use std::time::{Duration, Instant};

/// Shorter side at most, pictures a second at most, and the bit rate from which the step is used.
const STEPS: [(u32, u32, u32); 6] = [
    (2160, 60, 2_800_000),
    (720, 30, 700_000),
    (540, 30, 450_000),
    (360, 30, 200_000),
    (270, 20, 110_000),
    (180, 15, 0),
];
/// A better step is taken when the rate is this much above its threshold …
const HEADROOM: f64 = 1.2;
/// … and the last change is this long ago.
const CALM: Duration = Duration::from_millis(1500);

/// Steps down at once and up with hesitation.
#[derive(Clone, Copy, Debug)]
pub struct Ladder {
    step: usize,
    changed: Option<Instant>,
}

impl Ladder {
    /// Starts at the step for this bit rate.
    pub fn new(bitrate: u32) -> Self {
        Self { step: Self::step_for(bitrate), changed: None }
    }

    fn step_for(bitrate: u32) -> usize {
        STEPS.iter().position(|(_, _, from)| bitrate >= *from).unwrap_or(STEPS.len() - 1)
    }

    /// Follows the bit rate (bit/s).
    pub fn update(&mut self, bitrate: u32, now: Instant) {
        let suits = Self::step_for(bitrate);
        let surely = Self::step_for((f64::from(bitrate) / HEADROOM) as u32);
        let calm = self.changed.is_none_or(|at| now.saturating_duration_since(at) >= CALM);
        let step = if suits > self.step {
            suits
        } else if surely < self.step && calm {
            surely
        } else {
            return;
        };
        self.step = step;
        self.changed = Some(now);
    }

    /// The largest width and height for a source of the given shape.
    pub fn bounds(&self, width: u32, height: u32) -> (u32, u32) {
        let short = STEPS.get(self.step).map_or(180, |step| step.0);
        let long = short * width.max(height) / width.min(height).max(1);
        if width >= height { (long.next_multiple_of(2), short) } else { (short, long.next_multiple_of(2)) }
    }

    /// Pictures a second at most.
    pub fn fps(&self) -> u32 {
        STEPS.get(self.step).map_or(15, |step| step.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn down_at_once_and_up_with_hesitation() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut ladder = Ladder::new(1_500_000);
        assert_eq!(ladder.bounds(1280, 720), (1280, 720));
        ladder.update(300_000, start);
        assert_eq!((ladder.bounds(1280, 720), ladder.fps()), ((640, 360), 30));
        ladder.update(2_000_000, after(500));
        assert_eq!(ladder.bounds(1280, 720), (640, 360));
        ladder.update(760_000, after(2000));
        assert_eq!(ladder.bounds(1280, 720), (960, 540));
        ladder.update(2_000_000, after(4000));
        assert_eq!(ladder.bounds(720, 1280), (720, 1280));
        ladder.update(50_000, after(4010));
        assert_eq!((ladder.bounds(640, 480), ladder.fps()), ((240, 180), 15));
    }

    #[test]
    fn a_rate_near_a_threshold_does_not_flap() {
        let start = Instant::now();
        let mut ladder = Ladder::new(720_000);
        let mut changes = 0;
        for i in 0..100u64 {
            let before = ladder.step;
            ladder.update(if i % 2 == 0 { 690_000 } else { 720_000 }, start + Duration::from_millis(i * 500));
            changes += u32::from(ladder.step != before);
        }
        assert_eq!(changes, 1);
    }
}
