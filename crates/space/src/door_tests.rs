use super::*;

#[test]
fn connections_are_counted_and_given_back() {
    let door = Door::new(Limits { connections: 3, connections_per_address: 2, ..Limits::default() });
    let [a, b] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
    let first = door.enter(a).ok();
    let _second = door.enter(a).ok();
    assert_eq!(door.enter(a).err(), Some(Refusal::AddressFull));
    let _third = door.enter(b).ok();
    assert_eq!(door.enter(b).err(), Some(Refusal::SpaceFull));
    drop(first);
    assert!(door.enter(a).is_ok());
}

#[test]
fn after_many_failures_nothing_is_looked_at_for_a_while() {
    let (door, from, now) = (Door::new(Limits::default()), IpAddr::from([192, 0, 2, 1]), Instant::now());
    for _ in 0..100 {
        door.failed(from, now);
    }
    assert_eq!(door.may_authenticate(from, now), Err(Refusal::TooManyFailures));
    assert!(door.may_authenticate(IpAddr::from([192, 0, 2, 2]), now).is_ok());
    assert!(door.may_authenticate(from, now + Duration::from_secs(2)).is_ok());
}
