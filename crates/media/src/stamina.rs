//! Whether this computer is fast enough for something that is done with every picture.

use std::time::{Duration, Instant};

/// Pictures in a row that may take too long.
const PATIENCE: u32 = 45;

/// Gives up what takes more than its share of the time between two pictures, again and again.
#[derive(Debug)]
pub struct Stamina {
    /// Of the time between two pictures.
    share: f32,
    last: Option<Instant>,
    slow: u32,
    gave_up: bool,
}

impl Stamina {
    pub fn new(share: f32) -> Self {
        Self { share, last: None, slow: 0, gave_up: false }
    }

    /// Does it, unless it was given up.
    pub fn run<T>(&mut self, thing: T, work: impl FnOnce(T) -> T) -> T {
        if self.gave_up {
            return thing;
        }
        let begun = Instant::now();
        let between = self.last.replace(begun).map(|last| begun.saturating_duration_since(last));
        let done = work(thing);
        self.note(begun.elapsed(), between.unwrap_or(Duration::from_secs(1)));
        done
    }

    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// It was not wished for meanwhile, so it gets another chance.
    pub fn rest(&mut self) {
        *self = Self::new(self.share);
    }

    /// How long it took, and how long there is for a picture.
    fn note(&mut self, took: Duration, between: Duration) {
        let slow = took.as_secs_f32() > between.as_secs_f32() * self.share;
        self.slow = if slow { self.slow + 1 } else { self.slow.saturating_sub(2) };
        self.gave_up = self.slow >= PATIENCE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_that_is_too_slow_is_left_alone() {
        let mut stamina = Stamina::new(0.25);
        let (slow, fast) = (Duration::from_millis(20), Duration::from_millis(1));
        let period = Duration::from_millis(33);
        for _ in 0..PATIENCE - 1 {
            stamina.note(slow, period);
        }
        assert!(!stamina.gave_up());
        stamina.note(fast, period);
        stamina.note(slow, period);
        assert!(!stamina.gave_up(), "one that was fast counts");
        for _ in 0..PATIENCE {
            stamina.note(slow, period);
        }
        assert!(stamina.gave_up());
        assert_eq!(stamina.run(1, |one| one + 1), 1);
        // Wished for anew, it tries again.
        stamina.rest();
        assert_eq!(stamina.run(1, |one| one + 1), 2);
    }
}
