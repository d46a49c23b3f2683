//! H.264, constrained baseline (`42e01f`), Annex B start codes, by openh264.

mod decoder;
mod encoder;
mod film;
mod live;
mod nal;

pub use decoder::{Decoder, MAX_PIXELS};
pub use encoder::{Encoded, Encoder, EncoderConfig};
pub use film::{FilmDecoder, FilmPicture};
pub use nal::{is_key_frame, picture_size};

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

#[cfg(test)]
mod tests;
