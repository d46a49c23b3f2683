//! A film's sound: decoded, mixed to one channel, at 48 kHz, in steps of 20 ms.

use super::PlayError;
use ahoy_media::opus::{self, FRAME};
use ahoy_media::resample::StreamResampler;
use std::time::Duration;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

pub const STEP: Duration = Duration::from_millis(20);
const RATE: u32 = 48_000;
/// A pause inside a film is filled with silence up to this length.
const LONGEST_GAP: Duration = Duration::from_secs(10);
/// Packets in a row that cannot be decoded.
const PATIENCE: u32 = 50;

enum Decoder {
    /// What our own recordings have; the reader of films only takes it out of its box.
    Opus(opus::Decoder),
    Other(Box<dyn AudioDecoder>),
}

pub struct SoundTrack {
    decoder: Decoder,
    /// Rate of what comes out of the decoder, and how it becomes ours.
    rate: Option<(u32, Option<StreamResampler>)>,
    interleaved: Vec<f32>,
    waiting: Vec<f32>,
    /// Samples given out.
    made: u64,
    failures: u32,
}

impl SoundTrack {
    pub fn open(parameters: &AudioCodecParameters) -> Result<Self, PlayError> {
        let unreadable = |error: String| PlayError::Unreadable(error);
        let decoder = if parameters.codec == CODEC_ID_OPUS {
            Decoder::Opus(opus::Decoder::new().map_err(|error| unreadable(error.to_string()))?)
        } else {
            let made = symphonia::default::get_codecs()
                .make_audio_decoder(parameters, &AudioDecoderOptions::default());
            Decoder::Other(made.map_err(|error| unreadable(error.to_string()))?)
        };
        Ok(Self { decoder, rate: None, interleaved: Vec::new(), waiting: Vec::new(), made: 0, failures: 0 })
    }

    /// Decodes one packet that begins at `at`; gives whole steps with their times to `out`.
    pub fn packet(
        &mut self,
        packet: &Packet,
        at: Duration,
        out: &mut Vec<(Duration, Vec<f32>)>,
    ) -> Result<(), PlayError> {
        let decoder = match &mut self.decoder {
            Decoder::Opus(decoder) => {
                let decoded = decoder.decode(&packet.data).map(<[f32]>::to_vec);
                return self.opus(decoded, at, out);
            }
            Decoder::Other(decoder) => decoder,
        };
        let decoded = match decoder.decode(packet) {
            Ok(decoded) => decoded,
            Err(Error::DecodeError(_) | Error::ResetRequired) if self.failures < PATIENCE => {
                self.failures += 1;
                return Ok(());
            }
            Err(error) => return Err(PlayError::Unreadable(error.to_string())),
        };
        self.failures = 0;
        let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
        if channels == 0 {
            return Ok(());
        }
        self.interleaved.resize(decoded.samples_interleaved(), 0.0);
        decoded.copy_to_slice_interleaved(&mut self.interleaved);
        if self.rate.as_ref().is_none_or(|(known, _)| *known != rate) {
            let resampler =
                if rate == RATE {
                    None
                } else {
                    let made = StreamResampler::new(rate, RATE);
                    Some(made.ok_or_else(|| {
                        PlayError::Unreadable(format!("its sound has {rate} samples a second"))
                    })?)
                };
            self.rate = Some((rate, resampler));
        }
        self.fill_gap(at);
        let share = 1.0 / channels as f32;
        let mono: Vec<f32> =
            self.interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() * share).collect();
        match &mut self.rate {
            Some((_, Some(resampler))) => resampler.push(&mono, &mut self.waiting),
            _ => self.waiting.extend_from_slice(&mono),
        }
        self.steps(out);
        Ok(())
    }

    /// One channel at 48 kHz comes out of it whatever went in.
    fn opus(
        &mut self,
        decoded: Result<Vec<f32>, opus::OpusError>,
        at: Duration,
        out: &mut Vec<(Duration, Vec<f32>)>,
    ) -> Result<(), PlayError> {
        match decoded {
            Ok(samples) => {
                self.failures = 0;
                self.fill_gap(at);
                self.waiting.extend(samples);
                self.steps(out);
                Ok(())
            }
            Err(_) if self.failures < PATIENCE => {
                self.failures += 1;
                Ok(())
            }
            Err(error) => Err(PlayError::Unreadable(error.to_string())),
        }
    }

    /// Silence until `at`, when the film pauses its sound. What is a little off stays as it is: packets are not exact.
    fn fill_gap(&mut self, at: Duration) {
        let have = Self::time(self.made + self.waiting.len() as u64);
        let gap = at.saturating_sub(have);
        if gap > Duration::from_millis(100) {
            let samples = gap.min(LONGEST_GAP).as_millis() as usize * (RATE / 1_000) as usize;
            self.waiting.resize(self.waiting.len() + samples, 0.0);
        }
    }

    fn steps(&mut self, out: &mut Vec<(Duration, Vec<f32>)>) {
        let whole = self.waiting.len() / FRAME * FRAME;
        let rest = self.waiting.split_off(whole);
        for step in std::mem::replace(&mut self.waiting, rest).chunks_exact(FRAME) {
            out.push((Self::time(self.made), step.to_vec()));
            self.made += FRAME as u64;
        }
    }

    /// The last step, filled up with silence.
    pub fn finish(mut self, out: &mut Vec<(Duration, Vec<f32>)>) {
        if !self.waiting.is_empty() {
            self.waiting.resize(self.waiting.len().next_multiple_of(FRAME), 0.0);
            self.steps(out);
        }
    }

    fn time(samples: u64) -> Duration {
        Duration::from_nanos(samples.saturating_mul(1_000_000_000) / u64::from(RATE))
    }
}
