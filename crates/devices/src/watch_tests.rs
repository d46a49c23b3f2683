use super::*;
use ahoy_model::DeviceId;

fn camera(name: &str) -> DeviceInfo {
    DeviceInfo {
        id: DeviceId::new(name),
        kind: DeviceKind::Camera,
        name: name.to_owned(),
        is_default: false,
        plugged: 0,
    }
}

#[test]
fn whoever_asks_early_waits_for_the_first_look() {
    let (go, gate) = sync_channel::<()>(0);
    let changes = Changes::default();
    let mut seen = changes.subscribe();
    let watch = Watch::start("list-test", changes, move || {
        // A closed gate lets everybody through.
        let _ = gate.recv();
        Ok(vec![camera("a")])
    });
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| watch.found(DeviceKind::Camera));
        drop(go);
        assert_eq!(asked.join().expect("no panic"), Ok(vec![camera("a")]));
    });
    assert_eq!(watch.found(DeviceKind::Speaker), Ok(Vec::new()));
    assert_eq!(*seen.borrow_and_update(), 1);
}

#[test]
fn a_look_that_hangs_is_reported_and_does_not_hold_anybody_up_for_long() {
    let (_hold, gate) = sync_channel::<()>(0);
    let watch = Watch::start("list-test", Changes::default(), move || {
        let _ = gate.recv();
        Ok(Vec::new())
    });
    let started = Instant::now();
    assert_eq!(watch.found(DeviceKind::Camera), Err(DeviceError::Hung));
    assert!(started.elapsed() < FIRST_LOOK + Duration::from_secs(1));
}

#[test]
fn a_look_that_fails_leaves_the_list_as_it_was() {
    let (go, gate) = sync_channel::<()>(1);
    let mut looks = 0;
    let watch = Watch::start("list-test", Changes::default(), move || {
        looks += 1;
        if looks == 1 {
            return Ok(vec![camera("a")]);
        }
        // Full when the test has already seen a second look.
        let _ = go.try_send(());
        Err(DeviceError::Broken("gone".to_owned()))
    });
    gate.recv_timeout(Duration::from_secs(10)).expect("a second look");
    assert_eq!(watch.found(DeviceKind::Camera), Ok(vec![camera("a")]));
}

#[test]
fn whoever_is_nudged_looks_at_once_until_nobody_wants_to_know() {
    let (seen, looks) = sync_channel(0);
    let watch = Watch::start("list-test", Changes::default(), move || {
        let _ = seen.send(());
        Ok(Vec::new())
    });
    let nudge = watch.nudge();
    looks.recv().expect("the first look");
    let started = Instant::now();
    for _ in 0..8 {
        nudge.now();
        looks.recv().expect("another look");
    }
    assert!(started.elapsed() < INTERVAL * 6, "they were waited for");
    assert!(nudge.is_wanted());
    drop(watch);
    assert!(!nudge.is_wanted());
    nudge.now();
}
