//! A call on loudspeakers in a simulated room: what of the far side's voice comes back to it, and what becomes of the near one's.

use super::echo_room::{EchoRoom, through};
use super::intelligibility::stoi;
use super::speech::{REPLY, STORY, loudness_of_speech, read_aloud};
use ahoy_media::hardware::{SAMPLE_RATE, STEP};
use ahoy_media::processing::{Processing, ProcessingSwitches};
use std::time::{Duration, Instant};

/// Only the far side speaks; from then on both; then the far side alone again, and the echo comes later. Seconds.
const BOTH: usize = 10;
const LATER: usize = 18;
const END: usize = 26;
/// What it may take to learn the echo's way, s.
const LEARNING: usize = 2;
/// Of the microphone itself: -66 dB of full scale.
const HISS: f32 = 0.0005;
/// The echo is as loud as a voice near the microphone.
const LOUD: f32 = 1.0;

/// What was measured. Levels in dB.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// How much quieter the echo is than it was (ERLE), after learning and before both speak.
    pub alone: f64,
    /// The same, 2 s after the echo began to come later than the devices say.
    pub moved: f64,
    /// How well the near side is understood while both speak: before and after cleaning.
    pub near_raw: f64,
    pub near: f64,
    /// How much quieter the near side becomes meanwhile.
    pub near_loss: f64,
    /// Share of one processor.
    pub load: f64,
}

/// `delay`: of the devices, from our mix to the loudspeaker and from the microphone to us, ms. `jump`: what is added to it
/// in the end, without anybody being told, ms.
pub fn measure(room: &EchoRoom, delay: usize, jump: usize, switches: ProcessingSwitches) -> Echo {
    let second = SAMPLE_RATE as usize;
    let far = looped(read_aloud("en-gb+m3", STORY), END * second);
    let near = looped(read_aloud("en-us+f2", REPLY), (LATER - BOTH) * second);
    // A small loudspeaker is not quite straight.
    let driven: Vec<f32> = far.iter().map(|sample| (sample * 1.5).tanh() / 1.5 * LOUD).collect();
    let echo = through(&room.response(), &driven);
    let late = |at: usize| delay + if at >= LATER * second { jump } else { 0 };
    let mut noise = 1u32;
    let mut cleaner = Processing::new(switches);
    let (mut heard, mut cleaned) = (Vec::with_capacity(far.len()), Vec::with_capacity(far.len()));
    let mut spent = Duration::ZERO;
    for start in (0..far.len() - STEP + 1).step_by(STEP) {
        let mut played = [0.0; STEP];
        played.copy_from_slice(&far[start..start + STEP]);
        let mut step: [f32; STEP] = std::array::from_fn(|i| {
            let at = start + i;
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = (noise >> 8) as f32 / (1 << 23) as f32 - 1.0;
            let back = at.checked_sub(late(at) * second / 1000).and_then(|at| echo.get(at));
            let voice = at.checked_sub(BOTH * second).and_then(|at| near.get(at));
            back.copied().unwrap_or(0.0) + voice.copied().unwrap_or(0.0) + hiss * HISS
        });
        heard.extend(step);
        let begun = Instant::now();
        cleaner.played(&played);
        cleaner.captured(&mut step, delay as u32);
        spent += begun.elapsed();
        cleaned.extend(step);
    }
    let energy = |sound: &[f32], from: usize, to: usize| {
        sound[from * second..to * second].iter().map(|s| f64::from(s * s)).sum::<f64>()
    };
    let quieter = |from: usize, to: usize| {
        10.0 * (energy(&heard, from, to) / energy(&cleaned, from, to).max(1e-12)).log10()
    };
    let both = BOTH * second..LATER * second;
    let said = |sound: &[f32]| f64::from(loudness_of_speech(sound));
    Echo {
        alone: quieter(LEARNING, BOTH),
        moved: quieter(LATER + LEARNING, END),
        near_raw: stoi(&near, &heard[both.clone()]),
        near: stoi(&near, &cleaned[both.clone()]),
        near_loss: 20.0 * (said(&near) / said(&cleaned[both]).max(1e-9)).log10(),
        load: spent.as_secs_f64() / END as f64,
    }
}

