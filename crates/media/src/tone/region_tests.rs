use super::*;
use crate::tone::{Tone, ToneGenerator, frequency_of};

const MS: usize = 48;

fn play(tone: Tone, ms: usize) -> Vec<f32> {
    let mut out = vec![0.0; ms * MS];
    ToneGenerator::new(tone, 1.0).fill(&mut out);
    out
}

/// How much of the loudness in `sound` is at this frequency (Goertzel), 0 to about 1.
fn share(sound: &[f32], hertz: f64) -> f64 {
    let step = 2.0 * (std::f64::consts::TAU * hertz / 48_000.0).cos();
    let (mut a, mut b) = (0.0, 0.0);
    for sample in sound {
        (a, b) = (f64::from(*sample) + step * a - b, a);
    }
    let power = (a * a + b * b - step * a * b).max(0.0) * 2.0 / sound.len() as f64;
    power / sound.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().max(1e-9)
}

/// Lengths of sound and silence by turns, ms, measured in windows of 5 ms.
fn rhythm(sound: &[f32]) -> Vec<usize> {
    let loud: Vec<bool> =
        sound.chunks(5 * MS).map(|part| part.iter().any(|sample| sample.abs() > 0.004)).collect();
    let mut runs = vec![(true, 0)];
    for now in loud {
        match runs.last_mut() {
            Some((was, length)) if *was == now => *length += 5,
            _ => runs.push((now, 5)),
        }
    }
    runs.into_iter().map(|(_, length)| length).collect()
}

#[test]
fn every_countrys_tones_have_their_frequencies_and_rhythm() {
    for region in ToneRegion::ALL {
        for signal in Signal::ALL {
            let Cadence { hertz, rhythm: wanted } = cadence(signal, *region);
            assert!(wanted.len().is_multiple_of(2) && !wanted.is_empty(), "{region:?} {signal:?}");
            let cycle: u64 = wanted.iter().sum();
            let sound = play(Tone::Call(signal, *region), (cycle as usize + 400).max(1_000));
            assert!(sound.iter().all(|sample| sample.abs() < 0.9), "{region:?} {signal:?} clips");
            let measured = rhythm(&sound);
            for (at, (is, should)) in measured.iter().zip(wanted).enumerate() {
                // A tone rises and falls within 5 ms, and beats of two tones are silent for a moment.
                let near = is.abs_diff(*should as usize) <= 20;
                assert!(near, "{region:?} {signal:?}: {is} ms instead of {should} at {at}: {measured:?}");
            }
            let on = wanted.first().copied().unwrap_or_default() as usize;
            let first = &sound[10 * MS..(on - 5) * MS];
            let total: f64 = hertz.iter().map(|(hertz, _)| share(first, *hertz)).sum();
            // Short sounds are wide.
            let least = if on < 60 { 0.6 } else { 0.8 };
            assert!(total > least, "{region:?} {signal:?}: {total} of it at {hertz:?}");
            if let [(one, _)] = hertz
                && on >= 100
            {
                assert!((frequency_of(first, 48_000) - one).abs() < 2.0, "{region:?} {signal:?}");
            }
        }
    }
}

#[test]
fn a_waiting_call_is_soft() {
    let loudest = |signal| {
        let sound = play(Tone::Call(signal, ToneRegion::De), 400);
        sound.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()))
    };
    assert!(loudest(Signal::CallWaiting) < 0.6 * loudest(Signal::Busy));
}
