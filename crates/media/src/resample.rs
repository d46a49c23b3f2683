//! Whole clips at 48 kHz, and films whose sound has another rate.

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

/// A stream, block by block. Linear in time, without drift.
pub struct StreamResampler {
    resampler: Fft<f32>,
    waiting: Vec<f32>,
}

impl StreamResampler {
    /// `None` when a rate is out of reason. Adds about 5 ms of delay.
    pub fn new(from: u32, to: u32) -> Option<Self> {
        if !(1_000..=768_000).contains(&from) || !(1_000..=768_000).contains(&to) {
            return None;
        }
        let chunk = (from / 200) as usize;
        let resampler = Fft::new(from as usize, to as usize, chunk, 1, FixedSync::Both).ok()?;
        Some(Self { resampler, waiting: Vec::with_capacity(chunk * 4) })
    }

    /// Takes samples as they come and appends what they make.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.waiting.extend_from_slice(samples);
        loop {
            let needed = self.resampler.input_frames_next();
            if self.waiting.len() < needed {
                return;
            }
            let block: Vec<f32> = self.waiting.drain(..needed).collect();
            let Ok(input) = InterleavedOwned::new_from(block, 1, needed) else { return };
            let Ok(made) = self.resampler.process(&input, None) else { return };
            out.extend((0..made.frames()).filter_map(|i| made.read_sample(0, i)));
        }
    }
}

impl std::fmt::Debug for StreamResampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StreamResampler")
    }
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

    #[test]
    fn a_stream_keeps_its_pitch_over_odd_blocks() {
        let mut stream = StreamResampler::new(44_100, 48_000).expect("opens");
        let mut out = Vec::new();
        for block in tone(44_100).chunks(441 - 3) {
            stream.push(block, &mut out);
        }
        assert!(out.len() > 46_500, "{}", out.len());
        assert!((frequency_of(&out[4_800..43_200], 48_000) - 440.0).abs() < 0.5);
    }
}
