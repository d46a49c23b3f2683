//! The threads that move pictures and sound. Each has a name, one owner, and an end that its owner is told of: a hung
//! driver, a failed codec or a panic ends that one track and nothing else. Handles stop their thread when dropped.

mod camera;
mod ladder;
mod sound;
mod tuner;
mod video_receiver;
mod video_sender;
mod worker;

pub use camera::Camera;
pub use ladder::Ladder;
pub use sound::{LineStats, SoundConfig, SoundEngine, SoundEvent, SoundLevels, VoiceConfig};
pub use tuner::{CameraControls, CameraWish};
pub use video_receiver::{PushResult, VideoReceiver, VideoReceiverStats};
pub use video_sender::{VideoSender, VideoSenderConfig, VideoSenderStats};
pub use worker::VideoEnd;

#[cfg(test)]
mod codec_tests;
#[cfg(test)]
mod full_tests;
#[cfg(test)]
mod tests;
