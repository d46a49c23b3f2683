use super::*;
use crate::fake::TestPicture;
use std::time::Instant;

fn flat(width: u32, height: u32, luma: u8) -> Picture {
    let layout = PlaneLayout::new(width, height);
    let mut bytes = vec![luma; layout.luma_len()];
    bytes.extend(vec![128; 2 * layout.chroma_len()]);
    Picture::new(width, height, bytes, Instant::now()).expect("a picture")
}

/// Somebody as a child would draw him: a head of skin and dark shoulders before a wall with narrow stripes.
fn somebody(width: u32, height: u32) -> Picture {
    let (w, h) = (width as f32, height as f32);
    let inside = |x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32| {
        ((x / w - cx) / rx).powi(2) + ((y / h - cy) / ry).powi(2) < 1.0
    };
    let kind = |x: f32, y: f32| {
        let hair = inside(x, y, 0.5, 0.27, 0.095, 0.2) && y < h * 0.24;
        let eye = inside(x, y, 0.465, 0.32, 0.014, 0.016) || inside(x, y, 0.535, 0.32, 0.014, 0.016);
        let mouth = inside(x, y, 0.5, 0.44, 0.03, 0.014);
        match () {
            () if eye || hair => (45, 128, 130),
            () if mouth => (90, 120, 160),
            () if inside(x, y, 0.5, 0.34, 0.085, 0.19) => (165, 112, 150),
            () if inside(x, y, 0.5, 0.52, 0.05, 0.14) => (150, 112, 150),
            () if inside(x, y, 0.5, 1.02, 0.26, 0.44) => (60, 140, 118),
            () => (if (x as u32 / (width / 64)).is_multiple_of(2) { 120 } else { 180 }, 128, 128),
        }
    };
    let layout = PlaneLayout::new(width, height);
    let mut bytes = Vec::with_capacity(layout.len());
    let plane = |step: u32| {
        (0..height)
            .step_by(step as usize)
            .flat_map(move |y| (0..width).step_by(step as usize).map(move |x| (x as f32, y as f32)))
    };
    bytes.extend(plane(1).map(|(x, y)| kind(x, y).0 as u8));
    bytes.extend(plane(2).map(|(x, y)| kind(x, y).1 as u8));
    bytes.extend(plane(2).map(|(x, y)| kind(x, y).2 as u8));
    Picture::new(width, height, bytes, Instant::now()).expect("a picture")
}

/// How much neighbours differ, in a part of a picture.
fn contrast(picture: &Picture, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> f64 {
    let width = picture.width() as usize;
    let luma = picture.planes().0;
    let mut sum = 0;
    for y in rows.clone() {
        let line = &luma[y * width..][columns.clone()];
        sum += line.windows(2).map(|pair| u64::from(pair[0].abs_diff(pair[1]))).sum::<u64>();
    }
    sum as f64 / (columns.len() * rows.len()) as f64
}

#[test]
fn whoever_is_in_front_stays_and_the_wall_behind_is_blurred() {
    let mut backdrop = Backdrop::new().expect("the model");
    let picture = somebody(1280, 720);
    let mut made = picture.clone();
    for _ in 0..6 {
        made = backdrop.blur(picture.clone());
    }
    let face = |picture: &Picture| contrast(picture, 600..680, 200..330);
    let wall = |picture: &Picture| contrast(picture, 40..300, 40..300);
    assert!(wall(&made) < wall(&picture) / 8.0, "{} of {}", wall(&made), wall(&picture));
    assert!(face(&made) > face(&picture) * 0.9, "{} of {}", face(&made), face(&picture));
    assert_eq!((made.width(), made.height()), (1280, 720));
}

#[test]
fn any_size_and_shape_will_do() {
    let mut backdrop = Backdrop::new().expect("the model");
    for (width, height) in [(2, 2), (2, 720), (720, 2), (360, 640), (640, 480), (1920, 1080), (34, 18)] {
        let made = backdrop.blur(flat(width, height, 120));
        assert_eq!((made.width(), made.height()), (width, height));
        // What is alike everywhere stays so, whoever may be seen in it.
        assert!(made.bytes().iter().take(made.layout().luma_len()).all(|luma| luma.abs_diff(120) <= 2));
    }
    backdrop.blur(TestPicture::new(640, 360, 1).draw(1, 1, Instant::now()));
}

#[test]
fn a_damaged_model_is_refused_and_never_a_panic() {
    let whole = include_bytes!("selfie_segmentation_landscape.tflite");
    assert!(network::Network::read(whole).is_ok());
    assert!(matches!(network::Network::read(&[]), Err(ModelError::Damaged)));
    for length in (0..whole.len()).step_by(4099) {
        let _ = network::Network::read(&whole[..length]);
    }
    // The tables lie at both ends.
    for at in (0..2000).chain(whole.len() - 30_000..whole.len()).step_by(7) {
        let mut damaged = whole.to_vec();
        damaged[at] ^= 0x55;
        let _ = network::Network::read(&damaged);
    }
}

#[test]
fn wide_registers_change_nothing() {
    use kernel::{Convolution, Shape};
    let mut seed = 7u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    // Over all channels with padding and steps, one by one, and of each channel.
    for (each, kernel, stride, padding, inner) in
        [(false, 3, 2, 0, 3), (false, 1, 1, 0, 24), (true, 3, 1, 1, 16), (true, 5, 2, 1, 16)]
    {
        let from = Shape { height: 10, width: 14, channels: inner };
        let to = Shape { height: from.height / stride, width: from.width / stride, channels: 16 };
        let depth = if each { 1 } else { inner };
        let outer = if each { inner } else { 16 };
        let weights: Vec<f32> = (0..outer * kernel * kernel * depth).map(|_| next()).collect();
        let bias: Vec<f32> = (0..16).map(|_| next()).collect();
        let input: Vec<f32> = (0..from.len()).map(|_| next()).collect();
        let convolution =
            Convolution::new(each, (kernel, kernel), stride, (padding, padding), &weights, bias.clone());
        let mut made = vec![0.0; to.len()];
        convolution.run(&input, from, &mut made, to);
        let seen = |y: usize, x: usize, row: usize, column: usize, channel: usize| {
            let (y, x) =
                ((y * stride + row).checked_sub(padding), (x * stride + column).checked_sub(padding));
            let (y, x) = (y.filter(|y| *y < from.height), x.filter(|x| *x < from.width));
            y.zip(x).map_or(0.0, |(y, x)| input[(y * from.width + x) * inner + channel])
        };
        for (at, value) in made.iter().enumerate() {
            let (pixel, channel) = (at / 16, at % 16);
            let (y, x) = (pixel / to.width, pixel % to.width);
            let mut sum = bias[channel];
            for row in 0..kernel {
                for column in 0..kernel {
                    for k in 0..depth {
                        sum += if each {
                            seen(y, x, row, column, channel) * weights[(row * kernel + column) * 16 + channel]
                        } else {
                            seen(y, x, row, column, k)
                                * weights[((channel * kernel + row) * kernel + column) * depth + k]
                        };
                    }
                }
            }
            assert!((sum - value).abs() < 1e-4, "{each} {kernel}: {value} is not {sum}");
        }
    }
}
