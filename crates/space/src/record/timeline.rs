//! When something belongs into a recording: time as it went by, pauses left out. Knows no clock.

use std::time::{Duration, Instant};

/// Pictures a second in the sense of RTP and of the film.
pub const RATE: u32 = 90_000;
/// A picture's own clock is believed as long as it stays this close to ours.
const DRIFT: Duration = Duration::from_secs(1);

/// Begins with the first picture; runs until it is paused.
#[derive(Debug, Default)]
pub struct Timeline {
    /// When it began or went on, and how much there was then.
    since: Option<(Instant, Duration)>,
    /// How much there was when it was paused last.
    before: Duration,
    /// An RTP time of a picture, and where in the recording it belongs.
    anchor: Option<(u32, Duration)>,
}

impl Timeline {
    pub fn runs(&self) -> bool {
        self.since.is_some()
    }

    /// Begins, or goes on after a pause.
    pub fn run(&mut self, now: Instant) {
        if self.since.is_none() {
            self.since = Some((now, self.before));
            self.anchor = None;
        }
    }

    pub fn pause(&mut self, now: Instant) {
        self.before = self.at(now);
        self.since = None;
    }

    /// Length so far.
    pub fn at(&self, now: Instant) -> Duration {
        match self.since {
            Some((since, before)) => before + now.saturating_duration_since(since),
            None => self.before,
        }
    }

    /// The place of a picture with this RTP time that came `now`: pictures keep the distances they were taken at.
    pub fn picture(&mut self, rtp_time: u32, now: Instant) -> Duration {
        let came = self.at(now);
        let (first, at) = *self.anchor.get_or_insert((rtp_time, came));
        let ticks = rtp_time.wrapping_sub(first);
        let said = at + Duration::from_micros(u64::from(ticks) * 100 / 9);
        if said.abs_diff(came) <= DRIFT {
            // Later ones count from this one, so that the 13 hours after which RTP times begin anew do not matter.
            self.anchor = Some((rtp_time, said));
            return said;
        }
        self.anchor = Some((rtp_time, came));
        came
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn pauses_are_left_out() {
        let start = Instant::now();
        let mut line = Timeline::default();
        assert!(!line.runs() && line.at(start + ms(500)) == Duration::ZERO);
        line.run(start);
        line.run(start + ms(100));
        assert_eq!(line.at(start + ms(1_000)), ms(1_000));
        line.pause(start + ms(1_000));
        assert_eq!(line.at(start + ms(9_000)), ms(1_000));
        line.run(start + ms(9_000));
        assert_eq!(line.at(start + ms(9_250)), ms(1_250));
    }

    #[test]
    fn pictures_keep_their_distances_and_a_strange_clock_is_not_believed() {
        let start = Instant::now();
        let mut line = Timeline::default();
        line.run(start);
        let first = u32::MAX - 1_000;
        assert_eq!(line.picture(first, start + ms(5)), ms(5));
        // It came late, but was taken 33 ms after the first one; the numbers begin anew between the two.
        let second = line.picture(first.wrapping_add(3_000), start + ms(70));
        assert!(second.abs_diff(ms(38)) < ms(1), "{second:?}");
        assert_eq!(line.picture(77, start + ms(5_000)), ms(5_000));
        line.pause(start + ms(6_000));
        line.run(start + ms(60_000));
        assert_eq!(line.picture(500_000, start + ms(60_010)), ms(6_010));
    }
}
