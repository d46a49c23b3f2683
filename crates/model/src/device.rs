//! Devices as the user knows them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Camera,
    Microphone,
    Speaker,
    /// The speaker on which it rings. Unless chosen it is the one on which calls are heard.
    Ringer,
}

impl DeviceKind {
    pub const ALL: [Self; 4] = [Self::Camera, Self::Microphone, Self::Speaker, Self::Ringer];
    /// Those that systems list; it rings on one of the speakers.
    pub const LISTED: [Self; 3] = [Self::Camera, Self::Microphone, Self::Speaker];
}

/// Names one device for as long as it is plugged in, and again when it returns.
///
/// Made-up devices are named by what they do: `test:picture`, `test:picture=640x360@15`, `test:tone=440`, `file:/path/to/clip.y4m`, `file:/path/to/speech.wav`,
/// and for a speaker `file:/path/to/recording.wav` or `test:silence`. `none` is the choice to have no such device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(transparent)]
pub struct DeviceId(String);

impl DeviceId {
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The choice to have no device of this kind.
    pub fn none() -> Self {
        Self::new("none")
    }

    pub fn is_none(&self) -> bool {
        self.0 == "none"
    }

    /// Made up by us, not plugged in: `test:…` or `file:…`.
    pub fn is_made_up(&self) -> bool {
        self.0.starts_with("test:") || self.0.starts_with("file:")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DeviceInfo {
    pub id: DeviceId,
    pub kind: DeviceKind,
    /// As shown. Twins get a number.
    pub name: String,
    /// The system's own choice.
    pub is_default: bool,
    /// Which time it was plugged in, where the system tells: with another number it has been away meanwhile, even if nobody
    /// saw that.
    #[serde(skip)]
    pub plugged: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    Screen,
    Window,
    /// For whoever has none.
    MadeUp,
}

/// A small picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Thumbnail {
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Red, green and blue of each, in Base64.
    pub rgb: String,
}

/// Something whose picture can be shared in a call: a screen, a window, or a made-up picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct ScreenInfo {
    pub id: DeviceId,
    pub kind: ScreenKind,
    /// As shown.
    pub name: String,
    /// What it looks like now.
    pub thumbnail: Option<Thumbnail>,
}

/// What became of a wanted device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Not in use just now.
    Idle,
    Opening,
    Running,
    /// Chosen but not plugged in. A normal state.
    Absent,
    /// Used by another program.
    Busy,
    /// The system does not let us use it.
    Denied,
    /// It stopped answering.
    Hung,
    /// It failed in some other way.
    Broken,
    /// The user wants none, or this machine has none.
    Off,
}

/// What the user wants beside what is in use. `wanted: None` follows the system's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DeviceChoice {
    pub kind: DeviceKind,
    pub wanted: Option<DeviceId>,
    pub effective: Option<DeviceId>,
    pub state: DeviceState,
}

/// Why another device is in use now, without the user having chosen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum SwitchReason {
    /// The one before was unplugged.
    Unplugged,
    /// The one before does not work.
    Failed,
    /// The chosen one is there again.
    Returned,
    /// The system's default is another one.
    NewDefault,
}
