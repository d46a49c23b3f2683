//! What the far side should not hear of our room: echo, noise, rumble, and a voice too far from the microphone. By the parts
//! of sonora (WebRTC's audio processing in Rust), put together here because the whole does not let its echo canceller be tuned.

mod bands;
mod echo;

use crate::hardware::{SAMPLE_RATE, STEP};
use bands::{Joiner, Splitter};
use echo::{EchoCanceller, is_overdriven};
use sonora::config::{AdaptiveDigital, GainController2, MaxProcessingRate, Pipeline};
use sonora::high_pass_filter::HighPassFilter;
use sonora::{AudioProcessing, Config, StreamConfig};
use sonora_ns::config::{NsConfig, SuppressionLevel};
use sonora_ns::noise_suppressor::NoiseSuppressor;

/// What is switched on. Can change at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessingSwitches {
    pub echo_cancellation: bool,
    pub noise_suppression: bool,
    pub automatic_gain: bool,
    pub high_pass: bool,
}

impl ProcessingSwitches {
    pub const ALL: Self =
        Self { echo_cancellation: true, noise_suppression: true, automatic_gain: true, high_pass: true };
    pub const NONE: Self =
        Self { echo_cancellation: false, noise_suppression: false, automatic_gain: false, high_pass: false };
}

impl Default for ProcessingSwitches {
    fn default() -> Self {
        Self::ALL
    }
}

/// One microphone against one loudspeaker. Give every 10 ms of the final mix to `played` and every 10 ms of the microphone
/// to `captured`.
pub struct Processing {
    switches: ProcessingSwitches,
    high_pass: Option<HighPassFilter>,
    played: Splitter,
    captured: Splitter,
    cleaned: Joiner,
    echo: Option<EchoCanceller>,
    noise: Option<NoiseSuppressor>,
    gain: Option<AudioProcessing>,
    scratch: Vec<f32>,
}

impl Processing {
    pub fn new(switches: ProcessingSwitches) -> Self {
        let mut processing = Self {
            switches: ProcessingSwitches::NONE,
            high_pass: None,
            played: Splitter::default(),
            captured: Splitter::default(),
            cleaned: Joiner::default(),
            echo: None,
            noise: None,
            gain: None,
            scratch: vec![0.0; STEP],
        };
        processing.set_switches(switches);
        processing
    }

    pub fn switches(&self) -> ProcessingSwitches {
        self.switches
    }

    /// What stays switched on keeps what it has learnt.
    pub fn set_switches(&mut self, switches: ProcessingSwitches) {
        self.switches = switches;
        // Rumble would keep the echo canceller busy.
        let high_pass = switches.high_pass || switches.echo_cancellation;
        keep(&mut self.high_pass, high_pass, || HighPassFilter::new(SAMPLE_RATE.cast_signed(), 1));
        keep(&mut self.echo, switches.echo_cancellation, EchoCanceller::new);
        keep(&mut self.noise, switches.noise_suppression, || {
            NoiseSuppressor::new_with_bands(NsConfig { target_level: SuppressionLevel::K12dB }, bands::BANDS)
        });
        keep(&mut self.gain, switches.automatic_gain, gain_control);
    }

    /// What goes to the loudspeaker now: the reference for echo cancellation.
    pub fn played(&mut self, mix: &[f32; STEP]) {
        if let Some(echo) = &mut self.echo {
            echo.played(&self.played.split(mix));
        }
    }

    /// Cleans 10 ms of the microphone in place. `delay_ms`: from a sample given to `played` until its echo is captured, as
    /// far as the devices tell.
    pub fn captured(&mut self, samples: &mut [f32; STEP], delay_ms: u32) {
        let overdriven = is_overdriven(samples);
        if let Some(high_pass) = &mut self.high_pass {
            self.scratch.copy_from_slice(samples);
            high_pass.process_channels(std::slice::from_mut(&mut self.scratch));
            samples.copy_from_slice(&self.scratch);
        }
        if self.echo.is_some() || self.noise.is_some() {
            self.clean(samples, delay_ms, overdriven);
        }
        if let Some(gain) = &mut self.gain {
            match gain.process_capture_f32(&[samples], &mut [&mut self.scratch]) {
                Ok(()) => samples.copy_from_slice(&self.scratch),
                Err(error) => tracing::debug!(?error, "the microphone's sound was refused"),
            }
        }
    }

    fn clean(&mut self, samples: &mut [f32; STEP], delay_ms: u32, overdriven: bool) {
        let mut bands = self.captured.split(samples);
        // The noise is learnt from what was captured, not from what the echo canceller fills its gaps with.
        if let (Some(noise), [low, ..]) = (&mut self.noise, &bands) {
            noise.analyze(low);
        }
        if let Some(echo) = &mut self.echo {
            echo.captured(&mut bands, delay_ms, overdriven);
        }
        if let (Some(noise), [low, upper @ ..]) = (&mut self.noise, &mut bands) {
            noise.process(low);
            let gain = noise.upper_band_gain();
            for (number, band) in upper.iter_mut().enumerate() {
                noise.process_upper_band(band, number, gain);
            }
        }
        self.cleaned.join(&bands, samples);
    }
}

/// Makes a part that is wanted and not there; drops one that is not wanted.
fn keep<T>(part: &mut Option<T>, wanted: bool, make: impl FnOnce() -> T) {
    match (wanted, &part) {
        (true, None) => *part = Some(make()),
        (false, Some(_)) => *part = None,
        _ => {}
    }
}

fn gain_control() -> AudioProcessing {
    let stream = StreamConfig::new(SAMPLE_RATE, 1);
    let config = Config {
        pipeline: Pipeline {
            maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
            ..Pipeline::default()
        },
        gain_controller2: Some(GainController2 {
            // The start gain of 15 dB is meant for phones; desktop microphones are nearer to right.
            adaptive_digital: Some(AdaptiveDigital {
                initial_gain_db: 6.0,
                max_gain_db: 24.0,
                ..AdaptiveDigital::default()
            }),
            ..GainController2::default()
        }),
        ..Config::default()
    };
    AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build()
}

impl std::fmt::Debug for Processing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Processing").field("switches", &self.switches).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "processing_tests.rs"]
mod tests;
