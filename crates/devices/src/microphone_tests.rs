use super::*;

#[test]
fn channels_become_left_and_right() {
    assert_eq!(first_two::<f32>(&[0.5]), [0.5, 0.5]);
    assert_eq!(first_two::<f32>(&[1.0, 0.0]), [1.0, 0.0]);
    assert_eq!(first_two::<f32>(&[0.25, 0.75, 1.0, 1.0]), [0.25, 0.75]);
    assert_eq!(first_two::<i16>(&[i16::MIN, 0]), [-1.0, 0.0]);
    assert_eq!(first_two::<u16>(&[1 << 15]), [0.0, 0.0]);
    assert_eq!(first_two::<f32>(&[]), [0.0, 0.0]);
}

#[test]
fn one_that_is_not_there_is_absent() {
    let (out, _kept) = rtrb::RingBuffer::new(480);
    let mut microphone = SystemMicrophone::new(DeviceId::new("name:no such microphone"));
    assert_eq!(microphone.start(out, Box::new(|_| {})), Err(DeviceError::Absent));
}
