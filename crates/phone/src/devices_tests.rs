use super::*;

fn info(kind: DeviceKind, id: &str) -> DeviceInfo {
    DeviceInfo { id: DeviceId::new(id), kind, name: format!("The {id}"), is_default: false, plugged: 0 }
}

fn devices(settings: &Settings) -> Devices {
    let (looks, _) = watch::channel(Looks::default());
    let seats = DeviceKind::ALL.map(Seat::new);
    let mut devices = Devices { seats, names: HashMap::new(), looks, system_sound: false };
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
fn a_device_that_nobody_saw_going_is_back_all_the_same() {
    let kind = DeviceKind::Speaker;
    let settings = Settings { speaker: Some(DeviceId::new("headset")), ..Settings::default() };
    let mut devices = devices(&settings);
    let read = |devices: &mut Devices, plugged| {
        let headset = DeviceInfo { plugged, ..info(kind, "headset") };
        devices.put_listing(vec![(kind, vec![info(kind, "box"), headset])], &settings)
    };
    let headset = DeviceId::new("headset");
    assert!(read(&mut devices, 7).is_empty());
    devices.failed(kind, &headset, DeviceState::Absent, "pulled out", &settings);
    assert!(read(&mut devices, 7).is_empty());
    assert_eq!(devices.effective(kind), Some(DeviceId::new("box")));
    assert_eq!(read(&mut devices, 8), [(kind, headset.clone())]);
    assert_eq!(devices.effective(kind), Some(headset));
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

#[test]
fn what_fails_again_and_again_is_told_once() {
    let kind = DeviceKind::Camera;
    let settings = Settings { camera: Some(DeviceId::new("webcam")), ..Settings::default() };
    let mut devices = devices(&settings);
    devices.put_listing(vec![(kind, vec![info(kind, "webcam")])], &settings);
    let webcam = DeviceId::new("webcam");
    let mut now = Instant::now();
    let busy = |devices: &mut Devices| {
        devices.failed(kind, &webcam, DeviceState::Busy, "in use", &settings).map(|problem| problem.code)
    };
    assert_eq!(busy(&mut devices), Some(ProblemCode::CameraBusy));
    let told = devices.choices(&settings);
    for _ in 0..3 {
        devices.plan_tries(now);
        now = devices.deadline().expect("a try is planned");
        devices.try_again(&settings, now);
        assert_eq!(devices.effective(kind), Some(webcam.clone()), "it is opened");
        devices.set_use(kind, DeviceState::Opening);
        assert_eq!(devices.choices(&settings), told, "and nobody is told");
        assert_eq!(busy(&mut devices), None);
    }
    devices.plan_tries(now);
    now = devices.deadline().expect("a try is planned");
    devices.try_again(&settings, now);
    devices.set_use(kind, DeviceState::Running);
    assert_eq!(devices.choices(&settings)[0].state, DeviceState::Running);
    assert_eq!(devices.deadline(), None);
    assert_eq!(busy(&mut devices), Some(ProblemCode::CameraBusy), "a new trouble is news");
    // Of a driver that hangs each try would keep a thread.
    devices.chosen(kind, &settings);
    devices.failed(kind, &webcam, DeviceState::Hung, "no picture", &settings);
    devices.plan_tries(now);
    assert_eq!(devices.deadline(), None);
}

#[test]
fn a_device_with_a_new_id_is_known_by_its_name_but_a_twin_is_not_taken_for_it() {
    let kind = DeviceKind::Microphone;
    let named = |id: &str, name: &str| DeviceInfo { name: name.to_owned(), ..info(kind, id) };
    let mut settings = Settings { microphone: Some(DeviceId::new("usb-1")), ..Settings::default() };
    settings.remember_device(&DeviceId::new("usb-1"), "Headset");
    let mut devices = devices(&settings);
    let built_in = DeviceInfo { is_default: true, ..named("in", "Built-in") };
    let listing = |there: &[DeviceInfo]| vec![(kind, there.to_vec())];
    let (first, twin) = (named("usb-1", "Headset"), named("usb-2", "Headset (2)"));
    devices.put_listing(listing(&[built_in.clone(), first, twin]), &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("usb-1")));
    // Alone, the twin has no number any more.
    devices.put_listing(listing(&[built_in.clone(), named("usb-2", "Headset")]), &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("in")), "a twin is another device");
    // Plugged in elsewhere, the wanted one has another id.
    devices.put_listing(listing(&[built_in, named("usb-7", "Headset")]), &settings);
    assert_eq!(devices.effective(kind), Some(DeviceId::new("usb-7")));
}

