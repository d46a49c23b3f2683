//! A camera that goes wrong in a chosen way.

use crate::convert::Scaler;
use crate::hardware::{CameraFormat, CameraSource, DeviceError};
use crate::picture::Picture;
use ahoy_model::CameraControl;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What goes wrong, and after how many pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraFault {
    HangsOnOpen,
    FailsOnOpen(DeviceError),
    /// Refuses more lines or pictures a second than these.
    Overstrained(u32, u32),
    HangsAfter(u32),
    FailsAfter(u32, DeviceError),
    PanicsAfter(u32),
    HangsOnSetting,
    /// Delivers another size (width, height) from then on.
    ChangesSizeAfter(u32, u32, u32),
}

/// A camera with a fault.
pub struct FaultyCamera {
    camera: Box<dyn CameraSource>,
    fault: CameraFault,
    pictures: u32,
    scaler: Scaler,
    unplugged: Arc<AtomicBool>,
}

impl FaultyCamera {
    pub fn new(camera: Box<dyn CameraSource>, fault: CameraFault) -> Self {
        Self { camera, fault, pictures: 0, scaler: Scaler::new(), unplugged: Arc::default() }
    }

    /// What hangs goes on when this becomes true.
    pub(super) fn unplugged_by(mut self, unplugged: Arc<AtomicBool>) -> Self {
        self.unplugged = unplugged;
        self
    }
}

/// As a broken driver does, until its device is pulled out; bounded so that tests leave no thread for ever.
fn hang(unplugged: &AtomicBool) -> DeviceError {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end && !unplugged.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(200));
    }
    DeviceError::Hung
}

impl CameraSource for FaultyCamera {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        match &self.fault {
            CameraFault::HangsOnOpen => Err(hang(&self.unplugged)),
            CameraFault::FailsOnOpen(error) => Err(error.clone()),
            CameraFault::Overstrained(lines, fps) if wanted.height > *lines || wanted.fps > *fps => {
                Err(DeviceError::NoFormat)
            }
            _ => self.camera.open(wanted),
        }
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        let picture = self.camera.next(patience)?;
        self.pictures += 1;
        let beyond = |after: u32| self.pictures > after;
        match &self.fault {
            CameraFault::HangsAfter(after) if beyond(*after) => Err(hang(&self.unplugged)),
            CameraFault::FailsAfter(after, error) if beyond(*after) => Err(error.clone()),
            CameraFault::PanicsAfter(after) if beyond(*after) => {
                // The point of this fault: a driver's panic must end the camera, not the phone.
                std::panic::panic_any("the driver panicked, as it was told to")
            }
            CameraFault::ChangesSizeAfter(after, width, height) if beyond(*after) => {
                let (width, height) = (*width, *height);
                self.scaler.scale(&picture, width, height).ok_or(DeviceError::NoFormat)
            }
            _ => Ok(picture),
        }
    }

    fn controls(&mut self) -> Result<Vec<CameraControl>, DeviceError> {
        self.camera.controls()
    }

    fn set_control(&mut self, id: &str, value: f64) -> Result<(), DeviceError> {
        match self.fault {
            CameraFault::HangsOnSetting => Err(hang(&self.unplugged)),
            _ => self.camera.set_control(id, value),
        }
    }
}
