//! The one door to this computer's devices.

use crate::camera::SystemCamera;
use crate::camera_list;
use crate::microphone::SystemMicrophone;
use crate::screen;
use crate::sound_list::SoundList;
use crate::speaker::SystemSpeaker;
use crate::watch::{Changes, Watch};
use ahoy_media::{CameraSource, DeviceError, Hardware, MicrophoneSource, SpeakerSink, fake};
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind, ScreenInfo};
use std::sync::Arc;
use tokio::sync::watch;

/// The devices that the system offers, and besides them the made-up ones (`test:…`, `file:…`), which are opened like
/// any other but not listed.
pub struct SystemHardware {
    changes: Changes,
    cameras: Watch,
    sound: Watch,
}

impl SystemHardware {
    /// Starts to look for devices, on threads that end when this is dropped. Returns at once.
    pub fn start() -> Arc<Self> {
        let changes = Changes::default();
        // One watch each: a camera's driver that hangs must not hide a headset.
        let cameras = Watch::start("list-cameras", changes.clone(), || Ok(camera_list::list()));
        let mut list = SoundList::default();
        let sound = Watch::start("list-sound", changes.clone(), move || list.look());
        #[cfg(target_os = "linux")]
        crate::sound_news::listen(sound.nudge());
        Arc::new(Self { changes, cameras, sound })
    }
}

impl Hardware for SystemHardware {
    /// What the last look found. Only before the first look has ended this waits, and then at most 3 s.
    ///
    /// # Errors
    /// `Hung` when the first look takes longer.
    fn list(&self, kind: DeviceKind) -> Result<Vec<DeviceInfo>, DeviceError> {
        match kind {
            DeviceKind::Camera => self.cameras.found(kind),
            DeviceKind::Microphone | DeviceKind::Speaker => self.sound.found(kind),
            DeviceKind::Ringer => Ok(Vec::new()),
        }
    }

    fn screens(&self) -> Result<Vec<ScreenInfo>, DeviceError> {
        screen::list()
    }

    fn camera(&self, id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError> {
        match id {
            made_up if made_up.is_made_up() => fake::open_camera(made_up),
            shown if screen::is_screen(shown) => screen::source(shown),
            camera => Ok(Box::new(SystemCamera::new(camera.clone()))),
        }
    }

    fn microphone(&self, id: &DeviceId) -> Result<Box<dyn MicrophoneSource>, DeviceError> {
        if id.is_made_up() {
            fake::open_microphone(id)
        } else {
            Ok(Box::new(SystemMicrophone::new(id.clone())))
        }
    }

    fn speaker(&self, id: &DeviceId) -> Result<Box<dyn SpeakerSink>, DeviceError> {
        if id.is_made_up() { fake::open_speaker(id) } else { Ok(Box::new(SystemSpeaker::new(id.clone()))) }
    }

    /// Where there is a sound server.
    #[cfg(target_os = "linux")]
    fn system_sound(&self) -> Option<Box<dyn MicrophoneSource>> {
        let speakers = self.list(DeviceKind::Speaker).unwrap_or_default();
        let has_server = speakers.iter().any(|speaker| crate::pulse::name_of(&speaker.id).is_some());
        has_server.then(|| Box::new(crate::system_sound::SystemSound::default()) as Box<dyn MicrophoneSource>)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
