//! Plays sound and films into a leg: from files, from other servers, made-up rings, silence and speech.
//!
//! ```text
//!  Playable ─► source ─► film (a thread: demux, decode, scale, encode) ─► queue ─► player (a task: clock, volume, pause) ─► leg
//! ```
//!
//! The queue holds half a second; a thread that is ahead waits. Sound and pictures carry times of one clock, from the beginning of
//! what is played; the player sends each when its time has come.

mod avc;
mod film;
mod pictures;
mod playable;
mod player;
mod ringing;
mod sound;
mod source;

#[cfg(test)]
pub use avc::AvcConfig;
pub use playable::{Playable, PlayableError};
pub use player::{Listener, Player, Stage};
pub use source::{Sources, SpeechCommand};

use crate::fetch::FetchError;
use bytes::Bytes;
use std::time::Duration;

/// What to play, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Playlist {
    pub items: Vec<Playable>,
    /// dB, -40 to 40.
    pub volume: f64,
    /// How often; `None` is until somebody stops it.
    pub times: Option<u32>,
}

/// Volume as SignalWire takes it, dB.
pub const VOLUMES: std::ops::RangeInclusive<f64> = -40.0..=40.0;

/// One thing to send, and when: from the beginning of the item.
#[derive(Debug)]
pub enum Piece {
    /// 20 ms at 48 kHz.
    Sound { at: Duration, samples: Vec<f32> },
    /// Annex B; key frames with their parameter sets.
    Picture { at: Duration, data: Bytes, key: bool },
    /// Nothing comes after this.
    End,
}

/// Why something is not played (any more).
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error("{0} {1}")]
    Fetch(String, #[source] FetchError),
    #[error("there is no file {0} in the space's media folder")]
    NoFile(String),
    #[error("the space has no folder for media: it was started without --data")]
    NoFolder,
    #[error("this is no sound or film that can be played: {0}")]
    Unreadable(String),
    #[error("its pictures are {0}, and only H.264 can be played")]
    OtherCodec(String),
    #[error("its pictures cannot be decoded: {0}")]
    Pictures(String),
    #[error("there is no voice: the space was started without --tts-command")]
    NoVoice,
    #[error("the voice failed: {0}")]
    Voice(String),
    #[error("the space plays as much as it may")]
    TooMany,
    #[error("playing broke off")]
    Broken,
}

#[cfg(test)]
#[path = "play_tests.rs"]
mod tests;
