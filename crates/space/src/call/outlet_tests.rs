use super::*;
use std::time::Duration;

const RATE: u32 = 90_000;

#[test]
fn times_go_on_where_they_were_when_the_sender_changes() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let (camera, screen) = (SourceId::new(), SourceId::new());
    let mut way = Way::default();
    assert!(way.turn_to(Some(camera)));
    assert!(!way.turn_to(Some(camera)), "the same again is no change");
    assert_eq!(way.place(at(0), 5_000, RATE), 5_000, "the first sender's times are left alone");
    assert_eq!(way.place(at(33), 8_000, RATE), 8_000);
    way.turn_to(Some(screen));
    // Half a second later, with times from somewhere else, beyond the wrap.
    assert_eq!(way.place(at(533), u32::MAX - 10, RATE), 8_000 + RATE / 2);
    assert_eq!(way.place(at(566), 2_989, RATE), 8_000 + RATE / 2 + 3_000);
    way.turn_to(Some(camera));
    let back = way.place(at(566), 60_000, RATE);
    assert_eq!(back, 8_000 + RATE / 2 + 3_000 + RATE / 100, "never the same time twice");
}

#[test]
fn clocks_of_all_senders_become_the_first_ones() {
    let start = Instant::now();
    let second = 1_u64 << 32;
    let (a, b) = (SourceId::new(), SourceId::new());
    let mut clocks = Clocks::default();
    assert_eq!(clocks.ours(a, start, 100 * second), 100 * second);
    // Three seconds later another one says that it is five.
    let later = start + Duration::from_secs(3);
    assert_eq!(clocks.ours(b, later, 5 * second), 103 * second);
    // Its reports keep their distance, however late they come; so do the first one's.
    assert_eq!(clocks.ours(b, later + Duration::from_millis(1_500), 6 * second), 104 * second);
    assert_eq!(clocks.ours(a, later + Duration::from_secs(1), 104 * second + 7), 104 * second + 7);
}
