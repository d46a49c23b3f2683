//! A speaker of this computer.

use crate::rate::PairConverter;
use crate::sound_format::{SoundFormat, choose};
use crate::sound_list::{find, from_cpal};
use crate::sound_stream::{CPAL_LIMIT, Late, Signals, SoundStream};
use ahoy_media::hardware::SAMPLE_RATE;
use ahoy_media::{DeviceError, LeftRight, SoundEnded, SpeakerSink};
use ahoy_model::{DeviceId, DeviceKind};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Device, FromSample, Sample, SampleFormat, SizedSample, Stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The latency before the system has told it.
const UNKNOWN: u32 = u32::MAX;

pub struct SystemSpeaker {
    id: DeviceId,
    stream: Option<SoundStream>,
    latency: Arc<AtomicU32>,
}

impl SystemSpeaker {
    pub fn new(id: DeviceId) -> Self {
        Self { id, stream: None, latency: Arc::new(AtomicU32::new(UNKNOWN)) }
    }
}

impl SpeakerSink for SystemSpeaker {
    fn start(&mut self, samples: rtrb::Consumer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError> {
        // The old one may hold the device.
        self.stream = None;
        self.latency = Arc::new(AtomicU32::new(UNKNOWN));
        let (id, latency) = (self.id.clone(), self.latency.clone());
        let device = (id.clone(), DeviceKind::Speaker);
        #[cfg(target_os = "linux")]
        if let Some(name) = crate::pulse::name_of(&id).map(str::to_owned) {
            let mut samples = samples;
            let next = move || samples.pop().unwrap_or_default();
            let open = move |signals: &Signals| crate::pulse::play(&name, next, latency, signals);
            self.stream = Some(SoundStream::start(device, open, ended)?);
            return Ok(());
        }
        let open = move |signals: &Signals| open(&id, samples, &latency, signals);
        self.stream = Some(SoundStream::start(device, open, ended)?);
        Ok(())
    }

    fn latency(&self) -> Option<u32> {
        Some(self.latency.load(Ordering::Relaxed)).filter(|latency| *latency != UNKNOWN)
    }
}

fn open(
    id: &DeviceId,
    samples: rtrb::Consumer<LeftRight>,
    latency: &Arc<AtomicU32>,
    signals: &Signals,
) -> Result<Stream, DeviceError> {
    let device = find(id, DeviceKind::Speaker)?;
    let usual = device.default_output_config().ok().map(|config| config.channels());
    let offered = device.supported_output_configs().map_err(|error| from_cpal(&error))?;
    let format = choose(offered, usual).ok_or(DeviceError::NoFormat)?;
    tracing::debug!(?id, ?format, "speaker");
    // Some drivers promise small buffers that they do not have.
    let (ring, stream) = build(&device, format, latency, signals)
        .or_else(|_| build(&device, format.with_default_buffer(), latency, signals))
        .map_err(|error| from_cpal(&error))?;
    // The receiver lives in the stream's callback.
    let _ = ring.send(samples);
    stream.play().map_err(|error| from_cpal(&error))?;
    Ok(stream)
}

type Door = std::sync::mpsc::SyncSender<rtrb::Consumer<LeftRight>>;
type Built = Result<(Door, Stream), cpal::Error>;

fn build(device: &Device, format: SoundFormat, latency: &Arc<AtomicU32>, signals: &Signals) -> Built {
    match format.samples {
        SampleFormat::F32 => build_as::<f32>(device, format, latency, signals),
        SampleFormat::F64 => build_as::<f64>(device, format, latency, signals),
        SampleFormat::I32 => build_as::<i32>(device, format, latency, signals),
        SampleFormat::I16 => build_as::<i16>(device, format, latency, signals),
        SampleFormat::U16 => build_as::<u16>(device, format, latency, signals),
        SampleFormat::I8 => build_as::<i8>(device, format, latency, signals),
        SampleFormat::U8 => build_as::<u8>(device, format, latency, signals),
        _ => Err(cpal::ErrorKind::UnsupportedConfig.into()),
    }
}

fn build_as<T>(device: &Device, format: SoundFormat, latency: &Arc<AtomicU32>, signals: &Signals) -> Built
where
    T: SizedSample + FromSample<f32>,
{
    let (door, mut ring) = Late::<rtrb::Consumer<LeftRight>>::new();
    let channels = usize::from(format.config.channels).max(1);
    let mut converter = PairConverter::new(SAMPLE_RATE, format.config.sample_rate)
        .ok_or(cpal::ErrorKind::UnsupportedConfig)?;
    let on_error = signals.on_error();
    let signals = signals.clone();
    let latency = latency.clone();
    let on_sound = move |out: &mut [T], info: &cpal::OutputCallbackInfo| {
        signals.alive();
        let times = info.timestamp();
        let delay = times.playback.duration_since(times.callback).as_millis();
        latency.store(u32::try_from(delay).unwrap_or(UNKNOWN - 1), Ordering::Relaxed);
        let mut next = || ring.get().and_then(|ring| ring.pop().ok()).unwrap_or_default();
        for frame in out.chunks_mut(channels) {
            let pair = loop {
                match converter.pull() {
                    Some(pair) => break pair,
                    None => converter.push(next()),
                }
            };
            spread(pair, frame);
        }
    };
    Ok((door, device.build_output_stream(format.config, on_sound, on_error, CPAL_LIMIT)?))
}

/// To left and right, or their middle to an only channel; the further channels of a card that has many stay silent.
fn spread<T: Sample + FromSample<f32>>([left, right]: LeftRight, frame: &mut [T]) {
    let made = |sample: f32| T::from_sample(sample.clamp(-1.0, 1.0));
    match frame {
        [only] => *only = made((left + right) * 0.5),
        [first, second, rest @ ..] => {
            (*first, *second) = (made(left), made(right));
            rest.fill(T::EQUILIBRIUM);
        }
        [] => {}
    }
}

#[cfg(test)]
#[path = "speaker_tests.rs"]
mod tests;
