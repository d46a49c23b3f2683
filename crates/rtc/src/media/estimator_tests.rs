use super::super::twcc::Fate;
use super::Estimator;
use std::time::{Duration, Instant};

/// A bottleneck with a queue, a delay and random loss, fed with exactly the target rate.
struct Path {
    random: fastrand::Rng,
    estimator: Estimator,
    start: Instant,
    now_us: i64,
    free_at_us: i64,
    sequence: u16,
    pending: Vec<Fate>,
    dropped: u32,
}

impl Path {
    fn new(start_rate: u32, most: u32) -> Self {
        let start = Instant::now();
        Self {
            random: fastrand::Rng::with_seed(11),
            estimator: Estimator::new(start, start_rate, most),
            start,
            now_us: 0,
            free_at_us: 0,
            sequence: 60_000,
            pending: Vec::new(),
            dropped: 0,
        }
    }

    fn run(&mut self, seconds: f64, capacity: u32, loss: f64, queue_ms: i64) {
        let end = self.now_us + (seconds * 1e6) as i64;
        while self.now_us < end {
            // A frame every 33 ms.
            let bytes = f64::from(self.estimator.target()) / 8.0 / 30.0;
            let packets = (bytes / 1200.0).ceil().max(1.0);
            let size = (bytes / packets) as usize;
            for _ in 0..packets as usize {
                let now = self.start + Duration::from_micros(self.now_us as u64);
                self.estimator.sent(now, self.sequence, size);
                let leaves =
                    self.free_at_us.max(self.now_us) + (size as f64 * 8e6 / f64::from(capacity)) as i64;
                let full = leaves - self.now_us > queue_ms * 1000;
                let lost = full || self.random.f64() < loss;
                if full {
                    self.dropped += 1;
                } else {
                    self.free_at_us = leaves;
                }
                self.pending
                    .push(Fate { sequence: self.sequence, arrival: (!lost).then_some(leaves + 20_000) });
                self.sequence = self.sequence.wrapping_add(1);
            }
            self.now_us += 33_333;
            // Reports tell of what has arrived by now.
            let told: Vec<Fate> = self
                .pending
                .iter()
                .take_while(|f| f.arrival.is_none_or(|at| at + 20_000 <= self.now_us))
                .copied()
                .collect();
            self.pending.drain(..told.len());
            let now = self.start + Duration::from_micros(self.now_us as u64);
            self.estimator.feedback(now, &told);
            self.estimator.handle_timeout(now);
        }
    }
}

#[test]
fn a_free_path_is_used_within_four_seconds() {
    let mut path = Path::new(300_000, 2_500_000);
    path.run(4.5, 20_000_000, 0.0, 300);
    assert!(path.estimator.target() >= 2_400_000, "{}", path.estimator.target());
}

#[test]
fn a_narrow_path_is_not_flooded() {
    let mut path = Path::new(1_000_000, 5_000_000);
    path.run(20.0, 1_500_000, 0.0, 400);
    let before = path.dropped;
    path.run(20.0, 1_500_000, 0.0, 400);
    let target = path.estimator.target();
    assert!((900_000..1_700_000).contains(&target), "{target}");
    assert!(path.dropped - before < 20, "{} dropped", path.dropped - before);
}

#[test]
fn a_step_down_is_followed_within_two_seconds_and_a_step_up_found_again() {
    let mut path = Path::new(1_000_000, 3_000_000);
    path.run(8.0, 4_000_000, 0.0, 500);
    assert!(path.estimator.target() > 2_500_000);
    path.run(2.0, 700_000, 0.0, 500);
    assert!(path.estimator.target() < 900_000, "{}", path.estimator.target());
    path.run(15.0, 4_000_000, 0.0, 500);
    assert!(path.estimator.target() > 2_000_000, "{}", path.estimator.target());
}

#[test]
fn two_percent_of_random_loss_do_not_matter() {
    let mut path = Path::new(1_000_000, 3_000_000);
    path.run(10.0, 10_000_000, 0.02, 300);
    assert!(path.estimator.target() > 2_500_000, "{}", path.estimator.target());
}

#[test]
fn the_far_side_has_the_last_word() {
    let now = Instant::now();
    let mut estimator = Estimator::new(now, 1_000_000, 3_000_000);
    assert_eq!(estimator.news(), Some(1_000_000));
    assert_eq!(estimator.news(), None);
    estimator.remb(400_000.0);
    assert_eq!(estimator.news(), Some(400_000));
    estimator.remb(2_000_000.0);
    assert_eq!(estimator.news(), Some(1_000_000));
}
