//! nokhwa against a virtual camera: a picture of snow that PipeWire hands out, behind its stand-in for Video4Linux.
#![cfg(target_os = "linux")]

#[path = "camera/pipewire.rs"]
mod pipewire;

use ahoy_devices::SystemHardware;
use ahoy_media::{CameraFormat, CameraSource, Hardware, Picture};
use ahoy_model::{CameraControl, ControlKind, ControlName, DeviceId, DeviceKind};
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
    adjusts(camera.as_mut());
    camera.next(Duration::from_secs(2)).expect("pictures still come");
    let moves = pictures.windows(2).filter(|pair| pair[0].planes().0 != pair[1].planes().0).count();
    assert!(moves > 12, "only {moves} of 24 pictures differ from the one before");
}

/// While it runs.
fn adjusts(camera: &mut dyn CameraSource) {
    let read = |camera: &mut dyn CameraSource| -> [CameraControl; 4] {
        let controls = camera.controls().expect("controls");
        controls.try_into().unwrap_or_else(|other| panic!("not four: {other:#?}"))
    };
    let [brightness, auto, lamps, warmth] = read(camera);
    assert_eq!(
        (brightness.name, brightness.id.as_str(), brightness.value),
        (ControlName::Brightness, "00980900", 0.0)
    );
    assert_eq!(brightness.kind, ControlKind::Range { min: -64.0, max: 64.0, step: 1.0, default: 0.0 });
    assert_eq!(
        (auto.name, auto.kind.clone()),
        (ControlName::AutoWhiteBalance, ControlKind::Switch { default: 1.0 })
    );
    let ControlKind::Menu { items, default: 1.0 } = &lamps.kind else { panic!("{lamps:?}") };
    let items: Vec<_> = items.iter().map(|item| (item.value, item.label.as_str())).collect();
    assert_eq!(items, [(0.0, "Disabled"), (1.0, "50 Hz"), (3.0, "Auto")], "one is left out by the driver");
    assert!(warmth.locked && !brightness.locked);

    assert!(camera.set_control(&warmth.id, 3000.0).is_err(), "it does this by itself");
    assert!(camera.set_control("00980fff", 1.0).is_err() && camera.set_control("zoom", 1.0).is_err());
    camera.set_control(&auto.id, 0.0).expect("off");
    camera.set_control(&warmth.id, 3141.0).expect("set");
    camera.set_control(&brightness.id, 1000.0).expect("set to what there is");
    let [brightness, auto, _, warmth] = read(camera);
    assert_eq!((brightness.value, auto.value, warmth.value, warmth.locked), (64.0, 0.0, 3100.0, false));
}
