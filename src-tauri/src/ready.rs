//! Lines of JSON on stdout for whoever started us: when the window can be used, and when the phone can be called.

use serde_json::json;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says each thing once (registered: once for every time the space is joined).
#[derive(Debug, Default)]
pub struct Ready {
    window: AtomicBool,
}

impl Ready {
    /// The main window's page has drawn and listens. True the first time.
    pub fn window_is_usable(&self) -> bool {
        let first = !self.window.swap(true, Ordering::AcqRel);
        if first {
            say(&json!({ "ready": true }));
        }
        first
    }

    pub fn is_window_usable(&self) -> bool {
        self.window.load(Ordering::Acquire)
    }

    pub fn registered(&self, address: &str) {
        say(&json!({ "registered": true, "address": address }));
    }
}

/// Nobody may be reading: that is no error.
fn say(line: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
