//! The tones of the telephone networks, by country, after ITU-T E.180 and its supplement 2. Where a country has several, the
//! commonest is taken.

use ahoy_model::ToneRegion;

/// What a network says with a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// It rings at the far side.
    RingBack,
    /// The far side is in another call, or does not want this one.
    Busy,
    /// There is no way to the far side now.
    Congestion,
    /// Another call waits.
    CallWaiting,
}

impl Signal {
    pub const ALL: [Self; 4] = [Self::RingBack, Self::Busy, Self::Congestion, Self::CallWaiting];
}

/// Frequencies with their share of the loudness, and the rhythm: ms of sound and silence by turns, an even number of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cadence {
    pub hertz: &'static [(f64, f32)],
    pub rhythm: &'static [u64],
}

const F400: &[(f64, f32)] = &[(400.0, 1.0)];
const F420: &[(f64, f32)] = &[(420.0, 1.0)];
const F425: &[(f64, f32)] = &[(425.0, 1.0)];
const F440: &[(f64, f32)] = &[(440.0, 1.0)];
const F450: &[(f64, f32)] = &[(450.0, 1.0)];
const F1400: &[(f64, f32)] = &[(1_400.0, 1.0)];
const F350_440: &[(f64, f32)] = &[(350.0, 1.0), (440.0, 1.0)];
const F400_450: &[(f64, f32)] = &[(400.0, 1.0), (450.0, 1.0)];
const F413_438: &[(f64, f32)] = &[(413.0, 1.0), (438.0, 1.0)];
const F440_480: &[(f64, f32)] = &[(440.0, 1.0), (480.0, 1.0)];
const F480_620: &[(f64, f32)] = &[(480.0, 1.0), (620.0, 1.0)];
/// Modulated tones as a carrier with its two side bands.
const F400_BY_16: &[(f64, f32)] = &[(400.0, 1.0), (384.0, 0.4), (416.0, 0.4)];
const F400_BY_25: &[(f64, f32)] = &[(400.0, 1.0), (375.0, 0.4), (425.0, 0.4)];
const F400_BY_33: &[(f64, f32)] = &[(400.0, 1.0), (367.0, 0.4), (433.0, 0.4)];

/// British, and of those who learned from them.
const TWICE: &[u64] = &[400, 200, 400, 2_000];
const HALF: &[u64] = &[500, 500];
const QUARTER: &[u64] = &[250, 250];
const FIFTH: &[u64] = &[200, 200];
const ONE_FOUR: &[u64] = &[1_000, 4_000];

type Four = [(&'static [(f64, f32)], &'static [u64]); 4];

