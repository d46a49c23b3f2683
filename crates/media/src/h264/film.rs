//! Stored films → pictures. Unlike calls, films may use the main and high profiles and keep their pictures in another order than
//! they are shown.

use super::decoder::copy;
use super::{CodecError, nal};
use crate::picture::Picture;
use crate::video::{MAX_BYTES, MAX_PIXELS};
use openh264::OpenH264API;
use openh264::decoder::{DecodeOptions, Decoder as Library, DecoderConfig, Flush};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// Access units inside the decoder; the format allows 16 reordered pictures.
const MOST_INSIDE: usize = 64;
/// Access units in a row that gave an error, after which the film counts as unreadable.
const PATIENCE: u32 = 30;

/// One picture and when it is shown, from the film's beginning.
#[derive(Clone, Debug)]
pub struct FilmPicture {
    pub at: Duration,
    pub picture: Picture,
}

/// Decodes one film from its first key frame on.
pub struct FilmDecoder {
    library: Library,
    /// Times of access units that have not come out yet.
    times: BinaryHeap<Reverse<Duration>>,
    begun: bool,
    failures: u32,
}

impl FilmDecoder {
    pub fn new() -> Result<Self, CodecError> {
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let library = Library::with_api_config(OpenH264API::from_source(), config)
            .map_err(|error| CodecError::Setup(error.to_string()))?;
        Ok(Self { library, times: BinaryHeap::new(), begun: false, failures: 0 })
    }

    /// Takes one access unit (Annex B) in the film's own order. `at`: its time in that order; pictures come out in the order in which
    /// they are shown and get the earliest time that is left.
    pub fn decode(&mut self, access_unit: &[u8], at: Duration) -> Result<Option<FilmPicture>, CodecError> {
        if access_unit.len() > MAX_BYTES {
            return Err(CodecError::TooLarge);
        }
        if nal::has_sps(access_unit) {
            match nal::film_size(access_unit) {
                Some((w, h)) if u64::from(w) * u64::from(h) <= MAX_PIXELS => self.begun = true,
                Some(_) => return Err(CodecError::TooLarge),
                None => return Err(CodecError::Failed("its pictures have a form that is not known".into())),
            }
        }
        if !self.begun {
            return Ok(None);
        }
        self.times.push(Reverse(at));
        if self.times.len() > MOST_INSIDE {
            self.times.pop();
        }
        let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
        let picture = match self.library.decode_with_options(access_unit, options) {
            Ok(Some(decoded)) => copy(&decoded, Instant::now()),
            Ok(None) => return Ok(None),
            Err(error) => {
                self.times.pop();
                self.failures += 1;
                if self.failures >= PATIENCE {
                    return Err(CodecError::Failed(error.to_string()));
                }
                return Ok(None);
            }
        };
        self.failures = 0;
        Ok(picture.and_then(|picture| self.timed(picture)))
    }

    /// The pictures that are still inside, at the end of the film.
    pub fn finish(mut self) -> Vec<FilmPicture> {
        let pictures: Vec<Picture> = match self.library.flush_remaining() {
            Ok(left) => left.iter().filter_map(|decoded| copy(decoded, Instant::now())).collect(),
            Err(_) => Vec::new(),
        };
        pictures.into_iter().filter_map(|picture| self.timed(picture)).collect()
    }

    fn timed(&mut self, picture: Picture) -> Option<FilmPicture> {
        let Reverse(at) = self.times.pop()?;
        Some(FilmPicture { at, picture })
    }
}

impl std::fmt::Debug for FilmDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilmDecoder").field("inside", &self.times.len()).finish_non_exhaustive()
    }
}
