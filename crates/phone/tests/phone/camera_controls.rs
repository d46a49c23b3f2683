//! What can be adjusted at a camera itself: at once, for this camera, and again when it comes back.

use crate::support::{PATIENCE, TestPhone, space};
use ahoy_media::fake::{CameraFault, FakeHardware};
use ahoy_model::{CameraControl, DeviceId, DeviceInfo, DeviceKind, DeviceState, ProblemCode};
use ahoy_phone::{Event, Settings, TileId};
use std::sync::Arc;

const CAMERA: &str = "usb:1:2";

fn plug(hardware: &FakeHardware, id: &str, name: &str) {
    let (id, name) = (DeviceId::new(id), name.to_owned());
    let info = DeviceInfo { id, kind: DeviceKind::Camera, name, is_default: false, plugged: 0 };
    hardware.plug(info, DeviceId::new("test:picture=320x180@30,controls"));
}

async fn control(phone: &TestPhone, id: &str, is: impl Fn(&CameraControl) -> bool) -> CameraControl {
    let found = |control: &&CameraControl| control.id == id && is(control);
    phone.until(id, |s| s.camera_controls.iter().find(found).cloned()).await
}

/// Mean luma of what the self view shows, until it is as expected.
async fn looks(phone: &TestPhone, what: &str, expected: impl Fn(f64) -> bool) {
    let mut pictures = phone.handle.pictures(&TileId::SelfView).expect("a self view");
    let looking = async {
        loop {
            let picture = pictures.next().await.expect("pictures");
            let luma = picture.planes().0;
            let sum: u64 = luma.iter().map(|y| u64::from(*y)).sum();
            if expected(sum as f64 / luma.len() as f64) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("the picture is not {what}"));
}

fn choose(settings: &mut Settings, id: &str) {
    settings.camera = Some(DeviceId::new(id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_is_adjusted_while_it_runs_and_again_when_it_returns() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new());
    plug(&hardware, CAMERA, "Desk");
    plug(&hardware, "usb:other", "Door");
    let start = |config: &mut ahoy_phone::PhoneConfig| choose(&mut config.settings, CAMERA);
    let mut alice = TestPhone::start_with(&space, "alice", 1, 440, hardware.clone(), start).await;
    assert_eq!(alice.handle.snapshot().camera_controls, [], "none runs");
    let refused = alice.handle.set_camera_control("brightness".into(), 1.0).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::CameraAbsent);
    alice.handle.set_preview(true).await.unwrap();
    control(&alice, "brightness", |control| control.value == 0.0).await;
    looks(&alice, "as usual", |mean| (90.0..170.0).contains(&mean)).await;

    // At once, without opening the camera anew: the frames count on.
    let before = alice.codes(TileId::SelfView, 1).await[0].frame;
    alice.handle.set_camera_control("brightness".into(), -60.0).await.unwrap();
    control(&alice, "brightness", |control| control.value == -60.0).await;
    looks(&alice, "darker", |mean| mean < 90.0).await;
    alice.handle.set_camera_control("brightness".into(), -20.0).await.unwrap();
    control(&alice, "brightness", |control| control.value == -20.0).await;
    assert!(alice.codes(TileId::SelfView, 1).await[0].frame > before);

    // What the driver makes of it is what counts, and is said.
    assert!(control(&alice, "white_balance", |_| true).await.locked);
    alice.handle.set_camera_control("white_balance_auto".into(), 0.0).await.unwrap();
    control(&alice, "white_balance", |control| !control.locked).await;
    alice.handle.set_camera_control("white_balance".into(), 3240.0).await.unwrap();
    let told = |event| match event {
        Event::Notice(problem) if problem.code == ProblemCode::CameraControlRefused => problem.subject,
        _ => None,
    };
    assert_eq!(alice.event(told).await, "white_balance");
    control(&alice, "white_balance", |control| control.value == 3000.0).await;
    let kept = alice.handle.snapshot().settings.camera_tunings.clone();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].camera.as_str(), kept[0].tuning.0["white_balance"]), (CAMERA, 3000.0));

    // Another camera is not adjusted like this one.
    alice.handle.choose_device(DeviceKind::Camera, Some(DeviceId::new("usb:other"))).await.unwrap();
    control(&alice, "brightness", |control| control.value == 0.0).await;
    alice.handle.choose_device(DeviceKind::Camera, Some(DeviceId::new(CAMERA))).await.unwrap();
    control(&alice, "white_balance", |control| control.value == 3000.0 && !control.locked).await;

    // Pulled out, and plugged in at another place.
    hardware.unplug(&DeviceId::new(CAMERA));
    alice.until("no camera", |s| s.camera_controls.is_empty().then_some(())).await;
    plug(&hardware, "usb:elsewhere", "Desk");
    control(&alice, "brightness", |control| control.value == -20.0).await;

    alice.handle.reset_camera_controls().await.unwrap();
    control(&alice, "brightness", |control| control.value == 0.0).await;
    control(&alice, "white_balance_auto", |control| control.value == 1.0).await;
    assert!(alice.handle.snapshot().settings.camera_tunings.is_empty());
    alice.handle.shut_down().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_that_hangs_when_it_is_adjusted_is_a_camera_that_hangs() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new().with_camera_fault(CameraFault::HangsOnSetting));
    plug(&hardware, CAMERA, "Desk");
    let start = |config: &mut ahoy_phone::PhoneConfig| choose(&mut config.settings, CAMERA);
    let alice = TestPhone::start_with(&space, "alice", 1, 440, hardware, start).await;
    alice.handle.set_preview(true).await.unwrap();
    control(&alice, "brightness", |_| true).await;
    alice.handle.set_camera_control("brightness".into(), 9.0).await.unwrap();
    alice
        .until("the camera is given up", |s| {
            let camera = s.devices.choices.iter().find(|choice| choice.kind == DeviceKind::Camera)?;
            (camera.state == DeviceState::Hung && s.camera_controls.is_empty()).then_some(())
        })
        .await;
    alice.handle.shut_down().await.unwrap();
}
