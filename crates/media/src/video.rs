//! Both video codecs behind one interface: pictures in, encoded frames out, and back.

use crate::picture::Picture;
use crate::{h264, vp8};
use ahoy_model::VideoCodec;
use bytes::Bytes;
use std::time::Instant;

/// Pictures with more pixels are refused before a library allocates for them.
pub const MAX_PIXELS: u64 = 4096 * 2304;
/// Longer than any encoded picture at a rate that a call can have, bytes.
pub(crate) const MAX_BYTES: usize = 4 << 20;
/// A decoder that failed this often in a row is replaced.
pub(crate) const PATIENCE: u32 = 8;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("the codec could not be set up: {0}")]
    Setup(String),
    #[error("the codec failed: {0}")]
    Failed(String),
    /// The data is damaged, or what it refers to was lost. A key frame helps.
    #[error("the picture cannot be decoded without a key frame")]
    NeedsKeyFrame,
    #[error("the picture is larger than we handle")]
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderConfig {
    /// Pictures a second that the rate control counts on.
    pub fps: f32,
    /// bit/s.
    pub bitrate: u32,
}

/// One encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// H.264: Annex B; key frames carry their parameter sets. VP8: one frame (RFC 6386).
    pub data: Bytes,
    pub key: bool,
}

/// An encoder for pictures of any size; a new size starts with a key frame.
#[derive(Debug)]
pub enum Encoder {
    H264(Box<h264::Encoder>),
    Vp8(Box<vp8::Encoder>),
}

impl Encoder {
    pub fn new(codec: VideoCodec, config: EncoderConfig) -> Self {
        match codec {
            VideoCodec::H264 => Self::H264(Box::new(h264::Encoder::new(config))),
            VideoCodec::Vp8 => Self::Vp8(Box::new(vp8::Encoder::new(config))),
        }
    }

    pub fn codec(&self) -> VideoCodec {
        match self {
            Self::H264(_) => VideoCodec::H264,
            Self::Vp8(_) => VideoCodec::Vp8,
        }
    }

    /// Holds from the next picture on, without a key frame. bit/s.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        match self {
            Self::H264(encoder) => encoder.set_bitrate(bitrate),
            Self::Vp8(encoder) => encoder.set_bitrate(bitrate),
        }
    }

    /// Holds from the next picture on, without a key frame.
    pub fn set_fps(&mut self, fps: f32) {
        match self {
            Self::H264(encoder) => encoder.set_fps(fps),
            Self::Vp8(encoder) => encoder.set_fps(fps),
        }
    }

    /// Pictures of a screen from now on: sharp, much of it still. H.264 has no better mode for them than the camera's.
    pub fn set_screen(&mut self, screen: bool) {
        if let Self::Vp8(encoder) = self {
            encoder.set_screen(screen);
        }
    }

    /// Encodes one picture; `key` makes it decodable on its own. `None`: the encoder left it out.
    pub fn encode(&mut self, picture: &Picture, key: bool) -> Result<Option<Encoded>, CodecError> {
        match self {
            Self::H264(encoder) => encoder.encode(picture, key),
            Self::Vp8(encoder) => encoder.encode(picture, key),
        }
    }
}

/// A decoder that lives through damaged input.
#[derive(Debug)]
pub enum Decoder {
    H264(h264::Decoder),
    Vp8(vp8::Decoder),
}

impl Decoder {
    pub fn new(codec: VideoCodec) -> Self {
        match codec {
            VideoCodec::H264 => Self::H264(h264::Decoder::new()),
            VideoCodec::Vp8 => Self::Vp8(vp8::Decoder::new()),
        }
    }

    /// Decodes one frame. `Ok(None)`: nothing to show yet.
    pub fn decode(&mut self, frame: &[u8], now: Instant) -> Result<Option<Picture>, CodecError> {
        match self {
            Self::H264(decoder) => decoder.decode(frame, now),
            Self::Vp8(decoder) => decoder.decode(frame, now),
        }
    }
}

/// Whether an encoded frame can be decoded without what came before.
pub fn is_key_frame(codec: VideoCodec, frame: &[u8]) -> bool {
    match codec {
        VideoCodec::H264 => h264::is_key_frame(frame),
        VideoCodec::Vp8 => vp8::is_key_frame(frame),
    }
}
