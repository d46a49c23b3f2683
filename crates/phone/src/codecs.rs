//! Which codecs a call may use, best first.

use ahoy_model::{AudioCodec, VideoCodec};
use serde::{Deserialize, Serialize};

/// For our calls the order is ours; when we are called, the caller's order decides among these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub enum VideoPreference {
    #[default]
    #[serde(rename = "h264_first")]
    H264First,
    #[serde(rename = "vp8_first")]
    Vp8First,
    #[serde(rename = "h264_only")]
    H264Only,
    #[serde(rename = "vp8_only")]
    Vp8Only,
}

impl VideoPreference {
    pub fn codecs(self) -> Vec<VideoCodec> {
        match self {
            Self::H264First => vec![VideoCodec::H264, VideoCodec::Vp8],
            Self::Vp8First => vec![VideoCodec::Vp8, VideoCodec::H264],
            Self::H264Only => vec![VideoCodec::H264],
            Self::Vp8Only => vec![VideoCodec::Vp8],
        }
    }
}

/// The same for sound. G.711 is telephone quality, for far sides that have nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub enum AudioPreference {
    #[default]
    #[serde(rename = "opus_first")]
    OpusFirst,
    #[serde(rename = "g711_first")]
    G711First,
    #[serde(rename = "opus_only")]
    OpusOnly,
    #[serde(rename = "g711_only")]
    G711Only,
}

impl AudioPreference {
    pub fn codecs(self) -> Vec<AudioCodec> {
        let (opus, telephone) = (AudioCodec::Opus, [AudioCodec::Pcmu, AudioCodec::Pcma]);
        match self {
            Self::OpusFirst => vec![opus, telephone[0], telephone[1]],
            Self::G711First => vec![telephone[0], telephone[1], opus],
            Self::OpusOnly => vec![opus],
            Self::G711Only => telephone.to_vec(),
        }
    }
}
