//! Happenings on their way to readers: a bounded ring that never makes the phone wait.

use crate::snapshot::Event;
use tokio::sync::broadcast::{self, error::RecvError};

/// Happenings that a reader may be behind before it is told `Missed`.
const RING: usize = 256;

/// The phone's end.
#[derive(Debug)]
pub(crate) struct EventHub {
    tx: broadcast::Sender<Event>,
    /// Not told yet.
    waiting: Vec<Event>,
}

impl EventHub {
    pub(crate) fn new() -> Self {
        Self { tx: broadcast::Sender::new(RING), waiting: Vec::new() }
    }

    /// To be told with the next `flush`, when the snapshot knows of it.
    pub(crate) fn send(&mut self, event: Event) {
        tracing::debug!(?event, "event");
        self.waiting.push(event);
    }

    /// Never waits; without readers the events are gone, which is right: the snapshot holds the truth.
    pub(crate) fn flush(&mut self) {
        for event in self.waiting.drain(..) {
            let _ = self.tx.send(event);
        }
    }

    pub(crate) fn source(&self) -> EventSource {
        EventSource { tx: self.tx.downgrade() }
    }
}

/// Makes readers without keeping the phone's end open.
#[derive(Clone, Debug)]
pub(crate) struct EventSource {
    tx: broadcast::WeakSender<Event>,
}

impl EventSource {
    pub(crate) fn reader(&self) -> EventReader {
        match self.tx.upgrade() {
            Some(tx) => EventReader { rx: tx.subscribe() },
            None => EventReader { rx: broadcast::channel(1).1 },
        }
    }
}

/// Reads happenings from the moment it was made.
#[derive(Debug)]
pub struct EventReader {
    rx: broadcast::Receiver<Event>,
}

impl EventReader {
    /// The next happening. `Event::Missed(n)` when this reader was too slow and n are lost: read the snapshot again.
    /// `None` once the phone is shut down.
    pub async fn next(&mut self) -> Option<Event> {
        match self.rx.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(lost)) => Some(Event::Missed(u32::try_from(lost).unwrap_or(u32::MAX))),
            Err(RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_lags_is_told_and_goes_on() {
        let mut hub = EventHub::new();
        let mut reader = hub.source().reader();
        for n in 0..RING as u32 + 10 {
            hub.send(Event::Missed(n));
        }
        hub.flush();
        assert_eq!(reader.next().await, Some(Event::Missed(10)), "ten were lost");
        assert_eq!(reader.next().await, Some(Event::Missed(10)), "the oldest that is left");
        let source = hub.source();
        drop(hub);
        for _ in 0..RING - 1 {
            assert!(reader.next().await.is_some());
        }
        assert_eq!(reader.next().await, None);
        assert_eq!(source.reader().next().await, None);
    }
}
