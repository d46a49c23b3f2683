//! What a profile remembers in `settings.json`: settings and which space it belongs to. Never a token.

use crate::args::Args;
use crate::profile::Profile;
use crate::renewal::Renewal;
use ahoy_model::{DeviceId, Fingerprint, Problem, ProblemCode};
use ahoy_phone::Settings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tauri::{AppHandle, Wry};

const SETTINGS: &str = "settings";
const MEMBERSHIP: &str = "membership";
/// Whether this computer's space is open to its network.
const LAN: &str = "lan";

/// Which space a profile belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "space")]
pub enum Membership {
    /// This computer's own.
    Here,
    Elsewhere {
        url: String,
        rest_url: String,
        #[serde(default)]
        renewal: Renewal,
    },
    /// One on this network, whose owner let us in.
    Nearby {
        /// `host:port`
        host: String,
        pin: Fingerprint,
        space_id: String,
        name: String,
    },
}

/// Devices that hold for this run only.
#[derive(Clone, Debug, Default)]
struct ForThisRun {
    camera: Option<DeviceId>,
    microphone: Option<DeviceId>,
    speaker: Option<DeviceId>,
}

#[derive(Clone)]
pub struct SettingsStore {
    file: Arc<tauri_plugin_store::Store<Wry>>,
    for_this_run: ForThisRun,
    /// What the file said about devices that this run overrides.
    stored: Settings,
}

impl SettingsStore {
    /// Opens the profile's file. One that cannot be read is set aside and reported; the phone starts with fresh settings.
    pub fn open(app: &AppHandle, profile: &Profile, args: &Args) -> Result<(Self, Option<Problem>), Problem> {
        let path = profile.settings();
        let mut problem = set_damaged_aside(&path);
        let file = tauri_plugin_store::StoreBuilder::new(app, &path).build().map_err(|error| {
            Problem::new(ProblemCode::StorageFailed).about(path.display().to_string()).because(error)
        })?;
        let stored = match file.get(SETTINGS) {
            None => Settings::default(),
            Some(value) => {
                let (settings, unread) = Settings::from_stored(value);
                if !unread.is_empty() {
                    problem = Some(Problem::new(ProblemCode::SettingsUnreadable).because(unread.join(", ")));
                }
                settings
            }
        };
        let device = |arg: &Option<crate::args::DeviceArg>| arg.as_ref().map(|arg| arg.0.clone());
        let for_this_run = ForThisRun {
            camera: device(&args.camera),
            microphone: device(&args.microphone),
            speaker: device(&args.speaker),
        };
        Ok((Self { file, for_this_run, stored: stored.clamped() }, problem))
    }

    /// The settings to start with.
    pub fn settings(&self) -> Settings {
        let mut settings = self.stored.clone();
        let run = self.for_this_run.clone();
        settings.camera = run.camera.or(settings.camera);
        settings.microphone = run.microphone.or(settings.microphone);
        settings.speaker = run.speaker.or(settings.speaker);
        settings
    }

    /// Writes what the user changed; a device that came from the command line is not remembered.
    pub fn keep_settings(&self, settings: &Settings) -> Result<(), Problem> {
        let mut kept = settings.clone();
        let run = &self.for_this_run;
        let unless_overridden =
            |now: &mut Option<DeviceId>, run: &Option<DeviceId>, stored: &Option<DeviceId>| {
                if run.is_some() && now == run {
                    now.clone_from(stored);
                }
            };
        unless_overridden(&mut kept.camera, &run.camera, &self.stored.camera);
        unless_overridden(&mut kept.microphone, &run.microphone, &self.stored.microphone);
        unless_overridden(&mut kept.speaker, &run.speaker, &self.stored.speaker);
        self.write(SETTINGS, serde_json::to_value(kept).ok())
    }

    pub fn membership(&self) -> Option<Membership> {
        serde_json::from_value(self.file.get(MEMBERSHIP)?).ok()
    }

    pub fn keep_membership(&self, membership: Option<&Membership>) -> Result<(), Problem> {
        self.write(MEMBERSHIP, membership.and_then(|m| serde_json::to_value(m).ok()))
    }

    /// Only ever because the user said so.
    pub fn is_lan_open(&self) -> bool {
        self.file.get(LAN).and_then(|on| on.as_bool()).unwrap_or(false)
    }

    pub fn keep_lan_open(&self, on: bool) -> Result<(), Problem> {
        self.write(LAN, Some(Value::Bool(on)))
    }

    fn write(&self, key: &str, value: Option<Value>) -> Result<(), Problem> {
        match value {
            Some(value) => self.file.set(key, value),
            None => drop(self.file.delete(key)),
        }
        self.file.save().map_err(|error| Problem::new(ProblemCode::StorageFailed).because(error))
    }
}

/// Moves a file that is not a JSON object out of the way, so that nothing in it is lost.
fn set_damaged_aside(path: &Path) -> Option<Problem> {
    let text = std::fs::read(path).ok()?;
    let error = match serde_json::from_slice::<serde_json::Map<String, Value>>(&text) {
        Ok(_) => return None,
        Err(error) => error,
    };
    let _ = std::fs::rename(path, path.with_extension("unreadable.json"));
    Some(Problem::new(ProblemCode::SettingsUnreadable).about(path.display().to_string()).because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_set_aside_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        assert_eq!(set_damaged_aside(&path), None, "no file is no problem");
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(set_damaged_aside(&path), None);
        std::fs::write(&path, "{ \"settings\": ").unwrap();
        assert_eq!(set_damaged_aside(&path).map(|p| p.code), Some(ProblemCode::SettingsUnreadable));
        assert!(!path.exists() && folder.path().join("settings.unreadable.json").exists());
    }
}
