use super::*;

fn info(kind: DeviceKind, id: &str) -> DeviceInfo {
    DeviceInfo { id: DeviceId::new(id), kind, name: format!("The {id}"), is_default: false }
}

fn devices(settings: &Settings) -> Devices {
    let mut devices = Devices { seats: DeviceKind::ALL.map(Seat::new) };
    devices.choose_again(settings);
    devices
}

#[test]
fn a_headset_goes_and_comes_back() {
    let kind = DeviceKind::Speaker;
    let settings = Settings { speaker: Some(DeviceId::new("headset")), ..Settings::default() };
    let mut devices = devices(&settings);
    let both = vec![info(kind, "box"), info(kind, "headset")];
    devices.put_listing(vec![(kind, both.clone())], &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("headset")));

    let told = devices.failed(kind, &DeviceId::new("headset"), DeviceState::Absent, "pulled out", &settings);
    let told = told.expect("a problem");
    assert_eq!((told.code, told.subject.as_deref()), (ProblemCode::SpeakerAbsent, Some("The headset")));
    assert_eq!(devices.effective(kind), Some(DeviceId::new("box")), "sound goes on elsewhere");
    devices.put_listing(vec![(kind, vec![info(kind, "box")])], &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("box")));
    devices.put_listing(vec![(kind, both)], &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("headset")), "and returns");
}

#[test]
fn a_failed_device_is_tried_again_when_chosen_again() {
    let kind = DeviceKind::Camera;
    let settings = Settings { camera: Some(DeviceId::new("test:picture")), ..Settings::default() };
    let mut devices = devices(&settings);
    assert_eq!(
        devices.effective(kind),
        Some(DeviceId::new("test:picture")),
        "made-up devices need no listing"
    );
    devices.failed(kind, &DeviceId::new("test:picture"), DeviceState::Hung, "no picture", &settings);
    assert_eq!(devices.effective(kind), None);
    assert_eq!(devices.choices(&settings)[0].state, DeviceState::Hung);
    devices.put_listing(vec![(kind, vec![])], &settings);
    assert_eq!(devices.effective(kind), None, "a listing does not mend it");
    devices.chosen(kind, &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("test:picture")));
}
