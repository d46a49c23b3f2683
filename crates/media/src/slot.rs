//! A place for one thing, of which only the newest counts: writing never waits, each reader sees the newest once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// The two ends of a slot. More readers come from `SlotReader::clone` or `SlotWriter::reader`.
pub fn slot<T: Clone>() -> (SlotWriter<T>, SlotReader<T>) {
    let (tx, rx) = watch::channel(None);
    let counts = Arc::new(Counts::default());
    (SlotWriter { tx, counts: counts.clone() }, SlotReader { rx, counts })
}

#[derive(Debug, Default)]
struct Counts {
    produced: AtomicU64,
    taken: AtomicU64,
}

#[derive(Debug)]
pub struct SlotWriter<T> {
    tx: watch::Sender<Option<T>>,
    counts: Arc<Counts>,
}

impl<T: Clone> SlotWriter<T> {
    /// Replaces what is there.
    pub fn put(&self, thing: T) {
        self.counts.produced.fetch_add(1, Ordering::Relaxed);
        self.tx.send_replace(Some(thing));
    }

    pub fn reader(&self) -> SlotReader<T> {
        SlotReader { rx: self.tx.subscribe(), counts: self.counts.clone() }
    }

    /// Nobody reads any more.
    pub fn is_abandoned(&self) -> bool {
        self.tx.receiver_count() == 0
    }
}

#[derive(Clone, Debug)]
pub struct SlotReader<T> {
    rx: watch::Receiver<Option<T>>,
    counts: Arc<Counts>,
}

impl<T: Clone> SlotReader<T> {
    /// Waits for something newer than what this reader took last. `None` when the writer is gone.
    pub async fn next(&mut self) -> Option<T> {
        loop {
            self.rx.changed().await.ok()?;
            let thing = self.rx.borrow_and_update().clone();
            if thing.is_some() {
                self.counts.taken.fetch_add(1, Ordering::Relaxed);
                return thing;
            }
        }
    }

    /// The newest, if this reader has not taken it yet.
    pub fn take(&mut self) -> Option<T> {
        if !self.rx.has_changed().unwrap_or(false) {
            return None;
        }
        let thing = self.rx.borrow_and_update().clone();
        if thing.is_some() {
            self.counts.taken.fetch_add(1, Ordering::Relaxed);
        }
        thing
    }

    /// Things put and things taken (by all readers).
    pub fn counts(&self) -> (u64, u64) {
        (self.counts.produced.load(Ordering::Relaxed), self.counts.taken.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_reader_gets_the_newest_and_never_holds_the_writer_up() {
        let (writer, mut slow) = slot();
        let mut self_view = writer.reader();
        for number in 0..1000 {
            writer.put(number);
        }
        assert_eq!(slow.next().await, Some(999));
        assert_eq!(slow.take(), None, "each is taken once");
        assert_eq!(self_view.take(), Some(999), "by every reader");
        assert_eq!(writer.reader().counts(), (1000, 2));
        drop(writer);
        assert_eq!(slow.next().await, None);
    }
}
