//! Real time without drift: deadlines are counted from the start, and what was missed is caught up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Ends a paced thread at once when dropped.
#[derive(Debug)]
pub(super) struct StopOnDrop {
    _tx: SyncSender<std::convert::Infallible>,
}

/// The paced thread's end.
#[derive(Debug)]
pub(super) struct Stop(Receiver<std::convert::Infallible>);

pub(super) fn stop_pair() -> (StopOnDrop, Stop) {
    let (tx, rx) = sync_channel(0);
    (StopOnDrop { _tx: tx }, Stop(rx))
}

impl Stop {
    /// Waits until `deadline`; false when it is time to stop.
    pub(super) fn wait_until(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        matches!(self.0.recv_timeout(left), Err(RecvTimeoutError::Timeout))
    }
}

/// Counts the steps that are due.
#[derive(Debug)]
pub(super) struct Pacer {
    start: Instant,
    period: Duration,
    done: u32,
}

impl Pacer {
    pub(super) fn new(start: Instant, period: Duration) -> Self {
        Self { start, period, done: 0 }
    }

    /// When the next step is due.
    pub(super) fn deadline(&self) -> Instant {
        self.start + self.period * (self.done + 1)
    }

    /// How many steps are due at `now` and not done yet; counts them as done. After a very long sleep (a suspended
    /// machine) it begins anew instead of catching up.
    pub(super) fn due(&mut self, now: Instant) -> u32 {
        let passed = now.saturating_duration_since(self.start).as_nanos() / self.period.as_nanos().max(1);
        let due = u32::try_from(passed).unwrap_or(u32::MAX).saturating_sub(self.done);
        if due > 500 {
            *self = Self::new(now, self.period);
            return 1;
        }
        self.done += due;
        due
    }
}
