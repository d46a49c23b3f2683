use super::*;
use crate::convert::Scaler;
use crate::fake::TestPicture;
use crate::picture::Picture;
use std::time::{Duration, Instant};

/// Peak signal-to-noise ratio of luma, dB.
fn psnr(a: &Picture, b: &Picture) -> f64 {
    let (a, b) = (a.planes().0, b.planes().0);
    let error: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (error / a.len() as f64).max(1e-9)).log10()
}

fn encoder(bitrate: u32) -> Encoder {
    Encoder::new(EncoderConfig { fps: 30.0, bitrate })
}

#[test]
fn a_moving_picture_comes_through_well_at_its_rate() {
    let mut source = TestPicture::new(1280, 720, 1);
    let (mut encoder, mut decoder) = (encoder(1_500_000), Decoder::new());
    let (mut worst, mut sum, mut bytes) = (f64::MAX, 0.0, 0);
    let frames = 120;
    let (mut coding, mut reading) = (Duration::ZERO, Duration::ZERO);
    for frame in 0..frames {
        let picture = source.draw(frame, 0, Instant::now());
        let start = Instant::now();
        let encoded = encoder.encode(&picture, false).expect("encodes").expect("a frame");
        coding += start.elapsed();
        assert_eq!(encoded.key, frame == 0);
        assert_eq!(is_key_frame(&encoded.data), encoded.key);
        bytes += encoded.data.len();
        let start = Instant::now();
        let decoded = decoder.decode(&encoded.data, Instant::now()).expect("decodes").expect("a picture");
        reading += start.elapsed();
        let quality = psnr(&picture, &decoded);
        worst = worst.min(quality);
        sum += quality;
    }
    let rate = bytes as f64 * 8.0 * 30.0 / f64::from(frames);
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / f64::from(frames);
    println!(
        "720p30 asked 1.5 Mbit/s, got {:.2}: PSNR mean {:.1} dB, worst {worst:.1} dB; encode {:.1} ms, decode {:.1} ms",
        rate / 1e6,
        sum / f64::from(frames),
        each(coding),
        each(reading),
    );
    assert!(worst >= 30.0);
    assert!(rate < 1_900_000.0);
}

#[test]
fn the_rate_follows_orders_without_a_key_frame() {
    let mut source = TestPicture::new(640, 360, 0);
    let mut encoder = encoder(1_000_000);
    let mut run = |encoder: &mut Encoder, from: u32| {
        let mut noise = fastrand::Rng::with_seed(2);
        let (mut bytes, mut keys) = (0, 0);
        for frame in from..from + 90 {
            let mut data = source.draw(frame, 0, Instant::now()).bytes().to_vec();
            // Something that needs bits.
            data[640 * 60..640 * 200].iter_mut().for_each(|x| *x = x.saturating_add(noise.u8(0..12)));
            let picture = Picture::new(640, 360, data, Instant::now()).expect("even");
            if let Some(encoded) = encoder.encode(&picture, false).expect("encodes") {
                keys += u32::from(encoded.key);
                bytes += encoded.data.len();
            }
        }
        (bytes as f64 * 8.0 / 3.0, keys)
    };
    let (before, _) = run(&mut encoder, 0);
    encoder.set_bitrate(250_000);
    let (after, keys) = run(&mut encoder, 90);
    println!("asked 1 000 and 250 kbit/s, got {:.0} and {:.0}", before / 1000.0, after / 1000.0);
    assert!((700_000.0..1_250_000.0).contains(&before));
    assert!((150_000.0..350_000.0).contains(&after));
    assert_eq!(keys, 0);
    encoder.set_fps(15.0);
    encoder.set_screen(true);
    let picture = source.draw(200, 0, Instant::now());
    let forced = encoder.encode(&picture, true).expect("encodes").expect("a frame");
    assert!(forced.key);
}

