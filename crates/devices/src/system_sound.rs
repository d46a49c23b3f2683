//! What the computer plays, without what we play ourselves: the sound that goes with a shared screen.
//!
//! On Linux the sound server gives it. Elsewhere the system's own mix can be had only with our voices in it, which would come
//! back to whoever said them, so there it is not offered.

use crate::pulse::hear_others;
use crate::sound_stream::{Signals, SoundStream};
use ahoy_media::{DeviceError, LeftRight, MicrophoneSource, SoundEnded};
use ahoy_model::{DeviceId, DeviceKind};

/// Runs from `start` until it is dropped.
#[derive(Default)]
pub struct SystemSound {
    stream: Option<SoundStream>,
}

impl MicrophoneSource for SystemSound {
    fn start(&mut self, mut out: rtrb::Producer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError> {
        self.stream = None;
        let hear = move |frame| {
            // Full: our side is late, and what comes now is dropped.
            let _ = out.push(frame);
        };
        let open = move |signals: &Signals| hear_others(hear, signals);
        // Of no device: who asks for it after its end is told that it is absent.
        let device = (DeviceId::none(), DeviceKind::Microphone);
        self.stream = Some(SoundStream::start(device, open, ended)?);
        Ok(())
    }

    fn needs_processing(&self) -> bool {
        false
    }
}
