//! One running camera: thread `camera` asks the driver, thread `camera-watch` gives up on a driver that hangs.

use super::tuner::{CameraControls, CameraWish, Tuner};
use super::worker;
use crate::hardware::{CameraFormat, DeviceError, SharedHardware};
use crate::look::{GaveUp, Look, Retouch};
use crate::picture::Picture;
use crate::slot::{SlotReader, slot};
use ahoy_model::DeviceId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::watch;

/// Longest wait for a camera to open.
const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// Longest wait for a picture.
const PICTURE_LIMIT: Duration = Duration::from_secs(3);
/// What a source is told to wait at most by itself.
const PATIENCE: Duration = Duration::from_secs(2);

enum Beat {
    Opened(CameraFormat),
    Picture(Picture),
    Ended(DeviceError),
    Stop,
}

/// A camera that runs until this is dropped or it ends by itself.
#[derive(Debug)]
pub struct Camera {
    pictures: SlotReader<Picture>,
    format: watch::Receiver<Option<CameraFormat>>,
    ended: watch::Receiver<Option<DeviceError>>,
    gave_up: watch::Receiver<GaveUp>,
    controls: watch::Receiver<CameraControls>,
    stop: Arc<AtomicBool>,
    beats: SyncSender<Beat>,
}

impl Camera {
    /// Opens the camera in the background. Never blocks.
    pub fn start(hardware: SharedHardware, id: DeviceId, wanted: CameraFormat) -> Self {
        let (look, wish) = (watch::channel(Look::default()).1, watch::channel(CameraWish::default()).1);
        Self::start_looking(hardware, id, wanted, look, wish)
    }

    /// The same; the camera is adjusted and every picture made to look as wished for at the time.
    pub fn start_looking(
        hardware: SharedHardware,
        id: DeviceId,
        wanted: CameraFormat,
        look: watch::Receiver<Look>,
        wish: watch::Receiver<CameraWish>,
    ) -> Self {
        let (gave_up_in, gave_up) = watch::channel(GaveUp::default());
        let (controls_in, controls) = watch::channel(CameraControls::default());
        let (pictures_in, pictures) = slot();
        let (format_in, format) = watch::channel(None);
        let (ended_in, ended) = watch::channel(None);
        let (beats, heard) = sync_channel::<Beat>(2);
        let stop = Arc::new(AtomicBool::new(false));

        let (to_watch, stopped, camera_id) = (beats.clone(), stop.clone(), id.clone());
        let (driver_ended, _) = watch::channel(None);
        worker::spawn("camera", driver_ended, (), move || {
            // Told even when the driver panics.
            let _told = ToldOnDrop(to_watch.clone());
            let ways = Ways { look, gave_up: gave_up_in, wish, controls: controls_in };
            let error = drive(&hardware, &camera_id, wanted, ways, &to_watch, &stopped);
            // The watcher may have given up already.
            let _ = to_watch.send(Beat::Ended(error));
        });

        let stopped = stop.clone();
        worker::spawn(
            "camera-watch",
            ended_in,
            DeviceError::Broken("the camera's thread panicked".into()),
            move || {
                let mut limit = OPEN_LIMIT;
                let end = loop {
                    match heard.recv_timeout(limit) {
                        Ok(Beat::Opened(opened)) => {
                            format_in.send_replace(Some(opened));
                            limit = PICTURE_LIMIT;
                        }
                        Ok(Beat::Picture(picture)) => pictures_in.put(picture),
                        Ok(Beat::Ended(error)) => break error,
                        Ok(Beat::Stop) | Err(RecvTimeoutError::Disconnected) => break DeviceError::Ended,
                        Err(RecvTimeoutError::Timeout) => break DeviceError::Hung,
                    }
                };
                stopped.store(true, Ordering::Relaxed);
                tracing::debug!(camera = id.as_str(), %end, "camera ended");
                end
            },
        );
        Self { pictures, format, ended, gave_up, controls, stop, beats }
    }

    /// A reader of the newest picture. Readers see `None` when the camera has ended.
    pub fn pictures(&self) -> SlotReader<Picture> {
        self.pictures.clone()
    }

    /// What the camera delivers, once it is open.
    pub fn format(&self) -> Option<CameraFormat> {
        *self.format.borrow()
    }

    /// Resolves when the camera is open and tells its format; `None` if it ended before.
    pub fn opened(&self) -> impl Future<Output = Option<CameraFormat>> + Send + use<> {
        worker::wait(&self.format)
    }

    /// What of the look was too much for this computer.
    pub fn gave_up(&self) -> watch::Receiver<GaveUp> {
        self.gave_up.clone()
    }

    /// What can be adjusted at the camera itself, soon after its first picture and after every change.
    pub fn controls(&self) -> watch::Receiver<CameraControls> {
        self.controls.clone()
    }

    /// Resolves when the camera has ended, with the reason (`Ended` after a drop).
    pub fn ended(&self) -> impl Future<Output = DeviceError> + Send + use<> {
        let end = worker::wait(&self.ended);
        async move { end.await.unwrap_or(DeviceError::Ended) }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Full means that pictures flow, and then the flag is seen with the next one.
        let _ = self.beats.try_send(Beat::Stop);
    }
}

struct ToldOnDrop(SyncSender<Beat>);

impl Drop for ToldOnDrop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.send(Beat::Ended(DeviceError::Broken("the driver panicked".into())));
        }
    }
}

/// Wishes in, and what came of them out.
struct Ways {
    look: watch::Receiver<Look>,
    gave_up: watch::Sender<GaveUp>,
    wish: watch::Receiver<CameraWish>,
    controls: watch::Sender<CameraControls>,
}

fn drive(
    hardware: &SharedHardware,
    id: &DeviceId,
    wanted: CameraFormat,
    mut ways: Ways,
    beats: &SyncSender<Beat>,
    stopped: &AtomicBool,
) -> DeviceError {
    let mut camera = match hardware.camera(id) {
        Ok(camera) => camera,
        Err(error) => return error,
    };
    match camera.open(wanted) {
        Ok(format) => {
            if beats.send(Beat::Opened(format)).is_err() {
                return DeviceError::Ended;
            }
        }
        Err(error) => return error,
    }
    let mut retouch = Retouch::new();
    let mut tuner = Tuner::default();
    ways.wish.mark_changed();
    while !stopped.load(Ordering::Relaxed) {
        match camera.next(PATIENCE) {
            Ok(picture) => {
                let picture = retouch.apply(picture, *ways.look.borrow());
                ways.gave_up
                    .send_if_modified(|told| std::mem::replace(told, retouch.gave_up()) != retouch.gave_up());
                if beats.send(Beat::Picture(picture)).is_err() {
                    return DeviceError::Ended;
                }
                // Only now: reading what a camera offers takes some of them longer than a picture.
                if ways.wish.has_changed().unwrap_or(false) {
                    let wish = ways.wish.borrow_and_update().clone();
                    ways.controls.send_replace(tuner.follow(camera.as_mut(), &wish));
                }
            }
            Err(error) => return error,
        }
    }
    DeviceError::Ended
}
