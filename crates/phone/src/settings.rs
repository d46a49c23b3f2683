//! What the user set. Tokens are not settings: they live in the OS keychain or in memory.

use crate::codecs::{AudioPreference, VideoPreference};
use ahoy_model::{DeviceId, DeviceKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Servers of one's own.
const ICE_SERVERS: usize = 8;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Settings {
    /// Shown to people we call, in the built-in space.
    pub display_name: String,
    /// `None` follows the system's default.
    pub camera: Option<DeviceId>,
    pub microphone: Option<DeviceId>,
    pub speaker: Option<DeviceId>,
    /// Ring until answered, declined or this many seconds have passed.
    pub ring_seconds: u32,
    /// 0 to 1.
    pub ring_volume: f32,
    pub echo_cancellation: bool,
    pub noise_suppression: bool,
    pub automatic_gain: bool,
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
    pub mirror_self_view: bool,
    /// Rooms are joined unheard, and unseen. Both can be changed once one is in.
    pub join_muted: bool,
    pub join_camera_off: bool,
    /// The desktop tells of missed calls, and of callers where its notes have buttons.
    pub notifications: bool,
    pub shortcuts: Shortcuts,
    /// Media goes through relays only, so that the far side never learns our address.
    pub relay_only: bool,
    /// STUN and TURN servers in place of the space's. Credentials are kept apart, like tokens.
    pub ice_servers: Vec<OwnIceServer>,
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
            ring_seconds: 60,
            ring_volume: 0.8,
            echo_cancellation: true,
            noise_suppression: true,
            automatic_gain: true,
            video_width: 1280,
            video_height: 720,
            video_fps: 30,
            video_bitrate: 2_500_000,
            video_codecs: VideoPreference::default(),
            audio_codecs: AudioPreference::default(),
            theme: "system".into(),
            mirror_self_view: true,
            join_muted: false,
            join_camera_off: false,
            notifications: true,
            shortcuts: Shortcuts::default(),
            relay_only: false,
            ice_servers: Vec::new(),
            user_variables: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The same with every number inside what the phone can do. What a damaged settings file says is not trusted.
    pub fn clamped(mut self) -> Self {
        let even = |side: u32, low, high| side.clamp(low, high) & !1;
        self.display_name = self.display_name.chars().filter(|c| !c.is_control()).take(100).collect();
        self.ring_seconds = self.ring_seconds.clamp(5, 600);
        self.ring_volume = if self.ring_volume.is_finite() { self.ring_volume.clamp(0.0, 1.0) } else { 0.8 };
        self.video_width = even(self.video_width, 160, 1920);
        self.video_height = even(self.video_height, 90, 1200);
        self.video_fps = self.video_fps.clamp(1, 60);
        self.video_bitrate = self.video_bitrate.clamp(100_000, 8_000_000);
        self.ice_servers.retain(|server| server.url.starts_with("stun:") || server.url.starts_with("turn:"));
        self.ice_servers.truncate(ICE_SERVERS);
        if !matches!(self.theme.as_str(), "light" | "dark") {
            self.theme = "system".into();
        }
        self.shortcuts = self.shortcuts.sane();
        self
    }

    /// The chosen device of a kind; `None` follows the system's default.
    pub fn device(&self, kind: DeviceKind) -> Option<&DeviceId> {
        match kind {
            DeviceKind::Camera => self.camera.as_ref(),
            DeviceKind::Microphone => self.microphone.as_ref(),
            DeviceKind::Speaker => self.speaker.as_ref(),
        }
    }

    pub(crate) fn set_device(&mut self, kind: DeviceKind, id: Option<DeviceId>) {
        match kind {
            DeviceKind::Camera => self.camera = id,
            DeviceKind::Microphone => self.microphone = id,
            DeviceKind::Speaker => self.speaker = id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_from_a_damaged_file_do_no_harm() {
        let wild = Settings {
            ring_volume: f32::NAN,
            ring_seconds: 0,
            video_width: 641,
            video_height: 1_000_000,
            video_fps: 0,
            video_bitrate: u32::MAX,
            theme: "pink".into(),
            display_name: "A\u{7}da".into(),
            ..Settings::default()
        };
        let tame = wild.clamped();
        assert_eq!((tame.ring_volume, tame.ring_seconds, tame.video_fps), (0.8, 5, 1));
        assert_eq!((tame.video_width, tame.video_height, tame.video_bitrate), (640, 1200, 8_000_000));
        assert_eq!((tame.theme.as_str(), tame.display_name.as_str()), ("system", "Ada"));
        assert_eq!(tame.clone().clamped(), tame);
    }
}
