//! Opus (RFC 6716) at 48 kHz, one channel or two, by libopus.
//!
//! Against loss there are three remedies, best first: the spare copy that every packet carries of the one before it (FEC), a
//! short description of the last second that rides in packets' padding and that other Opus decoders pass over (deep
//! redundancy, DRED), and sound that is made up.

mod library;

use bytes::Bytes;
use library::Setting;

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
    /// Two channels.
    pub stereo: bool,
}

/// How far back packets describe what was said, once packets are lost, ms.
const REDUNDANCY: u32 = 500;
/// Share of packets lost, in percent, from which on this is worth its bits.
const WORTH_REDUNDANCY: u8 = 5;
/// What repair costs on top of the voice, bit/s for each percent of loss, and at most.
const REPAIR: u32 = 800;
const MOST_REPAIR: u32 = 24_000;
/// Of the encoder; more sounds no better at these rates, and costs.
const COMPLEXITY: u8 = 5;
/// Of the decoder: what was lost is made up by a network that knows voices.
const INVENTIVE: u8 = 5;
/// Of studio sound in one channel and in two, bit/s.
const STUDIO_BITRATE: u32 = 128_000;
const STUDIO_STEREO_BITRATE: u32 = 192_000;

impl Default for EncoderConfig {
    fn default() -> Self {
        Self { bitrate: 40_000, expected_loss: 10, dtx: false, studio: false, stereo: false }
    }
}

pub struct Encoder {
    library: library::Encoder,
    config: EncoderConfig,
    /// The loss is known, not feared: deep redundancy is worth its work.
    told: bool,
    buffer: Vec<u8>,
}

impl Encoder {
    pub fn new(config: EncoderConfig) -> Result<Self, OpusError> {
        let setup = |error: library::Code| OpusError::Setup(error.to_string());
        let config = EncoderConfig { dtx: config.dtx && !config.studio, ..config };
        let mut library = library::Encoder::new(channels(config.stereo), config.studio).map_err(setup)?;
        for setting in [
            Setting::Fec(true),
            Setting::Dtx(config.dtx),
            Setting::Music(config.studio),
            Setting::Complexity(COMPLEXITY),
        ] {
            library.set(setting).map_err(setup)?;
        }
        let mut encoder = Self { library, config, told: false, buffer: vec![0; MAX_BYTES] };
        encoder.prepare().map_err(setup)?;
        Ok(encoder)
    }

    /// Sets what follows from the bit rate and the expected loss.
    fn prepare(&mut self) -> Result<(), library::Code> {
        let EncoderConfig { bitrate, expected_loss, studio, stereo, .. } = self.config;
        let voice = match (studio, stereo) {
            (false, _) => bitrate,
            (true, false) => bitrate.max(STUDIO_BITRATE),
            (true, true) => bitrate.max(STUDIO_STEREO_BITRATE),
        };
        let redundant = self.told && !studio && expected_loss >= WORTH_REDUNDANCY;
        let repair = if !redundant { 0 } else { (u32::from(expected_loss) * REPAIR).min(MOST_REPAIR) };
        self.library.set(Setting::Bitrate(voice + repair))?;
        self.library.set(Setting::ExpectedLoss(expected_loss))?;
        self.library.set(Setting::Redundancy(if redundant { REDUNDANCY } else { 0 }))
    }

    /// 20 ms of sound (960 samples; of two channels 960 times left and right) → one packet.
    pub fn encode(&mut self, samples: &[f32]) -> Result<Bytes, OpusError> {
        if samples.len() != FRAME * channels(self.config.stereo) {
            return Err(OpusError::WrongLength(samples.len()));
        }
        let length = self
            .library
            .encode(samples, &mut self.buffer)
            .map_err(|error| OpusError::Failed(error.to_string()))?;
        Ok(Bytes::copy_from_slice(self.buffer.get(..length).unwrap_or_default()))
    }

    /// Loss in percent that the far side sees; all repair gets its bits from this, and deep redundancy begins with it.
    pub fn set_expected_loss(&mut self, percent: u8) {
        self.config.expected_loss = percent.min(100);
        self.told = true;
        if let Err(error) = self.prepare() {
            tracing::warn!(%error, "Opus refuses the expected loss");
        }
    }