/// Ring-back, busy, congestion, call waiting.
fn four(region: ToneRegion) -> Four {
    use ToneRegion as R;
    match region {
        R::Ae => {
            [(F400_450, TWICE), (F400, &[375, 375]), (F400, &[400, 350, 225, 525]), (F425, &[200, 12_000])]
        }
        R::Ar => [(F425, &[1_000, 4_500]), (F425, &[300, 200]), (F425, &[300, 400]), (F425, &[400, 5_000])],
        R::At => [(F420, &[1_000, 5_000]), (F420, &[400, 400]), (F420, FIFTH), (F420, &[40, 1_950])],
        R::Au => {
            [(F413_438, TWICE), (F425, &[375, 375]), (F425, &[375, 375]), (F425, &[200, 200, 200, 4_400])]
        }
        R::Be => {
            [(F425, &[1_000, 3_000]), (F425, HALF), (F425, &[167, 167]), (F1400, &[175, 175, 175, 3_500])]
        }
        R::Br => [(F425, ONE_FOUR), (F425, QUARTER), (F425, &[250, 250, 750, 250]), (F425, &[50, 1_000])],
        R::Us | R::Ca => {
            [(F440_480, &[2_000, 4_000]), (F480_620, HALF), (F480_620, QUARTER), (F440, &[300, 10_000])]
        }
        R::Ch => [(F425, ONE_FOUR), (F425, HALF), (F425, FIFTH), (F425, &[200, 200, 200, 4_000])],
        R::Cl => [(F400, &[1_000, 3_000]), (F400, HALF), (F400, FIFTH), (F400, &[250, 8_750])],
        R::Cn => [(F450, ONE_FOUR), (F450, &[350, 350]), (F450, &[700, 700]), (F450, &[400, 4_000])],
        R::De => {
            [(F425, ONE_FOUR), (F425, &[480, 480]), (F425, &[240, 240]), (F425, &[200, 200, 200, 5_000])]
        }
        R::Dk => [(F425, ONE_FOUR), (F425, HALF), (F425, QUARTER), (F425, &[200, 600, 200, 3_000])],
        R::Es => [
            (F425, &[1_500, 3_000]),
            (F425, FIFTH),
            (F425, &[200, 200, 200, 200, 200, 600]),
            (F425, &[175, 175, 175, 3_500]),
        ],
        R::Fi => [(F425, ONE_FOUR), (F425, &[300, 300]), (F425, FIFTH), (F425, &[150, 150, 150, 8_000])],
        R::Fr => [(F440, &[1_500, 3_500]), (F440, HALF), (F440, QUARTER), (F440, &[300, 10_000])],
        R::Gb => {
            [(F400_450, TWICE), (F400, &[375, 375]), (F400, &[400, 350, 225, 525]), (F400, &[100, 4_000])]
        }
        R::Gr => [(F425, ONE_FOUR), (F425, &[300, 300]), (F425, FIFTH), (F425, &[150, 150, 150, 8_000])],
        R::In => [(F400_BY_25, TWICE), (F400, &[750, 750]), (F400, QUARTER), (F400, &[200, 100, 200, 7_500])],
        R::It => [(F425, ONE_FOUR), (F425, HALF), (F425, FIFTH), (F425, &[400, 100, 250, 100, 150, 14_000])],
        R::Jp => [(F400_BY_16, &[1_000, 2_000]), (F400, HALF), (F400, HALF), (F400_BY_16, &[500, 8_000])],
        R::Kr => [
            (F440_480, &[1_000, 2_000]),
            (F480_620, HALF),
            (F480_620, &[300, 200]),
            (F350_440, &[250, 250, 250, 3_250]),
        ],
        R::Mx => [(F425, ONE_FOUR), (F425, QUARTER), (F425, QUARTER), (F425, &[200, 600, 200, 10_000])],
        R::Nl => [(F425, ONE_FOUR), (F425, HALF), (F425, QUARTER), (F425, &[500, 9_500])],
        R::No => [(F425, ONE_FOUR), (F425, HALF), (F425, FIFTH), (F425, &[200, 600, 200, 10_000])],
        R::Nz => [(F400_450, TWICE), (F400, HALF), (F400, QUARTER), (F400, &[200, 3_000, 200, 3_000])],
        R::Pl => [(F425, ONE_FOUR), (F425, HALF), (F425, HALF), (F425, &[150, 150, 150, 4_000])],
        R::Pt => [(F425, &[1_000, 5_000]), (F425, HALF), (F425, FIFTH), (F425, &[200, 200, 200, 5_000])],
        R::Ru => [(F425, ONE_FOUR), (F425, &[350, 350]), (F425, &[175, 175]), (F425, &[200, 5_000])],
        R::Sa => [(F425, &[1_200, 4_600]), (F425, HALF), (F425, QUARTER), (F425, &[150, 200, 150, 10_000])],
        R::Se => {
            [(F425, &[1_000, 5_000]), (F425, QUARTER), (F425, &[250, 750]), (F425, &[200, 500, 200, 9_100])]
        }
        R::Tr => [
            (F450, &[2_000, 4_000]),
            (F450, HALF),
            (F450, &[200, 200, 200, 200, 200, 200, 600, 200]),
            (F450, &[200, 600, 200, 8_000]),
        ],
        R::Za => [(F400_BY_33, TWICE), (F400, HALF), (F400, QUARTER), (F400_BY_33, &[400, 4_000])],
        R::World => [(F425, ONE_FOUR), (F425, HALF), (F425, QUARTER), (F425, &[200, 200, 200, 4_400])],
    }
}

/// How a signal sounds there.
pub fn cadence(signal: Signal, region: ToneRegion) -> Cadence {
    let [ring_back, busy, congestion, waiting] = four(region);
    let (hertz, rhythm) = match signal {
        Signal::RingBack => ring_back,
        Signal::Busy => busy,
        Signal::Congestion => congestion,
        Signal::CallWaiting => waiting,
    };
    Cadence { hertz, rhythm }
}

#[cfg(test)]
#[path = "region_tests.rs"]
mod tests;
