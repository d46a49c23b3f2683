use super::super::stream::properties;
use super::*;
use pulseaudio::protocol::Props;

fn played(props: Props) -> SinkInputInfo {
    SinkInputInfo { client_index: Some(3), props, ..SinkInputInfo::default() }
}

#[test]
fn neither_our_own_sound_nor_what_was_made_of_it_is_heard() {
    assert!(is_other(&played(Props::new())));
    assert!(!is_other(&played(properties())));
    let with_role = |role| {
        let mut props = Props::new();
        props.set(Prop::MediaRole, role);
        is_other(&played(props))
    };
    assert!(with_role(c"music"));
    assert!(!with_role(c"filter") && !with_role(c"DSP"));
    // A module of the server's own.
    assert!(!is_other(&SinkInputInfo { client_index: None, ..played(Props::new()) }));
}

#[test]
fn a_stream_sounds_once_enough_of_it_has_come() {
    let mut one = Heard { input: 1, question: 1, channel: Some(1), waiting: VecDeque::new(), ready: false };
    let heard = |one: &mut Heard| {
        let mut step = [[0.5; 2]; STEP];
        one.add_to(&mut step);
        step[STEP - 1][0] > 0.5
    };
    one.waiting.extend([[0.25; 2]; READY - 1]);
    assert!(!heard(&mut one));
    one.waiting.push_back([0.25; 2]);
    for _ in 0..READY / STEP {
        assert!(heard(&mut one));
    }
    // It has run dry, and waits until there is enough again.
    assert!(!heard(&mut one));
    one.waiting.extend([[0.25; 2]; STEP]);
    assert!(!heard(&mut one));
    // Much too much is not played late.
    one.waiting.extend(vec![[0.25; 2]; 2 * MOST]);
    assert!(heard(&mut one));
    assert_eq!(one.waiting.len(), READY - STEP);
}
