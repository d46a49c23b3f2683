//! Showing a screen in a call: a leg beside it, which sends pictures, and the computer's sound if that is wanted
//! (WIRE.md 7.7).

use crate::call::{LiveCall, SCREEN};
use crate::command::Reply;
use crate::happening::Happening;
use crate::house::{Answered, House};
use ahoy_media::engine::{Camera, SoundConfig, SoundEngine, VoiceConfig};
use ahoy_media::hardware::{DeviceError, MicrophoneSource, SharedHardware};
use ahoy_media::processing::ProcessingSwitches;
use ahoy_model::{CallId, DeviceId, Problem, ProblemCode, ScreenInfo, ScreenKind};
use ahoy_signaling::CallInput;
use std::sync::Arc;
use std::time::Instant;

/// One screen that is shown.
pub(crate) struct Share {
    /// In this call.
    pub(crate) of: CallId,
    pub(crate) leg: LiveCall,
    /// Captures until it is dropped.
    _screen: Camera,
}

/// Asks the system for its screens, which may take its time.
pub(crate) fn list(hardware: SharedHardware, reply: Reply<Vec<ScreenInfo>>) -> Answered {
    Box::new(move || {
        tokio::task::spawn_blocking(move || {
            let mut screens = hardware.screens().unwrap_or_else(|error| {
                tracing::warn!(%error, "screens cannot be listed");
                Vec::new()
            });
            screens.push(ScreenInfo {
                id: DeviceId::new(TEST_PICTURE),
                kind: ScreenKind::MadeUp,
                name: "Test picture".into(),
                thumbnail: None,
            });
            // A reply that nobody waits for any more is no loss.
            let _ = reply.send(Ok(screens));
        });
    })
}

/// A screen for whoever has none.
const TEST_PICTURE: &str = "test:picture=1280x720@15";

/// The computer's sound has an engine of its own: nothing is cleaned from it, and it is no voice.
fn sound_of(source: Box<dyn MicrophoneSource>) -> Arc<SoundEngine> {
    let engine = SoundEngine::start(SoundConfig { processing: ProcessingSwitches::NONE, tone_volume: 0.0 });
    engine.set_voice(VoiceConfig { gain: 1.0, dtx: false, studio: true, comfort_noise: false });
    engine.set_microphone(Some(source));
    Arc::new(engine)
}

impl House {
    pub(crate) fn share_screen(
        &mut self,
        now: Instant,
        of: &CallId,
        source: DeviceId,
        sound: bool,
    ) -> Result<(), Problem> {
        let call = self.calls.get(of).ok_or(Problem::new(ProblemCode::CallUnknown))?;
        if !call.view(None).actions.share {
            let status = call.status();
            return Err(Problem::new(ProblemCode::CallNotPossible)
                .because(format_args!("no screen can be shared while the call is {status:?}")));
        }
        self.stop_sharing(now, of)?;
        let screen = Camera::start(self.camera.hardware(), source, SCREEN);
        let sound = sound.then(|| self.camera.hardware().system_sound()).flatten().map(sound_of);
        let id = CallId::random();
        let (ended, outlet, leg) = (screen.ended(), self.outlet.clone(), id.clone());
        tokio::spawn(async move {
            let error = ended.await;
            let _ = outlet.send(Happening::ScreenEnded(leg, error)).await;
        });
        let (mut errands, mut shares) = (Vec::new(), Vec::new());
        self.with_calls(|calls, room| {
            if let Some(call) = calls.get(of) {
                let (leg, wanted) = LiveCall::share(now, id, call, (screen.pictures(), sound), room);
                shares.push(Share { of: of.clone(), leg, _screen: screen });
                errands = wanted;
            }
        });
        for share in shares {
            self.calls.share(share);
        }
        self.run(now, errands);
        Ok(())
    }

    pub(crate) fn stop_sharing(&mut self, now: Instant, of: &CallId) -> Result<(), Problem> {
        if self.calls.get(of).is_none() {
            return Err(Problem::new(ProblemCode::CallUnknown));
        }
        let shown = self.calls.shares().iter().filter(|share| share.of == *of);
        let legs: Vec<CallId> = shown.map(|share| share.leg.id().clone()).collect();
        for leg in legs {
            self.input(now, &leg, CallInput::HangUp);
        }
        Ok(())
    }

    /// The screen is gone: a window was closed, or it cannot be captured at all.
    pub(crate) fn screen_ended(&mut self, now: Instant, leg: &CallId, error: &DeviceError) {
        let lives = |share: &&Share| share.leg.id() == leg && !share.leg.status().is_over();
        if !self.calls.shares().iter().any(|share| lives(&share)) {
            return;
        }
        tracing::info!(%error, "the shared screen has ended");
        self.input(now, leg, CallInput::HangUp);
        if *error != DeviceError::Ended {
            self.notice(Some(Problem::new(ProblemCode::MediaFailed).because(error)));
        }
    }
}
