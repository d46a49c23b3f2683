//! All audio codecs behind one interface: 20 ms of sound in, packets out, and back. Sound is 48 kHz, one channel unless said
//! otherwise.

use crate::g711::{self, G711Error, Law};
use crate::opus::{self, OpusError};
use ahoy_model::AudioCodec;
use bytes::Bytes;

/// Samples in the packets that we make: 20 ms.
pub const FRAME: usize = opus::FRAME;
/// Samples in the longest packet that any codec has: 120 ms.
pub const LONGEST: usize = opus::LONGEST;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    #[error(transparent)]
    Opus(#[from] OpusError),
    #[error(transparent)]
    G711(#[from] G711Error),
}

/// Samples at 48 kHz for one tick of the codec's RTP clock.
pub fn samples_per_tick(codec: AudioCodec) -> usize {
    (48_000 / codec.clock_rate().max(1)) as usize
}

/// RTP ticks in a packet, without decoding it. `None`: not a packet of this codec.
pub fn packet_ticks(codec: AudioCodec, packet: &[u8]) -> Option<usize> {
    match codec {
        AudioCodec::Opus => opus::packet_samples(packet),
        AudioCodec::Pcmu | AudioCodec::Pcma => g711::packet_ticks(packet),
    }
}

/// Whether such a packet says that there is nothing to send (DTX).
pub fn says_nothing(codec: AudioCodec, packet: &[u8]) -> bool {
    codec == AudioCodec::Opus && packet.len() <= opus::NOTHING_TO_SEND
}

/// Whether a packet holds two channels.
pub fn is_stereo(codec: AudioCodec, packet: &[u8]) -> bool {
    codec == AudioCodec::Opus && opus::is_stereo(packet)
}

fn law(codec: AudioCodec) -> Law {
    if codec == AudioCodec::Pcma { Law::A } else { Law::Mu }
}

#[derive(Debug)]
pub enum Encoder {
    Opus(opus::Encoder),
    G711(Box<g711::Encoder>),
}

impl Encoder {
    pub fn new(codec: AudioCodec) -> Result<Self, AudioError> {
        Self::for_voice(codec, opus::EncoderConfig::default())
    }

    /// G.711 knows nothing of `config`.
    pub fn for_voice(codec: AudioCodec, config: opus::EncoderConfig) -> Result<Self, AudioError> {
        Ok(match codec {
            AudioCodec::Opus => Self::Opus(opus::Encoder::new(config)?),
            AudioCodec::Pcmu | AudioCodec::Pcma => Self::G711(Box::new(g711::Encoder::new(law(codec))?)),
        })
    }

    /// Wants left and right in turn.
    pub fn is_stereo(&self) -> bool {
        matches!(self, Self::Opus(encoder) if encoder.is_stereo())
    }

    /// 20 ms of sound (960 samples, of each channel) → one packet.
    pub fn encode(&mut self, samples: &[f32]) -> Result<Bytes, AudioError> {
        Ok(match self {
            Self::Opus(encoder) => encoder.encode(samples)?,
            Self::G711(encoder) => encoder.encode(samples)?,
        })
    }

    /// Loss in percent that the far side sees. G.711 has nothing to do about it.
    pub fn set_expected_loss(&mut self, percent: u8) {
        if let Self::Opus(encoder) = self {
            encoder.set_expected_loss(percent);
        }
    }
}

#[derive(Debug)]
pub enum Decoder {
    Opus(opus::Decoder),
    G711(Box<g711::Decoder>),
}

impl Decoder {
    pub fn new(codec: AudioCodec) -> Result<Self, AudioError> {
        Ok(match codec {
            AudioCodec::Opus => Self::Opus(opus::Decoder::new()?),
            AudioCodec::Pcmu | AudioCodec::Pcma => Self::G711(Box::new(g711::Decoder::new(law(codec))?)),
        })
    }

    /// One that gives left and right in turn. `None`: this codec has one channel.
    pub fn stereo(codec: AudioCodec) -> Result<Option<Self>, AudioError> {
        match codec {
            AudioCodec::Opus => Ok(Some(Self::Opus(opus::Decoder::stereo()?))),
            AudioCodec::Pcmu | AudioCodec::Pcma => Ok(None),
        }
    }

    /// The sound of one packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[f32], AudioError> {
        Ok(match self {
            Self::Opus(decoder) => decoder.decode(packet)?,
            Self::G711(decoder) => decoder.decode(packet)?,
        })
    }

    /// The sound of the packet before `next`, from the spare copy that `next` may carry (else concealed).
    pub fn recover(&mut self, next: &Bytes, samples: usize) -> Result<&[f32], AudioError> {
        Ok(match self {
            Self::Opus(decoder) => decoder.recover(next, samples)?,
            Self::G711(decoder) => decoder.conceal(samples),
        })
    }

    /// Lost sound that began `before` samples before the packet `later`, from what that tells of it (else concealed).
    pub fn describe(&mut self, later: &Bytes, before: usize, samples: usize) -> Result<&[f32], AudioError> {
        Ok(match self {
            Self::Opus(decoder) => decoder.describe(later, before, samples)?,
            Self::G711(decoder) => decoder.conceal(samples),
        })
    }

    /// Made-up sound in place of a lost packet; fades when asked for again and again.
    pub fn conceal(&mut self, samples: usize) -> Result<&[f32], AudioError> {
        Ok(match self {
            Self::Opus(decoder) => decoder.conceal(samples)?,
            Self::G711(decoder) => decoder.conceal(samples),
        })
    }
}
