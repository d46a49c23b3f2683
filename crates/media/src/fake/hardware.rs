//! A machine with made-up devices only, which can be plugged in and out.

use super::fault::{CameraFault, FaultyCamera};
use super::microphone::MadeUpMicrophone;
use super::speaker::MadeUpSpeaker;
use crate::hardware::{CameraFormat, CameraSource, DeviceError, Hardware, MicrophoneSource, SpeakerSink};
use crate::picture::Picture;
use ahoy_model::{CameraControl, DeviceId, DeviceInfo, DeviceKind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

#[derive(Clone)]
struct Plugged {
    info: DeviceInfo,
    acts_as: DeviceId,
    fault: Option<CameraFault>,
    unplugged: Arc<AtomicBool>,
}

/// Opens `test:` and `file:` ids, and whatever was plugged in.
pub struct FakeHardware {
    plugged: Mutex<Vec<Plugged>>,
    camera_fault: Option<CameraFault>,
    changes: watch::Sender<u64>,
    pluggings: AtomicU64,
}

impl Default for FakeHardware {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeHardware {
    /// Lists nothing at first.
    pub fn new() -> Self {
        Self {
            plugged: Mutex::default(),
            camera_fault: None,
            changes: watch::channel(0).0,
            pluggings: AtomicU64::default(),
        }
    }

    /// Every camera opened here goes wrong in this way.
    pub fn with_camera_fault(mut self, fault: CameraFault) -> Self {
        self.camera_fault = Some(fault);
        self
    }

    /// Plugs in a device that is listed as `info` and behaves like the made-up id `acts_as`.
    pub fn plug(&self, info: DeviceInfo, acts_as: DeviceId) {
        self.plug_with(info, acts_as, None);
    }

    /// The same with a camera that goes wrong in this way until it is pulled out.
    pub fn plug_faulty(&self, info: DeviceInfo, acts_as: DeviceId, fault: CameraFault) {
        self.plug_with(info, acts_as, Some(fault));
    }

    fn plug_with(&self, info: DeviceInfo, acts_as: DeviceId, fault: Option<CameraFault>) {
        let info = DeviceInfo { plugged: self.pluggings.fetch_add(1, Ordering::Relaxed), ..info };
        let mut plugged = self.lock();
        plugged.retain(|device| device.info.id != info.id);
        plugged.push(Plugged { info, acts_as, fault, unplugged: Arc::default() });
        drop(plugged);
        self.changes.send_modify(|count| *count += 1);
    }

    /// From its next opening on, nothing goes wrong with this device any more. Nobody is told.
    pub fn mend(&self, id: &DeviceId) {
        for device in self.lock().iter_mut().filter(|device| device.info.id == *id) {
            device.fault = None;
        }
    }

    /// Pulls a device out; what runs on it ends with `Absent`.
    pub fn unplug(&self, id: &DeviceId) {
        self.lock().retain(|device| {
            let stays = device.info.id != *id;
            if !stays {
                device.unplugged.store(true, Ordering::Relaxed);
            }
            stays
        });
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Plugged>> {
        self.plugged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The device behind an id.
    fn resolve(&self, id: &DeviceId, kind: DeviceKind) -> Result<Plugged, DeviceError> {
        if id.is_made_up() {
            let info = DeviceInfo {
                id: id.clone(),
                kind,
                name: id.as_str().to_owned(),
                is_default: false,
                plugged: 0,
            };
            return Ok(Plugged { info, acts_as: id.clone(), fault: None, unplugged: Arc::default() });
        }
        let plugged = self.lock();
        let device = plugged.iter().find(|device| device.info.id == *id && device.info.kind == kind);
        device.cloned().ok_or(DeviceError::Absent)
    }
}

/// A camera that can be pulled out.
struct PluggedCamera {
    camera: Box<dyn CameraSource>,
    unplugged: Arc<AtomicBool>,
}

impl CameraSource for PluggedCamera {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        self.camera.open(wanted)
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        if self.unplugged.load(Ordering::Relaxed) {
            return Err(DeviceError::Absent);
        }
        self.camera.next(patience)
    }

    fn controls(&mut self) -> Result<Vec<CameraControl>, DeviceError> {
        self.camera.controls()
    }

    fn set_control(&mut self, id: &str, value: f64) -> Result<(), DeviceError> {
        self.camera.set_control(id, value)
    }
}

impl Hardware for FakeHardware {
    fn list(&self, kind: DeviceKind) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(self
            .lock()
            .iter()
            .filter(|device| device.info.kind == kind)
            .map(|device| device.info.clone())
            .collect())
    }

    fn camera(&self, id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError> {
        let Plugged { acts_as, fault, unplugged, .. } = self.resolve(id, DeviceKind::Camera)?;
        let camera = super::open_camera(&acts_as)?;
        let camera: Box<dyn CameraSource> = Box::new(PluggedCamera { camera, unplugged: unplugged.clone() });
        Ok(match fault.or_else(|| self.camera_fault.clone()) {
            Some(fault) => Box::new(FaultyCamera::new(camera, fault).unplugged_by(unplugged)),
            None => camera,
        })
    }

    fn microphone(&self, id: &DeviceId) -> Result<Box<dyn MicrophoneSource>, DeviceError> {
        let Plugged { acts_as, unplugged, .. } = self.resolve(id, DeviceKind::Microphone)?;
        Ok(Box::new(MadeUpMicrophone::new(super::microphone_signal(&acts_as)?).unplugged_by(unplugged)))
    }

    fn speaker(&self, id: &DeviceId) -> Result<Box<dyn SpeakerSink>, DeviceError> {
        let Plugged { acts_as, unplugged, .. } = self.resolve(id, DeviceKind::Speaker)?;
        Ok(Box::new(MadeUpSpeaker::new(super::recording(&acts_as)?).unplugged_by(unplugged)))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