    pub fn is_stereo(&self) -> bool {
        self.config.stereo
    }

    /// bit/s, without repair.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        self.config.bitrate = bitrate;
        if let Err(error) = self.prepare() {
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
    library::samples_in(packet).filter(|n| (120..=LONGEST).contains(n))
}

fn channels(stereo: bool) -> usize {
    1 + usize::from(stereo)
}

/// Whether a packet holds two channels.
pub fn is_stereo(packet: &[u8]) -> bool {
    library::is_stereo(packet)
}

pub struct Decoder {
    library: library::Decoder,
    channels: usize,
    redundancy: library::Redundancy,
    /// The packet whose redundancy was read last, and how much it describes.
    described: Option<(Bytes, usize)>,
    buffer: Vec<f32>,
}

impl Decoder {
    /// Of one channel: packets of two are mixed down.
    pub fn new() -> Result<Self, OpusError> {
        Self::with_channels(1)
    }

    /// Of two: left and right in turn, also of packets of one.
    pub fn stereo() -> Result<Self, OpusError> {
        Self::with_channels(2)
    }

    fn with_channels(channels: usize) -> Result<Self, OpusError> {
        let setup = |error: library::Code| OpusError::Setup(error.to_string());
        let mut library = library::Decoder::new(channels).map_err(setup)?;
        library.set_complexity(INVENTIVE).map_err(setup)?;
        let redundancy = library::Redundancy::new().map_err(setup)?;
        Ok(Self { library, channels, redundancy, described: None, buffer: vec![0.0; LONGEST * channels] })
    }

    /// The sound of one packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[f32], OpusError> {
        if packet.is_empty() {
            return Err(OpusError::Malformed);
        }
        self.run(Some(packet), LONGEST, false)
    }

    /// The sound of the packet before `next`, from the spare copy that `next` may carry (else from its description of
    /// what was before it, else made up).
    pub fn recover(&mut self, next: &Bytes, samples: usize) -> Result<&[f32], OpusError> {
        if library::has_spare_copy(next) {
            return self.run(Some(next), samples, true);
        }
        self.describe(next, samples, samples)
    }

    /// `samples` of lost sound that began `before` samples before the packet `later`, as far as that describes it, else
    /// made up.
    pub fn describe(&mut self, later: &Bytes, before: usize, samples: usize) -> Result<&[f32], OpusError> {
        let same =
            |known: &&(Bytes, usize)| known.0.as_ptr() == later.as_ptr() && known.0.len() == later.len();
        let reach = match self.described.as_ref().filter(same) {
            Some((_, reach)) => *reach,
            None => {
                let reach = self.redundancy.read(later, before).unwrap_or(0);
                self.described = Some((later.clone(), reach));
                reach
            }
        };
        if reach < before {
            return self.conceal(samples);
        }
        let samples = whole_steps(samples);
        let room = self.buffer.get_mut(..samples * self.channels).ok_or(OpusError::Malformed)?;
        let made = self.library.decode_redundancy(&self.redundancy, before, room);
        let made = made.map_err(|_| OpusError::Malformed)?;
        self.buffer.get(..made * self.channels).ok_or(OpusError::Malformed)
    }

    /// Made-up sound in place of a lost packet; fades when asked for again and again.
    pub fn conceal(&mut self, samples: usize) -> Result<&[f32], OpusError> {
        self.run(None, samples, false)
    }

    fn run(&mut self, packet: Option<&[u8]>, samples: usize, fec: bool) -> Result<&[f32], OpusError> {
        let room = self.buffer.get_mut(..whole_steps(samples) * self.channels).ok_or(OpusError::Malformed)?;
        let made = self.library.decode(packet, room, fec).map_err(|_| OpusError::Malformed)?;
        self.buffer.get(..made * self.channels).ok_or(OpusError::Malformed)
    }
}

/// Concealment and recovery work in steps of 2.5 ms.
fn whole_steps(samples: usize) -> usize {
    (samples.clamp(120, LONGEST) / 120) * 120
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Decoder")
    }
}

#[cfg(test)]
#[path = "opus_tests.rs"]
mod tests;
