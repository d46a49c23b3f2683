//! Sounds a phone makes by itself.

mod region;

pub use region::{Cadence, Signal, cadence};

use crate::hardware::SAMPLE_RATE;
use ahoy_model::{RingTone, ToneRegion};
use std::f64::consts::TAU;

/// A sound that goes on until stopped, except a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Somebody calls us.
    Ring(RingTone),
    /// What the networks of a country say with a tone.
    Call(Signal, ToneRegion),
    /// One key, 160 ms (ITU-T Q.23). Anything but `0-9 * # A-D` is silent.
    Key(char),
    /// For tests and for trying a speaker. Hz.
    Sine(u32),
}

/// A sine of one frequency.
#[derive(Clone, Debug)]
pub struct Sine {
    phase: f64,
    step: f64,
    gain: f32,
}

impl Sine {
    /// Hz, and 0 to 1.
    pub fn new(frequency: f64, gain: f32) -> Self {
        Self { phase: 0.0, step: frequency / f64::from(SAMPLE_RATE), gain }
    }

    pub fn next_sample(&mut self) -> f32 {
        let sample = (self.phase * TAU).sin() as f32 * self.gain;
        self.phase = (self.phase + self.step).fract();
        sample
    }

    pub fn fill(&mut self, out: &mut [f32]) {
        out.fill_with(|| self.next_sample());
    }
}

/// One note of a tone: its frequency, and when it sounds within the tone's cycle, ms.
#[derive(Clone, Debug)]
struct Voice {
    sine: Sine,
    on: Vec<(u64, u64)>,
    /// Rises and falls within 5 ms so that nothing clicks.
    envelope: f32,
}

/// Frequency, share of the loudness, when it sounds.
type Note = (f64, f32, Vec<(u64, u64)>);

/// What a tone is made of.
struct Score {
    notes: Vec<Note>,
    /// ms until it begins again.
    cycle: u64,
    gain: f32,
    /// It is struck like a bell: it fades while it sounds.
    struck: bool,
}

const ALWAYS: &[(u64, u64)] = &[(0, u64::MAX)];

impl Score {
    fn of(tone: Tone) -> Self {
        let even = |notes: &[f64], on: &[(u64, u64)], cycle, gain| Self {
            notes: notes.iter().map(|hertz| (*hertz, 1.0, on.to_vec())).collect(),
            cycle,
            gain,
            struck: false,
        };
        match tone {
            Tone::Ring(ring) => Self::ring(ring),
            Tone::Call(signal, region) => Self::call(signal, region),
            Tone::Key(key) => {
                let both = key_frequencies(key).map(Vec::from).unwrap_or_default();
                even(&both, &[(0, 160)], u64::MAX, 0.15)
            }
            Tone::Sine(hertz) => even(&[f64::from(hertz)], ALWAYS, u64::MAX, 0.5),
        }
    }

    fn call(signal: Signal, region: ToneRegion) -> Self {
        let Cadence { hertz, rhythm } = cadence(signal, region);
        let mut cycle = 0;
        let mut on = Vec::new();
        for (at, ms) in rhythm.iter().enumerate() {
            if at % 2 == 0 {
                on.push((cycle, cycle + ms));
            }
            cycle += ms;
        }
        let total: f32 = hertz.iter().map(|(_, share)| share).sum();
        let notes = hertz.iter().map(|(hertz, share)| (*hertz, share / total, on.clone())).collect();
        // Whoever talks is not to be startled.
        let gain = if signal == Signal::CallWaiting { 0.1 } else { 0.2 };
        Self { notes, cycle, gain, struck: false }
    }