/// How much later a voice leaves than it came, ms, by where it looks most like itself.
pub fn added_delay(switches: ProcessingSwitches) -> f64 {
    const LATEST: usize = SAMPLE_RATE as usize / 20;
    let voice: Vec<f32> = read_aloud("en-us+f2", REPLY).into_iter().take(4 * SAMPLE_RATE as usize).collect();
    let mut cleaner = Processing::new(switches);
    let mut cleaned = Vec::with_capacity(voice.len());
    for part in voice.as_chunks::<STEP>().0 {
        let mut step = *part;
        cleaner.played(&[0.0; STEP]);
        cleaner.captured(&mut step, 0);
        cleaned.extend(step);
    }
    let likeness = |lag: usize| {
        let pairs = voice.iter().zip(cleaned.iter().skip(lag));
        pairs.skip(SAMPLE_RATE as usize).map(|(a, b)| f64::from(a * b)).sum::<f64>()
    };
    let best = (0..LATEST).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap_or_default();
    best as f64 * 1000.0 / f64::from(SAMPLE_RATE)
}

fn looped(sound: Vec<f32>, length: usize) -> Vec<f32> {
    sound.into_iter().cycle().take(length).collect()
}

/// What a noise suppressor made of speech in noise.
#[derive(Clone, Copy, Debug)]
pub struct Denoised {
    /// How much quieter the pauses are, dB.
    pub pauses: f64,
    /// How much quieter the voice is, dB.
    pub voice: f64,
    pub understood_raw: f64,
    pub understood: f64,
}

/// What a room sounds like when nobody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// As loud at every pitch.
    Hiss,
    /// Air and a motor: deep, with a hum of 120 Hz.
    Fan,
    /// Other voices, far away.
    Voices,
}

impl Noise {
    pub const ALL: [Self; 3] = [Self::Hiss, Self::Fan, Self::Voices];

    fn sound(self, length: usize) -> Vec<f32> {
        let mut random = 7u32;
        let mut white = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        match self {
            Self::Hiss => (0..length).map(|_| white()).collect(),
            Self::Fan => {
                let mut low = 0.0;
                let hum =
                    |i: usize, hz: f32| (i as f32 / SAMPLE_RATE as f32 * hz * std::f32::consts::TAU).sin();
                (0..length)
                    .map(|i| {
                        low += (white() - low) * 0.03;
                        low + 0.05 * hum(i, 120.0) + 0.02 * hum(i, 240.0)
                    })
                    .collect()
            }
            Self::Voices => {
                let mut sum = vec![0.0; length];
                for (number, voice) in
                    ["en-gb+m1", "en-us+f4", "en-gb+m7", "en-us+f1", "en-gb+m5"].iter().enumerate()
                {
                    let text = if number % 2 == 0 { REPLY } else { STORY };
                    let talk = read_aloud(voice, text).into_iter().cycle().skip(number * 31_337);
                    sum.iter_mut().zip(talk).for_each(|(sum, sample)| *sum += sample);
                }
                sum
            }
        }
    }
}

/// Speech with noise that is `ratio` dB quieter, through noise suppression and the high-pass alone.
pub fn denoise(noise: Noise, ratio: f32) -> Denoised {
    let second = SAMPLE_RATE as usize;
    // A pause of 4 s first, to learn and to measure.
    let mut speech = vec![0.0; 4 * second];
    speech.extend(read_aloud("en-gb+m3", STORY));
    let mut noise = noise.sound(speech.len());
    let loud = (noise.iter().map(|s| s * s).sum::<f32>() / noise.len() as f32).sqrt();
    let factor = loudness_of_speech(&speech) * 10f32.powf(-ratio / 20.0) / loud;
    noise.iter_mut().for_each(|sample| *sample *= factor);
    let mixed: Vec<f32> = speech.iter().zip(&noise).map(|(a, b)| a + b).collect();
    let switches =
        ProcessingSwitches { noise_suppression: true, high_pass: true, ..ProcessingSwitches::NONE };
    let mut cleaner = Processing::new(switches);
    let mut cleaned = Vec::with_capacity(mixed.len());
    for part in mixed.chunks_exact(STEP) {
        let mut step = [0.0; STEP];
        step.copy_from_slice(part);
        cleaner.captured(&mut step, 0);
        cleaned.extend(step);
    }
    let energy = |sound: &[f32]| sound.iter().map(|s| f64::from(s * s)).sum::<f64>().max(1e-12);
    let pause = 2 * second..4 * second;
    let voice = |sound: &[f32]| f64::from(loudness_of_speech(sound));
    Denoised {
        pauses: 10.0 * (energy(&mixed[pause.clone()]) / energy(&cleaned[pause])).log10(),
        voice: 20.0 * (voice(&mixed[4 * second..]) / voice(&cleaned[4 * second..])).log10(),
        understood_raw: stoi(&speech, &mixed),
        understood: stoi(&speech, &cleaned),
    }
}
