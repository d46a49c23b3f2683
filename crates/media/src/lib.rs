//! Frames, codecs, sound processing and playout; and the traits through which hardware comes in.
//!
//! | looking for | room |
//! |---|---|
//! | what a camera, microphone or speaker must be able to do | [`hardware`] |
//! | a camera, microphone or speaker that is made up | [`fake`] |
//! | pixels from any camera, other sizes | [`convert`] |
//! | pictures turned, mirrored, made brighter, the background blurred | [`look`], [`matte`] |
//! | codecs: any of them, one of them | [`video`] ([`h264`], [`vp8`]), [`audio`] ([`opus`], [`g711`]) |
//! | sound that comes late, twice or never | [`jitter`], played by [`playout`], sped up or slowed down by [`stretch`] |
//! | echo, noise, loudness | [`processing`], [`level`], [`mixer`] |
//! | ringing and keys | [`tone`] |
//! | picture and sound together | [`sync`] |
//! | the threads that move all this | [`engine`] |

pub mod audio;
pub mod comfort;
pub mod convert;
pub mod engine;
pub mod fake;
pub mod g711;
pub mod h264;
pub mod hardware;
pub mod jitter;
pub mod level;
pub mod look;
pub mod matte;
pub mod mixer;
pub mod opus;
pub mod picture;
pub mod picture_code;
pub mod playout;
pub mod processing;
pub mod resample;
pub mod slot;
mod stamina;
pub mod stereo;
pub mod stretch;
pub mod sync;
pub mod tone;
pub mod video;
pub mod vp8;

pub use hardware::{
    CameraFormat, CameraSource, DeviceError, Hardware, LeftRight, MicrophoneSource, SoundEnded, SpeakerSink,
};
pub use picture::{Picture, PlaneLayout};
