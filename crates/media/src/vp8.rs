//! VP8 (RFC 6386) by libvpx, set for calls: real time, nothing looked ahead at, key frames on demand only.

mod decoder;
mod encoder;
mod header;
mod library;

pub use crate::video::{CodecError, Encoded, EncoderConfig};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use header::{is_key_frame, picture_size};

#[cfg(test)]
mod tests;
