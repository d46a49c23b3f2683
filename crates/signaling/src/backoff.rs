//! How long to wait before the next attempt.

use std::time::Duration;

/// Equal jitter: between a half and the whole of 100 ms, doubling to 3 s, for ever (WIRE.md 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

const FIRST_MS: u64 = 100;
const LONGEST_MS: u64 = 3_000;

impl Backoff {
    /// The next wait. `jitter` is a random number from 0 to 1.
    pub fn next(&mut self, jitter: f64) -> Duration {
        // 100 ms doubled five times is over the longest wait.
        let whole = (FIRST_MS << self.failures.min(5)).min(LONGEST_MS) as f64;
        self.failures = self.failures.saturating_add(1);
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.5 };
        Duration::from_secs_f64((whole / 2.0 + whole / 2.0 * jitter) / 1_000.0)
    }

    /// It worked: the next failure is a first one again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn waits_grow_to_three_seconds_and_stay_there() {
        let mut backoff = Backoff::default();
        let longest: Vec<u128> = (0..8).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(longest, [100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000]);
        backoff.reset();
        assert_eq!(backoff.next(0.0).as_millis(), 50);
        assert_eq!(backoff.next(f64::NAN).as_millis(), 150);
    }
}
