//! What a call's connection is like.

use serde::{Deserialize, Serialize};

/// Five steps of the mean opinion score (ITU-T G.107), as FEATURES.md 13 names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Critical,
    Poor,
    Fair,
    Good,
    Excellent,
}

impl Quality {
    pub fn from_mos(mos: f32) -> Self {
        match mos {
            m if m >= 4.0 => Self::Excellent,
            m if m >= 3.5 => Self::Good,
            m if m >= 3.0 => Self::Fair,
            m if m >= 2.0 => Self::Poor,
            _ => Self::Critical,
        }
    }
}

/// One reading, made once a second. Rates are over the last second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CallStats {
    /// ms; `None` until the first RTCP report.
    pub round_trip: Option<f32>,
    /// ms, of received sound.
    pub jitter: f32,
    /// How long received sound waits to be played, ms, and how long it should, by how unevenly packets come. `None` without sound.
    pub buffered: Option<f32>,
    pub buffer_target: Option<f32>,
    /// 0 to 1, of the sound played in the last second: no packet carried it, so it was made up.
    pub concealed: Option<f32>,
    /// How much later sound comes than the picture that belongs to it, ms; below 0 the picture is later. `None` before the far
    /// side has told how they belong together.
    pub sound_behind: Option<f32>,
    /// 0 to 1, of received packets.
    pub loss: f32,
    /// 0 to 1, of our sound, as the far side reports.
    pub sound_lost: Option<f32>,
    /// bit/s.
    pub audio_in: u32,
    pub audio_out: u32,
    pub video_in: u32,
    pub video_out: u32,
    /// What the path is thought to carry of our picture, bit/s.
    pub carries_out: Option<u32>,
    /// Pictures a second.
    pub fps_in: f32,
    pub fps_out: f32,
    /// Width × height of the picture received and sent.
    pub size_in: Option<(u32, u32)>,
    pub size_out: Option<(u32, u32)>,
    pub audio_codec: Option<crate::AudioCodec>,
    pub video_codec: Option<crate::VideoCodec>,
    /// `host`, `srflx`, `prflx` or `relay`: the kind of our candidate in use.
    pub path: Option<String>,
    /// Mean opinion score, 1 to 4.5 (E-model without the listener's side).
    pub mos: Option<f32>,
}
