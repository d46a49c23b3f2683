use super::*;
use std::fs;

/// Writes a made-up `/sys`: a USB device at `plug`, and one video node on one of its interfaces.
fn plug_in(sys: &Path, plug: &str, serial: Option<&str>, node: u32, index: u32, name: &str) {
    let device = sys.join("devices").join(plug);
    let interface = device.join(format!("{plug}:1.0"));
    fs::create_dir_all(&interface).expect("folder");
    fs::write(device.join("idVendor"), "046d\n").expect("file");
    fs::write(device.join("idProduct"), "0825\n").expect("file");
    fs::write(device.join("devnum"), "9\n").expect("file");
    if let Some(serial) = serial {
        fs::write(device.join("serial"), serial).expect("file");
    }
    fs::write(interface.join("bInterfaceNumber"), "00\n").expect("file");
    let video = sys.join("class").join(format!("video{node}"));
    fs::create_dir_all(&video).expect("folder");
    fs::write(video.join("name"), name).expect("file");
    fs::write(video.join("index"), index.to_string()).expect("file");
    std::os::unix::fs::symlink(interface, video.join("device")).expect("link");
}

#[test]
fn twins_are_told_apart_by_their_plug_and_not_by_who_came_first() {
    let sys = tempfile::tempdir().expect("folder");
    plug_in(sys.path(), "1-2", None, 0, 0, "UVC Camera (046d:0825)");
    plug_in(sys.path(), "1-2", None, 1, 1, "UVC Camera (046d:0825)");
    plug_in(sys.path(), "1-1", None, 2, 0, "UVC Camera (046d:0825)");
    let found = look_in(&sys.path().join("class"));
    let indices: Vec<_> = found.iter().map(|(_, index)| index.clone()).collect();
    assert_eq!(indices, [CameraIndex::Index(2), CameraIndex::Index(0)]);
    assert!(found.iter().all(|(sighting, _)| sighting.product.as_deref() == Some("usb:046d:0825")));
}

#[test]
fn a_serial_number_goes_into_the_id() {
    let sys = tempfile::tempdir().expect("folder");
    plug_in(sys.path(), "1-1", Some("ABC1\n"), 0, 0, "HD Webcam: HD Webcam");
    let found = look_in(&sys.path().join("class"));
    let expected = Sighting {
        product: Some("usb:046d:0825:ABC1".to_owned()),
        name: "HD Webcam".to_owned(),
        plugged: 9,
        ..Sighting::default()
    };
    assert_eq!(found, [(expected, CameraIndex::Index(0))]);
}

#[test]
fn a_virtual_camera_has_only_its_name() {
    let sys = tempfile::tempdir().expect("folder");
    let video = sys.path().join("video7");
    fs::create_dir_all(&video).expect("folder");
    fs::write(video.join("name"), "OBS Virtual Camera\n").expect("file");
    let found = look_in(sys.path());
    let expected = Sighting { name: "OBS Virtual Camera".to_owned(), ..Sighting::default() };
    assert_eq!(found, [(expected, CameraIndex::Index(7))]);
}

#[test]
fn no_cameras_and_no_sys_are_the_same() {
    assert_eq!(look_in(Path::new("/no/such/folder")), []);
}
