//! H.264 access units → pictures. Whatever comes in, the worst answer is "a key frame, please".

use super::{CodecError, nal};
use crate::picture::{Picture, PlaneLayout};
use crate::video::{MAX_BYTES, MAX_PIXELS, PATIENCE};
use openh264::OpenH264API;
use openh264::decoder::{DecodeOptions, Decoder as Library, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use std::time::Instant;

/// A decoder that lives through damaged input.
pub struct Decoder {
    library: Option<Library>,
    /// Until a key frame was decoded, other frames are not tried.
    synced: bool,
    failures: u32,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    pub fn new() -> Self {
        Self { library: None, synced: false, failures: 0 }
    }

    /// Decodes one access unit. `Ok(None)`: nothing to show yet.
    pub fn decode(&mut self, access_unit: &[u8], now: Instant) -> Result<Option<Picture>, CodecError> {
        if access_unit.is_empty() {
            return Ok(None);
        }
        if access_unit.len() > MAX_BYTES {
            return Err(CodecError::TooLarge);
        }
        if nal::has_sps(access_unit) {
            match nal::picture_size(access_unit) {
                Some((w, h)) if u64::from(w) * u64::from(h) <= MAX_PIXELS => {}
                Some(_) => return Err(CodecError::TooLarge),
                None => return Err(self.lost()),
            }
        }
        if !self.synced && !nal::is_key_frame(access_unit) {
            return Err(CodecError::NeedsKeyFrame);
        }
        let library = match &mut self.library {
            Some(library) => library,
            none => {
                // One picture in, one picture out: calls have no reordered frames to wait for.
                let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
                let made = Library::with_api_config(OpenH264API::from_source(), config);
                none.insert(made.map_err(|error| CodecError::Setup(error.to_string()))?)
            }
        };
        let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
        let picture = match library.decode_with_options(access_unit, options) {
            Ok(Some(decoded)) => copy(&decoded, now),
            Ok(None) => {
                self.synced = true;
                return Ok(None);
            }
            Err(_) => return Err(self.lost()),
        };
        match picture {
            Some(picture) => {
                self.synced = true;
                self.failures = 0;
                Ok(Some(picture))
            }
            None => Err(self.lost()),
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

/// Takes the visible part out of the library's padded planes.
pub(super) fn copy(decoded: &openh264::decoder::DecodedYUV<'_>, now: Instant) -> Option<Picture> {
    let (width, height) = decoded.dimensions();
    let (width, height) = (width & !1, height & !1);
    let (sy, su, sv) = decoded.strides();
    let layout = PlaneLayout::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    if layout.is_empty() || sy < width || su < width / 2 {
        return None;
    }
    let mut data = Vec::with_capacity(layout.len());
    for (plane, stride, w, h) in [
        (decoded.y(), sy, width, height),
        (decoded.u(), su, width / 2, height / 2),
        (decoded.v(), sv, width / 2, height / 2),
    ] {
        for row in 0..h {
            data.extend_from_slice(plane.get(row * stride..row * stride + w)?);
        }
    }
    Picture::new(layout.width, layout.height, data, now)
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("synced", &self.synced).finish_non_exhaustive()
    }
}
