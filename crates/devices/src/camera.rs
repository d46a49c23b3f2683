//! A camera of this computer. Its driver is only touched by a thread of its own, which may hang without harm.

use crate::camera_format::ranked;
use crate::camera_list;
use crate::camera_panel::{Order, Panel, obey};
use ahoy_media::convert::{PixelFormat, RawPicture, to_i420};
use ahoy_media::{CameraFormat, CameraSource, DeviceError, Picture};
use ahoy_model::{CameraControl, DeviceId};
use nokhwa::utils::{FrameFormat, RequestedFormat, RequestedFormatType, frame_formats};
use nokhwa::{Camera, NokhwaError};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a driver may take to open; the first time on macOS the user is asked meanwhile.
const OPENING: Duration = Duration::from_secs(5);
/// How long the owner waits for the driver to let go, so that it can be opened again at once.
const CLOSING: Duration = Duration::from_millis(500);
/// Formats that are tried before we give up; drivers refuse some that they offer.
const TRIES: usize = 8;
/// Broken pictures in a row that are passed over.
const BROKEN: u32 = 30;

pub struct SystemCamera {
    id: DeviceId,
    driver: Option<Driver>,
}

impl SystemCamera {
    pub fn new(id: DeviceId) -> Self {
        Self { id, driver: None }
    }
}

impl CameraSource for SystemCamera {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        // The old one may hold the device.
        self.driver = None;
        let (driver, format) = Driver::start(self.id.clone(), wanted)?;
        self.driver = Some(driver);
        Ok(format)
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        self.driver.as_ref().ok_or(DeviceError::Absent)?.newest.take(patience)
    }

    fn controls(&mut self) -> Result<Vec<CameraControl>, DeviceError> {
        self.driver.as_ref().ok_or(DeviceError::Absent)?.panel.list()
    }

    fn set_control(&mut self, id: &str, value: f64) -> Result<(), DeviceError> {
        self.driver.as_ref().ok_or(DeviceError::Absent)?.panel.set(id, value)
    }
}

/// The thread that talks to the driver, seen from outside.
struct Driver {
    newest: Arc<Newest>,
    panel: Panel,
    stop: Arc<AtomicBool>,
    closed: Receiver<()>,
}

impl Driver {
    fn start(id: DeviceId, wanted: CameraFormat) -> Result<(Self, CameraFormat), DeviceError> {
        let newest = Arc::new(Newest::default());
        let stop = Arc::new(AtomicBool::new(false));
        let (opened, answer) = sync_channel(1);
        let (closing, closed) = sync_channel(0);
        let (panel, orders) = Panel::new();
        let driver = Self { newest: newest.clone(), panel, stop: stop.clone(), closed };
        let life = move || {
            // Dropped last, which tells the owner that the device is free.
            let _closing: SyncSender<()> = closing;
            match open(&id, wanted) {
                Ok((mut camera, format)) => {
                    if opened.try_send(Ok(format)).is_ok() {
                        deliver(&mut camera, &newest, &orders, &stop);
                    }
                }
                // Whoever waited too long has been told `Hung` by then.
                Err(error) => drop(opened.try_send(Err(error))),
            }
        };
        std::thread::Builder::new()
            .name("camera-driver".to_owned())
            .spawn(life)
            .map_err(|error| DeviceError::Broken(error.to_string()))?;
        match answer.recv_timeout(OPENING) {
            Ok(result) => result.map(|format| (driver, format)),
            Err(RecvTimeoutError::Timeout) => Err(DeviceError::Hung),
            Err(RecvTimeoutError::Disconnected) => Err(DeviceError::Broken("its driver panicked".to_owned())),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.closed.recv_timeout(CLOSING);
    }
}

/// The newest picture, or why there will be no more.
#[derive(Default)]
struct Newest {
    place: Mutex<Option<Result<Picture, DeviceError>>>,
    changed: Condvar,
}

impl Newest {
    fn put(&self, thing: Result<Picture, DeviceError>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(thing);
        self.changed.notify_all();
    }

