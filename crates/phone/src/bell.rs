//! A ring on a device of its own: a small sound engine that plays one tone, for as long as this lives.

use crate::blocking::in_thread;
use crate::happening::{Happening, Outlet};
use crate::sound::{OPENING, SoundNews, flat};
use ahoy_media::engine::{SoundConfig, SoundEngine, SoundEvent};
use ahoy_media::hardware::{DeviceError, SharedHardware};
use ahoy_media::processing::ProcessingSwitches;
use ahoy_media::tone::Tone;
use ahoy_model::{DeviceId, RingTone};
use tokio::task::JoinHandle;

pub(crate) struct Bell {
    device: DeviceId,
    number: u64,
    /// Owns the engine; aborting it stops the ring and closes the device.
    task: JoinHandle<()>,
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Bell {
    /// `number` comes back with what is reported. The volume is 0 to 1.
    pub(crate) fn ring(
        hardware: SharedHardware,
        device: DeviceId,
        (tone, volume): (RingTone, f32),
        number: u64,
        outlet: Outlet,
    ) -> Self {
        let id = device.clone();
        let task = tokio::spawn(async move {
            let error = play(hardware, id, tone, volume).await;
            let _ = outlet.send(Happening::Sound(SoundNews::Bell(number, error))).await;
        });
        Self { device, number, task }
    }

    pub(crate) fn device(&self) -> &DeviceId {
        &self.device
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// Returns when the device fails.
async fn play(hardware: SharedHardware, device: DeviceId, tone: RingTone, volume: f32) -> DeviceError {
    let speaker = match flat(in_thread("bell open", OPENING, move || hardware.speaker(&device)).await) {
        Ok(speaker) => speaker,
        Err(error) => return error,
    };
    let engine =
        SoundEngine::start(SoundConfig { processing: ProcessingSwitches::NONE, tone_volume: volume });
    let mut events = engine.ended();
    engine.set_speaker(Some(speaker));
    engine.play(Tone::Ring(tone));
    loop {
        match events.recv().await {
            Ok(SoundEvent::SpeakerEnded(_, error)) => return error,
            Ok(SoundEvent::EngineEnded) | Err(tokio::sync::broadcast::error::RecvError::Closed) => {
                return DeviceError::Broken("the sound thread ended".into());
            }
            Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
        }
    }
}
