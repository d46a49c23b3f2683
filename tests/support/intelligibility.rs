//! How much of speech can be understood: STOI (Taal, Hendriks, Heusdens, Jensen: "An Algorithm for Intelligibility Prediction of
//! Time-Frequency Weighted Noisy Speech", 2011), after both recordings were laid over each other. 1 is the original; 0.75 is
//! understood without trouble, below 0.6 it becomes hard.

use ahoy_media::hardware::SAMPLE_RATE;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// At which all of this is done, Hz.
const RATE: u32 = 10_000;
const FRAME: usize = 256;
const HOP: usize = FRAME / 2;
const SPECTRUM: usize = 512;
/// Third-octave bands from 150 Hz on.
const BANDS: usize = 15;
const LOWEST: f64 = 150.0;
/// Frames looked at together: 384 ms.
const SEGMENT: usize = 30;
/// What is this far below the loudest frame is a pause, dB.
const RANGE: f64 = 40.0;
/// No band counts as more wrong than this, dB.
const WORST: f64 = -15.0;
/// Laid over each other in pieces of 1 s, each up to 600 ms late.
const PIECE: usize = RATE as usize;
const LATEST: usize = RATE as usize * 6 / 10;

/// Of `heard` against the original, both at 48 kHz. `heard` may be late, by up to 600 ms and not always the same.
pub fn stoi(original: &[f32], heard: &[f32]) -> f64 {
    let at_10_khz = |samples: &[f32]| -> Vec<f64> {
        let samples = ahoy_media::resample::clip(samples.to_vec(), SAMPLE_RATE, RATE).expect("usual rates");
        samples.into_iter().map(f64::from).collect()
    };
    let (original, heard) = laid_over(&at_10_khz(original), &at_10_khz(heard));
    let (original, heard) = without_pauses(&original, &heard);
    let (x, y) = (bands(&original), bands(&heard));
    let mut sum = (0.0, 0.0);
    for end in SEGMENT..=x.len().min(y.len()) {
        for band in 0..BANDS {
            let of = |bands: &[[f64; BANDS]]| -> Vec<f64> {
                bands[end - SEGMENT..end].iter().map(|frame| frame[band]).collect()
            };
            sum.0 += likeness(&of(&x), &of(&y));
            sum.1 += 1.0;
        }
    }
    sum.0 / f64::max(sum.1, 1.0)
}

/// Both, piece by piece, with the delay of each piece taken out.
fn laid_over(original: &[f64], heard: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut planner = RealFftPlanner::<f64>::new();
    let size = (PIECE * 2 + LATEST).next_power_of_two();
    let (forth, back) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |samples: &[f64]| -> Vec<Complex<f64>> {
        let mut padded = samples.to_vec();
        padded.resize(size, 0.0);
        let mut out = forth.make_output_vec();
        forth.process(&mut padded, &mut out).expect("the sizes fit");
        out
    };
    let mut result = (Vec::new(), Vec::new());
    let mut late = 0;
    for (number, piece) in original.chunks_exact(PIECE).enumerate() {
        let start = number * PIECE;
        let Some(after) = heard.get(start..(start + PIECE + LATEST).min(heard.len())) else { break };
        let mut product: Vec<_> =
            spectrum(after).iter().zip(spectrum(piece)).map(|(heard, said)| heard * said.conj()).collect();
        let mut likeness = back.make_output_vec();
        // The first and the last value of such a spectrum are real.
        for edge in [0, product.len() - 1] {
            product[edge].im = 0.0;
        }
        back.process(&mut product, &mut likeness).expect("the sizes fit");
        let best = likeness[..LATEST].iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        if piece.iter().any(|sample| sample.abs() > 0.01)
            && let Some((lag, _)) = best
        {
            late = lag;
        }
        let mut moved = after.get(late..).unwrap_or_default().to_vec();
        moved.resize(PIECE, 0.0);
        result.0.extend_from_slice(piece);
        result.1.extend_from_slice(&moved);
    }
    result
}

fn window() -> [f64; FRAME] {
    std::array::from_fn(|i| 0.5 - 0.5 * (std::f64::consts::TAU * (i + 1) as f64 / (FRAME + 1) as f64).cos())
}

