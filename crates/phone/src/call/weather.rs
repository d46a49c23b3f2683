//! What the network does to a call, against what it usually does in that call: delay and unevenness that leap, packets that
//! are lost.

use crate::advanced::Advanced;
use ahoy_model::{CallStats, ProblemCode};
use std::collections::VecDeque;

/// Nobody hears a delay or an unevenness below, ms, however often they double.
const HEARD_DELAY: f32 = 200.0;
const HEARD_JITTER: f32 = 40.0;
/// So many measurements in a row are needed to tell of something, and to take it back.
const STEADY: u32 = 3;

#[derive(Debug, Default)]
pub(super) struct Weather {
    delays: VecDeque<f32>,
    jitters: VecDeque<f32>,
    told: Option<ProblemCode>,
    /// What was seen last, and how often in a row.
    seen: (Option<ProblemCode>, u32),
}

impl Weather {
    /// Takes a measurement in. What is wrong, once it is steady.
    pub(super) fn note(&mut self, stats: &CallStats, settings: &Advanced) -> Option<ProblemCode> {
        let usual = settings.usual_samples as usize;
        let leaps = |values: &VecDeque<f32>, value: f32, times: u32, heard: f32| {
            value > heard && middle(values, usual).is_some_and(|middle| value > middle * times as f32)
        };
        let delay = stats.round_trip.unwrap_or(0.0);
        let now = if stats.loss * 100.0 > settings.loss_percent as f32 {
            Some(ProblemCode::ConnectionLossy)
        } else if leaps(&self.delays, delay, settings.delay_times, HEARD_DELAY) {
            Some(ProblemCode::ConnectionSlow)
        } else if leaps(&self.jitters, stats.jitter, settings.jitter_times, HEARD_JITTER) {
            Some(ProblemCode::ConnectionUneven)
        } else {
            None
        };
        self.seen = (now, if self.seen.0 == now { self.seen.1 + 1 } else { 1 });
        if self.seen.1 >= STEADY {
            self.told = now;
        }
        let most = settings.history_samples as usize;
        keep(&mut self.jitters, stats.jitter, most);
        if let Some(delay) = stats.round_trip {
            keep(&mut self.delays, delay, most);
        }
        self.told
    }
}

fn keep(values: &mut VecDeque<f32>, value: f32, most: usize) {
    values.push_back(value);
    let surplus = values.len().saturating_sub(most);
    values.drain(..surplus);
}

/// The middle one by size, once there are enough to say what is usual.
fn middle(values: &VecDeque<f32>, enough: usize) -> Option<f32> {
    let mut sorted: Vec<f32> = values.iter().copied().collect();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().filter(|_| sorted.len() >= enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(delay: f32, jitter: f32, loss: f32) -> CallStats {
        CallStats { round_trip: Some(delay), jitter, loss, ..CallStats::default() }
    }

    fn after(
        weather: &mut Weather,
        settings: &Advanced,
        count: u32,
        stats: &CallStats,
    ) -> Option<ProblemCode> {
        (0..count).map(|_| weather.note(stats, settings)).last().flatten()
    }

    #[test]
    fn leaps_are_told_against_what_is_usual_and_taken_back() {
        let settings = Advanced::default();
        let mut weather = Weather::default();
        let (calm, far) = (stats(90.0, 5.0, 0.0), stats(300.0, 5.0, 0.0));
        assert_eq!(after(&mut weather, &settings, 10, &calm), None);
        assert_eq!(after(&mut weather, &settings, 2, &far), None, "two are a slip");
        assert_eq!(after(&mut weather, &settings, 1, &far), Some(ProblemCode::ConnectionSlow));
        assert_eq!(after(&mut weather, &settings, 2, &calm), Some(ProblemCode::ConnectionSlow));
        assert_eq!(after(&mut weather, &settings, 1, &calm), None);
        assert_eq!(
            after(&mut weather, &settings, 3, &stats(90.0, 60.0, 0.0)),
            Some(ProblemCode::ConnectionUneven)
        );
        assert_eq!(
            after(&mut weather, &settings, 3, &stats(90.0, 5.0, 0.06)),
            Some(ProblemCode::ConnectionLossy)
        );
        assert_eq!(after(&mut weather, &settings, 3, &stats(90.0, 5.0, 0.04)), None);
        // What lasts becomes what is usual.
        assert_eq!(after(&mut weather, &settings, 3, &far), Some(ProblemCode::ConnectionSlow));
        assert_eq!(after(&mut weather, &settings, 30, &far), None);
    }

    #[test]
    fn what_is_usual_and_what_is_a_leap_are_settings() {
        let mut settings =
            Advanced { usual_samples: 3, delay_times: 2, loss_percent: 20, ..Advanced::default() };
        let mut weather = Weather::default();
        assert_eq!(after(&mut weather, &settings, 3, &stats(150.0, 1.0, 0.1)), None);
        assert_eq!(
            after(&mut weather, &settings, 3, &stats(310.0, 1.0, 0.0)),
            Some(ProblemCode::ConnectionSlow)
        );
        settings.history_samples = 3;
        assert_eq!(after(&mut weather, &settings, 4, &stats(310.0, 1.0, 0.0)), None, "it forgets sooner");
        let mut lan = Weather::default();
        after(&mut lan, &settings, 20, &stats(0.2, 0.1, 0.0));
        assert_eq!(after(&mut lan, &settings, 5, &stats(20.0, 9.0, 0.0)), None, "nobody hears that");
    }
}
