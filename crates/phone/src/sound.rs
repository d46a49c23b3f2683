//! The owner of the sound engine: it runs while somebody needs it, with the devices that were chosen.

use crate::bell::Bell;
use crate::blocking::{Lost, in_thread};
use crate::happening::{Happening, Outlet};
use crate::settings::Settings;
use crate::snapshot::Levels;
use ahoy_media::engine::{SoundConfig, SoundEngine, SoundEvent, VoiceConfig};
use ahoy_media::hardware::{DeviceError, MicrophoneSource, SharedHardware, SpeakerSink};
use ahoy_media::processing::ProcessingSwitches;
use ahoy_media::tone::Tone;
use ahoy_model::{DeviceId, DeviceKind, DeviceState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// A driver that takes longer to hand out a device hangs.
pub(crate) const OPENING: Duration = Duration::from_secs(5);
/// Of all tones but the ring, 0 to 1.
const TONE_VOLUME: f32 = 0.8;

/// What sound reports, with the number of the engine or opening it is about.
pub(crate) enum SoundNews {
    Microphone(u64, Result<Box<dyn MicrophoneSource>, DeviceError>),
    Speaker(u64, Result<Box<dyn SpeakerSink>, DeviceError>),
    Engine(u64, SoundEvent),
    /// The bell's own device.
    Bell(u64, DeviceError),
}

impl std::fmt::Debug for SoundNews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Microphone(n, result) => write!(f, "Microphone({n}, {})", result.is_ok()),
            Self::Speaker(n, result) => write!(f, "Speaker({n}, {})", result.is_ok()),
            Self::Engine(n, event) => write!(f, "Engine({n}, {event:?})"),
            Self::Bell(n, error) => write!(f, "Bell({n}, {error})"),
        }
    }
}

/// One of the two devices.
#[derive(Debug, Default)]
struct Place {
    wanted: Option<DeviceId>,
    opening: u64,
    /// The engine has it, under this number.
    handed: Option<u64>,
    running: bool,
}

impl Place {
    fn state(&self) -> DeviceState {
        match (&self.wanted, self.running) {
            (None, _) => DeviceState::Idle,
            (Some(_), false) => DeviceState::Opening,
            (Some(_), true) => DeviceState::Running,
        }
    }
}

struct Running {
    engine: Arc<SoundEngine>,
    number: u64,
    pump: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

pub(crate) struct SoundRoom {
    hardware: SharedHardware,
    outlet: Outlet,
    levels: watch::Sender<Levels>,
    running: Option<Running>,
    microphone: Place,
    speaker: Place,
    tone: Option<Tone>,
    switches: ProcessingSwitches,
    bell: Option<Bell>,
    /// What was told to which engine.
    voice: Option<(u64, VoiceConfig)>,
    numbers: u64,
}

impl SoundRoom {
    pub(crate) fn new(hardware: SharedHardware, outlet: Outlet) -> (Self, watch::Receiver<Levels>) {
        let (levels, reader) = watch::channel(Levels::default());
        let room = Self {
            hardware,
            outlet,
            levels,
            running: None,
            microphone: Place::default(),
            speaker: Place::default(),
            tone: None,
            switches: ProcessingSwitches::ALL,
            bell: None,
            voice: None,
            numbers: 0,
        };
        (room, reader)
    }

    /// The engine, started if it does not run.
    pub(crate) fn engine(&mut self) -> Arc<SoundEngine> {
        if let Some(running) = &self.running {
            return running.engine.clone();
        }
        self.numbers += 1;
        let number = self.numbers;
        let config = SoundConfig { processing: self.switches, tone_volume: TONE_VOLUME };
        let engine = Arc::new(SoundEngine::start(config));
        let pump = tokio::spawn(pump(
            engine.ended(),
            engine.levels(),
            self.levels.clone(),
            number,
            self.outlet.clone(),
        ));
        self.running = Some(Running { engine: engine.clone(), number, pump });
        engine
    }

    fn engine_number(&self) -> u64 {
        self.running.as_ref().map_or(0, |running| running.number)
    }

