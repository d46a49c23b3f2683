//! Pictures → VP8 frames.

use super::library::{Coder, Settings};
use super::{CodecError, Encoded, EncoderConfig};
use crate::picture::Picture;

/// An encoder for pictures of any size; a new size starts with a key frame.
#[derive(Debug)]
pub struct Encoder {
    config: EncoderConfig,
    screen: bool,
    library: Option<(Coder, Settings)>,
    /// 90 kHz, for the rate control only.
    time: i64,
}

impl Encoder {
    pub fn new(config: EncoderConfig) -> Self {
        Self { config, screen: false, library: None, time: 0 }
    }

    /// Holds from the next picture on, without a key frame. bit/s.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        self.config.bitrate = bitrate;
    }

    /// Holds from the next picture on, without a key frame.
    pub fn set_fps(&mut self, fps: f32) {
        self.config.fps = fps;
    }

    /// Pictures of a screen from now on: sharp, much of it still.
    pub fn set_screen(&mut self, screen: bool) {
        self.screen = screen;
    }

    /// Encodes one picture; `key` makes it decodable on its own. `None`: the encoder left it out.
    pub fn encode(&mut self, picture: &Picture, key: bool) -> Result<Option<Encoded>, CodecError> {
        let settings = Settings {
            width: picture.width(),
            height: picture.height(),
            kilobits: (self.config.bitrate / 1000).max(1),
            fps: self.config.fps.clamp(1.0, 240.0),
            screen: self.screen,
        };
        let duration = (90_000.0 / settings.fps) as u32;
        let same_size = |known: &Settings| (known.width, known.height) == (settings.width, settings.height);
        // A fresh encoder leaves no doubt about what it remembers.
        let fits = self.library.as_ref().is_some_and(|(_, known)| same_size(known));
        if !fits {
            self.library = Some((Coder::open(&settings)?, settings));
            self.time = 0;
        }
        let Some((library, known)) = &mut self.library else { return Ok(None) };
        if *known != settings {
            library.change(&settings)?;
            *known = settings;
        }
        let encoded = library.encode(picture, self.time, duration, key);
        self.time += i64::from(duration);
        if encoded.is_err() {
            self.library = None;
        }
        encoded
    }
}
