//! The profile's file before anybody reads it: a damaged one is kept aside, an older one is brought up step by step.
//!
//! Format 1 had no number in it. A file of a newer format than ours keeps its number and all that we do not know.

use ahoy_model::{Problem, ProblemCode};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub const FORMAT_KEY: &str = "format";
/// What this version writes.
pub const FORMAT: u64 = 1 + STEPS.len() as u64;
/// Copies of one kind in one folder; the last one gives way.
const COPIES: usize = 9;

/// Each brings a file of format 1, 2 … up by one.
const STEPS: [fn(&mut Map<String, Value>); 1] = [to_2];

/// Silence is counted in milliseconds, as the browser SDK counts it, and how a token is renewed is always said.
fn to_2(file: &mut Map<String, Value>) {
    let advanced = file.get_mut("settings").and_then(|settings| settings.get_mut("advanced"));
    if let Some(advanced) = advanced.and_then(Value::as_object_mut)
        && let Some(silence) = advanced.remove("silence_seconds")
    {
        let ms = silence.as_u64().map(|seconds| json!(seconds.saturating_mul(1_000)));
        advanced.insert("silence_ms".to_owned(), ms.unwrap_or(silence));
    }
    if let Some(membership) = file.get_mut("membership").and_then(Value::as_object_mut)
        && membership.get("space") == Some(&json!("elsewhere"))
    {
        membership.entry("renewal").or_insert_with(|| json!({ "by": "nothing" }));
    }
}

/// What was found where the file should be.
#[derive(Debug, Default)]
pub struct Found {
    /// A newer version wrote it: what we cannot read is not ours to replace.
    pub by_newer: bool,
    pub trouble: Option<Problem>,
}

/// Makes the file one that this version can read. Nothing of it is lost: what is replaced stays under another name.
pub fn make_ready(path: &Path) -> Found {
    let file = match load(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::default(),
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
            return set_aside(path, &error);
        }
        Err(error) => return Found { trouble: Some(failed(path, &error)), ..Found::default() },
    };
    // What is written at the end of a run in which nothing was said.
    if file.is_empty() {
        return Found::default();
    }
    let format = format_of(&file);
    if format >= FORMAT {
        return Found { by_newer: format > FORMAT, trouble: None };
    }
    let migrated = bring_up(file, format);
    tracing::info!(from = format, to = FORMAT, "settings of an older version");
    keep_copy(path, &format!("format-{format}"));
    let trouble = write(path, &migrated).err().map(|error| failed(path, &error));
    Found { by_newer: false, trouble }
}

fn format_of(file: &Map<String, Value>) -> u64 {
    file.get(FORMAT_KEY).and_then(Value::as_u64).unwrap_or(1).max(1)
}

fn bring_up(mut file: Map<String, Value>, from: u64) -> Map<String, Value> {
    let done = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(done) {
        step(&mut file);
    }
    file.insert(FORMAT_KEY.to_owned(), json!(FORMAT));
    file
}

/// The user is told, and gets what was saved the time before.
fn set_aside(path: &Path, error: &io::Error) -> Found {
    tracing::warn!(%error, "the settings file is damaged");
    let aside = free_name(path, "unreadable");
    if let Err(error) = fs::rename(path, &aside) {
        return Found { trouble: Some(failed(path, &error)), ..Found::default() };
    }
    let before = last_good(path);
    let restored = load(&before).is_ok() && fs::copy(&before, path).is_ok();
    let code = if restored { ProblemCode::SettingsRestored } else { ProblemCode::SettingsSetAside };
    let told = Problem::new(code).about(aside.display().to_string()).because(error);
    // The copy may be of an older format.
    let found = if restored { make_ready(path) } else { Found::default() };
    Found { trouble: Some(told), ..found }
}

/// A JSON object, or why not.
fn load(path: &Path) -> io::Result<Map<String, Value>> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn write(path: &Path, file: &Map<String, Value>) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut new = fs::File::create(&beside)?;
    new.write_all(&serde_json::to_vec_pretty(file)?)?;
    new.sync_all()?;
    fs::rename(beside, path)
}

/// What is read when the file is found damaged: a copy of it as it was last written whole.
fn last_good(path: &Path) -> PathBuf {
    path.with_extension("last-good.json")
}

/// After every writing.
pub fn remember(path: &Path) {
    let beside = path.with_extension("copy");
    let copied = fs::copy(path, &beside).and_then(|_| fs::rename(&beside, last_good(path)));
    if let Err(error) = copied {
        tracing::warn!(%error, "no copy of the settings");
    }
}

/// Keeps the file as it is now beside itself, under a name that says why.
pub fn keep_copy(path: &Path, why: &str) {
    if let Err(error) = fs::copy(path, free_name(path, why)) {
        tracing::warn!(%error, why, "no copy of the settings");
    }
}

fn free_name(path: &Path, why: &str) -> PathBuf {
    let name = |copy| match copy {
        1 => path.with_extension(format!("{why}.json")),
        copy => path.with_extension(format!("{why}-{copy}.json")),
    };
    (1..COPIES).map(name).find(|free| !free.exists()).unwrap_or_else(|| name(COPIES))
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemCode::StorageFailed).about(path.display().to_string()).because(error)
}

#[cfg(test)]
#[path = "settings_file_tests.rs"]
mod tests;
