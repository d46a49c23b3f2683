//! Named threads of a room that tell when they end.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body` on a thread of its own, and `ended` when it has returned or panicked.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static, ended: impl FnOnce() + Send + 'static) {
    let named = name.to_owned();
    let started = std::thread::Builder::new().name(named.clone()).spawn(move || {
        if catch_unwind(AssertUnwindSafe(body)).is_err() {
            tracing::error!(thread = named, "a thread of a room panicked");
        }
        ended();
    });
    if let Err(error) = started {
        // `ended` went with the closure that could not be started; whoever waits for an order to be taken sees its queue closed.
        tracing::error!(thread = name, %error, "the system gives us no thread");
    }
}
