//! H.264, constrained baseline (`42e01f`), Annex B start codes, by openh264.

mod decoder;
mod encoder;
mod film;
mod live;
mod nal;

pub use crate::video::{CodecError, Encoded, EncoderConfig, MAX_PIXELS};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use film::{FilmDecoder, FilmPicture};
pub use nal::{is_key_frame, picture_size, units};

#[cfg(test)]
mod tests;
