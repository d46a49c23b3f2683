use super::*;
use crate::tone::{Sine, frequency_of};

#[test]
fn the_curves_pass_through_the_values_of_the_standard() {
    // G.711 tables 1 and 2: the ends of the segments, decoder output on the 16-bit scale.
    let mu = [(0x80, 32_124), (0x8f, 16_764), (0x9f, 8_316), (0xaf, 4_092), (0xbf, 1_980), (0xcf, 924)];
    let a = [(0xaa, 32_256), (0xa5, 16_896), (0xb5, 8_448), (0x85, 4_224), (0x95, 2_112), (0xd5, 8)];
    for (law, table) in [(Law::Mu, mu), (Law::A, a)] {
        for (byte, value) in table {
            assert_eq!(law.expand(byte), value, "{law:?} {byte:#x}");
            assert_eq!(law.expand(byte ^ 0x80), -value, "{law:?} {byte:#x}");
            assert_eq!(law.compress(value), byte, "{law:?} {value}");
        }
    }
    assert_eq!((Law::Mu.compress(0), Law::A.compress(0)), (0xff, 0xd5));
    assert_eq!((Law::Mu.compress(-1), Law::A.compress(-1)), (0x7f, 0x55));
}

#[test]
fn every_byte_comes_back_and_no_value_is_far_off() {
    for law in [Law::Mu, Law::A] {
        for byte in 0..=255u8 {
            // µ-law has a second zero.
            let same = law.compress(law.expand(byte)) == byte || (law == Law::Mu && byte == 0x7f);
            assert!(same, "{law:?} {byte}");
        }
        for value in i16::MIN..=i16::MAX {
            let back = i32::from(law.expand(law.compress(value)));
            let off = (back - i32::from(value)).abs();
            // Steps are at most a sixteenth of the value, half of that to either side; the clipped end is wider.
            assert!(off <= i32::from(value).abs() / 30 + 16, "{law:?} {value} {back}");
        }
    }
}

#[test]
fn a_tone_comes_through_both_ways() {
    for law in [Law::Mu, Law::A] {
        let mut sine = Sine::new(1000.0, 0.5);
        let (mut encoder, mut decoder) =
            (Encoder::new(law).expect("opens"), Decoder::new(law).expect("opens"));
        let (mut sent, mut heard) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            let mut frame = [0.0; FRAME];
            sine.fill(&mut frame);
            sent.extend_from_slice(&frame);
            let packet = encoder.encode(&frame).expect("encodes");
            assert_eq!(packet.len(), 160);
            let sound = decoder.decode(&packet).expect("decodes");
            assert_eq!(sound.len(), FRAME);
            heard.extend_from_slice(sound);
        }
        assert!((frequency_of(&heard[4_800..], 48_000) - 1000.0).abs() < 1.0);
        // 2.5 ms each way; both resamplers are linear in time.
        let delay = 240;
        let (mut error, mut energy) = (0.0f64, 0.0f64);
        for (a, b) in sent[4_800..90_000].iter().zip(&heard[4_800 + delay..]) {
            error += f64::from(a - b).powi(2);
            energy += f64::from(a * a);
        }
        let ratio = 10.0 * (energy / error).log10();
        println!("{law:?}: {ratio:.1} dB");
        assert!(ratio > 30.0, "{law:?} {ratio:.1} dB");
    }
}

#[test]
fn a_lost_packet_is_covered_and_a_long_gap_becomes_silent() {
    let mut sine = Sine::new(200.0, 0.5);
    let (mut encoder, mut decoder) =
        (Encoder::new(Law::Mu).expect("opens"), Decoder::new(Law::Mu).expect("opens"));
    let loudness = |sound: &[f32]| (sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32).sqrt();
    for _ in 0..10 {
        let mut frame = [0.0; FRAME];
        sine.fill(&mut frame);
        decoder.decode(&encoder.encode(&frame).expect("encodes")).expect("decodes");
    }
    let covered = decoder.conceal(FRAME).to_vec();
    assert_eq!(covered.len(), FRAME);
    assert!((frequency_of(&covered, 48_000) - 200.0).abs() < 10.0);
    assert!(loudness(&covered) > 0.2);
    decoder.conceal(FRAME);
    decoder.conceal(FRAME);
    assert!(loudness(decoder.conceal(FRAME)) < 0.01);
    assert!(loudness(decoder.conceal(FRAME)) < 0.001);
}

#[test]
fn any_bytes_are_sound_and_lengths_are_checked() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut decoder = Decoder::new(Law::A).expect("opens");
    for _ in 0..1000 {
        let packet: Vec<u8> = (0..random.usize(0..1200)).map(|_| random.u8(..)).collect();
        match decoder.decode(&packet) {
            Ok(sound) => assert!(sound.len() <= LONGEST * RATIO + 480 && sound.iter().all(|s| s.abs() < 3.0)),
            Err(error) => {
                assert_eq!(error, G711Error::Malformed);
                assert!(packet.is_empty() || packet.len() > LONGEST);
            }
        }
        decoder.conceal(random.usize(0..10_000));
    }
    let mut encoder = Encoder::new(Law::A).expect("opens");
    assert_eq!(encoder.encode(&[0.0; 480]), Err(G711Error::WrongLength(480)));
}
