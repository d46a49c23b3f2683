//! The door to a camera's controls: orders wait for the thread that talks to the driver.

use ahoy_media::DeviceError;
use ahoy_model::CameraControl;
use nokhwa::Camera;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// How long a driver may take; together with a picture that is less than the engine waits for one.
const PATIENCE: Duration = Duration::from_millis(900);

/// Asks the driver's thread.
#[derive(Clone)]
pub struct Panel(SyncSender<Order>);

/// Something to do between two pictures.
pub enum Order {
    List(SyncSender<Vec<CameraControl>>),
    Set(String, f64, SyncSender<Result<(), DeviceError>>),
}

impl Panel {
    /// One order at a time: whoever finds another one waiting is told that the driver hangs.
    pub fn new() -> (Self, Receiver<Order>) {
        let (orders, received) = sync_channel(1);
        (Self(orders), received)
    }

    pub fn list(&self) -> Result<Vec<CameraControl>, DeviceError> {
        self.ask(Order::List)
    }

    pub fn set(&self, id: &str, value: f64) -> Result<(), DeviceError> {
        self.ask(|reply| Order::Set(id.to_owned(), value, reply))?
    }

    fn ask<T>(&self, order: impl FnOnce(SyncSender<T>) -> Order) -> Result<T, DeviceError> {
        let (reply, answer) = sync_channel(1);
        self.0.try_send(order(reply)).map_err(|_| DeviceError::Hung)?;
        answer.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => DeviceError::Hung,
            RecvTimeoutError::Disconnected => DeviceError::Broken("its driver has ended".into()),
        })
    }
}

/// On the driver's thread: does what waits. Who asked may have gone.
pub fn obey(orders: &Receiver<Order>, camera: &mut Camera) {
    while let Ok(order) = orders.try_recv() {
        match order {
            Order::List(reply) => drop(reply.try_send(list(camera))),
            Order::Set(id, value, reply) => drop(reply.try_send(set(camera, &id, value))),
        }
    }
}

/// `/dev/videoN`
#[cfg(target_os = "linux")]
fn number(camera: &Camera) -> Result<u32, DeviceError> {
    use nokhwa::utils::CameraIndex;
    match camera.index() {
        CameraIndex::Index(number) => Ok(*number),
        CameraIndex::String(_) => Err(DeviceError::Absent),
    }
}

#[cfg(target_os = "linux")]
fn list(camera: &Camera) -> Vec<CameraControl> {
    use crate::camera_controls_linux::Controls;
    let controls = number(camera).and_then(Controls::open);
    controls.map(|controls| controls.list()).unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn set(camera: &mut Camera, id: &str, value: f64) -> Result<(), DeviceError> {
    crate::camera_controls_linux::Controls::open(number(camera)?)?.set(id, value)
}

#[cfg(windows)]
use crate::camera_controls_windows::{list, set};

/// macOS lets no program adjust a camera, and nokhwa would ask for what only telephones answer.
#[cfg(target_os = "macos")]
fn list(_: &Camera) -> Vec<CameraControl> {
    Vec::new()
}

#[cfg(target_os = "macos")]
fn set(_: &mut Camera, _: &str, _: f64) -> Result<(), DeviceError> {
    Err(DeviceError::Broken("it has no such control".into()))
}
