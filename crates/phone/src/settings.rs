//! What the user set. Tokens are not settings: they live in the OS keychain or in memory.

use crate::advanced::Advanced;
use crate::camera_tuning::{self, CameraTuning};
use crate::codecs::{AudioPreference, VideoPreference};
use crate::own_contact::{self, OwnContact};
use crate::own_keys::OwnKeys;
use crate::quiet_hours::QuietHours;
use crate::stored;
use ahoy_media::hardware::CameraFormat;
use ahoy_model::{DeviceId, DeviceKind, RingTone, ToneRegion};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Servers of one's own.
const ICE_SERVERS: usize = 8;
/// People in each list of one's own.
const PEOPLE: usize = 500;
/// What the windows, the tray and notifications can be read in.
pub const LANGUAGES: [&str; 6] = ["en", "de", "es", "pt", "ja", "ar"];

/// Devices that are remembered.
const MOST_KNOWN: usize = 32;

/// Callers whose volume is remembered.
const MOST_CALLERS: usize = 200;

/// 0 to 2, and 1 for what is no number.
fn within_two(factor: f32) -> f32 {
    if factor.is_finite() { factor.clamp(0.0, 2.0) } else { 1.0 }
}

/// How loud somebody is heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CallerVolume {
    /// As it can be dialled.
    pub address: String,
    /// 0 to 2; 1 is as it comes.
    pub volume: f32,
}

/// A device as it was when the user chose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct KnownDevice {
    pub id: DeviceId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Settings {
    /// Shown to people we call, in the built-in space.
    pub display_name: String,
    /// `None` follows the system's default.
    pub camera: Option<DeviceId>,
    pub microphone: Option<DeviceId>,
    pub speaker: Option<DeviceId>,
    /// Where it rings; `None`: where calls are heard.
    pub ringer: Option<DeviceId>,
    /// Devices that were chosen once, by the names that they had then.
    pub known_devices: Vec<KnownDevice>,
    pub ring_tone: RingTone,
    /// Whose ring-back, busy, congestion and waiting tones are heard; `None`: those of the system's country.
    pub tone_region: Option<ToneRegion>,
    pub quiet_hours: QuietHours,
    /// Quiet, too, while the desktop is, where it tells.
    pub follow_focus: bool,
    /// Addresses that come first.
    pub favourites: Vec<String>,
    /// People whom the space does not list.
    pub own_contacts: Vec<OwnContact>,
    /// Calls from these addresses are answered at once, with sound only.
    pub auto_answer: Vec<String>,
    /// Ring until answered, declined or this many seconds have passed.
    pub ring_seconds: u32,
    /// 0 to 1.
    pub ring_volume: f32,
    pub echo_cancellation: bool,
    pub noise_suppression: bool,
    pub automatic_gain: bool,
    /// Takes rumble out.
    pub high_pass: bool,
    /// For music: no processing, the whole band, 128 kbit/s.
    pub studio: bool,
    /// Others are asked for two channels, where they have them.
    pub stereo: bool,
    /// Of the microphone, 0 to 2.
    pub microphone_gain: f32,
    /// Heard only while a key is held.
    pub push_to_talk: bool,
    /// Silence of the far side is filled with a little noise.
    pub comfort_noise: bool,
    /// Sends next to nothing while nobody speaks.
    pub dtx: bool,
    /// How loud callers are, where the user has changed it.
    pub caller_volumes: Vec<CallerVolume>,
    /// Picture width × height and pictures a second that we ask of the camera.
    pub video_width: u32,
    pub video_height: u32,
    pub video_fps: u32,
    /// Ceiling for our picture, bit/s.
    pub video_bitrate: u32,
    /// Holds for calls from now on.
    pub video_codecs: VideoPreference,
    pub audio_codecs: AudioPreference,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `system`, or one of `LANGUAGES`.
    pub language: String,
    /// Of everything in the windows, percent: 100 to 200.
    pub text_size: u32,
    pub mirror_self_view: bool,
    /// The camera's picture is turned clockwise for everybody: 0, 90, 180 or 270 degrees.
    pub camera_turn: u32,
    /// Others see us mirrored, too.
    pub mirror_for_others: bool,
    /// In the dark the picture is made brighter.
    pub brighter: bool,
    /// What is behind the user is blurred.
    pub blur_background: bool,
    /// What was changed at cameras themselves.
    pub camera_tunings: Vec<CameraTuning>,
    /// Rooms are joined unheard, and unseen. Both can be changed once one is in.
    pub join_muted: bool,
    pub join_camera_off: bool,
    /// The desktop tells of missed calls, and of callers where its notes have buttons.
    pub notifications: bool,
    pub shortcuts: Shortcuts,
    pub own_keys: OwnKeys,
    /// A small window on top of everything while the main one is out of sight in a call.
    pub mini_window: bool,
    /// Looks for new versions once a day.
    pub look_for_updates: bool,
    /// Media goes through relays only, so that the far side never learns our address.
    pub relay_only: bool,
    /// STUN and TURN servers in place of the space's. Credentials are kept apart, like tokens.
    pub ice_servers: Vec<OwnIceServer>,
    pub advanced: Advanced,
    /// Told to the space with every call (`userVariables`).
    pub user_variables: BTreeMap<String, String>,
}

