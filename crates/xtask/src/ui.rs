//! The pages of the phone: checked, tested and built by npm's scripts.

use crate::command::{carry_out, npm, root};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

fn folder() -> PathBuf {
    root().join("ui")
}

/// Types and tests.
pub fn check() -> Result<()> {
    carry_out(npm().current_dir(folder()).args(["run", "check"]))?;
    carry_out(npm().current_dir(folder()).arg("test"))
}

/// Builds `ui/dist`, which the phone takes in when it is compiled, unless it is newer than everything it is made of.
pub fn build() -> Result<()> {
    let folder = folder();
    let built = changed(&folder.join("dist").join("index.html"));
    let sources = newest(&folder, 0);
    if built.is_some() && built >= sources {
        return Ok(());
    }
    carry_out(npm().current_dir(folder).args(["run", "build"]))
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

/// The time of the latest change below a folder of sources.
fn newest(folder: &Path, depth: usize) -> Option<SystemTime> {
    let mut latest = None;
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let name = entry.file_name();
        let made = depth == 0 && ["dist", "node_modules"].iter().any(|made| name == *made);
        if made || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        latest = latest.max(if path.is_dir() { newest(&path, depth + 1) } else { changed(&path) });
    }
    latest
}
