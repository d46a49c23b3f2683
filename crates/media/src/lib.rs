//! Frames, codecs, sound processing and playout; and the traits through which hardware comes in.

pub mod hardware;
pub mod picture;
pub mod slot;

pub use hardware::{CameraFormat, CameraSource, DeviceError, Hardware, MicrophoneSource, SoundEnded, SpeakerSink};
pub use picture::{Picture, PlaneLayout};
