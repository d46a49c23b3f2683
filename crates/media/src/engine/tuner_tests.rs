use super::*;
use crate::fake::open_camera;
use ahoy_model::DeviceId;

fn camera() -> Box<dyn CameraSource> {
    open_camera(&DeviceId::new("test:picture=64x64,controls")).expect("made up")
}

fn wish(values: &[(&str, f64)], resets: u32) -> CameraWish {
    let tuning = Tuning(values.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect());
    CameraWish { tuning, resets }
}

fn value(controls: &CameraControls, id: &str) -> f64 {
    controls.list.iter().find(|control| control.id == id).expect("there").value
}

#[test]
fn what_is_remembered_is_set_in_an_order_in_which_it_can_be() {
    let (mut camera, mut tuner) = (camera(), Tuner::default());
    // By the alphabet the temperature would come before the switch that locks it.
    let wished = wish(&[("white_balance", 3000.0), ("white_balance_auto", 0.0), ("gone", 1.0)], 0);
    let controls = tuner.follow(camera.as_mut(), &wished);
    assert_eq!((value(&controls, "white_balance"), value(&controls, "white_balance_auto")), (3000.0, 0.0));
    assert_eq!(controls.refused, [""; 0], "one that this camera does not have is no refusal");
    let again = tuner.follow(camera.as_mut(), &wished);
    assert_eq!(again, controls);
}

#[test]
fn what_is_locked_waits_until_it_can_be_set() {
    let (mut camera, mut tuner) = (camera(), Tuner::default());
    let controls = tuner.follow(camera.as_mut(), &wish(&[("white_balance", 3000.0)], 0));
    assert_eq!(value(&controls, "white_balance"), 4500.0);
    assert!(controls.refused.is_empty() && controls.list.iter().any(|control| control.locked));
    let wished = wish(&[("white_balance", 3000.0), ("white_balance_auto", 0.0)], 0);
    assert_eq!(value(&tuner.follow(camera.as_mut(), &wished), "white_balance"), 3000.0);
}

#[test]
fn a_driver_that_rounds_or_lies_is_found_out_once() {
    let (mut camera, mut tuner) = (camera(), Tuner::default());
    let wished = wish(&[("white_balance_auto", 0.0), ("white_balance", 3240.0), ("tilt", 3600.0)], 0);
    let controls = tuner.follow(camera.as_mut(), &wished);
    assert_eq!(controls.refused, ["white_balance", "tilt"]);
    assert_eq!((value(&controls, "white_balance"), value(&controls, "tilt")), (3000.0, 0.0));
    assert!(tuner.follow(camera.as_mut(), &wished).refused.is_empty());
}

#[test]
fn back_to_the_usual_values() {
    let (mut camera, mut tuner) = (camera(), Tuner::default());
    // As some other program left it.
    camera.set_control("power_line", 2.0).expect("set");
    tuner.follow(camera.as_mut(), &wish(&[("brightness", 20.0), ("white_balance_auto", 0.0)], 0));
    let one_less = tuner.follow(camera.as_mut(), &wish(&[("white_balance_auto", 0.0)], 0));
    assert_eq!((value(&one_less, "brightness"), value(&one_less, "power_line")), (0.0, 2.0));
    let usual = tuner.follow(camera.as_mut(), &wish(&[], 1));
    assert!(usual.list.iter().all(|control| control.is_at(control.usual())), "{usual:?}");
    assert!(usual.refused.is_empty());
}
