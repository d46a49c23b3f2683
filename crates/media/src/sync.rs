//! Lip sync: holds pictures back until the sound that belongs to them is heard.
//!
//! Sender reports tie each stream's RTP time to one wall clock of the sender (RFC 3550 6.4.1), so for sound and picture we
//! know when what is heard or shown now was taken. Sound sets the pace (it waits in the jitter buffer); the picture is
//! delayed to match, but not to the last: sound that comes a little after its picture is what people are used to, and each
//! millisecond not waited brings the two sides closer. A picture that is later than its sound is shown at once.

use ahoy_model::SenderReport;
use std::time::{Duration, Instant};

/// More is not waited for; also the bound for what a broken sender report can do.
pub const MAX_DELAY: Duration = Duration::from_millis(500);
/// The delay moves at most this far with one update, so that the picture neither jumps nor freezes.
const STEP_MS: f64 = 20.0;
/// How much earlier than its sound a picture is shown. ITU-R BT.1359 puts detection at 125 ms for sound that is late, at 45 ms for
/// sound that is early.
const LEAD_MS: f64 = 30.0;
/// Differences from it that are left alone.
const DEAD_BAND_MS: f64 = 8.0;

/// Turns a stream's RTP times into the sender's wall clock.
#[derive(Clone, Copy, Debug)]
pub struct SenderClock {
    rate: f64,
    report: Option<SenderReport>,
}

impl SenderClock {
    /// `clock_rate` in Hz.
    pub fn new(clock_rate: u32) -> Self {
        Self { rate: f64::from(clock_rate) / 1000.0, report: None }
    }

    pub fn update(&mut self, report: SenderReport) {
        self.report = Some(report);
    }

    /// NTP time in ms at which the given RTP time was taken. `None` before the first report.
    pub fn ntp_millis(&self, rtp_time: u32) -> Option<f64> {
        let report = self.report?;
        let seconds = report.ntp as f64 / 4_294_967_296.0;
        let after = f64::from(rtp_time.wrapping_sub(report.rtp_time) as i32) / self.rate;
        Some(seconds * 1000.0 + after)
    }
}

/// Something taken at `taken` (ms of the sender's NTP clock) is heard or seen at `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayPoint {
    pub at: Instant,
    pub taken: f64,
}

impl PlayPoint {
    /// How much longer this took on its way than `other`, ms.
    pub fn later_than(&self, other: &Self) -> f64 {
        let at = match self.at.checked_duration_since(other.at) {
            Some(after) => after.as_secs_f64() * 1000.0,
            None => -(other.at.duration_since(self.at).as_secs_f64() * 1000.0),
        };
        at - (self.taken - other.taken)
    }
}

/// Finds the delay for the pictures of one call. Ask about once a second (or more often).
#[derive(Clone, Copy, Debug, Default)]
pub struct LipSync {
    delay_ms: f64,
}

impl LipSync {
    pub fn new() -> Self {
        Self::default()
    }

    /// `sound`: from `SoundEngine::line_stats`; `picture`: from `VideoReceiver::shown`, with the present delay in it.
    /// Returns the delay to set.
    pub fn update(&mut self, sound: PlayPoint, picture: PlayPoint) -> Duration {
        let error = sound.later_than(&picture) - LEAD_MS;
        if error.abs() > DEAD_BAND_MS {
            self.delay_ms =
                (self.delay_ms + error.clamp(-STEP_MS, STEP_MS)).clamp(0.0, MAX_DELAY.as_secs_f64() * 1000.0);
        }
        self.delay()
    }

    pub fn delay(&self) -> Duration {
        Duration::from_secs_f64(self.delay_ms / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_tie_rtp_time_to_the_wall_clock_across_the_wrap() {
        let mut clock = SenderClock::new(90_000);
        assert_eq!(clock.ntp_millis(5), None);
        clock.update(SenderReport { ntp: 10 << 32, rtp_time: u32::MAX - 44_999 });
        assert_eq!(clock.ntp_millis(45_000), Some(11_000.0));
        assert_eq!(clock.ntp_millis(u32::MAX - 134_999), Some(9_000.0));
    }

    #[test]
    fn the_picture_waits_for_the_sound_and_never_the_other_way() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        // Sound needs 140 ms to the ear, the picture 60 ms to the eye plus what we add.
        let mut sync = LipSync::new();
        for _ in 0..20 {
            let sound = PlayPoint { at: start + ms(140), taken: 0.0 };
            let picture = PlayPoint { at: start + ms(60 + 33) + sync.delay(), taken: 33.0 };
            sync.update(sound, picture);
        }
        assert!((sync.delay().as_millis() as i64 - 50).abs() <= 8, "{:?}", sync.delay());
        // Now the picture is slower by itself.
        for _ in 0..20 {
            let sound = PlayPoint { at: start + ms(60), taken: 0.0 };
            sync.update(sound, PlayPoint { at: start + ms(200) + sync.delay(), taken: 0.0 });
        }
        assert_eq!(sync.delay(), Duration::ZERO);
        // A report from nowhere cannot stop the picture.
        for _ in 0..100 {
            sync.update(PlayPoint { at: start, taken: -1e12 }, PlayPoint { at: start, taken: 0.0 });
        }
        assert!(sync.delay() <= MAX_DELAY);
    }
}

#[cfg(test)]
#[path = "sync_tests.rs"]
mod skew_tests;
