//! How hardware comes in. `devices` implements these with nokhwa and cpal, `fake` with made-up devices; the rest of the
//! house cannot tell which.

use crate::picture::Picture;
use ahoy_model::{CameraControl, DeviceId, DeviceInfo, DeviceKind, DeviceState, ScreenInfo};
use std::sync::Arc;
use std::time::Duration;

/// Sample rate of all sound inside the house, in Hz. Sources and sinks convert at the door.
pub const SAMPLE_RATE: u32 = 48_000;
/// Samples in one step of the sound path: 10 ms, one channel.
pub const STEP: usize = 480;

/// What is heard at one moment on the left and on the right. Sound of one channel is the same on both.
pub type LeftRight = [f32; 2];

/// What we would like from a camera. A source picks the nearest that the device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraFormat {
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Pictures a second.
    pub fps: u32,
}

impl CameraFormat {
    pub const HD: Self = Self { width: 1280, height: 720, fps: 30 };
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("the device is not there")]
    Absent,
    #[error("the device is used by another program")]
    Busy,
    #[error("the system does not let us use the device")]
    Denied,
    #[error("the device does not answer")]
    Hung,
    #[error("the device has no format that we can read")]
    NoFormat,
    #[error("the file cannot be used: {0}")]
    File(String),
    #[error("the device failed: {0}")]
    Broken(String),
    /// A clip or the like that came to its end.
    #[error("the source has ended")]
    Ended,
}

impl DeviceError {
    pub fn state(&self) -> DeviceState {
        match self {
            Self::Absent => DeviceState::Absent,
            Self::Busy => DeviceState::Busy,
            Self::Denied => DeviceState::Denied,
            Self::Hung => DeviceState::Hung,
            Self::Ended => DeviceState::Off,
            Self::NoFormat | Self::File(_) | Self::Broken(_) => DeviceState::Broken,
        }
    }
}

/// A camera (or screen, clip, test picture) that hands out pictures when asked. Lives on a thread of its own, which
/// may hang in `next` for ever: the engine watches it and goes on without it.
pub trait CameraSource: Send {
    /// Opens the device with the format nearest to `wanted` and returns what it will deliver.
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError>;

    /// Blocks until the next picture, at most about `patience`; `Hung` when none came.
    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError>;

    /// What can be adjusted at the camera itself, as it is now. Only while it is open; answers within about a second.
    fn controls(&mut self) -> Result<Vec<CameraControl>, DeviceError> {
        Ok(Vec::new())
    }

    /// Adjusts one of them. What the camera made of it is in `controls`: it may do something else, or nothing.
    fn set_control(&mut self, _id: &str, _value: f64) -> Result<(), DeviceError> {
        Err(DeviceError::Broken("it has no such control".into()))
    }
}

/// Called once, from any thread but never from inside a sound callback, when a stream ends by itself.
pub type SoundEnded = Box<dyn FnOnce(DeviceError) + Send>;

/// A microphone (or tone, sound file). Samples are f32 in -1..1, left and right, 48 kHz.
pub trait MicrophoneSource: Send {
    /// Starts to write into `out` until dropped or ended. What does not fit is dropped by the source.
    fn start(&mut self, out: rtrb::Producer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError>;

    /// False for sound that no room touched (a tone, a file): echo and noise are not looked for in it.
    fn needs_processing(&self) -> bool {
        true
    }
}

/// A speaker (or recording file). Samples are f32 in -1..1, left and right, 48 kHz; one that has one channel plays their middle.
pub trait SpeakerSink: Send {
    /// Starts to read from `samples` until dropped or ended; plays silence when there are none.
    fn start(&mut self, samples: rtrb::Consumer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError>;

    /// Delay between a sample leaving the ring and being heard, as far as the system tells. ms.
    fn latency(&self) -> Option<u32> {
        None
    }
}

/// Everything a phone can open. Listing and opening may block (each call is made from a thread that may wait).
pub trait Hardware: Send + Sync + 'static {
    /// What is plugged in now. Made-up devices are not listed but can be opened by id.
    fn list(&self, kind: DeviceKind) -> Result<Vec<DeviceInfo>, DeviceError>;

    /// Screens and windows that can be shown now; each is opened as a camera is, by its id.
    fn screens(&self) -> Result<Vec<ScreenInfo>, DeviceError> {
        Ok(Vec::new())
    }

    fn camera(&self, id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError>;
    fn microphone(&self, id: &DeviceId) -> Result<Box<dyn MicrophoneSource>, DeviceError>;
    fn speaker(&self, id: &DeviceId) -> Result<Box<dyn SpeakerSink>, DeviceError>;

    /// What the computer plays, without what comes from this phone. Opens nothing yet. `None` where the system does not
    /// give it.
    fn system_sound(&self) -> Option<Box<dyn MicrophoneSource>> {
        None
    }

    /// Counts up whenever the list may have changed.
    fn changes(&self) -> tokio::sync::watch::Receiver<u64>;
}

/// Shared by everybody who opens devices.
pub type SharedHardware = Arc<dyn Hardware>;