    /// Brings devices and tone to what is wanted; with nothing wanted and no call the engine stops.
    pub(crate) fn want(
        &mut self,
        needed: bool,
        microphone: Option<DeviceId>,
        speaker: Option<DeviceId>,
        tone: Option<Tone>,
        settings: &Settings,
    ) {
        let switches = ProcessingSwitches {
            echo_cancellation: settings.echo_cancellation,
            noise_suppression: settings.noise_suppression,
            automatic_gain: settings.automatic_gain,
            high_pass: settings.high_pass,
        };
        let switches = if settings.studio { ProcessingSwitches::NONE } else { switches };
        let voice = VoiceConfig {
            gain: settings.microphone_gain,
            dtx: settings.dtx,
            studio: settings.studio,
            comfort_noise: settings.comfort_noise,
        };
        let switched = std::mem::replace(&mut self.switches, switches) != switches;
        if !needed {
            if self.running.take().is_some() {
                (self.microphone, self.speaker) = (Place::default(), Place::default());
                self.tone = None;
                self.levels.send_replace(Levels::default());
            }
            return;
        }
        let engine = self.engine();
        if switched {
            engine.set_processing(switches);
        }
        // A new engine knows nothing of it.
        if self.voice != Some((self.engine_number(), voice)) {
            engine.set_voice(voice);
            self.voice = Some((self.engine_number(), voice));
        }
        if self.microphone.wanted != microphone {
            self.change(DeviceKind::Microphone, microphone, &engine);
        }
        if self.speaker.wanted != speaker {
            self.change(DeviceKind::Speaker, speaker, &engine);
        }
        if self.tone != tone {
            self.tone = tone;
            match tone {
                None => engine.stop_tone(),
                Some(tone) => {
                    engine.set_tone_volume(if matches!(tone, Tone::Ring(_)) {
                        settings.ring_volume
                    } else {
                        TONE_VOLUME
                    });
                    engine.play(tone);
                }
            }
        }
    }

    /// Rings on a device of its own, or no longer. The device's state.
    pub(crate) fn ring_apart(&mut self, device: Option<DeviceId>, settings: &Settings) -> DeviceState {
        let Some(id) = device else {
            self.bell = None;
            return DeviceState::Idle;
        };
        if self.bell.as_ref().is_none_or(|bell| bell.device() != &id) {
            self.numbers += 1;
            let (hardware, outlet) = (self.hardware.clone(), self.outlet.clone());
            self.bell = Some(Bell::ring(
                hardware,
                id,
                (settings.ring_tone, settings.ring_volume),
                self.numbers,
                outlet,
            ));
        }
        DeviceState::Running
    }

    fn change(&mut self, kind: DeviceKind, wanted: Option<DeviceId>, engine: &SoundEngine) {
        self.numbers += 1;
        let number = self.numbers;
        let place = if kind == DeviceKind::Speaker { &mut self.speaker } else { &mut self.microphone };
        *place = Place { wanted: wanted.clone(), opening: number, handed: None, running: false };
        match kind {
            DeviceKind::Speaker => engine.set_speaker(None),
            _ => engine.set_microphone(None),
        };
        let Some(id) = wanted else { return };
        tracing::info!(?kind, device = id.as_str(), "opening");
        let (hardware, outlet) = (self.hardware.clone(), self.outlet.clone());
        tokio::spawn(async move {
            let news = match kind {
                DeviceKind::Speaker => {
                    let got = in_thread("speaker open", OPENING, move || hardware.speaker(&id)).await;
                    SoundNews::Speaker(number, flat(got))
                }
                _ => {
                    let got = in_thread("mic open", OPENING, move || hardware.microphone(&id)).await;
                    SoundNews::Microphone(number, flat(got))
                }
            };
            let _ = outlet.send(Happening::Sound(news)).await;
        });
    }

