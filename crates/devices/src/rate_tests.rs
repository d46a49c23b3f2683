use super::*;

/// A second of a sine, converted.
fn convert(from: u32, to: u32, hertz: f64) -> Vec<f32> {
    let mut converter = RateConverter::new(from, to).expect("rates above 0");
    let mut out = Vec::new();
    for number in 0..from {
        converter.push((2.0 * PI * hertz * f64::from(number) / f64::from(from)).sin() as f32);
        while let Some(sample) = converter.pull() {
            out.push(sample);
        }
    }
    out
}

/// How much of a signal is a sine of this frequency (its amplitude), and how much is left beside it.
fn tone_and_rest(samples: &[f32], rate: u32, hertz: f64) -> (f64, f64) {
    let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
    for (number, sample) in samples.iter().enumerate() {
        let (angle, sample) = (2.0 * PI * hertz * number as f64 / f64::from(rate), f64::from(*sample));
        sine += sample * angle.sin();
        cosine += sample * angle.cos();
        power += sample * sample;
    }
    let length = samples.len() as f64;
    let amplitude = 2.0 * (sine * sine + cosine * cosine).sqrt() / length;
    (amplitude, (power / length - amplitude * amplitude / 2.0).max(0.0).sqrt())
}

#[test]
fn a_tone_keeps_its_pitch_and_loudness() {
    for (from, to) in
        [(44_100, 48_000), (48_000, 44_100), (16_000, 48_000), (48_000, 16_000), (96_000, 48_000)]
    {
        let out = convert(from, to, 1_000.0);
        assert!(out.len().abs_diff(to as usize) <= 2, "{from} → {to}: {} samples", out.len());
        // Whole periods, without the filter's start.
        let steady = &out[to as usize / 10..to as usize / 10 * 9];
        let (amplitude, rest) = tone_and_rest(steady, to, 1_000.0);
        assert!((amplitude - 1.0).abs() < 0.01, "{from} → {to}: amplitude {amplitude}");
        assert!(rest < 0.002, "{from} → {to}: noise {rest}");
    }
}

#[test]
fn what_the_lower_rate_cannot_hold_is_taken_out() {
    let out = convert(48_000, 16_000, 10_000.0);
    let power: f32 =
        out[1_000..].iter().map(|sample| sample * sample).sum::<f32>() / (out.len() - 1_000) as f32;
    assert!(power.sqrt() < 0.01, "{}", power.sqrt());
}

#[test]
fn the_same_rate_changes_nothing() {
    let mut converter = RateConverter::new(48_000, 48_000).expect("rates above 0");
    for sample in [0.1, -0.5, 1.0] {
        converter.push(sample);
        assert_eq!(converter.pull(), Some(sample));
        assert_eq!(converter.pull(), None);
    }
}

#[test]
fn a_rate_of_nothing_is_refused() {
    assert!(RateConverter::new(0, 48_000).is_none());
    assert!(RateConverter::new(48_000, 0).is_none());
}
