//! A microphone of this computer.

use crate::rate::PairConverter;
use crate::sound_format::{SoundFormat, choose};
use crate::sound_list::{find, from_cpal};
use crate::sound_stream::{CPAL_LIMIT, Late, Signals, SoundStream};
use ahoy_media::hardware::SAMPLE_RATE;
use ahoy_media::{DeviceError, LeftRight, MicrophoneSource, SoundEnded};
use ahoy_model::{DeviceId, DeviceKind};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Device, FromSample, SampleFormat, SizedSample, Stream};

pub struct SystemMicrophone {
    id: DeviceId,
    stream: Option<SoundStream>,
}

impl SystemMicrophone {
    pub fn new(id: DeviceId) -> Self {
        Self { id, stream: None }
    }
}

impl MicrophoneSource for SystemMicrophone {
    fn start(&mut self, out: rtrb::Producer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError> {
        // The old one may hold the device.
        self.stream = None;
        let device = (self.id.clone(), DeviceKind::Microphone);
        #[cfg(target_os = "linux")]
        if let Some(name) = crate::pulse::name_of(&self.id).map(str::to_owned) {
            let mut out = out;
            let hear = move |sample| {
                // Full: our side is late, and what comes now is dropped.
                let _ = out.push(sample);
            };
            let open = move |signals: &Signals| crate::pulse::record(&name, hear, signals);
            self.stream = Some(SoundStream::start(device, open, ended)?);
            return Ok(());
        }
        let id = self.id.clone();
        let open = move |signals: &Signals| open(&id, out, signals);
        self.stream = Some(SoundStream::start(device, open, ended)?);
        Ok(())
    }
}

fn open(id: &DeviceId, out: rtrb::Producer<LeftRight>, signals: &Signals) -> Result<Stream, DeviceError> {
    let device = find(id, DeviceKind::Microphone)?;
    let usual = device.default_input_config().ok().map(|config| config.channels());
    let offered = device.supported_input_configs().map_err(|error| from_cpal(&error))?;
    let format = choose(offered, usual).ok_or(DeviceError::NoFormat)?;
    tracing::debug!(?id, ?format, "microphone");
    // Some drivers promise small buffers that they do not have.
    let (ring, stream) = build(&device, format, signals)
        .or_else(|_| build(&device, format.with_default_buffer(), signals))
        .map_err(|error| from_cpal(&error))?;
    // The receiver lives in the stream's callback.
    let _ = ring.send(out);
    stream.play().map_err(|error| from_cpal(&error))?;
    Ok(stream)
}

type Door = std::sync::mpsc::SyncSender<rtrb::Producer<LeftRight>>;

fn build(device: &Device, format: SoundFormat, signals: &Signals) -> Result<(Door, Stream), cpal::Error> {
    match format.samples {
        SampleFormat::F32 => build_as::<f32>(device, format, signals),
        SampleFormat::F64 => build_as::<f64>(device, format, signals),
        SampleFormat::I32 => build_as::<i32>(device, format, signals),
        SampleFormat::I16 => build_as::<i16>(device, format, signals),
        SampleFormat::U16 => build_as::<u16>(device, format, signals),
        SampleFormat::I8 => build_as::<i8>(device, format, signals),
        SampleFormat::U8 => build_as::<u8>(device, format, signals),
        _ => Err(cpal::ErrorKind::UnsupportedConfig.into()),
    }
}

fn build_as<T>(device: &Device, format: SoundFormat, signals: &Signals) -> Result<(Door, Stream), cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let (door, mut ring) = Late::<rtrb::Producer<LeftRight>>::new();
    let channels = usize::from(format.config.channels).max(1);
    let mut converter = PairConverter::new(format.config.sample_rate, SAMPLE_RATE)
        .ok_or(cpal::ErrorKind::UnsupportedConfig)?;
    let on_error = signals.on_error();
    let signals = signals.clone();
    let on_sound = move |samples: &[T], _: &cpal::InputCallbackInfo| {
        signals.alive();
        let Some(ring) = ring.get() else {
            return;
        };
        for frame in samples.chunks_exact(channels) {
            converter.push(first_two(frame));
            while let Some(sample) = converter.pull() {
                // Full: our side is late, and what comes now is dropped.
                let _ = ring.push(sample);
            }
        }
    };
    Ok((door, device.build_input_stream(format.config, on_sound, on_error, CPAL_LIMIT)?))
}

/// Left and right, or the only channel on both sides. Further channels of a card that has many belong to other plugs.
fn first_two<T: Copy>(frame: &[T]) -> LeftRight
where
    f32: FromSample<T>,
{
    match *frame {
        [left, right, ..] => [f32::from_sample_(left), f32::from_sample_(right)],
        [only] => [f32::from_sample_(only); 2],
        [] => [0.0; 2],
    }
}

#[cfg(test)]
#[path = "microphone_tests.rs"]
mod tests;
