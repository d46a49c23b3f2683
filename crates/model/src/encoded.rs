//! Encoded media between a codec and the network.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum AudioCodec {
    /// RFC 7587, 48 kHz clock.
    Opus,
    /// G.711 µ-law, 8 kHz clock.
    Pcmu,
    /// G.711 A-law, 8 kHz clock.
    Pcma,
}

impl AudioCodec {
    /// RTP clock rate in Hz.
    pub fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum VideoCodec {
    /// RFC 6184, constrained baseline, Annex B start codes in our memory.
    H264,
    /// RFC 7741.
    Vp8,
}

impl VideoCodec {
    /// RTP clock rate in Hz.
    pub const CLOCK_RATE: u32 = 90_000;
}

/// One whole encoded picture (H.264: all NAL units of an access unit, Annex B).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFrame {
    pub codec: VideoCodec,
    pub data: Bytes,
    /// 90 kHz, wraps. A sender may start anywhere; the receiver sees the sender's numbers shifted by a constant.
    pub rtp_time: u32,
    /// Can be decoded without what came before.
    pub key: bool,
    /// Received only: at least one frame before this one was lost, so a frame that is not a key frame may not decode.
    pub after_loss: bool,
}

/// One sound packet (Opus: one packet, 20 ms as a rule).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioPacket {
    pub codec: AudioCodec,
    pub data: Bytes,
    /// In the codec's clock, wraps.
    pub rtp_time: u32,
    /// RTP sequence number, wraps. Ignored when sending.
    pub sequence: u16,
    /// First packet after silence (RTP marker, RFC 3551 4.1).
    pub marker: bool,
    /// When it came off the network. When sending: when it was made.
    pub at: Instant,
}

/// The sender's word on which wall-clock time an RTP time belongs to (RFC 3550 6.4.1); the base of lip sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport {
    /// NTP time, 32.32 fixed point seconds.
    pub ntp: u64,
    pub rtp_time: u32,
}
