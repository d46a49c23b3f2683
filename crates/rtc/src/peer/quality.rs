//! Figures for people, out of totals.

use crate::media::Counters;
use ahoy_model::CallStats;
use std::time::Instant;

/// Totals at one moment.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    at: Instant,
    total: Counters,
}

impl Reading {
    pub(super) fn new(at: Instant, parts: &[Counters]) -> Self {
        let mut total = Counters::default();
        for part in parts {
            total.audio_in += part.audio_in;
            total.audio_out += part.audio_out;
            total.video_in += part.video_in;
            total.video_out += part.video_out;
            total.frames_in += part.frames_in;
            total.frames_out += part.frames_out;
            total.received += part.received;
            total.lost += part.lost;
            total.jitter_ms = total.jitter_ms.or(part.jitter_ms);
            total.round_trip = total.round_trip.or(part.round_trip);
            total.sound_lost = total.sound_lost.or(part.sound_lost);
        }
        Self { at, total }
    }

    /// Rates since `before`; since the start of counting they would say nothing, so the first reading has none.
    pub(super) fn since(&self, before: Option<&Self>) -> CallStats {
        let now = &self.total;
        let mut stats = CallStats {
            round_trip: now.round_trip.map(|d| d.as_secs_f32() * 1000.0),
            jitter: now.jitter_ms.unwrap_or(0.0),
            sound_lost: now.sound_lost,
            ..CallStats::default()
        };
        if let Some(before) = before {
            let seconds = self.at.saturating_duration_since(before.at).as_secs_f64().max(0.001);
            let bits = |now: u64, then: u64| (now.saturating_sub(then) as f64 * 8.0 / seconds) as u32;
            let rate = |now: u64, then: u64| (now.saturating_sub(then) as f64 / seconds) as f32;
            let then = &before.total;
            stats.audio_in = bits(now.audio_in, then.audio_in);
            stats.audio_out = bits(now.audio_out, then.audio_out);
            stats.video_in = bits(now.video_in, then.video_in);
            stats.video_out = bits(now.video_out, then.video_out);
            stats.fps_in = rate(now.frames_in, then.frames_in);
            stats.fps_out = rate(now.frames_out, then.frames_out);
            let lost = now.lost.saturating_sub(then.lost) as f32;
            let expected = lost + now.received.saturating_sub(then.received) as f32;
            stats.loss = if expected > 0.0 { lost / expected } else { 0.0 };
        }
        if now.received > 0 {
            stats.mos = Some(mos(stats.round_trip.unwrap_or(0.0), stats.jitter, stats.loss));
        }
        stats
    }
}

/// Mean opinion score after ITU-T G.107 with the delay and loss terms only; Opus with in-band FEC loses little at first.
fn mos(round_trip: f32, jitter: f32, loss: f32) -> f32 {
    let delay = round_trip / 2.0 + jitter * 2.0 + 30.0;
    let late = (delay - 177.3).max(0.0);
    let loss = loss * 100.0;
    let rating = (93.2 - 0.024 * delay - 0.11 * late - 95.0 * loss / (loss + 20.0)).clamp(0.0, 100.0);
    (1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::mos;

    #[test]
    fn scores_fall_with_delay_and_loss() {
        assert!(mos(20.0, 2.0, 0.0) > 4.3);
        assert!((3.0..4.1).contains(&mos(100.0, 10.0, 0.05)));
        assert!(mos(800.0, 50.0, 0.3) < 2.0);
    }
}
