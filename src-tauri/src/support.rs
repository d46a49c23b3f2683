//! Files that the user takes along: contact cards, and the support file, which tells what helps to find a fault and no
//! secret.

use crate::scrub::scrub;
use crate::shell::Shell;
use ahoy_model::{Problem, ProblemCode};
use ahoy_phone::Snapshot;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tauri::Manager;

/// Bytes of the log's end that are told.
const TOLD: u64 = 256 << 10;
/// Files with one name in one folder.
const TWINS: usize = 1_000;

/// Writes `text` into the folder for downloads, under a name that is free. Where it is.
pub fn save(shell: &Shell, name: &str, text: &str) -> Result<String, Problem> {
    let folder = shell.app.path().download_dir().unwrap_or_else(|_| shell.profile.folder().to_path_buf());
    let failed = |error: io::Error| {
        Problem::new(ProblemCode::StorageFailed).about(folder.display().to_string()).because(error)
    };
    write_free(&folder, name, text).map(|path| path.display().to_string()).map_err(failed)
}

/// Never over another file, and never outside of the folder.
fn write_free(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let plain: String = name
        .chars()
        .filter(|c| !c.is_control() && !r#"/\:*?"<>|"#.contains(*c))
        .take(100)
        .collect::<String>()
        .trim_matches(['.', ' '])
        .to_owned();
    let (stem, ending) = plain.rsplit_once('.').unwrap_or((plain.as_str(), "txt"));
    let stem = if stem.is_empty() { "Ahoy" } else { stem };
    fs::create_dir_all(folder)?;
    for twin in 1..TWINS {
        let name = if twin == 1 { format!("{stem}.{ending}") } else { format!("{stem} ({twin}).{ending}") };
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files with this name"))
}

/// The end of the log, without secrets.
pub fn log(logs: &Path) -> String {
    scrub(&tail(&logs.join("ahoy.log")).unwrap_or_default())
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TOLD)))?;
    let mut bytes = Vec::new();
    file.take(TOLD).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line may have lost its beginning.
    Ok(if length > TOLD {
        text.split_once('\n').map_or("", |(_, rest)| rest).to_owned()
    } else {
        text.into_owned()
    })
}

pub fn save_support_file(shell: &Shell) -> Result<String, Problem> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let about = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "made_at": seconds,
    });
    let text = report(about, &shell.phone.snapshot(), &log(&shell.profile.logs()));
    save(shell, &format!("ahoy-support-{seconds}.json"), &text)
}

/// Nothing in it names people: whom somebody talks to is nobody's business.
fn report(about: Value, snapshot: &Snapshot, log: &str) -> String {
    let mut settings = serde_json::to_value(&snapshot.settings).unwrap_or_default();
    if let Some(fields) = settings.as_object_mut() {
        const PRIVATE: [&str; 6] =
            ["display_name", "favourites", "own_contacts", "auto_answer", "caller_volumes", "user_variables"];
        fields.retain(|name, _| !PRIVATE.contains(&name.as_str()));
        for server in fields.get_mut("ice_servers").and_then(Value::as_array_mut).into_iter().flatten() {
            server.as_object_mut().and_then(|server| server.remove("username"));
        }
    }
    let calls: Vec<Value> = snapshot
        .calls
        .iter()
        .map(|call| {
            json!({
                "status": call.status, "direction": call.direction, "end": call.end, "cause": call.cause,
                "stats": call.stats, "quality": call.quality, "problem": call.problem.as_ref().map(|it| it.code),
                "in_room": call.room.is_some(),
            })
        })
        .collect();
    let history: Vec<Value> = snapshot
        .history
        .iter()
        .map(|call| {
            json!({
                "direction": call.direction, "started_at": call.started_at, "duration": call.duration,
                "end": call.end, "with_video": call.with_video, "missed": call.missed,
            })
        })
        .collect();
    // People's names stand in the log where a session or a call is about them.
    let mut names: Vec<&str> =
        snapshot.contacts.iter().flat_map(|it| [it.name.as_str(), it.address.as_str()]).collect();
    names.extend(snapshot.history.iter().flat_map(|it| [it.name.as_str(), it.address.as_str()]));
    names.extend(snapshot.own_addresses.iter().map(String::as_str).chain(snapshot.own_name.as_deref()));
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut log = log.to_owned();
    for name in names.into_iter().filter(|name| name.len() > 2) {
        log = log.replace(name, "‹somebody›");
    }
    let report = json!({
        "ahoy": about,
        "registration": snapshot.registration,
        "registration_problem": snapshot.registration_problem.as_ref().map(|it| it.code),
        "contacts": snapshot.contacts.len(),
        "devices": snapshot.devices,
        "settings": settings,
        "calls": calls,
        "history": history,
        "log": log.lines().collect::<Vec<_>>(),
    });
    scrub(&serde_json::to_string_pretty(&report).unwrap_or_default())
}

#[cfg(test)]
#[path = "support_tests.rs"]
mod tests;
