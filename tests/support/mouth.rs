//! A mouth that says when it speaks and an ear that says when it hears, in place of microphone and speaker.

use super::figures::Figures;
use ahoy_media::fake::FakeHardware;
use ahoy_media::hardware::{
    CameraSource, DeviceError, Hardware, LeftRight, MicrophoneSource, SAMPLE_RATE, STEP, SoundEnded,
    SpeakerSink,
};
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two bursts, and how long each lasts, in steps of 10 ms. Odd, so that bursts meet every phase of the packets.
const EVERY: u64 = 73;
const BURST: u64 = 12;

type Moments = Arc<Mutex<Vec<Instant>>>;

fn note(moments: &Moments, at: Instant) {
    moments.lock().unwrap_or_else(PoisonError::into_inner).push(at);
}

/// Made-up cameras, one mouth, one ear.
#[derive(Default)]
pub struct BenchHardware {
    cameras: FakeHardware,
    spoken: Moments,
    heard: Moments,
}

impl BenchHardware {
    pub fn spoken(&self) -> Vec<Instant> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn heard(&self) -> Vec<Instant> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// For every burst that was heard, the ms since it was spoken.
pub fn delays(spoken: &[Instant], heard: &[Instant]) -> Figures {
    let after =
        |at: &Instant| spoken.iter().rev().find(|said| *said <= at).map(|said| at.duration_since(*said));
    let ms = heard.iter().filter_map(after).map(|delay| delay.as_secs_f64() * 1000.0);
    ms.filter(|delay| *delay < 600.0).collect()
}

/// Runs `step` every 10 ms until the flag falls.
fn pace(
    name: &str,
    alive: Arc<AtomicBool>,
    mut step: impl FnMut(u64) + Send + 'static,
) -> Result<(), DeviceError> {
    let run = move || {
        let start = Instant::now();
        let mut steps = 0;
        while alive.load(Ordering::Relaxed) {
            step(steps);
            steps += 1;
            let due = start + Duration::from_millis(10 * steps);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map(|_| ()).map_err(|error| DeviceError::Broken(error.to_string()))
}

struct Mouth(Moments, Arc<AtomicBool>);

impl MicrophoneSource for Mouth {
    fn start(&mut self, mut out: rtrb::Producer<LeftRight>, _ended: SoundEnded) -> Result<(), DeviceError> {
        let spoken = self.0.clone();
        self.1.store(true, Ordering::Relaxed);
        pace("mouth", self.1.clone(), move |n| {
            let speaks = n % EVERY < BURST;
            // The first sample of a step was spoken 10 ms before the step is whole, as with a real microphone.
            if n % EVERY == 0 {
                note(&spoken, Instant::now() - Duration::from_millis(10));
            }
            for i in 0..STEP as u64 {
                let t = (n * STEP as u64 + i) as f32 / SAMPLE_RATE as f32;
                let tone = (t * 1000.0 * std::f32::consts::TAU).sin() * 0.5;
                let _ = out.push([if speaks { tone } else { 0.0 }; 2]);
            }
        })
    }
}

impl Drop for Mouth {
    fn drop(&mut self) {
        self.1.store(false, Ordering::Relaxed);
    }
}

struct Ear(Moments, Arc<AtomicBool>);

impl SpeakerSink for Ear {
    fn start(
        &mut self,
        mut samples: rtrb::Consumer<LeftRight>,
        _ended: SoundEnded,
    ) -> Result<(), DeviceError> {
        let heard = self.0.clone();
        let mut quiet = 0;
        self.1.store(true, Ordering::Relaxed);
        pace("ear", self.1.clone(), move |_| {
            let now = Instant::now();
            for i in 0..STEP {
                let [sample, _] = samples.pop().unwrap_or_default();
                if sample.abs() < 0.05 {
                    quiet += 1;
                    continue;
                }
                if quiet > SAMPLE_RATE / 4 {
                    note(&heard, now + Duration::from_secs_f64(i as f64 / f64::from(SAMPLE_RATE)));
                }
                quiet = 0;
            }
        })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.1.store(false, Ordering::Relaxed);
    }
}

impl Hardware for BenchHardware {
    fn list(&self, wanted: DeviceKind) -> Result<Vec<DeviceInfo>, DeviceError> {
        let info = |kind| DeviceInfo {
            id: DeviceId::new("bench"),
            kind,
            name: "bench".into(),
            is_default: true,
            plugged: 0,
        };
        Ok([DeviceKind::Microphone, DeviceKind::Speaker]
            .into_iter()
            .filter(|kind| *kind == wanted)
            .map(info)
            .collect())
    }

    fn camera(&self, id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError> {
        self.cameras.camera(id)
    }

    fn microphone(&self, _id: &DeviceId) -> Result<Box<dyn MicrophoneSource>, DeviceError> {
        Ok(Box::new(Mouth(self.spoken.clone(), Arc::default())))
    }

    fn speaker(&self, _id: &DeviceId) -> Result<Box<dyn SpeakerSink>, DeviceError> {
        Ok(Box::new(Ear(self.heard.clone(), Arc::default())))
    }

    fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.cameras.changes()
    }
}
