//! When the network carries too little for sound and picture, our picture rests. Whether it carries more again cannot be
//! told without sending something, so now and then the picture is tried.

use crate::advanced::Advanced;
use std::time::{Duration, Instant};

/// Too little for so long is no slip.
const DOUBT: Duration = Duration::from_secs(4);
/// The first rest, and the longest: each is twice the one before.
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_secs(80);
/// A picture that is tried has so long to get through.
const TRIAL: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, Debug)]
enum State {
    Fine,
    Doubtful { since: Instant },
    Resting { until: Instant, rest: Duration },
    Trying { until: Instant, rest: Duration },
}

#[derive(Debug)]
pub(super) struct Thrift {
    on: bool,
    /// bit/s
    below: u32,
    above: u32,
    state: State,
}

impl Thrift {
    pub(super) fn new(settings: &Advanced) -> Self {
        Self {
            on: settings.rest_picture,
            below: settings.rest_below_kbit.saturating_mul(1_000),
            above: settings.return_above_kbit.saturating_mul(1_000),
            state: State::Fine,
        }
    }

    /// `carries`: what the network carries of our picture now, bit/s. Whether something has changed.
    pub(super) fn note(&mut self, now: Instant, carries: u32) -> bool {
        let before = (self.rests(), self.is_thrifty());
        self.state = match self.state {
            _ if !self.on => State::Fine,
            State::Fine if carries < self.below => State::Doubtful { since: now },
            State::Doubtful { .. } if carries >= self.below => State::Fine,
            State::Doubtful { since } if now.saturating_duration_since(since) >= DOUBT => {
                State::Resting { until: now + FIRST_REST, rest: FIRST_REST }
            }
            State::Resting { until, rest } if now >= until => State::Trying { until: now + TRIAL, rest },
            State::Trying { .. } if carries >= self.above => State::Fine,
            State::Trying { until, rest } if now >= until => {
                let rest = (rest * 2).min(LONGEST_REST);
                State::Resting { until: now + rest, rest }
            }
            state => state,
        };
        before != (self.rests(), self.is_thrifty())
    }

    /// Nothing is sent.
    pub(super) fn rests(&self) -> bool {
        matches!(self.state, State::Resting { .. })
    }

    /// The picture is not back yet, though it may be tried.
    pub(super) fn is_thrifty(&self) -> bool {
        matches!(self.state, State::Resting { .. } | State::Trying { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What changed in the seconds from `from` on: second, resting, thrifty.
    fn seconds(
        thrift: &mut Thrift,
        start: Instant,
        from: u64,
        to: u64,
        carries: u32,
    ) -> Vec<(u64, bool, bool)> {
        let second = |at| {
            thrift
                .note(start + Duration::from_secs(at), carries)
                .then(|| (at, thrift.rests(), thrift.is_thrifty()))
        };
        (from..to).filter_map(second).collect()
    }

    #[test]
    fn a_weak_link_rests_the_picture_and_a_strong_one_brings_it_back() {
        let start = Instant::now();
        let mut thrift = Thrift::new(&Advanced::default());
        assert_eq!(seconds(&mut thrift, start, 0, 5, 1_000_000), []);
        assert_eq!(seconds(&mut thrift, start, 5, 8, 120_000), [], "a slip");
        assert_eq!(seconds(&mut thrift, start, 8, 10, 200_000), []);
        assert_eq!(seconds(&mut thrift, start, 10, 20, 120_000), [(14, true, true)]);
        // Tried after 10 s, in vain; then after 20.
        let tries = [(24, false, true), (32, true, true), (52, false, true)];
        assert_eq!(seconds(&mut thrift, start, 20, 55, 160_000), tries);
        assert_eq!(seconds(&mut thrift, start, 55, 56, 299_000), []);
        assert_eq!(seconds(&mut thrift, start, 56, 60, 300_000), [(56, false, false)]);
    }

    #[test]
    fn the_thresholds_are_settings() {
        let start = Instant::now();
        let settings = Advanced { rest_below_kbit: 500, return_above_kbit: 800, ..Advanced::default() };
        let mut high = Thrift::new(&settings);
        assert_eq!(seconds(&mut high, start, 0, 6, 400_000), [(4, true, true)]);
        assert_eq!(seconds(&mut high, start, 6, 20, 700_000), [(14, false, true)]);
        assert_eq!(seconds(&mut high, start, 20, 21, 800_000), [(20, false, false)]);
        let mut off = Thrift::new(&Advanced { rest_picture: false, ..settings });
        assert_eq!(seconds(&mut off, start, 0, 60, 1), []);
    }
}