    /// A report. `Some`: this device failed or ended by itself.
    pub(crate) fn news(&mut self, news: SoundNews) -> Option<(DeviceKind, DeviceId, DeviceError)> {
        if let SoundNews::Bell(number, error) = news {
            let bell = self.bell.take_if(|bell| bell.number() == number)?;
            return Some((DeviceKind::Ringer, bell.device().clone(), error));
        }
        let running = self.running.as_ref()?;
        match news {
            SoundNews::Microphone(number, got) if number == self.microphone.opening => match got {
                Ok(microphone) => {
                    self.microphone.handed = Some(running.engine.set_microphone(Some(microphone)));
                }
                Err(error) => return self.lost(DeviceKind::Microphone, error),
            },
            SoundNews::Speaker(number, got) if number == self.speaker.opening => match got {
                Ok(speaker) => {
                    self.speaker.handed = Some(running.engine.set_speaker(Some(speaker)));
                }
                Err(error) => return self.lost(DeviceKind::Speaker, error),
            },
            SoundNews::Engine(number, event) if number == running.number => match event {
                SoundEvent::MicrophoneRunning => self.microphone.running = true,
                SoundEvent::SpeakerRunning => self.speaker.running = true,
                // Of another number it is the late word of the device before.
                SoundEvent::MicrophoneEnded(of, error) if self.microphone.handed == Some(of) => {
                    return self.lost(DeviceKind::Microphone, error);
                }
                SoundEvent::SpeakerEnded(of, error) if self.speaker.handed == Some(of) => {
                    return self.lost(DeviceKind::Speaker, error);
                }
                SoundEvent::MicrophoneEnded(..) | SoundEvent::SpeakerEnded(..) => {}
                SoundEvent::LineCut(call) => tracing::debug!(%call, "sound line cut"),
                SoundEvent::EngineEnded => {
                    // Calls that use the old engine stay silent; the next ones get a new one.
                    self.running = None;
                    (self.microphone, self.speaker) = (Place::default(), Place::default());
                    self.tone = None;
                }
            },
            _ => {}
        }
        None
    }

    /// Opens this device anew where it is in use; what was opened as it is no longer heard.
    pub(crate) fn reopen(&mut self, kind: DeviceKind, id: &DeviceId) {
        let place = if kind == DeviceKind::Speaker { &self.speaker } else { &self.microphone };
        if place.wanted.as_ref() == Some(id)
            && let Some(running) = &self.running
        {
            let engine = running.engine.clone();
            self.change(kind, Some(id.clone()), &engine);
        }
        // Rings again as soon as it is wanted.
        self.bell.take_if(|bell| kind == DeviceKind::Speaker && bell.device() == id);
    }

    fn lost(&mut self, kind: DeviceKind, error: DeviceError) -> Option<(DeviceKind, DeviceId, DeviceError)> {
        let place = if kind == DeviceKind::Speaker { &mut self.speaker } else { &mut self.microphone };
        let id = std::mem::take(place).wanted?;
        Some((kind, id, error))
    }

    pub(crate) fn state(&self, kind: DeviceKind) -> DeviceState {
        match kind {
            DeviceKind::Speaker => self.speaker.state(),
            _ => self.microphone.state(),
        }
    }

    /// Stops the engine and waits until its devices are closed.
    pub(crate) async fn close(mut self) {
        let Some(running) = self.running.take() else { return };
        let engine = running.engine.clone();
        drop(running);
        if let Ok(engine) = Arc::try_unwrap(engine) {
            let _ = in_thread("sound close", Duration::from_secs(1), move || {
                engine.shut_down(Duration::from_millis(800));
            })
            .await;
        }
    }
}

pub(crate) fn flat<T>(got: Result<Result<T, DeviceError>, Lost>) -> Result<T, DeviceError> {
    match got {
        Ok(result) => result,
        Err(Lost::TimedOut) => Err(DeviceError::Hung),
        Err(Lost::Died) => Err(DeviceError::Broken("the driver panicked".into())),
    }
}

/// Carries events to the conductor and levels to the meters.
async fn pump(
    mut events: broadcast::Receiver<SoundEvent>,
    mut heard: watch::Receiver<ahoy_media::engine::SoundLevels>,
    levels: watch::Sender<Levels>,
    number: u64,
    outlet: Outlet,
) {
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => {
                    let news = Happening::Sound(SoundNews::Engine(number, event));
                    if outlet.send(news).await.is_err() {
                        return;
                    }
                }
                // A device that ends 32 times in a row unheard will end again.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            changed = heard.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = *heard.borrow_and_update();
                levels.send_replace(Levels {
                    microphone: now.microphone,
                    speaker: now.speaker,
                    clipping: now.clipping,
                    talking_muted: now.talking_muted,
                });
            }
        }
    }
}
