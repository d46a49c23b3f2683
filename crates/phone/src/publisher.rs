//! Snapshots on their way out: only when something changed, the newest counts.

use crate::snapshot::Snapshot;
use std::sync::Arc;
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Publisher {
    tx: watch::Sender<Arc<Snapshot>>,
}

impl Publisher {
    pub(crate) fn new(first: Snapshot) -> (Self, watch::Receiver<Arc<Snapshot>>) {
        let (tx, rx) = watch::channel(Arc::new(first));
        (Self { tx }, rx)
    }

    /// `new` comes with any revision; it gets the next one if it differs in anything else.
    pub(crate) fn publish(&self, mut new: Snapshot) {
        let revision = self.tx.borrow().revision;
        new.revision = revision;
        if **self.tx.borrow() == new {
            return;
        }
        new.revision = revision.wrapping_add(1);
        self.tx.send_replace(Arc::new(new));
    }
}
