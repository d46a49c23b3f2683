//! Made-up devices, equals of the real ones: anybody can choose them by id.
//!
//! | id | as a camera |
//! |---|---|
//! | `test:picture[=WxH[@FPS]][,sender=N][,controls]` | a boat at sea; every picture carries a [`crate::picture_code`]; with something to adjust |
//! | `file:/path/clip.y4m` | the clip, again and again at its own pace |
//!
//! | id | as a microphone |
//! |---|---|
//! | `test:tone=HZ[,right=HZ]` | a sine at half of full scale, and another one on the right |
//! | `test:silence` | silence |
//! | `file:/path/speech.wav` | the file, again and again, any rate and number of channels |
//!
//! | id | as a speaker |
//! |---|---|
//! | `test:silence` | plays into nothing, in real time |
//! | `file:/path/recording.wav` | records (48 kHz, left and right, 16 bit) in real time; readable even if the process is killed |

mod camera;
mod clip;
mod controls;
mod fault;
mod hardware;
mod microphone;
mod pace;
mod scene;
mod speaker;

pub use fault::{CameraFault, FaultyCamera};
pub use hardware::FakeHardware;
pub use scene::TestPicture;

use crate::hardware::{CameraSource, DeviceError, MicrophoneSource, SpeakerSink};
use ahoy_model::DeviceId;
use std::path::PathBuf;

/// What a made-up id asks for.
#[derive(Clone, Debug, PartialEq)]
enum MadeUp {
    Picture {
        size: Option<(u32, u32)>,
        fps: Option<u32>,
        sender: u16,
        /// Has something to adjust.
        adjustable: bool,
    },
    /// On the left and on the right.
    Tone([f64; 2]),
    Silence,
    File(PathBuf),
}

fn parse(id: &DeviceId) -> Option<MadeUp> {
    if let Some(path) = id.as_str().strip_prefix("file:") {
        return Some(MadeUp::File(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
            .filter(|_| !path.is_empty());
    }
    let mut parts = id.as_str().strip_prefix("test:")?.split(',');
    let (name, value) = match parts.next()?.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (id.as_str().strip_prefix("test:")?.split(',').next()?, None),
    };
    match (name, value) {
        ("silence", None) => Some(MadeUp::Silence),
        ("tone", value) => {
            let hertz = |text: &str| text.parse().ok().filter(|hertz| (20.0..=20_000.0).contains(hertz));
            let left: f64 = hertz(value.unwrap_or("440"))?;
            let mut tone = MadeUp::Tone([left; 2]);
            for part in parts {
                tone = MadeUp::Tone([left, hertz(part.strip_prefix("right=")?)?]);
            }
            Some(tone)
        }
        ("picture", value) => {
            let (mut size, mut fps, mut sender, mut adjustable) = (None, None, 0, false);
            if let Some(value) = value {
                let (sides, rate) = value.split_once('@').map_or((value, None), |(s, r)| (s, Some(r)));
                let (width, height) = sides.split_once('x')?;
                let side =
                    |text: &str| text.parse().ok().filter(|n: &u32| (32..=4096).contains(n)).map(|n| n & !1);
                size = Some((side(width)?, side(height)?));
                if let Some(rate) = rate {
                    fps = Some(rate.parse().ok().filter(|n| (1..=120).contains(n))?);
                }
            }
            for part in parts {
                match part {
                    "controls" => adjustable = true,
                    part => sender = part.strip_prefix("sender=")?.parse().ok()?,
                }
            }
            Some(MadeUp::Picture { size, fps, sender, adjustable })
        }
        _ => None,
    }
}

/// A made-up camera. `Absent`: no such device; files are looked for when it is opened.
pub fn open_camera(id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError> {
    match parse(id) {
        Some(MadeUp::Picture { size, fps, sender, adjustable }) => {
            let camera = camera::TestCamera::new(size, fps, sender);
            Ok(Box::new(if adjustable { camera.adjustable() } else { camera }))
        }
        Some(MadeUp::File(path)) => Ok(Box::new(clip::ClipCamera::new(path))),
        _ => Err(DeviceError::Absent),
    }
}

/// A made-up microphone.
pub fn open_microphone(id: &DeviceId) -> Result<Box<dyn MicrophoneSource>, DeviceError> {
    Ok(Box::new(microphone::MadeUpMicrophone::new(microphone_signal(id)?)))
}

fn microphone_signal(id: &DeviceId) -> Result<microphone::Signal, DeviceError> {
    match parse(id) {
        Some(MadeUp::Tone(hertz)) => Ok(microphone::Signal::Tone(hertz)),
        Some(MadeUp::Silence) => Ok(microphone::Signal::Silence),
        Some(MadeUp::File(path)) => Ok(microphone::Signal::File(path)),
        _ => Err(DeviceError::Absent),
    }
}

/// A made-up speaker.
pub fn open_speaker(id: &DeviceId) -> Result<Box<dyn SpeakerSink>, DeviceError> {
    Ok(Box::new(speaker::MadeUpSpeaker::new(recording(id)?)))
}

fn recording(id: &DeviceId) -> Result<Option<PathBuf>, DeviceError> {
    match parse(id) {
        Some(MadeUp::Silence) => Ok(None),
        Some(MadeUp::File(path)) => Ok(Some(path)),
        _ => Err(DeviceError::Absent),
    }
}

#[cfg(test)]
mod tests;
