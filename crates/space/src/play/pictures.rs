//! A film's pictures: as they are where the leg can take them, else decoded, scaled and encoded again.

use super::PlayError;
use super::avc::AvcConfig;
use ahoy_media::convert::{Scaler, fit_within};
use ahoy_media::h264::{Encoder, EncoderConfig, FilmDecoder, FilmPicture};
use bytes::Bytes;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// The largest picture that level 3.1 allows.
const WIDEST: u32 = 1280;
const HIGHEST: u32 = 720;
/// Pictures a second; what a film has more is left out.
const MOST_FPS: f32 = 30.0;
/// A film that begins anew less often than this is encoded again: who missed something would wait too long.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// Without being asked, a key frame comes this often.
const KEY_EVERY: Duration = Duration::from_secs(10);

/// What the leg asks of the pictures while they are made.
#[derive(Debug)]
pub struct Demands {
    /// bit/s.
    pub bitrate: AtomicU32,
    pub key: AtomicBool,
}

/// What was learnt from looking ahead.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlook {
    pub pictures: u32,
    pub bytes: u64,
    /// Time that was looked at.
    pub span: Duration,
    /// Longest time between two key frames, the end of the look included.
    pub longest_wait: Duration,
    last_key: Option<Duration>,
}

impl Outlook {
    pub fn see(&mut self, at: Duration, bytes: usize, key: bool) {
        self.pictures += 1;
        self.bytes += bytes as u64;
        self.span = self.span.max(at);
        let wait = at.saturating_sub(self.last_key.unwrap_or_default());
        self.longest_wait = self.longest_wait.max(wait);
        if key {
            self.last_key = Some(at);
        }
    }

    /// bit/s.
    fn bitrate(&self) -> f64 {
        self.bytes as f64 * 8.0 / self.span.as_secs_f64().max(0.1)
    }

    fn fps(&self) -> f32 {
        let fps = self.pictures.saturating_sub(1) as f32 / self.span.as_secs_f32().max(0.1);
        fps.clamp(1.0, MOST_FPS)
    }
}

/// A picture to send.
pub struct Encoded {
    pub at: Duration,
    pub data: Bytes,
    pub key: bool,
}

pub enum Pictures {
    /// As they are.
    Forwarded(AvcConfig),
    Encoded(Box<Again>),
}

/// Decodes and encodes.
pub struct Again {
    config: AvcConfig,
    decoder: Option<FilmDecoder>,
    scaler: Scaler,
    encoder: Encoder,
    fps: f32,
    last: Option<Duration>,
    last_key: Option<Duration>,
}

impl Pictures {
    pub fn open(config: AvcConfig, outlook: &Outlook, most_bitrate: u32) -> Result<Self, PlayError> {
        let fits = config.is_constrained_baseline()
            && outlook.longest_wait <= LONGEST_WAIT
            && outlook.bitrate() <= f64::from(most_bitrate) * 1.2;
        if fits {
            return Ok(Self::Forwarded(config));
        }
        let failed = |error: ahoy_media::h264::CodecError| PlayError::Pictures(error.to_string());
        let fps = outlook.fps();
        Ok(Self::Encoded(Box::new(Again {
            config,
            decoder: Some(FilmDecoder::new().map_err(failed)?),
            scaler: Scaler::new(),
            encoder: Encoder::new(EncoderConfig { fps, bitrate: most_bitrate }),
            fps,
            last: None,
            last_key: None,
        })))
    }

    /// Takes one stored picture.
    pub fn sample(
        &mut self,
        sample: &[u8],
        at: Duration,
        demands: &Demands,
        out: &mut Vec<Encoded>,
    ) -> Result<(), PlayError> {
        match self {
            Self::Forwarded(config) => {
                if let Some((data, key)) = config.annex_b(sample).filter(|(data, _)| !data.is_empty()) {
                    out.push(Encoded { at, data, key });
                }
                Ok(())
            }
            Self::Encoded(again) => again.sample(sample, at, demands, out),
        }
    }

    /// The pictures that have not come out yet.
    pub fn finish(self, demands: &Demands, out: &mut Vec<Encoded>) -> Result<(), PlayError> {
        match self {
            Self::Forwarded(_) => Ok(()),
            Self::Encoded(mut again) => {
                let left = again.decoder.take().map(FilmDecoder::finish).unwrap_or_default();
                left.into_iter().try_for_each(|picture| again.encode(picture, demands, out))
            }
        }
    }
}

impl Again {
    fn sample(
        &mut self,
        sample: &[u8],
        at: Duration,
        demands: &Demands,
        out: &mut Vec<Encoded>,
    ) -> Result<(), PlayError> {
        // A damaged one is left out; the decoder notices and goes on at the next key frame.
        let Some((unit, _)) = self.config.annex_b(sample) else { return Ok(()) };
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        let failed = |error: ahoy_media::h264::CodecError| PlayError::Pictures(error.to_string());
        match decoder.decode(&unit, at).map_err(failed)? {
            Some(picture) => self.encode(picture, demands, out),
            None => Ok(()),
        }
    }

    fn encode(
        &mut self,
        FilmPicture { at, picture }: FilmPicture,
        demands: &Demands,
        out: &mut Vec<Encoded>,
    ) -> Result<(), PlayError> {
        // A little less than the distance, or pictures that come a little early would be left out.
        let distance = Duration::from_secs_f32(0.9 / self.fps);
        if self.last.is_some_and(|last| at < last + distance) {
            return Ok(());
        }
        self.last = Some(at);
        let (width, height) = fit_within(picture.width(), picture.height(), WIDEST, HIGHEST);
        let Some(picture) = self.scaler.scale(&picture, width, height) else { return Ok(()) };
        let old = self.last_key.is_none_or(|last| at >= last + KEY_EVERY);
        let key = demands.key.swap(false, Ordering::Relaxed) || old;
        self.encoder.set_bitrate(demands.bitrate.load(Ordering::Relaxed));
        let made =
            self.encoder.encode(&picture, key).map_err(|error| PlayError::Pictures(error.to_string()))?;
        if let Some(made) = made {
            if made.key {
                self.last_key = Some(at);
            }
            out.push(Encoded { at, data: made.data, key: made.key });
        }
        Ok(())
    }
}
