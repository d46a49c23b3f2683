use super::*;

fn picture(width: u32, height: u32) -> Picture {
    let mut data = Vec::new();
    data.extend((0..width * height).map(|i| (16 + (i % width) * 200 / width) as u8));
    data.extend((0..width * height / 4).map(|_| 90));
    data.extend((0..width * height / 4).map(|_| 160));
    Picture::new(width, height, data, Instant::now()).expect("even")
}

#[test]
fn planar_formats_give_the_same_picture() {
    let original = picture(8, 6);
    let (y, u, v) = original.planes();
    let mut nv12 = y.to_vec();
    nv12.extend(u.iter().zip(v).flat_map(|(u, v)| [*u, *v]));
    let mut yv12 = y.to_vec();
    yv12.extend(v);
    yv12.extend(u);
    for (format, data) in [
        (PixelFormat::I420, original.bytes()),
        (PixelFormat::Nv12, nv12.as_slice()),
        (PixelFormat::Yv12, yv12.as_slice()),
    ] {
        let raw = RawPicture { format, width: 8, height: 6, stride: 0, data };
        let made = to_i420(raw, Instant::now()).expect("converts");
        assert_eq!(made.bytes(), original.bytes(), "{format:?}");
    }
}

#[test]
fn odd_sizes_lose_their_last_row_and_column() {
    for format in [
        PixelFormat::I420,
        PixelFormat::Nv12,
        PixelFormat::Yuyv,
        PixelFormat::Rgb,
        PixelFormat::Bgra,
        PixelFormat::Gray,
    ] {
        let data = vec![100; 7 * 5 * 4 + 64];
        let made =
            to_i420(RawPicture { format, width: 7, height: 5, stride: 0, data: &data }, Instant::now());
        let made = made.expect("converts");
        assert_eq!((made.width(), made.height()), (6, 4), "{format:?}");
    }
}

#[test]
fn short_or_senseless_pictures_are_refused() {
    for format in
        [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Yuyv, PixelFormat::Rgb, PixelFormat::Mjpeg]
    {
        for (width, height, length) in [(64, 64, 100), (0, 64, 100), (1, 1, 1), (u32::MAX, 2, 8), (64, 64, 0)]
        {
            let data = vec![7; length];
            assert!(
                to_i420(RawPicture { format, width, height, stride: 0, data: &data }, Instant::now())
                    .is_err()
            );
        }
    }
}

#[test]
fn colours_survive_the_way_there_and_back() {
    let rgb: Vec<u8> = (0..16 * 16).flat_map(|_| [200, 60, 30]).collect();
    let raw = RawPicture { format: PixelFormat::Rgb, width: 16, height: 16, stride: 0, data: &rgb };
    let made = to_i420(raw, Instant::now()).expect("converts");
    let mut rgba = vec![0; 16 * 16 * 4];
    to_rgba(&made, &mut rgba).expect("converts");
    for (is, was) in rgba[..3].iter().zip([200u8, 60, 30]) {
        assert!(is.abs_diff(was) <= 4, "{:?}", &rgba[..4]);
    }
}

#[test]
fn scaling_keeps_the_shape_and_the_brightness() {
    assert_eq!(fit_within(1280, 720, 640, 480), (640, 360));
    assert_eq!(fit_within(640, 480, 1280, 720), (640, 480));
    assert_eq!(fit_within(720, 1280, 640, 360), (202, 360));
    assert_eq!(fit_within(4096, 2, 64, 64), (64, 2));
    let mut scaler = Scaler::new();
    let small = scaler.scale(&picture(64, 48), 30, 20).expect("scales");
    assert_eq!((small.width(), small.height()), (30, 20));
    let mean =
        |p: &Picture| p.planes().0.iter().map(|x| f64::from(*x)).sum::<f64>() / p.planes().0.len() as f64;
    assert!((mean(&small) - mean(&picture(64, 48))).abs() < 2.0);
    assert!(scaler.scale(&picture(64, 48), 0, 20).is_none());
}

#[test]
fn half_the_size_is_the_mean_of_four() {
    let from = picture(64, 48);
    let half = Scaler::new().scale(&from, 32, 24).expect("scales");
    let (from, half) = (from.planes(), half.planes());
    for ((from, half), width) in [((from.0, half.0), 64), ((from.1, half.1), 32), ((from.2, half.2), 32)] {
        for (at, value) in half.iter().enumerate() {
            let (x, y) = (2 * (at % (width / 2)), 2 * (at / (width / 2)));
            let four =
                [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| u32::from(from[(y + dy) * width + x + dx]));
            assert_eq!(u32::from(*value), (four.iter().sum::<u32>() + 2) / 4, "{x}, {y}");
        }
    }
}

#[test]
fn drawing_into_a_box_is_scaling_without_the_copy() {
    let from = picture(640, 360);
    let layout = PlaneLayout::new(1280, 720);
    for (x, y, width, height) in
        [(0, 0, 640, 360), (320, 180, 320, 180), (960, 540, 320, 180), (2, 6, 98, 54)]
    {
        let mut onto = vec![7; layout.len()];
        let mut scaler = Scaler::new();
        scaler.draw(&from, &mut onto, layout, Window { x, y, width, height }).expect("inside");
        let scaled = scaler.scale(&from, width, height).expect("scaled");
        let canvas = Picture::new(1280, 720, onto, from.captured).expect("a picture");
        let planes = |picture: &Picture| {
            let (luma, u, v) = picture.planes();
            [(luma.to_vec(), 1), (u.to_vec(), 2), (v.to_vec(), 2)]
        };
        for ((whole, by), (part, _)) in planes(&canvas).into_iter().zip(planes(&scaled)) {
            let (x, y, width, height) = ((x / by) as usize, (y / by) as usize, width / by, height / by);
            let stride = 1280 / by as usize;
            for (row, line) in part.chunks_exact(width as usize).enumerate() {
                assert_eq!(&whole[(y + row) * stride + x..][..width as usize], line, "row {row}");
            }
            let touched = whole.iter().filter(|value| **value != 7).count();
            assert!(touched <= (width * height) as usize, "nothing else is touched");
        }
    }
    let mut onto = vec![7; layout.len()];
    for (x, y, width, height) in [(1_200, 0, 100, 100), (0, 700, 20, 22), (1, 0, 20, 20), (0, 0, 0, 20)] {
        assert_eq!(Scaler::new().draw(&from, &mut onto, layout, Window { x, y, width, height }), None);
    }
}
