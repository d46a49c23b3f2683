use super::*;
use crate::tone::Sine;

/// Something like a voice: a gliding fundamental with harmonics in bursts.
fn voice(seconds: usize) -> Vec<f32> {
    let mut phase = 0.0f32;
    (0..seconds * 48_000)
        .map(|i| {
            let t = i as f32 / 48_000.0;
            phase += (140.0 + 40.0 * (t * 2.1).sin()) / 48_000.0;
            let burst = (0.5 + 0.5 * (t * 9.0).sin()).powi(2);
            (1..=8).map(|k| (phase * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum::<f32>()
                * 0.2
                * burst
        })
        .collect()
}

/// Energy of the sound over the energy of what is wrong with it, in dB, at the given places.
fn likeness_db(right: &[f32], heard: &[f32], places: &[usize]) -> f64 {
    let (mut error, mut energy) = (1e-9, 1e-9);
    for start in places {
        for (a, b) in right[*start..start + FRAME].iter().zip(&heard[*start..start + FRAME]) {
            error += f64::from(a - b).powi(2);
            energy += f64::from(a * a);
        }
    }
    10.0 * (energy / error).log10()
}

#[test]
fn fec_is_better_than_concealment() {
    let sound = voice(8);
    let config = EncoderConfig { expected_loss: 20, ..EncoderConfig::default() };
    let mut encoder = Encoder::new(config).expect("opens");
    let packets: Vec<Bytes> =
        sound.chunks_exact(FRAME).map(|f| encoder.encode(f).expect("encodes")).collect();
    let lost = |i: usize| i % 5 == 3;
    let places: Vec<usize> = (11..packets.len() - 1).filter(|i| lost(*i)).map(|i| i * FRAME).collect();
    let play = |losses: bool, fec: bool| {
        let mut decoder = Decoder::new().expect("opens");
        let mut out = Vec::new();
        for (i, packet) in packets.iter().enumerate() {
            let sound = match packets.get(i + 1) {
                Some(next) if losses && lost(i) && fec => decoder.recover(next, FRAME),
                _ if losses && lost(i) => decoder.conceal(FRAME),
                _ => decoder.decode(packet),
            };
            out.extend_from_slice(sound.expect("decodes"));
        }
        out
    };
    let whole = play(false, false);
    let with = likeness_db(&whole, &play(true, true), &places);
    let without = likeness_db(&whole, &play(true, false), &places);
    println!("signal to error in lost frames: FEC {with:.1} dB, concealment {without:.1} dB");
    assert!(with > without + 3.0);
}

#[test]
fn garbage_is_refused_or_turned_into_sound_but_never_kills() {
    let mut sine = Sine::new(440.0, 0.5);
    let mut encoder = Encoder::new(EncoderConfig::default()).expect("opens");
    let mut decoder = Decoder::new().expect("opens");
    let mut frame = [0.0; FRAME];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..2000 {
        sine.fill(&mut frame);
        let mut packet = encoder.encode(&frame).expect("encodes").to_vec();
        for _ in 0..random.usize(1..8) {
            let at = random.usize(..packet.len());
            packet[at] = random.u8(..);
        }
        packet.truncate(random.usize(1..=packet.len()));
        if let Ok(sound) = decoder.decode(&packet) {
            assert!(sound.len() <= LONGEST);
        }
        let later = Bytes::from(packet.clone());
        let _ = decoder.recover(&later, FRAME);
        let _ = decoder.describe(&later, 5 * FRAME, FRAME);
        let _ = packet_samples(&packet);
    }
    assert!(decoder.decode(&[]).is_err());
    assert_eq!(packet_samples(&[]), None);
}

#[test]
fn only_whole_frames_are_encoded() {
    let mut encoder = Encoder::new(EncoderConfig::default()).expect("opens");
    assert_eq!(encoder.encode(&[0.0; 480]), Err(OpusError::WrongLength(480)));
    encoder.set_expected_loss(30);
    encoder.set_bitrate(24_000);
    let silent = encoder.encode(&[0.0; FRAME]).expect("encodes");
    assert_eq!(packet_samples(&silent), Some(FRAME));
}

#[test]
fn what_a_packet_tells_of_the_time_before_it_is_better_than_making_it_up() {
    const RUN: usize = 15;
    const LOST: std::ops::Range<usize> = 6..11;
    let sound = voice(12);
    let mut encoder = Encoder::new(EncoderConfig::default()).expect("opens");
    encoder.set_expected_loss(25);
    let packets: Vec<Bytes> =
        sound.chunks_exact(FRAME).map(|f| encoder.encode(f).expect("encodes")).collect();
    // Five of fifteen are lost in a row: a spare copy brings back the last of them only.
    let play = |losses: bool, describe: bool| {
        let mut decoder = Decoder::new().expect("opens");
        let mut out = Vec::new();
        for (i, packet) in packets.iter().enumerate() {
            let (run, at) = (i / RUN, i % RUN);
            let later = packets.get(run * RUN + LOST.end).filter(|_| losses && LOST.contains(&at));
            let sound = match later {
                Some(later) if describe => decoder.describe(later, (LOST.end - at) * FRAME, FRAME),
                Some(_) => decoder.conceal(FRAME),
                None => decoder.decode(packet),
            };
            out.extend_from_slice(sound.expect("decodes"));
        }
        out
    };
    let whole = play(false, false);
    let level = |sound: &[f32], frame: usize| {
        let part = &sound[frame * FRAME..(frame + 1) * FRAME];
        10.0 * (part.iter().map(|s| f64::from(s * s)).sum::<f64>() / FRAME as f64 + 1e-6).log10()
    };
    let wrong = |heard: &[f32]| {
        let lost: Vec<usize> = (2 * RUN..packets.len() - RUN).filter(|i| LOST.contains(&(i % RUN))).collect();
        lost.iter().map(|i| (level(&whole, *i) - level(heard, *i)).abs()).sum::<f64>() / lost.len() as f64
    };
    let (described, made_up) = (wrong(&play(true, true)), wrong(&play(true, false)));
    println!("loudness wrong by: described {described:.1} dB, made up {made_up:.1} dB");
    assert!(described < made_up * 0.7);
}

#[test]
fn repair_is_paid_for_only_when_packets_are_lost() {
    let sound = voice(6);
    let rate = |expected_loss: u8| {
        let mut encoder = Encoder::new(EncoderConfig::default()).expect("opens");
        encoder.set_expected_loss(expected_loss);
        let bytes: usize = sound.chunks_exact(FRAME).map(|f| encoder.encode(f).expect("encodes").len()).sum();
        bytes * 8 / 6
    };
    let rates = [0, 10, 30].map(rate);
    println!("bit/s at 0, 10 and 30 % loss: {rates:?}");
    assert!(rates[0] < 50_000 && rates[2] > rates[0] && rates[2] < 90_000);
}
