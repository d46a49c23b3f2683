//! The owner of the camera: it runs while somebody needs it, and its pictures go into one slot that outlives every
//! change of device, so that neither the self view nor a call has to follow.

use crate::happening::{Happening, Outlet};
use ahoy_media::Picture;
use ahoy_media::engine::{Camera, CameraControls, CameraWish};
use ahoy_media::hardware::{CameraFormat, DeviceError, SharedHardware};
use ahoy_media::look::{GaveUp, Look};
use ahoy_media::slot::{SlotReader, SlotWriter, slot};
use ahoy_model::{CameraControl, DeviceId, DeviceState, Tuning};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the camera's task reports.
#[derive(Debug)]
pub(crate) enum CameraNews {
    /// This is what it delivers from now on: told with the first picture, and whenever its size is another one.
    Running(CameraFormat),
    /// This is what can be adjusted at it, and what came of it.
    Controls(CameraControls),
    /// This is too much for this computer.
    TooMuch(GaveUp),
    /// It stopped by itself.
    Ended(DeviceError),
}

/// What comes of a report.
#[derive(Debug)]
pub(crate) enum CameraTurn {
    /// The present device has ended.
    Lost(DeviceId, DeviceError),
    /// It could not do what was wanted and is asked for this now.
    Reduced(CameraFormat),
    /// This is no longer done with pictures.
    TooMuch(GaveUp),
    /// These controls are at other values than was wished for.
    Refused(DeviceId, Vec<CameraControl>),
}

/// One opening of one device.
#[derive(Debug)]
struct Opening {
    id: DeviceId,
    /// What the house wants, and what is asked for now.
    wanted: CameraFormat,
    asked: CameraFormat,
    delivers: Option<CameraFormat>,
    state: DeviceState,
    wish: watch::Sender<CameraWish>,
    controls: Vec<CameraControl>,
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
    look: watch::Sender<Look>,
    /// Tells the word of an old opening from that of the present one.
    generation: u64,
    opening: Option<Opening>,
}

impl CameraRoom {
    pub(crate) fn new(hardware: SharedHardware, outlet: Outlet) -> Self {
        let (pictures, _) = slot();
        let look = watch::channel(Look::default()).0;
        Self { hardware, outlet, pictures: Arc::new(pictures), look, generation: 0, opening: None }
    }

    pub(crate) fn hardware(&self) -> SharedHardware {
        self.hardware.clone()
    }

    /// A reader that lives as long as the phone and waits while the camera is off.
    pub(crate) fn reader(&self) -> SlotReader<Picture> {
        self.pictures.reader()
    }

    /// Turned, mirrored or brighter from the next picture on.
    pub(crate) fn set_look(&mut self, look: Look) {
        self.look.send_if_modified(|old| std::mem::replace(old, look) != look);
    }

    /// Everything that can be adjusted goes back to the driver's usual value.
    pub(crate) fn reset_controls(&mut self) {
        if let Some(opening) = &self.opening {
            opening.wish.send_modify(|wish| {
                *wish = CameraWish { tuning: Tuning::default(), resets: wish.resets.wrapping_add(1) };
            });
        }
    }

    /// The camera that is open, and what can be adjusted at it.
    pub(crate) fn controls(&self) -> Option<(&DeviceId, &[CameraControl])> {
        self.opening.as_ref().map(|opening| (&opening.id, opening.controls.as_slice()))
    }

    /// Brings the camera to what is wanted: this device in this format, or off; adjusted like this.
    pub(crate) fn want(&mut self, wanted: Option<(DeviceId, CameraFormat)>, tuning: Tuning) {
        let same =
            |opening: &Opening| wanted.as_ref().is_some_and(|w| w.0 == opening.id && w.1 == opening.wanted);
        if let Some(opening) = self.opening.as_ref().filter(|opening| same(opening)) {
            opening.wish.send_if_modified(|old| {
                let changed = old.tuning != tuning;
                old.tuning = tuning;
                changed
            });
            return;
        }
        if self.opening.is_none() && wanted.is_none() {
            return;
        }
        self.opening = None;
        self.generation += 1;
        if let Some((id, format)) = wanted {
            self.open(id, format, format, tuning);
        }
    }

    /// Opens this device anew if it is in use; what was opened as it is no longer heard.
    pub(crate) fn reopen(&mut self, id: &DeviceId) {
        if let Some(old) = self.opening.take_if(|opening| opening.id == *id) {
            let tuning = old.wish.borrow().tuning.clone();
            self.open(old.id.clone(), old.wanted, old.wanted, tuning);
        }
    }

