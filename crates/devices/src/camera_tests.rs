use super::*;

fn sorted(words: &str) -> DeviceError {
    from_nokhwa(&NokhwaError::OpenDeviceError("0".to_owned(), words.to_owned()))
}

#[test]
fn complaints_are_sorted_by_their_words() {
    assert_eq!(sorted("V4L2 Error: Device or resource busy (os error 16)"), DeviceError::Busy);
    assert_eq!(sorted("V4L2 Error: Permission denied (os error 13)"), DeviceError::Denied);
    assert_eq!(sorted("V4L2 Error: No such device (os error 19)"), DeviceError::Absent);
    assert!(matches!(sorted("something else (os error 161)"), DeviceError::Broken(_)));
}

#[test]
fn one_that_is_not_there_is_absent() {
    let mut camera = SystemCamera::new(DeviceId::new("usb:dead:beef"));
    assert_eq!(camera.open(CameraFormat::HD), Err(DeviceError::Absent));
    assert_eq!(camera.next(Duration::from_millis(1)).err(), Some(DeviceError::Absent));
}

#[test]
fn only_the_newest_picture_is_kept_and_the_end_stays() {
    let newest = Newest::default();
    assert_eq!(newest.take(Duration::from_millis(1)).err(), Some(DeviceError::Hung));
    let picture = |luma: u8| Picture::new(2, 2, vec![luma; 6], Instant::now()).ok_or(DeviceError::NoFormat);
    newest.put(picture(1));
    newest.put(picture(2));
    assert_eq!(newest.take(Duration::ZERO).expect("a picture").bytes()[0], 2);
    newest.put(Err(DeviceError::Busy));
    assert_eq!(newest.take(Duration::ZERO).err(), Some(DeviceError::Busy));
    assert_eq!(newest.take(Duration::ZERO).err(), Some(DeviceError::Busy));
}
