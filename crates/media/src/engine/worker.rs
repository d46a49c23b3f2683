//! Named threads whose end is always told.

use crate::video::CodecError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::watch;

/// Why an encode or decode thread ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoEnd {
    /// Its handle was dropped.
    Stopped,
    /// The source of its pictures, or the taker of its work, is gone.
    Cut,
    Codec(CodecError),
    Panicked,
}

/// Runs `body` on a thread of its own. What it returns, or `on_panic`, lands in `ended`.
pub(super) fn spawn<E: Clone + Send + Sync + 'static>(
    name: &str,
    ended: watch::Sender<Option<E>>,
    on_panic: E,
    body: impl FnOnce() -> E + Send + 'static,
) {
    let (for_thread, if_refused) = (ended.clone(), on_panic.clone());
    let named = name.to_owned();
    let run = move || {
        let end = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
            tracing::error!(thread = named, "a worker panicked; its track has ended");
            on_panic
        });
        for_thread.send_replace(Some(end));
    };
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(run) {
        tracing::error!(thread = name, %error, "the system gives us no thread");
        ended.send_replace(Some(if_refused));
    }
}

/// Waits for what `spawn` puts into `ended`.
pub(super) fn wait<E: Clone>(ended: &watch::Receiver<Option<E>>) -> impl Future<Output = Option<E>> + use<E> {
    let mut ended = ended.clone();
    async move { ended.wait_for(Option::is_some).await.ok().and_then(|end| end.clone()) }
}

/// A runtime for one thread: timers and channels only.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => Some(runtime.block_on(future)),
        Err(error) => {
            tracing::error!(%error, "no runtime for a worker");
            None
        }
    }
}