    fn open(&mut self, id: DeviceId, wanted: CameraFormat, format: CameraFormat, tuning: Tuning) {
        self.generation += 1;
        tracing::info!(camera = id.as_str(), ?format, "opening");
        let look = self.look.subscribe();
        // Of its own, so that one camera is never adjusted as another one should be.
        let (wish, wished) = watch::channel(CameraWish { tuning, resets: 0 });
        let camera = Camera::start_looking(self.hardware.clone(), id.clone(), format, look, wished);
        let task = tokio::spawn(run(camera, self.pictures.clone(), self.generation, self.outlet.clone()));
        let state = DeviceState::Opening;
        let controls = Vec::new();
        self.opening =
            Some(Opening { id, wanted, asked: format, delivers: None, state, wish, controls, task });
    }

    /// A report about the present device.
    pub(crate) fn news(&mut self, generation: u64, news: CameraNews) -> Option<CameraTurn> {
        if generation != self.generation {
            return None;
        }
        match news {
            CameraNews::Running(delivers) => {
                if let Some(opening) = &mut self.opening {
                    opening.state = DeviceState::Running;
                    opening.delivers = Some(delivers);
                }
                None
            }
            CameraNews::Controls(told) => {
                let opening = self.opening.as_mut()?;
                opening.controls = told.list;
                let refused = |control: &&CameraControl| told.refused.contains(&control.id);
                let refused: Vec<_> = opening.controls.iter().filter(refused).cloned().collect();
                (!refused.is_empty()).then(|| CameraTurn::Refused(opening.id.clone(), refused))
            }
            CameraNews::TooMuch(what) => Some(CameraTurn::TooMuch(what)),
            CameraNews::Ended(error) => {
                let opening = self.opening.take()?;
                let strained = opening.state == DeviceState::Opening
                    && matches!(error, DeviceError::NoFormat | DeviceError::Broken(_));
                match less(opening.asked).filter(|_| strained) {
                    Some(format) => {
                        let tuning = opening.wish.borrow().tuning.clone();
                        self.open(opening.id.clone(), opening.wanted, format, tuning);
                        Some(CameraTurn::Reduced(format))
                    }
                    None => Some(CameraTurn::Lost(opening.id.clone(), error)),
                }
            }
        }
    }

    /// What the camera delivers, once a picture came.
    pub(crate) fn delivers(&self) -> Option<CameraFormat> {
        self.opening.as_ref().and_then(|opening| opening.delivers)
    }

    pub(crate) fn state(&self) -> DeviceState {
        self.opening.as_ref().map_or(DeviceState::Idle, |opening| opening.state)
    }
}

/// The next thing to ask of a camera that could not do this: fewer lines, then fewer pictures.
fn less(format: CameraFormat) -> Option<CameraFormat> {
    match format {
        CameraFormat { height, fps, .. } if height > 720 => {
            Some(CameraFormat { width: 1280, height: 720, fps })
        }
        CameraFormat { height, fps, .. } if height > 360 => {
            Some(CameraFormat { width: 640, height: 360, fps })
        }
        CameraFormat { fps, .. } if fps > 15 => Some(CameraFormat { fps: 15, ..format }),
        _ => None,
    }
}

/// Hands pictures on until the camera ends or the task is aborted.
async fn run(camera: Camera, out: Arc<SlotWriter<Picture>>, generation: u64, outlet: Outlet) {
    let mut pictures = camera.pictures();
    let mut ended = std::pin::pin!(camera.ended());
    let (mut gave_up, mut controls) = (camera.gave_up(), camera.controls());
    let mut size = (0, 0);
    let error = loop {
        tokio::select! {
            picture = pictures.next() => match picture {
                Some(picture) => {
                    let now = (picture.width(), picture.height());
                    out.put(picture);
                    // What counts is what comes, whatever the camera promised.
                    if std::mem::replace(&mut size, now) != now {
                        let fps = camera.format().map_or(0, |format| format.fps);
                        let delivers = CameraFormat { width: now.0, height: now.1, fps };
                        let _ = outlet.send(Happening::Camera(generation, CameraNews::Running(delivers))).await;
                    }
                }
                None => break ended.await,
            },
            Ok(()) = gave_up.changed() => {
                let what = *gave_up.borrow_and_update();
                if what != GaveUp::default() {
                    let _ = outlet.send(Happening::Camera(generation, CameraNews::TooMuch(what))).await;
                }
            }
            Ok(()) = controls.changed() => {
                let told = controls.borrow_and_update().clone();
                let _ = outlet.send(Happening::Camera(generation, CameraNews::Controls(told))).await;
            }
            error = &mut ended => break error,
        }
    };
    let _ = outlet.send(Happening::Camera(generation, CameraNews::Ended(error))).await;
}
