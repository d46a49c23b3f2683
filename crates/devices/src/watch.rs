//! Looks for devices every second, since neither cpal nor nokhwa tells when one comes or goes; at once when told to.

use ahoy_media::DeviceError;
use ahoy_model::{DeviceInfo, DeviceKind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// With the look itself this stays below the 2 s in which people expect a plugged-in device to be noticed.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long somebody who asks waits for the first look.
const FIRST_LOOK: Duration = Duration::from_secs(3);
/// A look that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_secs(2);

/// Counts the changes of all lists together.
#[derive(Clone, Default)]
pub struct Changes(watch::Sender<u64>);

impl Changes {
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }

    fn happened(&self) {
        self.0.send_modify(|count| *count += 1);
    }
}

/// What was found last; `None` before the first look has ended.
type Found = Option<Vec<DeviceInfo>>;

#[derive(Default)]
struct Board {
    found: Mutex<Found>,
    looked: Condvar,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A list that keeps itself up to date until it is dropped.
pub struct Watch {
    board: Arc<Board>,
    /// What is sent means: look now. The thread ends when this end of it is gone.
    bell: Arc<SyncSender<()>>,
}

/// Asks for a look now. Does not keep the watch alive.
#[derive(Clone)]
pub struct Nudge(Weak<SyncSender<()>>);

impl Nudge {
    pub fn now(&self) {
        if let Some(bell) = self.0.upgrade() {
            // Full: a look is about to be taken anyway.
            let _ = bell.try_send(());
        }
    }

    /// Whether there still is somebody to tell.
    pub fn is_wanted(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Watch {
    /// `look` may hang or fail; then the list stays as it was found last.
    pub fn start(
        name: &str,
        changes: Changes,
        look: impl FnMut() -> Result<Vec<DeviceInfo>, DeviceError> + Send + 'static,
    ) -> Self {
        let board = Arc::new(Board::default());
        let (bell, rings) = sync_channel(1);
        let thread_board = board.clone();
        let started = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&thread_board, &changes, &rings, look));
        if let Err(error) = started {
            tracing::warn!(%error, name, "devices cannot be watched");
            *board.lock() = Some(Vec::new());
        }
        Self { board, bell: Arc::new(bell) }
    }

    pub fn nudge(&self) -> Nudge {
        Nudge(Arc::downgrade(&self.bell))
    }

    /// The devices of a kind, as found last.
    ///
    /// # Errors
    /// `Hung` when even the first look has not ended.
    pub fn found(&self, kind: DeviceKind) -> Result<Vec<DeviceInfo>, DeviceError> {
        let found = self.board.lock();
        let (found, _) = self
            .board
            .looked
            .wait_timeout_while(found, FIRST_LOOK, |found| found.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let all = found.as_ref().ok_or(DeviceError::Hung)?;
        Ok(all.iter().filter(|device| device.kind == kind).cloned().collect())
    }
}

fn run(
    board: &Board,
    changes: &Changes,
    rings: &Receiver<()>,
    mut look: impl FnMut() -> Result<Vec<DeviceInfo>, DeviceError>,
) {
    loop {
        let started = Instant::now();
        let result = look();
        if started.elapsed() > SLOW {
            tracing::warn!(took = ?started.elapsed(), "the system was slow to list its devices");
        }
        let new = result.unwrap_or_else(|error| {
            tracing::debug!(%error, "devices cannot be listed");
            board.lock().clone().unwrap_or_default()
        });
        let mut found = board.lock();
        let changed = found.as_deref().unwrap_or_default() != new.as_slice();
        *found = Some(new);
        drop(found);
        board.looked.notify_all();
        if changed {
            changes.happened();
        }
        if rings.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
