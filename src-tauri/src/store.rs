//! What a profile remembers in `settings.json`: settings and which space it belongs to. Never a token.

use crate::args::Args;
use crate::profile::Profile;
use crate::renewal::Renewal;
use crate::settings_file;
use ahoy_model::{DeviceId, Fingerprint, Problem, ProblemCode};
use ahoy_phone::Settings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;
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
    path: PathBuf,
    for_this_run: ForThisRun,
    /// What the file said about devices that this run overrides.
    stored: Settings,
    /// A newer version wrote the file.
    by_newer: bool,
}

impl SettingsStore {
    /// Opens the profile's file. What in it cannot be read is told, and kept beside it.
    pub fn open(app: &AppHandle, profile: &Profile, args: &Args) -> Result<(Self, Vec<Problem>), Problem> {
        let path = profile.settings();
        let settings_file::Found { by_newer, trouble } = settings_file::make_ready(&path);
        let mut troubles = Vec::from_iter(trouble);
        let file = tauri_plugin_store::StoreBuilder::new(app, &path).build().map_err(|error| {
            Problem::new(ProblemCode::StorageFailed).about(path.display().to_string()).because(error)
        })?;
        let settings = file.get(SETTINGS).map(|value| Settings::from_stored(&value));
        let (stored, mut unread) = settings.unwrap_or_default();
        let (member, unread_of_it) =
            file.get(MEMBERSHIP).map_or((None, None), |value| read_membership(&value));
        unread.extend(unread_of_it.map(str::to_owned));
        let device = |arg: &Option<crate::args::DeviceArg>| arg.as_ref().map(|arg| arg.0.clone());
        let for_this_run = ForThisRun {
            camera: device(&args.camera),
            microphone: device(&args.microphone),
            speaker: device(&args.speaker),
        };
        let own = Self { file, path, for_this_run, stored, by_newer };
        if !unread.is_empty() {
            troubles.push(Problem::new(ProblemCode::SettingsUnreadable).about(unread.join(", ")));
            if !by_newer {
                settings_file::keep_copy(&own.path, "unreadable");
                let settings = own.write(SETTINGS, Some(own.over(&own.stored)));
                let member = unread_of_it.map_or(Ok(()), |_| own.keep_membership(member.as_ref()));
                troubles.extend(settings.and(member).err());
            }
        }
        Ok((own, troubles))
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

    fn over(&self, settings: &Settings) -> Value {
        settings.to_store(&self.file.get(SETTINGS).unwrap_or_default(), self.by_newer)
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
        self.write(SETTINGS, Some(self.over(&kept)))
    }

    pub fn membership(&self) -> Option<Membership> {
        read_membership(&self.file.get(MEMBERSHIP)?).0
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
        if !self.by_newer {
            self.file.set(settings_file::FORMAT_KEY, settings_file::FORMAT);
        }
        self.file.save().map_err(|error| Problem::new(ProblemCode::StorageFailed).because(error))?;
        settings_file::remember(&self.path);
        Ok(())
    }
}

/// As much of it as can be read, and what cannot.
pub(crate) fn read_membership(stored: &Value) -> (Option<Membership>, Option<&'static str>) {
    let read = |value: Value| serde_json::from_value::<Membership>(value).ok();
    if let Some(whole) = read(stored.clone()) {
        return (Some(whole), None);
    }
    let mut rest = stored.clone();
    rest.as_object_mut().and_then(|fields| fields.remove("renewal"));
    let rest = read(rest);
    let field = if rest.is_some() { "membership.renewal" } else { "membership" };
    tracing::warn!(field, "a setting cannot be read and is as at first");
    (rest, Some(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_space_that_is_renewed_in_a_way_we_do_not_know_is_joined_all_the_same() {
        let stored = json!({ "space": "elsewhere", "url": "wss://a", "rest_url": "https://a", "renewal": { "by": "magic" } });
        let (read, unread) = read_membership(&stored);
        assert!(matches!(read, Some(Membership::Elsewhere { renewal: Renewal::Nothing, .. })));
        assert_eq!(unread, Some("membership.renewal"));
        assert_eq!(read_membership(&json!({ "space": "here" })), (Some(Membership::Here), None));
        assert_eq!(read_membership(&json!({ "space": "on the moon" })), (None, Some("membership")));
        assert_eq!(read_membership(&json!(7)), (None, Some("membership")));
    }
}
