use super::*;
use ahoy_model::DeviceId;

#[test]
fn complaints_are_sorted() {
    let said = |error| from_pulse(&ProtocolError::ServerError(error));
    assert_eq!(said(PulseError::NoEntity), DeviceError::Absent);
    assert_eq!(said(PulseError::AccessDenied), DeviceError::Denied);
    assert_eq!(said(PulseError::Busy), DeviceError::Busy);
    // Why a stream was ended is not told; whoever hears this looks whether the device is still there.
    assert!(matches!(said(PulseError::Killed), DeviceError::Broken(_)));
    let io = |kind: ErrorKind| from_pulse(&ProtocolError::Io(kind.into()));
    assert_eq!(io(ErrorKind::ConnectionRefused), DeviceError::Absent);
    assert_eq!(io(ErrorKind::WouldBlock), DeviceError::Hung);
    assert!(matches!(io(ErrorKind::UnexpectedEof), DeviceError::Broken(_)));
}

#[test]
fn only_its_own_devices_have_a_name() {
    assert_eq!(name_of(&DeviceId::new("pulseaudio:card")), Some("card"));
    assert_eq!(name_of(&DeviceId::new("alsa:sysdefault:CARD=PCH")), None);
}
