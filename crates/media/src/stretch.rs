//! Makes sound a little shorter or longer without changing its pitch: one period is left out or played twice, with a
//! cross-fade where the waves match best (the idea of WSOLA, Verhelst and Roelands 1993).
//!
//! This is how playing follows the jitter buffer's target and the sender's clock. A drift of 200 ppm needs one such cut of
//! about 5 ms every 25 s, which nobody hears; a resampler would cost more and could not follow the target quickly.

/// Shortest and longest piece left out or repeated, in samples at 48 kHz: 2.5 to 10 ms (a voice's period fits in).
const SHORTEST: usize = 120;
const LONGEST: usize = 480;
/// Length of the cross-fade: 5 ms.
const FADE: usize = 240;
/// Shortest sound that can be worked on.
pub const NEEDED: usize = LONGEST + FADE;
/// Quieter than this there is no wave to match (mean square).
const SILENT: f32 = 1e-7;

/// The lag at which the sound resembles itself best, and how well (1 is identical).
fn best_lag(sound: &[f32]) -> Option<(usize, f32)> {
    let head = sound.get(..FADE)?;
    let energy: f32 = head.iter().step_by(2).map(|x| x * x).sum();
    if energy < SILENT * (FADE / 2) as f32 {
        return Some((LONGEST, 1.0));
    }
    let mut best = (SHORTEST, -1.0);
    for lag in SHORTEST..=LONGEST {
        let other = sound.get(lag..lag + FADE)?;
        let (mut cross, mut energy_there) = (0.0, 1e-9);
        for (a, b) in head.iter().zip(other).step_by(2) {
            cross += a * b;
            energy_there += b * b;
        }
        let likeness = cross / (energy * energy_there).sqrt();
        if likeness > best.1 {
            best = (lag, likeness);
        }
    }
    Some(best)
}

fn fade(out: &mut Vec<f32>, from: &[f32], to: &[f32]) {
    let length = from.len().min(to.len()) as f32;
    out.extend(from.iter().zip(to).enumerate().map(|(i, (a, b))| {
        let weight = (i as f32 + 0.5) / length;
        a * (1.0 - weight) + b * weight
    }));
}

/// Where one period of `sound` (in samples, 2.5 to 10 ms) can be left out or repeated. `None`: it is too short, or no place
/// matches at least `likeness` (-1 to 1) well. What is heard together with it is cut in the same place.
pub fn period(sound: &[f32], likeness: f32) -> Option<usize> {
    let (lag, match_) = best_lag(sound)?;
    (match_ >= likeness && lag + FADE <= sound.len()).then_some(lag)
}

/// Appends `sound`, shorter by `period`, to `out`.
pub fn shorten(sound: &[f32], period: usize, out: &mut Vec<f32>) {
    if let (Some(head), Some(there), Some(tail)) =
        (sound.get(..FADE), sound.get(period..period + FADE), sound.get(period + FADE..))
    {
        fade(out, head, there);
        out.extend_from_slice(tail);
    }
}

/// Appends `sound`, longer by `period`, to `out`.
pub fn lengthen(sound: &[f32], period: usize, out: &mut Vec<f32>) {
    if let (Some(head), Some(once), Some(there), Some(tail)) =
        (sound.get(..FADE), sound.get(..period), sound.get(period..period + FADE), sound.get(FADE..))
    {
        out.extend_from_slice(once);
        fade(out, there, head);
        out.extend_from_slice(tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Sine, frequency_of};

    #[test]
    fn a_tone_keeps_its_pitch_when_shortened_or_lengthened() {
        let mut sound = vec![0.0; 96_000];
        Sine::new(440.0, 0.5).fill(&mut sound);
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for block in sound.chunks_exact(960) {
            let period = period(block, 0.9).expect("a tone has one");
            assert!(period >= SHORTEST);
            shorten(block, period, &mut short);
            lengthen(block, period, &mut long);
        }
        assert!(short.len() < 80_000 && long.len() > 110_000);
        for sound in [&short, &long] {
            let frequency = frequency_of(sound, 48_000);
            assert!((frequency - 440.0).abs() < 4.4, "{frequency}");
        }
    }

    #[test]
    fn noise_is_left_alone_unless_it_must_be_cut() {
        let mut random = fastrand::Rng::with_seed(1);
        let noise: Vec<f32> = (0..960).map(|_| random.f32() - 0.5).collect();
        assert_eq!(period(&noise, 0.9), None);
        assert!(period(&noise, -1.0).is_some());
        assert_eq!(period(&noise[..100], -1.0), None);
    }

    #[test]
    fn silence_is_cut_most() {
        assert_eq!(period(&[0.0; 960], 0.9), Some(LONGEST));
        let mut out = Vec::new();
        shorten(&[0.0; 960], LONGEST, &mut out);
        assert_eq!(out.len(), 960 - LONGEST);
        assert!(out.iter().all(|x| *x == 0.0));
    }
}
