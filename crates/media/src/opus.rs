//! Opus (RFC 6716) at 48 kHz, one channel, by libopus.

use ::opus::{Application, Bitrate, Channels, Decoder as LibraryDecoder, Encoder as LibraryEncoder, Signal};
use bytes::Bytes;

/// Samples in the packets that we make: 20 ms.
pub const FRAME: usize = 960;
/// Samples in the longest packet that the format has: 120 ms.
pub const LONGEST: usize = 5760;
/// RFC 7587 3.1.3: a packet of at most so many bytes says that there is nothing to send (DTX).
pub const NOTHING_TO_SEND: usize = 2;
/// RFC 6716 3.4: no frame is longer than 1 275 bytes; 120 ms hold six of 20 ms.
const MAX_BYTES: usize = 1275 * 6 + 7;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpusError {
    #[error("Opus could not be set up: {0}")]
    Setup(String),
    #[error("the packet is not Opus, or is damaged")]
    Malformed,
    #[error("a frame of sound has {0} samples instead of 960")]
    WrongLength(usize),
    #[error("Opus failed: {0}")]
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderConfig {
    /// bit/s.
    pub bitrate: u32,
    /// Loss in percent that in-band FEC prepares for; 0 leaves FEC without bits.
    pub expected_loss: u8,
    /// Send next to nothing in silence.
    pub dtx: bool,
    /// For music: the whole band, at a rate that keeps it whole.
    pub studio: bool,
}

/// Of studio sound, bit/s.
const STUDIO_BITRATE: u32 = 128_000;

impl Default for EncoderConfig {
    fn default() -> Self {
        Self { bitrate: 40_000, expected_loss: 10, dtx: false, studio: false }
    }
}

pub struct Encoder {
    library: LibraryEncoder,
    buffer: Vec<u8>,
}

impl Encoder {
    pub fn new(config: EncoderConfig) -> Result<Self, OpusError> {
        let setup = |error: ::opus::Error| OpusError::Setup(error.to_string());
        let (application, signal, bitrate) = if config.studio {
            (Application::Audio, Signal::Music, config.bitrate.max(STUDIO_BITRATE))
        } else {
            (Application::Voip, Signal::Voice, config.bitrate)
        };
        let mut library = LibraryEncoder::new(48_000, Channels::Mono, application).map_err(setup)?;
        library.set_bitrate(Bitrate::Bits(i32::try_from(bitrate).unwrap_or(i32::MAX))).map_err(setup)?;
        library.set_inband_fec(true).map_err(setup)?;
        library.set_packet_loss_perc(i32::from(config.expected_loss.min(100))).map_err(setup)?;
        library.set_dtx(config.dtx && !config.studio).map_err(setup)?;
        library.set_signal(signal).map_err(setup)?;
        library.set_complexity(5).map_err(setup)?;
        Ok(Self { library, buffer: vec![0; MAX_BYTES] })
    }

    /// 20 ms of sound (960 samples) → one packet.
    pub fn encode(&mut self, samples: &[f32]) -> Result<Bytes, OpusError> {
        if samples.len() != FRAME {
            return Err(OpusError::WrongLength(samples.len()));
        }
        let length = self
            .library
            .encode_float(samples, &mut self.buffer)
            .map_err(|error| OpusError::Failed(error.to_string()))?;
        Ok(Bytes::copy_from_slice(self.buffer.get(..length).unwrap_or_default()))
    }

    /// Loss in percent that the far side sees; FEC gets its bits from this.
    pub fn set_expected_loss(&mut self, percent: u8) {
        if let Err(error) = self.library.set_packet_loss_perc(i32::from(percent.min(100))) {
            tracing::warn!(%error, "Opus refuses the expected loss");
        }
    }

    /// bit/s.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        let bitrate = Bitrate::Bits(i32::try_from(bitrate).unwrap_or(i32::MAX));
        if let Err(error) = self.library.set_bitrate(bitrate) {
            tracing::warn!(%error, "Opus refuses the bit rate");
        }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Encoder")
    }
}

/// Samples (at 48 kHz) in a packet, without decoding it. `None`: not Opus.
pub fn packet_samples(packet: &[u8]) -> Option<usize> {
    if packet.is_empty() {
        return None;
    }
    ::opus::packet::get_nb_samples(packet, 48_000).ok().filter(|n| (120..=LONGEST).contains(n))
}

pub struct Decoder {
    library: LibraryDecoder,
    buffer: Vec<f32>,
}

impl Decoder {
    pub fn new() -> Result<Self, OpusError> {
        let library = LibraryDecoder::new(48_000, Channels::Mono)
            .map_err(|error| OpusError::Setup(error.to_string()))?;
        Ok(Self { library, buffer: vec![0.0; LONGEST] })
    }

    /// The sound of one packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[f32], OpusError> {
        if packet.is_empty() {
            return Err(OpusError::Malformed);
        }
        self.run(packet, LONGEST, false)
    }

    /// The sound of the packet before `next`, from the spare copy that `next` may carry (else concealed).
    pub fn recover(&mut self, next: &[u8], samples: usize) -> Result<&[f32], OpusError> {
        self.run(next, samples, true)
    }

    /// Made-up sound in place of a lost packet; fades when asked for again and again.
    pub fn conceal(&mut self, samples: usize) -> Result<&[f32], OpusError> {
        self.run(&[], samples, false)
    }

    fn run(&mut self, packet: &[u8], samples: usize, fec: bool) -> Result<&[f32], OpusError> {
        // Concealment and recovery work in steps of 2.5 ms.
        let samples = (samples.clamp(120, LONGEST) / 120) * 120;
        let room = self.buffer.get_mut(..samples).ok_or(OpusError::Malformed)?;
        let made = self.library.decode_float(packet, room, fec).map_err(|_| OpusError::Malformed)?;
        self.buffer.get(..made).ok_or(OpusError::Malformed)
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Decoder")
    }
}

#[cfg(test)]
#[path = "opus_tests.rs"]
mod tests;
