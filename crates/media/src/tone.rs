//! Sounds a phone makes by itself.

use crate::hardware::SAMPLE_RATE;
use std::f64::consts::TAU;

/// A sound that goes on until stopped, except a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Somebody calls us: two soft chords, then a rest, every 3 s.
    Ring,
    /// It rings at the far side: 425 Hz, 1 s on, 4 s off (ITU-T E.180 annex, most of Europe).
    RingBack,
    /// 425 Hz, 0.5 s on, 0.5 s off.
    Busy,
    /// Another call waits: 425 Hz, 0.2 s on, 0.2 s off, 0.2 s on, 4.4 s off; quiet.
    CallWaiting,
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

/// Plays one tone with its rhythm.
#[derive(Clone, Debug)]
pub struct ToneGenerator {
    tone: Tone,
    voices: Vec<Sine>,
    /// Samples played.
    at: u64,
    /// Rises and falls within 5 ms so that nothing clicks.
    envelope: f32,
    gain: f32,
}

impl ToneGenerator {
    /// `volume` 0 to 1.
    pub fn new(tone: Tone, volume: f32) -> Self {
        let (frequencies, gain): (Vec<f64>, f32) = match tone {
            Tone::Ring => (vec![659.26, 830.61, 987.77, 1318.51], 0.16),
            Tone::RingBack | Tone::Busy => (vec![425.0], 0.2),
            Tone::CallWaiting => (vec![425.0], 0.1),
            Tone::Key(key) => (key_frequencies(key).map(Vec::from).unwrap_or_default(), 0.15),
            Tone::Sine(hertz) => (vec![f64::from(hertz)], 0.5),
        };
        let voices = frequencies.into_iter().map(|f| Sine::new(f, 1.0)).collect();
        Self { tone, voices, at: 0, envelope: 0.0, gain: gain * volume.clamp(0.0, 1.0) }
    }

    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// On and off times in ms, repeated; how long it takes to fade.
    fn is_on(&self, ms: u64) -> bool {
        match self.tone {
            Tone::Ring => matches!(ms % 3000, 0..400 | 550..1150),
            Tone::RingBack => ms % 5000 < 1000,
            Tone::Busy => ms % 1000 < 500,
            Tone::CallWaiting => matches!(ms % 5000, 0..200 | 400..600),
            Tone::Key(_) => ms < 160,
            Tone::Sine(_) => true,
        }
    }

    /// Writes the next samples. False once the tone is over.
    pub fn fill(&mut self, out: &mut [f32]) -> bool {
        let rate = u64::from(SAMPLE_RATE / 1000);
        // The ring is struck like a bell: it fades while it sounds.
        let (attack, release) = if self.tone == Tone::Ring { (0.004, 0.000_08) } else { (0.004, 0.004) };
        for sample in out.iter_mut() {
            let on = self.is_on(self.at / rate);
            self.envelope =
                if on { (self.envelope + attack).min(1.0) } else { (self.envelope - release).max(0.0) };
            let sum: f32 = self.voices.iter_mut().map(Sine::next_sample).sum();
            *sample = sum * self.gain * self.envelope * self.envelope;
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
    fn the_rhythms_are_those_of_itu_e180() {
        let on = |sound: &[f32], ms: usize| sound[ms * 48..(ms + 20) * 48].iter().any(|x| x.abs() > 0.02);
        let ring_back = play(Tone::RingBack, 6000);
        assert!(
            on(&ring_back, 500) && !on(&ring_back, 1100) && !on(&ring_back, 4900) && on(&ring_back, 5100)
        );
        let busy = play(Tone::Busy, 2000);
        assert!(on(&busy, 100) && !on(&busy, 600) && on(&busy, 1100));
        assert!((frequency_of(&busy[480..20_000], 48_000) - 425.0).abs() < 1.0);
        let waiting = play(Tone::CallWaiting, 1500);
        assert!(on(&waiting, 100) && !on(&waiting, 250) && on(&waiting, 450) && !on(&waiting, 700));
        assert!(play(Tone::Ring, 3000).iter().all(|x| x.abs() < 0.9));
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
