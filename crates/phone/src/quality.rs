//! How good a call sounds, from delay, jitter and loss: the E-model of ITU-T G.107 without the listener's side.

/// What the network does to sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Path {
    /// ms; unknown counts as 0.
    pub(crate) round_trip: Option<f32>,
    /// Playout buffer, ms.
    pub(crate) buffer: f32,
    /// 0 to 1, after what the codec's own repair gave back.
    pub(crate) loss: f32,
}

/// Encoding and a frame of sound device at each end.
const FIXED_DELAY_MS: f32 = 25.0;
/// R of a perfect wide-band-as-narrow-band connection (G.107, default values).
const BEST: f32 = 93.2;
/// Impairment and robustness of Opus (G.113 has no value; Ie 0 and Bpl as of a codec with concealment).
const IE: f32 = 0.0;
const BPL: f32 = 20.0;

/// Mean opinion score, 1 to 4.5.
pub(crate) fn mos(path: Path) -> f32 {
    let delay = path.round_trip.unwrap_or(0.0).max(0.0) / 2.0 + path.buffer.max(0.0) + FIXED_DELAY_MS;
    let late = 0.024 * delay + if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 };
    let percent = path.loss.clamp(0.0, 1.0) * 100.0;
    let lost = IE + (95.0 - IE) * percent / (percent + BPL);
    let r = (BEST - late - lost).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ahoy_model::Quality;

    #[test]
    fn worse_paths_score_lower() {
        let score = |rtt: f32, loss| mos(Path { round_trip: Some(rtt), buffer: 40.0, loss });
        assert_eq!(Quality::from_mos(score(20.0, 0.0)), Quality::Excellent);
        assert_eq!(Quality::from_mos(score(20.0, 0.05)), Quality::Good);
        assert_eq!(Quality::from_mos(score(300.0, 0.05)), Quality::Fair);
        assert!(score(1500.0, 0.3) < 2.0);
        let mut last = 5.0;
        for loss in 0..=100 {
            let now = score(50.0, loss as f32 / 100.0);
            assert!((1.0..=4.5).contains(&now) && now <= last);
            last = now;
        }
    }
}