#[test]
fn the_size_may_change_at_any_time() {
    let (mut encoder, mut decoder, mut scaler) = (encoder(600_000), Decoder::new(), Scaler::new());
    let mut source = TestPicture::new(640, 360, 0);
    for (round, (width, height)) in [(640, 360), (320, 180), (202, 362), (640, 360)].into_iter().enumerate() {
        for frame in 0..5 {
            let picture = source.draw(frame, 0, Instant::now());
            let picture = scaler.scale(&picture, width, height).expect("scales");
            let encoded = encoder.encode(&picture, false).expect("encodes").expect("a frame");
            assert_eq!(encoded.key, frame == 0, "round {round}");
            if encoded.key {
                assert_eq!(picture_size(&encoded.data), Some((width, height)));
            }
            let decoded = decoder.decode(&encoded.data, Instant::now()).expect("decodes").expect("a picture");
            assert_eq!((decoded.width(), decoded.height()), (width, height));
            assert!(psnr(&picture, &decoded) > 25.0, "round {round}, frame {frame}");
        }
    }
}

#[test]
fn after_a_loss_only_a_key_frame_helps() {
    let mut source = TestPicture::new(320, 180, 0);
    let (mut encoder, mut decoder) = (encoder(400_000), Decoder::new());
    let mut encode = |frame, key| {
        let picture = source.draw(frame, 0, Instant::now());
        encoder.encode(&picture, key).expect("encodes").expect("a frame").data
    };
    let first = encode(0, false);
    let second = encode(1, false);
    let refused = decoder.decode(&second, Instant::now()).expect_err("no key frame yet");
    assert_eq!(refused, CodecError::NeedsKeyFrame);
    assert!(decoder.decode(&first, Instant::now()).expect("decodes").is_some());
    assert!(decoder.decode(&[], Instant::now()).expect("nothing").is_none());
    let key = encode(2, true);
    assert!(decoder.decode(&key, Instant::now()).expect("decodes").is_some());
}

#[test]
fn garbage_never_kills_and_a_key_frame_always_heals() {
    let mut source = TestPicture::new(320, 180, 0);
    let mut encoder = encoder(400_000);
    let frames: Vec<_> = (0..30)
        .map(|i| {
            let picture = source.draw(i, 0, Instant::now());
            encoder.encode(&picture, i % 10 == 0).expect("encodes").expect("a frame").data.to_vec()
        })
        .collect();
    let mut decoder = Decoder::new();
    let mut random = fastrand::Rng::with_seed(42);
    let (mut refused, rounds) = (0, 2000);
    for round in 0..rounds {
        let mut data = frames[random.usize(..frames.len())].clone();
        match round % 4 {
            0 => (0..random.usize(1..20)).for_each(|_| {
                let at = random.usize(..data.len());
                data[at] = random.u8(..);
            }),
            1 => data.truncate(random.usize(..data.len())),
            2 => {
                let at = random.usize(..data.len().min(30));
                data[at] ^= 1 << random.u8(..8);
            }
            _ => data = (0..random.usize(..400)).map(|_| random.u8(..)).collect(),
        }
        refused += i32::from(decoder.decode(&data, Instant::now()).is_err());
        if round % 100 == 99 {
            let healed = (0..10).any(|_| matches!(decoder.decode(&frames[0], Instant::now()), Ok(Some(_))));
            assert!(healed, "round {round}");
        }
    }
    println!("{rounds} damaged frames: {refused} refused");
    assert!(refused > 0);
}

#[test]
fn a_header_that_announces_a_giant_is_refused() {
    let giant = [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 0, 0, 0];
    assert_eq!(picture_size(&giant), Some((16_383, 16_383)));
    let mut decoder = Decoder::new();
    assert_eq!(decoder.decode(&giant, Instant::now()).expect_err("too large"), CodecError::TooLarge);
    let long = vec![0; 5 << 20];
    assert_eq!(decoder.decode(&long, Instant::now()).expect_err("too long"), CodecError::TooLarge);
    assert_eq!(picture_size(&[0x11, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0]), None, "not a key frame");
}
