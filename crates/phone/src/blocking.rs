//! Work that may wait for ever (drivers do) on a thread of its own, so that it can be left behind.

use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It did not come in time; the thread goes on by itself and its result will be dropped.
    TimedOut,
    /// It panicked, or there was no thread to be had.
    Died,
}

/// Runs `work` on a thread called `name` and waits at most `patience` for its result.
pub(crate) async fn in_thread<T: Send + 'static>(
    name: &str,
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (tx, rx) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ = tx.send(work());
    });
    if thread.is_err() {
        return Err(Lost::Died);
    }
    match timeout(patience, rx).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err(Lost::Died),
        Err(_) => Err(Lost::TimedOut),
    }
}
