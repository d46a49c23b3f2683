//! Key frames asked for in a row when media comes: after answering, joining, and every repair. The row ends with the first
//! picture; then comes a pause.

use crate::advanced::Advanced;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct KeyBurst {
    most: u32,
    window: Duration,
    pause: Duration,
    /// Requests that are left, and when the next is due.
    left: Option<(u32, Instant)>,
    /// No other row begins before.
    rests_until: Option<Instant>,
}

impl KeyBurst {
    pub(super) fn new(settings: &Advanced) -> Self {
        Self {
            most: settings.key_burst,
            window: Duration::from_millis(settings.key_window_ms.into()),
            pause: Duration::from_millis(settings.key_pause_ms.into()),
            left: None,
            rests_until: None,
        }
    }

    /// Media has come, or come back.
    pub(super) fn begin(&mut self, now: Instant) {
        if self.most == 0 || self.left.is_some() || self.rests_until.is_some_and(|at| now < at) {
            return;
        }
        self.left = Some((self.most, now));
        self.rests_until = Some(now + self.window + self.pause);
    }

    /// A picture is there.
    pub(super) fn seen(&mut self) {
        self.left = None;
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.left.map(|(_, at)| at)
    }

    /// Whether a request is to leave now.
    pub(super) fn due(&mut self, now: Instant) -> bool {
        let Some((left, at)) = self.left.filter(|(_, at)| *at <= now) else { return false };
        self.left = (left > 1).then(|| (left - 1, at + self.window / self.most));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(burst: &mut KeyBurst, from: Instant, ms: u64) -> Vec<u64> {
        (0..ms).filter(|at| burst.due(from + Duration::from_millis(*at))).collect()
    }

    #[test]
    fn a_row_of_requests_and_a_pause() {
        let start = Instant::now();
        let mut burst = KeyBurst::new(&Advanced::default());
        assert_eq!(burst.deadline(), None);
        burst.begin(start);
        assert_eq!(asked(&mut burst, start, 10_000), [0, 1_000, 2_000]);
        burst.begin(start + Duration::from_secs(12));
        assert_eq!(burst.deadline(), None, "the pause is not over");
        let later = start + Duration::from_secs(13);
        burst.begin(later);
        assert_eq!(asked(&mut burst, later, 100), [0]);
        burst.seen();
        assert_eq!(asked(&mut burst, later, 10_000), [0; 0], "the picture is there");
    }

    #[test]
    fn how_many_and_how_fast_is_a_setting() {
        let start = Instant::now();
        let settings = Advanced { key_burst: 5, key_window_ms: 500, key_pause_ms: 0, ..Advanced::default() };
        let mut burst = KeyBurst::new(&settings);
        burst.begin(start);
        assert_eq!(asked(&mut burst, start, 5_000), [0, 100, 200, 300, 400]);
        burst.begin(start + Duration::from_secs(1));
        assert!(burst.deadline().is_some());
        let mut never = KeyBurst::new(&Advanced { key_burst: 0, ..settings });
        never.begin(start);
        assert_eq!(never.deadline(), None);
    }
}
