//! Judging recordings: which tone, and how long was it missing.

use super::process::PATIENCE;
use std::path::Path;
use std::time::Duration;

/// A mono recording.
pub struct Recording {
    pub rate: u32,
    pub samples: Vec<f32>,
}

impl Recording {
    /// A WAV file, or what a sound server's recorder writes (`.raw`: 16 bit, mono, 48 kHz).
    pub fn read(path: &Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "raw") {
            let bytes = std::fs::read(path).unwrap_or_default();
            let sample = |pair: &[u8; 2]| f32::from(i16::from_le_bytes(*pair)) / 32_768.0;
            return Self { rate: 48_000, samples: bytes.as_chunks().0.iter().map(sample).collect() };
        }
        let mut reader = hound::WavReader::open(path)
            .unwrap_or_else(|error| panic!("{} is not a recording: {error}", path.display()));
        let spec = reader.spec();
        let all: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples::<f32>().map_while(Result::ok).collect(),
            hound::SampleFormat::Int => {
                let full = f32::powi(2.0, i32::from(spec.bits_per_sample) - 1);
                reader.samples::<i32>().map_while(Result::ok).map(|s| s as f32 / full).collect()
            }
        };
        let samples =
            all.chunks(usize::from(spec.channels)).map(|c| c.iter().sum::<f32>() / c.len() as f32).collect();
        Self { rate: spec.sample_rate, samples }
    }

    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate))
    }

    /// What is recorded in the next `part`, counted from now: waits until the file has grown by that much.
    pub async fn next(path: &Path, part: Duration) -> Self {
        let start = Self::read(path).duration();
        let grown = async {
            let mut look = tokio::time::interval(Duration::from_millis(100));
            loop {
                look.tick().await;
                let recording = Self::read(path);
                if recording.duration() >= start + part {
                    return recording.after(start);
                }
            }
        };
        tokio::time::timeout(part + PATIENCE, grown)
            .await
            .unwrap_or_else(|_| panic!("{} does not grow", path.display()))
    }

    /// The last `part` of it.
    pub fn tail(&self, part: Duration) -> Self {
        let wanted = (part.as_secs_f64() * f64::from(self.rate)) as usize;
        let from = self.samples.len().saturating_sub(wanted);
        Self { rate: self.rate, samples: self.samples[from..].to_vec() }
    }

    /// Everything after `offset`.
    pub fn after(&self, offset: Duration) -> Self {
        let from = ((offset.as_secs_f64() * f64::from(self.rate)) as usize).min(self.samples.len());
        Self { rate: self.rate, samples: self.samples[from..].to_vec() }
    }

    /// Frequency of the strongest tone in Hz, to about 0.1 %: a coarse scan, then a fine one around its peak.
    pub fn tone(&self) -> f64 {
        let part = &self.samples[..self.samples.len().min(self.rate as usize * 2)];
        let peak = |from: f64, to: f64, step: f64| {
            let mut best = (from, 0.0);
            let mut hz = from;
            while hz <= to {
                let power = goertzel(part, self.rate, hz);
                if power > best.1 {
                    best = (hz, power);
                }
                hz += step;
            }
            best.0
        };
        let coarse_part = &part[..part.len().min(self.rate as usize / 10)];
        let mut coarse = (100.0, 0.0);
        let mut hz = 100.0;
        while hz <= 3000.0 {
            let power = goertzel(coarse_part, self.rate, hz);
            if power > coarse.1 {
                coarse = (hz, power);
            }
            hz += 5.0;
        }
        peak(coarse.0 - 8.0, coarse.0 + 8.0, 0.25)
    }

    /// Longest stretch in which `hz` was not heard, in steps of 10 ms. Heard: at least half of a step's power is at `hz` (give or take 50 Hz), and there is some.
    pub fn longest_gap(&self, hz: f64) -> Duration {
        let step = self.rate as usize / 100;
        let (mut longest, mut current) = (0, 0);
        for chunk in self.samples.chunks_exact(step) {
            let power = chunk.iter().map(|s| f64::from(s * s)).sum::<f64>() / chunk.len() as f64;
            // A pure sine has twice its Goertzel power in its mean square.
            let heard = power > 1e-6 && 2.0 * goertzel(chunk, self.rate, hz) > 0.5 * power;
            current = if heard { 0 } else { current + 1 };
            longest = longest.max(current);
        }
        Duration::from_millis(longest * 10)
    }

    /// How long `hz` has been heard without a gap longer than `gap`, up to the end.
    pub fn steady(&self, hz: f64, gap: Duration) -> Duration {
        let step = self.rate as usize / 100;
        let (mut steps, mut missing) = (0, 0);
        for chunk in self.samples.rchunks_exact(step) {
            let power = chunk.iter().map(|s| f64::from(s * s)).sum::<f64>() / chunk.len() as f64;
            let heard = power > 1e-6 && 2.0 * goertzel(chunk, self.rate, hz) > 0.5 * power;
            missing = if heard { 0 } else { missing + 1 };
            if Duration::from_millis(missing * 10) > gap {
                break;
            }
            steps += 1;
        }
        Duration::from_millis((steps - missing.min(steps)) * 10)
    }

    /// How strong a tone is (Goertzel), 0 to 1.
    pub fn strength(&self, hz: f64) -> f64 {
        let step = 2.0 * (std::f64::consts::TAU * hz / f64::from(self.rate)).cos();
        let (mut a, mut b) = (0.0, 0.0);
        for sample in &self.samples {
            (a, b) = (f64::from(*sample) + step * a - b, a);
        }
        (a * a + b * b - step * a * b).max(0.0).sqrt() * 2.0 / self.samples.len().max(1) as f64
    }

    /// Root mean square, 0 to 1.
    pub fn loudness(&self) -> f32 {
        let sum: f32 = self.samples.iter().map(|s| s * s).sum();
        (sum / self.samples.len().max(1) as f32).sqrt()
    }

    /// Where `self` and `other` are most alike when `other` is moved by up to `reach`: the likeness (-1 to 1) of their
    /// loudness envelopes in steps of 10 ms, and the shift. Survives codecs, which keep envelopes and not waveforms.
    pub fn likeness(&self, other: &Self, reach: Duration) -> (f64, Duration) {
        let (a, b) = (self.envelope(), other.envelope());
        let steps = (reach.as_millis() / 10) as usize;
        let mut best = (-1.0, 0);
        for shift in 0..=steps {
            let Some(moved) = a.get(shift..) else { break };
            let n = moved.len().min(b.len());
            if n < 50 {
                break;
            }
            let r = correlation(&moved[..n], &b[..n]);
            if r > best.0 {
                best = (r, shift);
            }
        }
        (best.0, Duration::from_millis(best.1 as u64 * 10))
    }

    fn envelope(&self) -> Vec<f64> {
        let step = self.rate as usize / 100;
        let power = |c: &[f32]| (c.iter().map(|s| f64::from(s * s)).sum::<f64>() / c.len() as f64).sqrt();
        self.samples.chunks_exact(step).map(power).collect()
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// Power of one frequency (Goertzel), per sample.
fn goertzel(samples: &[f32], rate: u32, hz: f64) -> f64 {
    let coefficient = 2.0 * (2.0 * std::f64::consts::PI * hz / f64::from(rate)).cos();
    let (mut s1, mut s2) = (0.0, 0.0);
    for &sample in samples {
        let s0 = f64::from(sample) + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
    }
    let n = samples.len().max(1) as f64;
    (s1 * s1 + s2 * s2 - coefficient * s1 * s2) / (n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, seconds: f64) -> Vec<f32> {
        (0..(seconds * 48_000.0) as usize)
            .map(|i| (0.3 * (2.0 * std::f64::consts::PI * hz * i as f64 / 48_000.0).sin()) as f32)
            .collect()
    }

    #[test]
    fn a_tone_is_named_and_a_hole_in_it_is_measured() {
        let mut samples = sine(523.0, 2.0);
        samples[48_000..48_000 + 4_800].fill(0.0);
        let recording = Recording { rate: 48_000, samples };
        assert!((recording.tone() - 523.0).abs() < 2.0, "{}", recording.tone());
        let gap = recording.longest_gap(523.0);
        assert!((90..=110).contains(&gap.as_millis()), "{gap:?}");
        let other = Recording { rate: 48_000, samples: sine(600.0, 2.0) };
        assert!(
            other.longest_gap(523.0) > Duration::from_millis(60),
            "another tone does not pass for this one"
        );
    }
}