#[test]
fn it_rings_where_calls_are_heard_unless_chosen() {
    let mut settings = Settings::default();
    let mut devices = devices(&settings);
    let list = || {
        let there = vec![info(DeviceKind::Speaker, "box"), info(DeviceKind::Speaker, "headset")];
        vec![(DeviceKind::Speaker, there)]
    };
    devices.put_listing(list(), &settings);
    assert_eq!(devices.effective(DeviceKind::Ringer), Some(DeviceId::new("box")));
    settings.ringer = Some(DeviceId::new("headset"));
    devices.chosen(DeviceKind::Ringer, &settings);
    assert_eq!(devices.effective(DeviceKind::Ringer), Some(DeviceId::new("headset")));
    assert_eq!(devices.effective(DeviceKind::Speaker), Some(DeviceId::new("box")));
}

#[test]
fn what_the_user_did_not_choose_is_told_with_its_reason() {
    let kind = DeviceKind::Speaker;
    let settings = Settings { speaker: Some(DeviceId::new("headset")), ..Settings::default() };
    let mut devices = devices(&settings);
    let mut told = devices.choices(&settings);
    let mut step = |devices: &mut Devices, there: &[&str]| {
        devices.put_listing(vec![(kind, there.iter().map(|id| info(kind, id)).collect())], &settings);
        let now = devices.choices(&settings);
        let reason = devices.switch_reason(&told[2], &now[2]);
        told = now;
        reason
    };
    assert_eq!(step(&mut devices, &["box", "headset"]), Some(SwitchReason::Returned));
    assert_eq!(step(&mut devices, &["box"]), Some(SwitchReason::Unplugged));
    assert_eq!(step(&mut devices, &["box"]), None);
    assert_eq!(step(&mut devices, &["headset", "box"]), Some(SwitchReason::Returned));
}

/// Listings come until nothing has come for this time; how many, and how many microphones the last one has.
async fn listings(
    told: &mut tokio::sync::mpsc::Receiver<crate::happening::Happening>,
    quiet: Duration,
) -> (usize, usize) {
    let (mut count, mut microphones) = (0, 0);
    while let Ok(Some(news)) = timeout(quiet, told.recv()).await {
        let crate::happening::Happening::Listed(listing) = news else { continue };
        count += 1;
        let there = listing.iter().find(|(kind, _)| *kind == DeviceKind::Microphone);
        microphones = there.map_or(0, |(_, there)| there.len());
    }
    (count, microphones)
}

#[tokio::test]
async fn when_devices_are_listed_is_a_setting() {
    let kind = DeviceKind::Microphone;
    let hardware = std::sync::Arc::new(ahoy_media::fake::FakeHardware::new());
    let (outlet, mut told) = tokio::sync::mpsc::channel(64);
    let mut settings = Settings::default();
    settings.advanced.device_settle_ms = 400;
    let devices = Devices::start(hardware.clone(), &settings, outlet);
    let long = Duration::from_millis(1_500);
    assert_eq!(listings(&mut told, long).await, (1, 0), "once, at the start");
    for id in ["a", "b", "c"] {
        hardware.plug(info(kind, id), DeviceId::new("test:tone=500"));
    }
    assert_eq!(listings(&mut told, long).await, (1, 3), "once for all that was plugged in at once");
    devices.look_again();
    assert_eq!(listings(&mut told, long).await, (1, 3), "once more, because somebody asked");
    settings.advanced.device_poll_seconds = 1;
    devices.look_as(&settings);
    let polled = async {
        for _ in 0..3 {
            assert!(told.recv().await.is_some());
        }
    };
    timeout(Duration::from_secs(30), polled).await.expect("again and again without a change");
}
