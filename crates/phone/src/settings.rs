//! What the user set. Tokens are not settings: they live in the OS keychain or in memory.

use ahoy_model::DeviceId;
use serde::{Deserialize, Serialize};

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
    /// `system`, `light` or `dark`.
    pub theme: String,
    pub mirror_self_view: bool,
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
            theme: "system".into(),
            mirror_self_view: true,
        }
    }
}
