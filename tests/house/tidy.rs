//! The rules of `ARCHITECTURE.md` that a machine can see to. That the generated bindings are up to date is tested
//! beside the types they come from, in `src-tauri`.

mod files;
mod floors;
mod words;

use std::path::{Path, PathBuf};

/// The repository's root.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Shows all that is wrong at once.
#[track_caller]
fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}\n  {}", found.join("\n  "));
}
