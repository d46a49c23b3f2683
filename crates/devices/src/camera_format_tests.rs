use super::*;

fn best(offered: &[(u32, u32, FrameFormat, u32)]) -> (u32, u32, FrameFormat, u32) {
    let offered: Vec<_> = offered
        .iter()
        .map(|&(width, height, format, fps)| Offered::new_from(width, height, format, fps))
        .collect();
    let best = ranked(&offered, CameraFormat::HD)[0];
    (best.width(), best.height(), best.format(), best.frame_rate())
}

#[test]
fn a_usual_webcam_gives_720p30_as_jpeg_rather_than_720p10() {
    use FrameFormat::{MJPEG, YUYV};
    let offered = [
        (640, 480, YUYV, 30),
        (1280, 720, YUYV, 10),
        (640, 480, MJPEG, 30),
        (1280, 720, MJPEG, 30),
        (1920, 1080, MJPEG, 30),
    ];
    assert_eq!(best(&offered), (1280, 720, MJPEG, 30));
}

#[test]
fn unpacked_pictures_where_they_are_as_good() {
    use FrameFormat::{MJPEG, NV12, YUYV};
    assert_eq!(best(&[(1280, 720, MJPEG, 30), (1280, 720, YUYV, 30)]).2, YUYV);
    assert_eq!(best(&[(1280, 720, YUYV, 30), (1280, 720, NV12, 30)]).2, NV12);
}

#[test]
fn larger_rather_than_smaller_and_colour_rather_than_grey() {
    use FrameFormat::{GRAY, YUYV};
    assert_eq!(best(&[(640, 360, YUYV, 30), (1920, 1080, YUYV, 30)]).0, 1920);
    assert_eq!(best(&[(1280, 720, GRAY, 30), (640, 480, YUYV, 30)]).2, YUYV);
}

#[test]
fn nonsense_is_left_out() {
    let offered =
        [Offered::new_from(0, 720, FrameFormat::YUYV, 30), Offered::new_from(640, 480, FrameFormat::YUYV, 0)];
    assert_eq!(ranked(&offered, CameraFormat::HD), []);
}
