//! The owner of the camera: it runs while somebody needs it, and its pictures go into one slot that outlives every
//! change of device, so that neither the self view nor a call has to follow.

use crate::happening::{Happening, Outlet};
use ahoy_media::Picture;
use ahoy_media::engine::Camera;
use ahoy_media::hardware::{CameraFormat, DeviceError, SharedHardware};
use ahoy_media::slot::{SlotReader, SlotWriter, slot};
use ahoy_model::{DeviceId, DeviceState};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What the camera's task reports.
#[derive(Debug)]
pub(crate) enum CameraNews {
    /// The first picture is there.
    Running,
    /// It stopped by itself.
    Ended(DeviceError),
}

/// One opening of one device.
#[derive(Debug)]
struct Opening {
    id: DeviceId,
    format: CameraFormat,
    state: DeviceState,
    /// Owns the device; aborting it closes the device.
    task: JoinHandle<()>,
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) struct CameraRoom {
    hardware: SharedHardware,
    outlet: Outlet,
    pictures: Arc<SlotWriter<Picture>>,
    /// Tells the word of an old opening from that of the present one.
    generation: u64,
    opening: Option<Opening>,
}

impl CameraRoom {
    pub(crate) fn new(hardware: SharedHardware, outlet: Outlet) -> Self {
        let (pictures, _) = slot();
        Self { hardware, outlet, pictures: Arc::new(pictures), generation: 0, opening: None }
    }

    pub(crate) fn hardware(&self) -> SharedHardware {
        self.hardware.clone()
    }

    /// A reader that lives as long as the phone and waits while the camera is off.
    pub(crate) fn reader(&self) -> SlotReader<Picture> {
        self.pictures.reader()
    }

    /// Brings the camera to what is wanted: this device in this format, or off.
    pub(crate) fn want(&mut self, wanted: Option<(DeviceId, CameraFormat)>) {
        let same =
            |opening: &Opening| wanted.as_ref().is_some_and(|w| w.0 == opening.id && w.1 == opening.format);
        if self.opening.as_ref().is_some_and(same) || (self.opening.is_none() && wanted.is_none()) {
            return;
        }
        self.opening = None;
        self.generation += 1;
        let Some((id, format)) = wanted else { return };
        tracing::info!(camera = id.as_str(), "opening");
        let camera = Camera::start(self.hardware.clone(), id.clone(), format);
        let task = tokio::spawn(run(camera, self.pictures.clone(), self.generation, self.outlet.clone()));
        self.opening = Some(Opening { id, format, state: DeviceState::Opening, task });
    }

    /// A report; `Some` when the present device has ended.
    pub(crate) fn news(&mut self, generation: u64, news: CameraNews) -> Option<(DeviceId, DeviceError)> {
        if generation != self.generation {
            return None;
        }
        match news {
            CameraNews::Running => {
                if let Some(opening) = &mut self.opening {
                    opening.state = DeviceState::Running;
                }
                None
            }
            CameraNews::Ended(error) => self.opening.take().map(|opening| (opening.id.clone(), error)),
        }
    }

    pub(crate) fn state(&self) -> DeviceState {
        self.opening.as_ref().map_or(DeviceState::Idle, |opening| opening.state)
    }
}

/// Hands pictures on until the camera ends or the task is aborted.
async fn run(camera: Camera, out: Arc<SlotWriter<Picture>>, generation: u64, outlet: Outlet) {
    let mut pictures = camera.pictures();
    let mut ended = std::pin::pin!(camera.ended());
    let mut first = true;
    let error = loop {
        tokio::select! {
            picture = pictures.next() => match picture {
                Some(picture) => {
                    out.put(picture);
                    if std::mem::take(&mut first) {
                        let _ = outlet.send(Happening::Camera(generation, CameraNews::Running)).await;
                    }
                }
                None => break ended.await,
            },
            error = &mut ended => break error,
        }
    };
    let _ = outlet.send(Happening::Camera(generation, CameraNews::Ended(error))).await;
}
