//! From one codec to another, where two legs share none.

mod picture;
mod sound;

pub use picture::{Made, PictureRecoder, Recoded};
pub use sound::SoundRecoder;
