//! Whole clips at 48 kHz.

use rubato::audioadapter::Adapter;
use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Fft, FixedSync, Resampler};

/// A clip at another sample rate. `None` when a rate is 0 or far out of reason.
pub fn clip(samples: Vec<f32>, from: u32, to: u32) -> Option<Vec<f32>> {
    if from == to || samples.is_empty() {
        return Some(samples);
    }
    if !(1_000..=768_000).contains(&from) || !(1_000..=768_000).contains(&to) {
        return None;
    }
    let length = samples.len();
    let mut resampler = Fft::<f32>::new(from as usize, to as usize, 1024, 1, FixedSync::Both).ok()?;
    let input = InterleavedOwned::new_from(samples, 1, length).ok()?;
    let output = resampler.process_all(&input, length, None).ok()?;
    (0..output.frames()).map(|i| output.read_sample(0, i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::frequency_of;

    fn tone(rate: u32) -> Vec<f32> {
        (0..rate).map(|i| (i as f32 / rate as f32 * 440.0 * std::f32::consts::TAU).sin()).collect()
    }

    #[test]
    fn a_clip_keeps_its_length_and_pitch() {
        for rate in [8_000, 16_000, 22_050, 44_100, 96_000] {
            let made = clip(tone(rate), rate, 48_000).expect("resamples");
            assert!(made.len().abs_diff(48_000) <= 2, "{rate}: {}", made.len());
            assert!((frequency_of(&made[4_800..43_200], 48_000) - 440.0).abs() < 0.5);
        }
        assert!(clip(vec![0.0; 4], 0, 48_000).is_none());
    }
}
