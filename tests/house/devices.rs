//! Real sound servers with made-up cards, and phones that live with what people do to them.

mod plug;
mod screen;
mod shared_sound;
mod sound;
mod talk;

use crate::support::pulse::Pulse;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs a test of this program in another process, whose environment tells which sound server to use.
async fn inside(pulse: &Pulse, test: &str, folder: &Path) {
    let mut inside = tokio::process::Command::new(std::env::current_exe().expect("its own path"));
    let (key, value) = pulse.server();
    inside
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(key, value)
        .env("AHOY_TEST_FOLDER", folder)
        .kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(300), inside.status()).await;
    assert!(ended.expect("in time").expect("it starts").success());
}

/// Of the process that was started so.
fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("AHOY_TEST_FOLDER").expect("a folder"))
}
