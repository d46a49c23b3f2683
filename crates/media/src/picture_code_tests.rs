use super::*;
use crate::convert::Scaler;
use crate::fake::TestPicture;
use crate::h264::{Decoder, Encoder, EncoderConfig};
use std::time::Instant;

#[test]
fn the_crc_is_the_one_that_is_documented() {
    assert_eq!(crc16(b"123456789"), 0x29b1);
}

#[test]
fn a_stamped_picture_reads_back_and_others_do_not() {
    for (width, height) in [(1280, 720), (640, 360), (320, 180), (960, 540), (202, 360), (160, 120)] {
        let mut luma = vec![90; width * height];
        assert_eq!(read_luma(&luma, width, height), None);
        let code = Code { frame: 0xdead_beef, time: 77, sender: 513 };
        stamp(&mut luma, width, height, code);
        assert_eq!(read_luma(&luma, width, height), Some(code), "{width}x{height}");
        // One flipped cell breaks the CRC.
        let cell = width / COLUMNS;
        for line in luma.chunks_exact_mut(width).take(height / ROWS_IN_PICTURE) {
            line[cell * 3..cell * 4 + 1].iter_mut().for_each(|x| *x = 250 - *x);
        }
        assert_eq!(read_luma(&luma, width, height), None);
    }
    assert_eq!(read_luma(&[], 0, 0), None);
    assert_eq!(read_luma(&[1, 2, 3, 4], 2, 2), None);
}

/// Sends a moving picture through H.264 and returns the share of pictures whose plate can be read, also at half and double size.
fn readable(width: u32, height: u32, bitrate: u32) -> f64 {
    let mut source = TestPicture::new(width, height, 7);
    let mut encoder = Encoder::new(EncoderConfig { fps: 30.0, bitrate });
    let (mut decoder, mut scaler) = (Decoder::new(), Scaler::new());
    let (mut read_back, mut tried) = (0, 0);
    for frame in 0..90 {
        let picture = source.draw(frame, frame * 33, Instant::now());
        let Some(encoded) = encoder.encode(&picture, frame == 0).expect("encodes") else { continue };
        let decoded = decoder.decode(&encoded.data, Instant::now()).expect("decodes").expect("a picture");
        let half = scaler.scale(&decoded, width / 2, height / 2).expect("scales");
        let double = scaler.scale(&decoded, width * 2, height * 2).expect("scales");
        for picture in [&decoded, &half, &double] {
            tried += 1;
            read_back += i32::from(read(picture) == Some(Code { frame, time: frame * 33, sender: 7 }));
        }
    }
    f64::from(read_back) / f64::from(tried)
}

#[test]
fn the_plate_survives_low_rates_and_scaling() {
    for (width, height, bitrate) in [(640, 360, 300_000), (1280, 720, 1_500_000), (480, 270, 150_000)] {
        let share = readable(width, height, bitrate);
        println!("{width}x{height} at {bitrate} bit/s: {:.1} % of plates read", share * 100.0);
        assert!(share > 0.99, "{width}x{height} at {bitrate}: {share}");
    }
}

#[test]
fn ages_are_right_across_the_wrap() {
    let code = Code { frame: 1, time: u32::MAX - 9, sender: 0 };
    assert_eq!(code.age(10), 20);
    assert_eq!(code.age(u32::MAX - 19), -10);
}
