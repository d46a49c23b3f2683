//! What a caller hears while it rings, by country (ITU-T E.180).

use ahoy_media::tone::Sine;

/// Frequencies in Hz; times on and off in ms, repeated.
struct Cadence {
    countries: &'static [&'static str],
    hertz: &'static [f64],
    rhythm: &'static [u32],
}

const CADENCES: &[Cadence] = &[
    Cadence { countries: &["us", "ca"], hertz: &[440.0, 480.0], rhythm: &[2_000, 4_000] },
    Cadence { countries: &["gb", "uk", "ie", "nz"], hertz: &[400.0, 450.0], rhythm: &[400, 200, 400, 2_000] },
    Cadence { countries: &["au"], hertz: &[413.0, 438.0], rhythm: &[400, 200, 400, 2_000] },
    Cadence { countries: &["fr"], hertz: &[440.0], rhythm: &[1_500, 3_500] },
    Cadence { countries: &["es"], hertz: &[425.0], rhythm: &[1_500, 3_000] },
    Cadence { countries: &["jp"], hertz: &[400.0], rhythm: &[1_000, 2_000] },
    Cadence { countries: &["se"], hertz: &[425.0], rhythm: &[1_000, 5_000] },
    Cadence {
        countries: &[
            "at", "be", "bg", "br", "ch", "cz", "de", "dk", "fi", "gr", "it", "nl", "no", "pl", "pt", "ru",
        ],
        hertz: &[425.0],
        rhythm: &[1_000, 4_000],
    },
];
const LOUDNESS: f32 = 0.1;

/// The country's code if its ring is known.
pub fn country(code: &str) -> Option<&'static str> {
    let all = CADENCES.iter().flat_map(|cadence| cadence.countries);
    all.copied().find(|known| known.eq_ignore_ascii_case(code.trim()))
}

/// All countries, for a sentence.
pub fn known() -> String {
    CADENCES.iter().flat_map(|cadence| cadence.countries).copied().collect::<Vec<_>>().join(", ")
}

/// One ring after the other.
pub struct Ringing {
    rhythm: &'static [u32],
    voices: Vec<Sine>,
    /// Samples of this round.
    at: u32,
}

impl Ringing {
    pub fn new(country: &str) -> Self {
        let cadence = CADENCES.iter().find(|cadence| cadence.countries.contains(&country));
        let (hertz, rhythm) =
            cadence.map_or((&[425.0][..], &[1_000, 4_000][..]), |cadence| (cadence.hertz, cadence.rhythm));
        Self { rhythm, voices: hertz.iter().map(|hertz| Sine::new(*hertz, LOUDNESS)).collect(), at: 0 }
    }

    /// Length of one round in ms, its pauses included.
    pub fn round(&self) -> u32 {
        self.rhythm.iter().sum()
    }

    pub fn fill(&mut self, out: &mut [f32]) {
        for sample in out {
            let tone: f32 = self.voices.iter_mut().map(Sine::next_sample).sum();
            *sample = if self.is_on() { tone } else { 0.0 };
            self.at = (self.at + 1) % (self.round().max(1) * 48);
        }
    }

    fn is_on(&self) -> bool {
        let mut rest = self.at / 48;
        for (place, time) in self.rhythm.iter().enumerate() {
            match rest.checked_sub(*time) {
                Some(after) => rest = after,
                None => return place % 2 == 0,
            }
        }
        false
    }
}