    fn take(&self, patience: Duration) -> Result<Picture, DeviceError> {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut place, _) = self
            .changed
            .wait_timeout_while(place, patience, |place| place.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        match place.take() {
            None => Err(DeviceError::Hung),
            Some(Ok(picture)) => Ok(picture),
            // It stays so.
            Some(Err(error)) => {
                *place = Some(Err(error.clone()));
                Err(error)
            }
        }
    }
}

fn open(id: &DeviceId, wanted: CameraFormat) -> Result<(Camera, CameraFormat), DeviceError> {
    ask_for_permission()?;
    let index = camera_list::find(id)?;
    let any = RequestedFormat::with_formats(RequestedFormatType::None, frame_formats());
    let mut camera = Camera::new(index, any).map_err(|error| from_nokhwa(&error))?;
    let offered = camera.compatible_camera_formats().map_err(|error| from_nokhwa(&error))?;
    let mut last = DeviceError::NoFormat;
    for format in ranked(&offered, wanted).into_iter().take(TRIES) {
        let exact = RequestedFormat::with_formats(RequestedFormatType::Exact(format), frame_formats());
        match camera.set_camera_requset(exact).and_then(|_| camera.open_stream()) {
            Ok(()) => {
                tracing::debug!(?id, %format, "camera");
                let (width, height) = (format.width() & !1, format.height() & !1);
                return Ok((camera, CameraFormat { width, height, fps: format.frame_rate() }));
            }
            Err(error) => last = from_nokhwa(&error),
        }
    }
    Err(last)
}

/// Takes pictures until told to stop, or until there are no more.
fn deliver(camera: &mut Camera, newest: &Newest, orders: &Receiver<Order>, stop: &AtomicBool) {
    let mut broken = 0;
    while !stop.load(Ordering::Relaxed) {
        obey(orders, camera);
        let picture = match camera.frame() {
            Ok(buffer) => {
                let size = buffer.resolution();
                let raw = RawPicture {
                    format: pixel_format(buffer.source_frame_format()),
                    width: size.width(),
                    height: size.height(),
                    stride: 0,
                    data: buffer.buffer(),
                };
                to_i420(raw, Instant::now())
            }
            Err(error) => {
                newest.put(Err(from_nokhwa(&error)));
                break;
            }
        };
        match picture {
            Ok(picture) => {
                broken = 0;
                newest.put(Ok(picture));
            }
            // The first pictures of many webcams are cut off.
            Err(_) if broken < BROKEN => broken += 1,
            Err(error) => {
                newest.put(Err(DeviceError::Broken(error.to_string())));
                break;
            }
        }
    }
    if let Err(error) = camera.stop_stream() {
        tracing::debug!(%error, "the camera did not stop cleanly");
    }
}

fn pixel_format(format: FrameFormat) -> PixelFormat {
    match format {
        FrameFormat::MJPEG => PixelFormat::Mjpeg,
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::GRAY => PixelFormat::Gray,
        FrameFormat::RAWRGB => PixelFormat::Rgb,
        FrameFormat::RAWBGR => PixelFormat::Bgr,
    }
}

/// macOS asks the user once; elsewhere this is settled at once.
fn ask_for_permission() -> Result<(), DeviceError> {
    if nokhwa::nokhwa_check() {
        return Ok(());
    }
    let (answer, answered) = sync_channel(1);
    nokhwa::nokhwa_initialize(move |granted| {
        // Full only when it was answered before.
        let _ = answer.try_send(granted);
    });
    match answered.recv_timeout(OPENING) {
        Ok(true) => Ok(()),
        _ => Err(DeviceError::Denied),
    }
}

/// nokhwa keeps of the system's complaint only the words.
fn from_nokhwa(error: &NokhwaError) -> DeviceError {
    let words = error.to_string();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if says(&["os error 16)", "busy", "0x80070020", "0xC00D3704"]) {
        DeviceError::Busy
    } else if says(&["os error 13)", "os error 1)", "denied", "0x80070005"]) {
        DeviceError::Denied
    } else if says(&["os error 2)", "os error 6)", "os error 19)", "0xC00D3EA2"]) {
        DeviceError::Absent
    } else if says(&["Fufill"]) {
        DeviceError::NoFormat
    } else {
        DeviceError::Broken(words)
    }
}

#[cfg(test)]
#[path = "camera_tests.rs"]
mod tests;
