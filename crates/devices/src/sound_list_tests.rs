use super::*;

#[test]
fn each_way_to_a_card_is_kept_once() {
    assert!(is_card("sysdefault:CARD=PCH"));
    assert!(is_card("plughw:CARD=PCH,DEV=3"));
    for other in
        ["null", "default", "pulse", "hw:CARD=PCH,DEV=3", "plughw:CARD=PCH,DEV=0", "plughw:CARD=0,DEV=3"]
    {
        assert!(!is_card(other), "{other}");
    }
}

#[test]
fn a_card_that_is_not_there_is_absent() {
    let id = DeviceId::new("alsa:sysdefault:CARD=NoSuchCard");
    assert_eq!(find(&id, DeviceKind::Speaker).err(), Some(DeviceError::Absent));
}

#[test]
fn complaints_are_sorted() {
    let sorted = |kind| from_cpal(&cpal::Error::new(kind));
    assert_eq!(sorted(cpal::ErrorKind::DeviceBusy), DeviceError::Busy);
    assert_eq!(sorted(cpal::ErrorKind::PermissionDenied), DeviceError::Denied);
    assert_eq!(sorted(cpal::ErrorKind::HostUnavailable), DeviceError::Absent);
    assert!(matches!(sorted(cpal::ErrorKind::StreamInvalidated), DeviceError::Broken(_)));
}
