//! Tones, silence and sound files as microphones.

use super::pace::{Pacer, StopOnDrop, stop_pair};
use crate::hardware::{DeviceError, LeftRight, MicrophoneSource, SAMPLE_RATE, STEP, SoundEnded};
use crate::resample;
use crate::tone::Sine;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Signal {
    /// On the left and on the right.
    Tone([f64; 2]),
    Silence,
    File(PathBuf),
}

/// Writes the next samples.
type Voice = Box<dyn FnMut(&mut [LeftRight]) + Send>;

#[derive(Debug)]
pub(super) struct MadeUpMicrophone {
    signal: Signal,
    unplugged: Arc<AtomicBool>,
    running: Option<StopOnDrop>,
}

impl MadeUpMicrophone {
    pub(super) fn new(signal: Signal) -> Self {
        Self { signal, unplugged: Arc::default(), running: None }
    }

    /// Ends with `Absent` when `unplugged` becomes true.
    pub(super) fn unplugged_by(mut self, unplugged: Arc<AtomicBool>) -> Self {
        self.unplugged = unplugged;
        self
    }
}

impl MicrophoneSource for MadeUpMicrophone {
    fn start(&mut self, mut out: rtrb::Producer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError> {
        let mut voice: Voice = match &self.signal {
            Signal::Silence => Box::new(|out| out.fill([0.0; 2])),
            Signal::Tone(hertz) => {
                let mut sines = hertz.map(|hertz| Sine::new(hertz, 0.5));
                let mut step = [0.0; STEP];
                Box::new(move |out| {
                    for (side, sine) in sines.iter_mut().enumerate() {
                        sine.fill(&mut step);
                        for (pair, sample) in out.iter_mut().zip(&step) {
                            pair.iter_mut().skip(side).take(1).for_each(|out| *out = *sample);
                        }
                    }
                })
            }
            Signal::File(path) => {
                let clip = load(path)?;
                let mut at = 0;
                Box::new(move |out| {
                    for pair in out {
                        *pair = clip.get(at).copied().unwrap_or_default();
                        at = if at + 1 >= clip.len() { 0 } else { at + 1 };
                    }
                })
            }
        };
        let (handle, stop) = stop_pair();
        let unplugged = self.unplugged.clone();
        let run = move || {
            let mut pacer = Pacer::new(Instant::now(), Duration::from_millis(10));
            let mut step = [[0.0; 2]; STEP];
            while stop.wait_until(pacer.deadline()) {
                if unplugged.load(Ordering::Relaxed) {
                    ended(DeviceError::Absent);
                    return;
                }
                for _ in 0..pacer.due(Instant::now()) {
                    voice(&mut step);
                    // What does not fit is lost, as with any microphone.
                    let _ = out.push_partial_slice(&step);
                }
            }
        };
        std::thread::Builder::new()
            .name("microphone".into())
            .spawn(run)
            .map_err(|error| DeviceError::Broken(error.to_string()))?;
        self.running = Some(handle);
        Ok(())
    }

    fn needs_processing(&self) -> bool {
        false
    }
}

/// Longest file that is taken into memory: an hour.
const MAX_SECONDS: u32 = 3600;

/// The whole file at 48 kHz: its first two channels, or its only one on both sides.
fn load(path: &Path) -> Result<Vec<LeftRight>, DeviceError> {
    let failed = |why: String| DeviceError::File(format!("{}: {why}", path.display()));
    let reader = hound::WavReader::open(path).map_err(|error| failed(error.to_string()))?;
    let spec = reader.spec();
    if spec.channels == 0 || spec.sample_rate == 0 || reader.duration() / spec.sample_rate > MAX_SECONDS {
        return Err(failed("too long, or without channels".into()));
    }
    let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Float => reader.into_samples::<f32>().collect(),
        hound::SampleFormat::Int => {
            let full = (1i64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            reader.into_samples::<i32>().map(|sample| sample.map(|s| s as f32 / full)).collect()
        }
    };
    let samples = samples.map_err(|error| failed(error.to_string()))?;
    let channels = usize::from(spec.channels);
    let side = |number: usize| {
        let frames = samples.chunks_exact(channels);
        let one = frames.filter_map(|frame| frame.get(number.min(channels - 1)).copied()).collect();
        resample::clip(one, spec.sample_rate, SAMPLE_RATE)
            .ok_or_else(|| failed("its sample rate is out of reason".into()))
    };
    let clip: Vec<LeftRight> =
        side(0)?.into_iter().zip(side(1)?).map(|(left, right)| [left, right]).collect();
    if clip.is_empty() {
        return Err(failed("there is no sound in it".into()));
    }
    Ok(clip)
}