    fn ring(ring: RingTone) -> Self {
        let struck = |notes: &[(f64, &'static [(u64, u64)])], cycle, gain| Self {
            notes: notes.iter().map(|(hertz, on)| (*hertz, 1.0, on.to_vec())).collect(),
            cycle,
            gain,
            struck: true,
        };
        const CHORDS: &[(u64, u64)] = &[(0, 400), (550, 1_150)];
        match ring {
            RingTone::Harbour => struck(
                &[(659.26, CHORDS), (830.61, CHORDS), (987.77, CHORDS), (1_318.51, CHORDS)],
                3_000,
                0.16,
            ),
            RingTone::Telephone => Self {
                struck: false,
                ..struck(&[(440.0, &[(0, 2_000)]), (480.0, &[(0, 2_000)])], 6_000, 0.3)
            },
            RingTone::Chime => struck(
                &[
                    (783.99, &[(0, 250)]),
                    (1_567.98, &[(0, 60)]),
                    (622.25, &[(600, 1_000)]),
                    (1_244.51, &[(600, 660)]),
                ],
                3_500,
                0.4,
            ),
            RingTone::Marimba => struck(
                &[
                    (523.25, &[(0, 60)]),
                    (659.26, &[(180, 240)]),
                    (783.99, &[(360, 420)]),
                    (1_046.5, &[(540, 700)]),
                    (880.0, &[(900, 1_060)]),
                ],
                2_800,
                0.45,
            ),
            RingTone::Horn => Self {
                struck: false,
                ..struck(
                    &[(146.83, &[(0, 1_400)]), (220.0, &[(0, 1_400)]), (293.66, &[(0, 1_400)])],
                    5_000,
                    0.28,
                )
            },
        }
    }
}

/// Plays one tone with its rhythm.
#[derive(Clone, Debug)]
pub struct ToneGenerator {
    tone: Tone,
    voices: Vec<Voice>,
    /// ms
    cycle: u64,
    struck: bool,
    /// Samples played.
    at: u64,
    gain: f32,
}

impl ToneGenerator {
    /// `volume` 0 to 1.
    pub fn new(tone: Tone, volume: f32) -> Self {
        let Score { notes, cycle, gain, struck } = Score::of(tone);
        let voice = |(hertz, share, on)| Voice { sine: Sine::new(hertz, share), on, envelope: 0.0 };
        let voices = notes.into_iter().map(voice).collect();
        Self { tone, voices, cycle, struck, at: 0, gain: gain * volume.clamp(0.0, 1.0) }
    }

    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// Writes the next samples. False once the tone is over.
    pub fn fill(&mut self, out: &mut [f32]) -> bool {
        let rate = u64::from(SAMPLE_RATE / 1000);
        let (attack, release) = if self.struck { (0.004, 0.000_08) } else { (0.004, 0.004) };
        for sample in out.iter_mut() {
            let ms = self.at / rate % self.cycle;
            let mut sum = 0.0;
            for voice in &mut self.voices {
                let on = voice.on.iter().any(|(from, until)| (*from..*until).contains(&ms));
                let envelope = voice.envelope;
                voice.envelope =
                    if on { (envelope + attack).min(1.0) } else { (envelope - release).max(0.0) };
                sum += voice.sine.next_sample() * voice.envelope * voice.envelope;
            }
            *sample = sum * self.gain;
            self.at += 1;
        }
        !(matches!(self.tone, Tone::Key(_)) && self.at > 200 * rate)
    }
}

/// The two frequencies of a key (ITU-T Q.23).
pub fn key_frequencies(key: char) -> Option<[f64; 2]> {
    const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    const KEYS: &str = "123A456B789C*0#D";
    let place = KEYS.find(key.to_ascii_uppercase())?;
    Some([*LOW.get(place / 4)?, *HIGH.get(place % 4)?])
}

/// The frequency of a steady tone in Hz, from its rising zero crossings. 0 for silence. A measuring tool.
pub fn frequency_of(samples: &[f32], rate: u32) -> f64 {
    let mut first = None;
    let mut last = 0.0;
    let mut count = 0u32;
    for (i, pair) in samples.windows(2).enumerate() {
        if let [a, b] = *pair
            && a < 0.0
            && b >= 0.0
        {
            last = i as f64 + f64::from(a / (a - b));
            match first {
                None => first = Some(last),
                Some(_) => count += 1,
            }
        }
    }
    match first {
        Some(first) if count > 0 => f64::from(count) * f64::from(rate) / (last - first),
        _ => 0.0,
    }
}

/// The longest stretch quieter than `floor` (absolute sample value), in ms, between the first and the last louder sample.
/// A measuring tool.
pub fn longest_gap(samples: &[f32], rate: u32, floor: f32) -> f64 {
    let mut last_loud = None;
    let mut longest = 0;
    for (i, sample) in samples.iter().enumerate() {
        if sample.abs() >= floor {
            if let Some(last) = last_loud {
                longest = longest.max(i - last);
            }
            last_loud = Some(i);
        }
    }
    longest as f64 * 1000.0 / f64::from(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(tone: Tone, ms: usize) -> Vec<f32> {
        let mut out = vec![0.0; ms * 48];
        ToneGenerator::new(tone, 1.0).fill(&mut out);
        out
    }

    #[test]
    fn every_ring_is_heard_pauses_comes_again_and_never_clips() {
        for ring in RingTone::ALL {
            let sound = play(Tone::Ring(ring), 13_000);
            assert!(sound.iter().all(|x| x.abs() < 0.95), "{ring:?} clips");
            let loud =
                |from: usize, until: usize| sound[from * 48..until * 48].iter().any(|x| x.abs() > 0.05);
            assert!(loud(0, 400), "{ring:?} begins at once");
            assert!(loud(6_000, 13_000), "{ring:?} comes again");
            assert!(longest_gap(&sound, 48_000, 0.01) > 500.0, "{ring:?} rests");
        }
        let all: Vec<Vec<f32>> = RingTone::ALL.map(|ring| play(Tone::Ring(ring), 1_000)).into();
        assert!((1..all.len()).all(|n| all[n] != all[n - 1]), "they differ");
    }

    #[test]
    fn keys_end_by_themselves_and_have_their_two_frequencies() {
        assert_eq!(key_frequencies('5'), Some([770.0, 1336.0]));
        assert_eq!(key_frequencies('#'), Some([941.0, 1477.0]));
        assert_eq!(key_frequencies('d'), Some([941.0, 1633.0]));
        assert_eq!(key_frequencies('x'), None);
        let mut key = ToneGenerator::new(Tone::Key('1'), 1.0);
        let mut out = [0.0; 480];
        let steps = (0..100).take_while(|_| key.fill(&mut out)).count();
        assert!((18..=22).contains(&steps), "{steps}");
        assert!(!ToneGenerator::new(Tone::Key('x'), 1.0).fill(&mut [0.0; 48_000]));
    }

    #[test]
    fn gaps_and_frequencies_are_measured() {
        let mut sound = play(Tone::Sine(440), 1000);
        assert!((frequency_of(&sound, 48_000) - 440.0).abs() < 0.1);
        assert!(longest_gap(&sound, 48_000, 0.05) < 2.0);
        sound[10_000..14_800].fill(0.0);
        let gap = longest_gap(&sound, 48_000, 0.05);
        assert!((99.0..103.0).contains(&gap), "{gap}");
        assert!(frequency_of(&[0.0; 100], 48_000) == 0.0);
    }
}
