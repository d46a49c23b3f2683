//! What the far side should not hear of our room: echo, noise, rumble, and a voice too far from the microphone. By sonora
//! (WebRTC's audio processing in Rust).

use crate::hardware::{SAMPLE_RATE, STEP};
use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, MaxProcessingRate, NoiseSuppression,
    NoiseSuppressionLevel, Pipeline,
};
use sonora::{AudioProcessing, Config, StreamConfig};

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
    library: AudioProcessing,
    switches: ProcessingSwitches,
    scratch: [f32; STEP],
}

impl Processing {
    pub fn new(switches: ProcessingSwitches) -> Self {
        let stream = StreamConfig::new(SAMPLE_RATE, 1);
        let library = AudioProcessing::builder()
            .config(config(switches))
            .capture_config(stream)
            .render_config(stream)
            .build();
        Self { library, switches, scratch: [0.0; STEP] }
    }

    pub fn switches(&self) -> ProcessingSwitches {
        self.switches
    }

    pub fn set_switches(&mut self, switches: ProcessingSwitches) {
        if switches != self.switches {
            self.switches = switches;
            self.library.apply_config(config(switches));
        }
    }

    /// What goes to the loudspeaker now: the reference for echo cancellation.
    pub fn played(&mut self, mix: &[f32; STEP]) {
        if !self.switches.echo_cancellation {
            return;
        }
        if let Err(error) = self.library.process_render_f32(&[mix], &mut [&mut self.scratch]) {
            tracing::debug!(?error, "the echo reference was refused");
        }
    }

    /// Cleans 10 ms of the microphone in place. `delay_ms`: from a sample given to `played` until its echo is captured, as
    /// far as the devices tell.
    pub fn captured(&mut self, samples: &mut [f32; STEP], delay_ms: u32) {
        if self.switches == ProcessingSwitches::NONE {
            return;
        }
        // Out of range values are clamped by the library, which then says so; both are fine.
        let _ = self.library.set_stream_delay_ms(i32::try_from(delay_ms.min(500)).unwrap_or(500));
        match self.library.process_capture_f32(&[samples], &mut [&mut self.scratch]) {
            Ok(()) => samples.copy_from_slice(&self.scratch),
            Err(error) => tracing::debug!(?error, "the microphone's sound was refused"),
        }
    }
}

fn config(switches: ProcessingSwitches) -> Config {
    Config {
        pipeline: Pipeline {
            maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
            ..Pipeline::default()
        },
        high_pass_filter: switches.high_pass.then(HighPassFilter::default),
        echo_canceller: switches.echo_cancellation.then(EchoCanceller::default),
        noise_suppression: switches.noise_suppression.then(|| NoiseSuppression {
            level: NoiseSuppressionLevel::Moderate,
            ..NoiseSuppression::default()
        }),
        gain_controller2: switches.automatic_gain.then(|| GainController2 {
            // The start gain of 15 dB is meant for phones; desktop microphones are nearer to right.
            adaptive_digital: Some(AdaptiveDigital {
                initial_gain_db: 6.0,
                max_gain_db: 24.0,
                ..AdaptiveDigital::default()
            }),
            ..GainController2::default()
        }),
        ..Config::default()
    }
}

impl std::fmt::Debug for Processing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Processing").field("switches", &self.switches).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "processing_tests.rs"]
mod tests;
