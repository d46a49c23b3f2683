//! How much picture each member gets: a few qualities for all, chosen by what a member's path carries. Knows no clock.

use super::layout::Canvas;
use std::time::{Duration, Instant};

/// One quality of the room's picture, encoded once for all who get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    Quarter,
    Half,
    Full,
}

/// What an encoder of a tier is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    /// bit/s: what it needs to be worth its name, and what it takes at most.
    pub least: u32,
    pub most: u32,
}

impl Tier {
    pub fn quality(self, canvas: Canvas, fps: u32) -> Quality {
        let part = |side: u32, of: u32| (side / of) & !1;
        // The figures are for 720p; a larger canvas needs more, though less than its pixels say.
        let pixels = f64::from(canvas.width) * f64::from(canvas.height) / (1280.0 * 720.0);
        let more = pixels.max(0.25).powf(0.85);
        let bits = |bits: u32| (f64::from(bits) * more) as u32;
        match self {
            Self::Full => {
                let least = if pixels > 1.2 { bits(1_500_000) } else { bits(800_000) };
                Quality { width: canvas.width, height: canvas.height, fps, least, most: bits(2_000_000) }
            }
            Self::Half => Quality {
                width: part(canvas.width, 2),
                height: part(canvas.height, 2),
                fps,
                least: bits(220_000),
                most: bits(600_000),
            },
            Self::Quarter => Quality {
                width: part(canvas.width, 4),
                height: part(canvas.height, 4),
                fps: fps.min(15),
                least: 40_000,
                most: bits(160_000),
            },
        }
    }

    fn above(self) -> Option<Self> {
        match self {
            Self::Full => None,
            Self::Half => Some(Self::Full),
            Self::Quarter => Some(Self::Half),
        }
    }
}

/// A better tier is tried when the path looked good for this long; after a try in vain for twice as long, up to the limit.
const PATIENCE: Duration = Duration::from_secs(4);
const MOST_PATIENCE: Duration = Duration::from_secs(60);
/// A fall within this time after a rise means that the rise was wrong.
const REGRET: Duration = Duration::from_secs(10);
/// The estimate must lie this much above what the next tier needs to go there at once.
const HEADROOM: f64 = 1.25;

/// The tier of one member.
#[derive(Clone, Debug)]
pub struct Tiering {
    tier: Tier,
    canvas: Canvas,
    fps: u32,
    /// bit/s that the path carries.
    estimate: Option<u32>,
    /// The member asked for little.
    frugal: bool,
    /// Since when nothing got worse.
    calm_since: Option<Instant>,
    rose: Option<Instant>,
    patience: Duration,
}

impl Tiering {
    pub fn new(canvas: Canvas, fps: u32) -> Self {
        Self {
            tier: Tier::Full,
            canvas,
            fps,
            estimate: None,
            frugal: false,
            calm_since: None,
            rose: None,
            patience: PATIENCE,
        }
    }

    pub fn tier(&self) -> Tier {
        if self.frugal { Tier::Quarter } else { self.tier }
    }

    /// What the path carries, bit/s; `None`: nobody has said.
    pub fn estimate(&self) -> Option<u32> {
        self.estimate
    }

    /// `call.lowbitrate.set`.
    pub fn set_frugal(&mut self, frugal: bool) {
        self.frugal = frugal;
    }

    /// The path's own word, bit/s.
    pub fn carries(&mut self, bits: u32, now: Instant) {
        let worse = self.estimate.is_some_and(|before| bits < before / 10 * 9);
        self.estimate = Some(bits);
        if worse || self.calm_since.is_none() {
            self.calm_since = Some(now);
        }
        self.consider(now);
    }

    /// To be asked now and then.
    pub fn consider(&mut self, now: Instant) {
        let Some(bits) = self.estimate else { return };
        while bits < self.tier.quality(self.canvas, self.fps).least / 10 * 9 {
            let Some(below) = [Tier::Half, Tier::Quarter].into_iter().find(|tier| *tier < self.tier) else {
                break;
            };
            if self.rose.is_some_and(|rose| now.saturating_duration_since(rose) < REGRET) {
                self.patience = (self.patience * 2).min(MOST_PATIENCE);
                self.rose = None;
            }
            self.tier = below;
            self.calm_since = Some(now);
        }
        let Some(above) = self.tier.above() else {
            if self.rose.is_some_and(|rose| now.saturating_duration_since(rose) >= REGRET) {
                self.patience = PATIENCE;
            }
            return;
        };
        let calm = self.calm_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let needs = f64::from(above.quality(self.canvas, self.fps).least) * HEADROOM;
        // A picture that is easy to encode never shows what the path could carry: then trying is the only way to know.
        let proved = f64::from(bits) >= needs && calm >= PATIENCE / 2;
        if proved || calm >= self.patience {
            self.tier = above;
            self.rose = Some(now);
            self.calm_since = Some(now);
            if !proved {
                // The estimate says less than the new tier needs; it speaks again when it has been tried.
                self.estimate = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: Canvas = Canvas { width: 1280, height: 720 };

    #[test]
    fn a_thin_path_gets_less_at_once_and_more_after_a_while() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut member = Tiering::new(HD, 30);
        assert_eq!(member.tier(), Tier::Full);
        member.carries(1_000_000, at(0));
        assert_eq!(member.tier(), Tier::Full);
        member.carries(300_000, at(100));
        assert_eq!(member.tier(), Tier::Half);
        member.carries(100_000, at(200));
        assert_eq!(member.tier(), Tier::Quarter);
        member.carries(1_500_000, at(300));
        assert_eq!(member.tier(), Tier::Quarter, "not yet");
        member.consider(at(2_400));
        assert_eq!(member.tier(), Tier::Half);
        member.consider(at(4_500));
        assert_eq!(member.tier(), Tier::Full);
    }

    #[test]
    fn tries_in_vain_become_rare() {
        let start = Instant::now();
        let mut member = Tiering::new(HD, 30);
        let mut tries = 0;
        // The path carries 300 kbit/s for two minutes: fine for half, never for full.
        for tenth in 0..1_200u64 {
            let now = start + Duration::from_millis(tenth * 100);
            let before = member.tier();
            member.carries(300_000, now);
            tries += u32::from(before == Tier::Full && member.tier() == Tier::Half);
        }
        assert!((3..=8).contains(&tries), "{tries}");
    }

    #[test]
    fn whoever_asks_for_little_gets_little() {
        let mut member = Tiering::new(HD, 30);
        member.set_frugal(true);
        assert_eq!(member.tier(), Tier::Quarter);
        member.set_frugal(false);
        assert_eq!(member.tier(), Tier::Full);
        let quality = Tier::Quarter.quality(HD, 30);
        assert_eq!((quality.width, quality.height, quality.fps), (320, 180, 15));
        let large = Tier::Full.quality(Canvas { width: 1920, height: 1080 }, 30);
        assert!(large.least > 2_800_000 && large.most > large.least, "{large:?}");
    }
}
