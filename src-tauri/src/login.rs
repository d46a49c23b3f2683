//! Starting with the computer, hidden in the tray.

use crate::args::Args;
use ahoy_model::{Problem, ProblemCode};
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Wry};
use tauri_plugin_autostart::ManagerExt;

/// Two profiles have two entries.
pub fn plugin(args: &Args) -> TauriPlugin<Wry> {
    let mut entry = tauri_plugin_autostart::Builder::new().arg("--hidden");
    if let Some(profile) = &args.profile {
        let folder = std::path::absolute(profile).unwrap_or_else(|_| profile.clone());
        let name = folder.file_name().map_or_else(|| "profile".into(), |name| name.to_string_lossy());
        entry = entry
            .app_name(format!("Ahoy ({name})"))
            .args(["--profile".to_owned(), one_word(&folder.display().to_string())]);
    }
    entry.build()
}

/// Linux and Windows keep one line of text, which they split at spaces again.
fn one_word(path: &str) -> String {
    if cfg!(target_os = "macos") || !path.contains(char::is_whitespace) {
        path.to_owned()
    } else {
        format!("\"{path}\"")
    }
}

/// `None`: the system does not say.
pub fn is_on(app: &AppHandle) -> Option<bool> {
    app.autolaunch().is_enabled().ok()
}

pub fn set(app: &AppHandle, on: bool) -> Result<(), Problem> {
    let entry = app.autolaunch();
    let done = if on { entry.enable() } else { entry.disable() };
    done.map_err(|error| Problem::new(ProblemCode::StorageFailed).about("start at login").because(error))
}
