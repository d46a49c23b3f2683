//! VP8 frames → pictures. Whatever comes in, the worst answer is "a key frame, please".

use super::library::Reader;
use super::{CodecError, header};
use crate::picture::Picture;
use crate::video::{MAX_BYTES, MAX_PIXELS, PATIENCE};
use std::time::Instant;

/// A decoder that lives through damaged input.
#[derive(Debug, Default)]
pub struct Decoder {
    library: Option<Reader>,
    /// Until a key frame was decoded, other frames are not tried.
    synced: bool,
    failures: u32,
}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes one frame. `Ok(None)`: nothing to show (a frame that only changes references).
    pub fn decode(&mut self, frame: &[u8], now: Instant) -> Result<Option<Picture>, CodecError> {
        if frame.is_empty() {
            return Ok(None);
        }
        if frame.len() > MAX_BYTES {
            return Err(CodecError::TooLarge);
        }
        if header::is_key_frame(frame) {
            match header::picture_size(frame) {
                Some((w, h)) if u64::from(w) * u64::from(h) <= MAX_PIXELS => {}
                Some(_) => return Err(CodecError::TooLarge),
                None => return Err(self.lost()),
            }
        } else if !self.synced {
            return Err(CodecError::NeedsKeyFrame);
        }
        let library = match &mut self.library {
            Some(library) => library,
            none => none.insert(Reader::open()?),
        };
        match library.decode(frame, now) {
            Ok(picture) => {
                self.synced = true;
                self.failures = 0;
                Ok(picture)
            }
            Err(_) => Err(self.lost()),
        }
    }

    /// Forgets everything; the next picture must be a key frame.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn lost(&mut self) -> CodecError {
        self.synced = false;
        self.failures += 1;
        if self.failures >= PATIENCE {
            self.reset();
        }
        CodecError::NeedsKeyFrame
    }
}
