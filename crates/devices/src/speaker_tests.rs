use super::*;

#[test]
fn left_and_right_get_the_sound_and_the_rest_silence() {
    let mut frame = [9.0_f32; 4];
    spread([0.5, 0.25], &mut frame);
    assert_eq!(frame, [0.5, 0.25, 0.0, 0.0]);
    let mut frame = [9_u16; 3];
    spread([-2.0, 0.0], &mut frame);
    assert_eq!(frame, [0, 1 << 15, 1 << 15]);
    let mut frame = [9.0_f32; 1];
    spread([0.5, 0.0], &mut frame);
    assert_eq!(frame, [0.25]);
}

#[test]
fn one_that_is_not_there_is_absent() {
    let (_kept, samples) = rtrb::RingBuffer::new(480);
    let mut speaker = SystemSpeaker::new(DeviceId::new("name:no such speaker"));
    assert_eq!(speaker.start(samples, Box::new(|_| {})), Err(DeviceError::Absent));
    assert_eq!(speaker.latency(), None);
}
