//! nokhwa against a virtual camera: a picture of snow that PipeWire hands out, behind its stand-in for Video4Linux.
#![cfg(target_os = "linux")]

#[path = "camera/pipewire.rs"]
mod pipewire;

use ahoy_devices::SystemHardware;
use ahoy_media::{CameraFormat, Hardware, Picture};
use ahoy_model::{DeviceId, DeviceKind};
use pipewire::Cameras;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn pictures_come_from_a_virtual_camera() {
    let Some(cameras) = Cameras::start() else {
        eprintln!("skipped: PipeWire with its stand-in for Video4Linux is not installed");
        return;
    };
    // The stand-in must be there before the program starts, so the part that uses it is a program of its own.
    let mut inside = cameras
        .command(&std::env::current_exe().expect("its own path"))
        .args(["--exact", "inside", "--ignored", "--nocapture"])
        .spawn()
        .expect("it starts");
    let end = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = inside.try_wait().expect("a child") {
            break Some(status);
        }
        if Instant::now() > end {
            break None;
        }
        cameras.join();
        std::thread::sleep(Duration::from_millis(50));
    };
    let _ = inside.kill();
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
}

#[test]
#[ignore = "started by the other one, which brings a camera"]
fn inside() {
    let hardware = SystemHardware::start();
    let cameras = hardware.list(DeviceKind::Camera).expect("a list");
    let [camera] = cameras.as_slice() else { panic!("not one camera: {cameras:?}") };
    assert_eq!(camera.name, "Snow");
    takes_pictures(&hardware, &camera.id);
    // It was let go, so it opens again. (Pictures come only once: GStreamer's source has none for a second taker.)
    let mut again = hardware.camera(&camera.id).expect("a camera");
    again.open(CameraFormat::HD).expect("it opens again");
}

fn takes_pictures(hardware: &SystemHardware, id: &DeviceId) {
    let mut camera = hardware.camera(id).expect("a camera");
    let format = camera.open(CameraFormat::HD).expect("it opens");
    assert_eq!(format, CameraFormat { width: 640, height: 360, fps: 30 }, "the only one that it has");
    let start = Instant::now();
    let pictures: Vec<Picture> =
        (0..25).map(|_| camera.next(Duration::from_secs(2)).expect("a picture")).collect();
    eprintln!("{format:?}: 25 pictures in {:?}", start.elapsed());
    let luma: Vec<u8> = pictures.iter().flat_map(|picture| picture.planes().0.to_vec()).collect();
    assert!(luma.iter().any(|value| *value > 180) && luma.iter().any(|value| *value < 40), "there is snow");
    let moves = pictures.windows(2).filter(|pair| pair[0].planes().0 != pair[1].planes().0).count();
    assert!(moves > 12, "only {moves} of 24 pictures differ from the one before");
}