/// Keys that work while another program has the keyboard, as modifiers and a key's code joined by `+`
/// (`Ctrl+Alt+KeyM`, W3C UI Events). `None`: no key, which is where everybody starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Shortcuts {
    pub mute: Option<String>,
    pub push_to_talk: Option<String>,
    pub answer: Option<String>,
    pub hang_up: Option<String>,
}

impl Shortcuts {
    /// Without what no keyboard could type.
    fn sane(self) -> Self {
        let sane =
            |keys: Option<String>| keys.filter(|keys| (1..=64).contains(&keys.len()) && keys.is_ascii());
        Self {
            mute: sane(self.mute),
            push_to_talk: sane(self.push_to_talk),
            answer: sane(self.answer),
            hang_up: sane(self.hang_up),
        }
    }
}

/// A STUN or TURN server that the user chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct OwnIceServer {
    /// `stun:host:port` or `turn:host:port?transport=udp`.
    pub url: String,
    pub username: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            display_name: String::new(),
            camera: None,
            microphone: None,
            speaker: None,
            ringer: None,
            known_devices: Vec::new(),
            ring_tone: RingTone::default(),
            tone_region: None,
            quiet_hours: QuietHours::default(),
            follow_focus: true,
            favourites: Vec::new(),
            own_contacts: Vec::new(),
            auto_answer: Vec::new(),
            ring_seconds: 60,
            ring_volume: 0.8,
            echo_cancellation: true,
            noise_suppression: true,
            automatic_gain: true,
            high_pass: true,
            studio: false,
            stereo: false,
            microphone_gain: 1.0,
            push_to_talk: false,
            comfort_noise: true,
            dtx: false,
            caller_volumes: Vec::new(),
            video_width: 1280,
            video_height: 720,
            video_fps: 30,
            video_bitrate: 2_500_000,
            video_codecs: VideoPreference::default(),
            audio_codecs: AudioPreference::default(),
            theme: "system".into(),
            language: "system".into(),
            text_size: 100,
            mirror_self_view: true,
            camera_turn: 0,
            mirror_for_others: false,
            brighter: false,
            blur_background: false,
            camera_tunings: Vec::new(),
            join_muted: false,
            join_camera_off: false,
            notifications: true,
            shortcuts: Shortcuts::default(),
            own_keys: OwnKeys::default(),
            mini_window: true,
            look_for_updates: true,
            relay_only: false,
            ice_servers: Vec::new(),
            advanced: Advanced::default(),
            user_variables: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// What some version kept, of this one or another: every field that can be read and is within its bounds counts, the
    /// others are as at first, each alone. Their names come with it, and each is a line in the log.
    pub fn from_stored(value: &Value) -> (Self, Vec<String>) {
        let (read, mut unread) = stored::read::<Self>(value);
        for field in &unread {
            tracing::warn!(field, "a setting cannot be read and is as at first");
        }
        let mut tame = stored::as_json(&read.clone().clamped());
        let usual = stored::as_json(&Self::default());
        let moved = stored::usual_where_moved(&stored::as_json(&read), &mut tame, &usual);
        for field in &moved {
            tracing::warn!(field, "a setting makes no sense and is as at first");
        }
        unread.extend(moved);
        unread.sort_unstable();
        let settings = serde_json::from_value::<Self>(tame).unwrap_or_default();
        (settings.clamped(), unread)
    }

    /// What is written over what a profile held `before`. What this version does not know stays; `by_newer`: so does what
    /// it could not read, until the user sets it.
    /// Where the user wants settings or devices to hold for this run only, those stay as they were.
    pub fn to_store(&self, before: &Value, by_newer: bool) -> Value {
        let mut now = stored::as_json(self);
        let (was, _) = stored::read::<Self>(before);
        if !self.advanced.keep_settings {
            let advanced = Advanced { keep_settings: false, ..was.advanced.clone() };
            now = stored::as_json(&Self { advanced, ..was });
        } else if !self.advanced.keep_devices {
            let mut kept = self.clone();
            for kind in DeviceKind::ALL {
                kept.set_device(kind, was.device(kind).cloned());
            }
            now = stored::as_json(&kept);
        }
        let mut written = stored::written_over(before, now.clone(), &stored::as_json(&Self::default()));
        if by_newer {
            let (was, unread) = stored::read::<Self>(before);
            let (mut now, mut was, mut before) = (now, stored::as_json(&was), before.clone());
            for path in &unread {
                let unchanged =
                    stored::at(&mut now, path).as_deref() == stored::at(&mut was, path).as_deref();
                let places = (stored::at(&mut written, path), stored::at(&mut before, path));
                if let (true, (Some(place), Some(before))) = (unchanged, places) {
                    before.clone_into(place);
                }
            }
        }
        written
    }

    /// The same with every number inside what the phone can do. What a damaged settings file says is not trusted.
    pub fn clamped(mut self) -> Self {
        let even = |side: u32, low, high| side.clamp(low, high) & !1;
        self.display_name = self.display_name.chars().filter(|c| !c.is_control()).take(100).collect();
        self.known_devices.truncate(MOST_KNOWN);
        self.microphone_gain = within_two(self.microphone_gain);
        self.caller_volumes.truncate(MOST_CALLERS);
        for caller in &mut self.caller_volumes {
            caller.volume = within_two(caller.volume);
        }
        self.ring_seconds = self.ring_seconds.clamp(5, 600);
        self.ring_volume = if self.ring_volume.is_finite() { self.ring_volume.clamp(0.0, 1.0) } else { 0.8 };
        self.video_width = even(self.video_width, 160, 1920);
        self.video_height = even(self.video_height, 90, 1200);
        self.video_fps = self.video_fps.clamp(1, 60);
        self.camera_turn = self.camera_turn % 360 / 90 * 90;
        self.camera_tunings = camera_tuning::sane(self.camera_tunings);
        self.video_bitrate = self.video_bitrate.clamp(100_000, 8_000_000);
        self.ice_servers.retain(|server| server.url.starts_with("stun:") || server.url.starts_with("turn:"));
        self.ice_servers.truncate(ICE_SERVERS);
        if !matches!(self.theme.as_str(), "light" | "dark") {
            self.theme = "system".into();
        }
        self.quiet_hours = self.quiet_hours.clamped();
        self.own_contacts = own_contact::sane(self.own_contacts, PEOPLE);
        for list in [&mut self.favourites, &mut self.auto_answer] {
            list.truncate(PEOPLE);
        }
        self.text_size = self.text_size.clamp(100, 200);
        if !LANGUAGES.contains(&self.language.as_str()) {
            self.language = "system".into();
        }
        self.shortcuts = self.shortcuts.sane();
        self.own_keys = self.own_keys.sane();
        self.advanced = self.advanced.clamped();
        self
    }

    /// What is asked of the camera.
    pub(crate) fn camera_format(&self) -> CameraFormat {
        CameraFormat { width: self.video_width, height: self.video_height, fps: self.video_fps }
    }

    /// The chosen device of a kind; `None` follows the system's default.
    pub fn device(&self, kind: DeviceKind) -> Option<&DeviceId> {
        match kind {
            DeviceKind::Camera => self.camera.as_ref(),
            DeviceKind::Microphone => self.microphone.as_ref(),
            DeviceKind::Speaker => self.speaker.as_ref(),
            DeviceKind::Ringer => self.ringer.as_ref(),
        }
    }

    pub(crate) fn set_device(&mut self, kind: DeviceKind, id: Option<DeviceId>) {
        match kind {
            DeviceKind::Camera => self.camera = id,
            DeviceKind::Microphone => self.microphone = id,
            DeviceKind::Speaker => self.speaker = id,
            DeviceKind::Ringer => self.ringer = id,
        }
    }

    /// How loud this caller is heard, 0 to 2.
    pub fn volume_of(&self, address: &str) -> f32 {
        let known = self.caller_volumes.iter().find(|caller| caller.address == address);
        known.map_or(1.0, |caller| caller.volume)
    }

    pub(crate) fn set_volume_of(&mut self, address: &str, volume: f32) {
        let volume = within_two(volume);
        self.caller_volumes.retain(|caller| caller.address != address);
        if volume != 1.0 {
            self.caller_volumes.push(CallerVolume { address: address.to_owned(), volume });
        }
        let surplus = self.caller_volumes.len().saturating_sub(MOST_CALLERS);
        self.caller_volumes.drain(..surplus);
    }

    /// What a device was called when it was chosen.
    pub(crate) fn known_name(&self, id: &DeviceId) -> Option<&str> {
        self.known_devices.iter().find(|known| known.id == *id).map(|known| known.name.as_str())
    }

    pub(crate) fn remember_device(&mut self, id: &DeviceId, name: &str) {
        self.known_devices.retain(|known| known.id != *id);
        self.known_devices.push(KnownDevice { id: id.clone(), name: name.to_owned() });
        let surplus = self.known_devices.len().saturating_sub(MOST_KNOWN);
        self.known_devices.drain(..surplus);
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