/// Leaves out the frames of both in which the original is silent.
fn without_pauses(original: &[f64], heard: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let window = window();
    let starts: Vec<usize> = (0..original.len().saturating_sub(FRAME)).step_by(HOP).collect();
    let level = |start: &usize| {
        let energy: f64 =
            original[*start..].iter().zip(&window).map(|(sample, weight)| (sample * weight).powi(2)).sum();
        10.0 * (energy + 1e-20).log10()
    };
    let levels: Vec<f64> = starts.iter().map(level).collect();
    let loudest = levels.iter().copied().fold(f64::MIN, f64::max);
    let kept: Vec<usize> = starts
        .into_iter()
        .zip(levels)
        .filter(|(_, level)| *level > loudest - RANGE)
        .map(|(start, _)| start)
        .collect();
    let join = |samples: &[f64]| {
        let mut out = vec![0.0; kept.len() * HOP + HOP];
        for (place, start) in kept.iter().enumerate() {
            let frame = samples[*start..].iter().zip(&window);
            for (sum, (sample, weight)) in out[place * HOP..].iter_mut().zip(frame) {
                *sum += sample * weight;
            }
        }
        out
    };
    (join(original), join(heard))
}

/// The strength of every band, frame by frame.
fn bands(samples: &[f64]) -> Vec<[f64; BANDS]> {
    let window = window();
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(SPECTRUM);
    let mut out = fft.make_output_vec();
    let bin = |hz: f64| (hz * SPECTRUM as f64 / f64::from(RATE)).round() as usize;
    let edges: [(usize, usize); BANDS] = std::array::from_fn(|band| {
        let middle = LOWEST * 2f64.powf(band as f64 / 3.0);
        (bin(middle * 2f64.powf(-1.0 / 6.0)), bin(middle * 2f64.powf(1.0 / 6.0)))
    });
    (0..samples.len().saturating_sub(FRAME))
        .step_by(HOP)
        .map(|start| {
            let mut frame: Vec<f64> = samples[start..].iter().zip(&window).map(|(s, w)| s * w).collect();
            frame.resize(SPECTRUM, 0.0);
            fft.process(&mut frame, &mut out).expect("the sizes fit");
            edges.map(|(from, to)| out[from..to].iter().map(Complex::norm_sqr).sum::<f64>().sqrt())
        })
        .collect()
}

/// Of one band over one segment, -1 to 1.
fn likeness(original: &[f64], heard: &[f64]) -> f64 {
    let norm = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    let gain = norm(original) / (norm(heard) + 1e-20);
    let limit = 1.0 + 10f64.powf(-WORST / 20.0);
    let clipped: Vec<f64> = heard.iter().zip(original).map(|(y, x)| (y * gain).min(x * limit)).collect();
    let middle = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| v - mean).collect::<Vec<_>>()
    };
    let (x, y) = (middle(original), middle(&clipped));
    x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / (norm(&x) * norm(&y) + 1e-20)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something that changes in every band, as speech does.
    fn babble(seed: u64) -> Vec<f32> {
        let mut random = seed;
        let mut noise = move || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 40) as f32 / (1u64 << 24) as f32 - 0.5
        };
        let mut low = 0.0;
        (0..SAMPLE_RATE as usize * 4)
            .map(|i| {
                let t = i as f32 / SAMPLE_RATE as f32;
                let white = noise();
                low += (white - low) * 0.05;
                white * (t * 9.0).sin().max(0.0) * 0.2 + low * (t * 5.0).cos().max(0.0)
            })
            .collect()
    }

    #[test]
    fn the_original_is_understood_late_too_and_something_else_is_not() {
        let said = babble(1);
        let mut late = vec![0.0; 4_800];
        late.extend(said.iter().map(|sample| sample * 0.5));
        assert!(stoi(&said, &late) > 0.99, "{}", stoi(&said, &late));
        assert!(stoi(&said, &babble(7)) < 0.75, "{}", stoi(&said, &babble(7)));
        let buried: Vec<f32> = said.iter().zip(babble(9)).map(|(said, noise)| said * 0.05 + noise).collect();
        assert!(stoi(&said, &buried) < stoi(&said, &late) - 0.1);
    }
}
