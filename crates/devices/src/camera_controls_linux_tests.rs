use super::*;
use std::collections::HashSet;

#[test]
fn numbers_have_the_names_that_the_kernel_gives_them() {
    assert_eq!(known(0x0098_0900), (ControlName::Brightness, None));
    assert_eq!(known(0x0098_091a), (ControlName::WhiteBalance, Some(ControlUnit::Kelvin)));
    assert_eq!(known(0x009a_0902), (ControlName::Exposure, Some(ControlUnit::TenthOfMillisecond)));
    assert_eq!(known(0x009a_090d), (ControlName::Zoom, None));
    assert_eq!(known(0x0098_0911).0, ControlName::Other, "what an older interface calls exposure");
    let all = [USER, CAMERA].map(|base| (0..64).map(move |number| base + number));
    let named: Vec<_> = all.into_iter().flatten().map(|id| (id, known(id).0)).collect();
    let named: Vec<_> = named.into_iter().filter(|(_, name)| *name != ControlName::Other).collect();
    assert_eq!(named.len(), named.iter().map(|(_, name)| name).collect::<HashSet<_>>().len(), "none twice");
    assert!(named.iter().all(|(id, _)| !is_no_picture(*id)));
}

#[test]
fn what_is_no_camera_is_no_panic() {
    assert!(Controls::open(4_000_000).is_err());
    assert_eq!(text([b'Z', 0xff, b'm', 0, b'x'].into_iter()), "Z\u{fffd}m");
}
