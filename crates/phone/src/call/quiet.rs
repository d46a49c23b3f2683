//! A call that should be heard and is not: the user is told, and the media path is made anew.

use crate::advanced::Advanced;
use crate::call::live::{Errand, LiveCall, Room};
use ahoy_model::{CallStats, CallStatus, Problem, ProblemCode};
use ahoy_signaling::CallInput;
use std::time::{Duration, Instant};

/// What `Weather` tells.
const WEATHER: [ProblemCode; 3] =
    [ProblemCode::ConnectionSlow, ProblemCode::ConnectionUneven, ProblemCode::ConnectionLossy];

/// When something is done about silence.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Without a packet of sound.
    silence: Duration,
    /// Between two repairs, and how many are made until sound has come again (WIRE.md 7.6).
    pause: Duration,
    repairs: u32,
}

impl Patience {
    fn of(settings: &Advanced) -> Self {
        Self {
            silence: Duration::from_millis(settings.silence_ms.into()),
            pause: Duration::from_secs(settings.silence_pause_seconds.into()),
            repairs: settings.silence_repairs,
        }
    }
}

/// How long nothing has been heard, and what was done about it.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    silent: Duration,
    repairs: u32,
    repaired: Option<Instant>,
}

impl Quiet {
    /// `passed` more with so many bytes of sound. Returns whether it has been quiet for too long.
    fn passed(&mut self, passed: Duration, bytes: u32, patience: Patience) -> bool {
        if bytes > 0 {
            *self = Self::default();
        } else {
            self.silent += passed;
        }
        self.silent >= patience.silence
    }

    /// Whether it is time for a repair.
    fn wants_repair(&mut self, now: Instant, patience: Patience) -> bool {
        let rested = self.repaired.is_none_or(|at| now.saturating_duration_since(at) >= patience.pause);
        let due = rested && self.repairs < patience.repairs;
        if due {
            (self.repairs, self.repaired) = (self.repairs + 1, Some(now));
        }
        due
    }
}

impl LiveCall {
    /// Now and then while media stands.
    pub(super) fn note_stats(&mut self, now: Instant, stats: CallStats, room: &Room) -> Vec<Errand> {
        let expected = self.status() == CallStatus::Connected
            && self.far_quiet == (false, false)
            && self.negotiated.audio.is_some_and(|(_, flow)| flow.receives());
        let bytes = if expected { stats.audio_in } else { 1 };
        let weather = self.weather.note(&stats, &room.settings.advanced);
        self.tell_network(weather, &WEATHER);
        self.stats = Some(stats);
        let patience = Patience::of(&room.settings.advanced);
        let quiet = self.quiet.passed(room.settings.advanced.measures_every(), bytes, patience);
        let told = self.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::MediaFailed);
        if !quiet {
            if told && bytes > 0 {
                self.problem = None;
            }
            return Vec::new();
        }
        if !told {
            self.problem =
                Some(Problem::new(ProblemCode::MediaFailed).because("no sound arrives").worth_retrying());
        }
        if self.quiet.wants_repair(now, patience) {
            tracing::warn!(call = %self.id(), "no sound arrives: repairing");
            return self.handle(now, CallInput::MediaSilent, room);
        }
        Vec::new()
    }

    /// What the network does to the call, in place of what was told of `kind` before. Worse things stay.
    pub(super) fn tell_network(&mut self, now: Option<ProblemCode>, kind: &[ProblemCode]) {
        let told = self.problem.as_ref().map(|problem| problem.code);
        if told.is_none() || told.is_some_and(|told| kind.contains(&told) && now != Some(told)) {
            self.problem = now.map(Problem::new);
        }
    }

    /// The far side is muted or holds: its silence is no fault.
    pub(crate) fn set_far_quiet(&mut self, held: Option<bool>, muted: Option<bool>) {
        self.far_quiet = (held.unwrap_or(self.far_quiet.0), muted.unwrap_or(self.far_quiet.1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_told_after_two_seconds_and_repaired_three_times() {
        let mut quiet = Quiet::default();
        let patience = Patience::of(&Advanced::default());
        let second = |quiet: &mut Quiet, bytes| quiet.passed(Duration::from_secs(1), bytes, patience);
        assert!(!second(&mut quiet, 0) && second(&mut quiet, 0) && second(&mut quiet, 0));
        let start = Instant::now();
        let repairs: Vec<bool> = [0, 1, 9, 10, 15, 20, 30, 90]
            .map(|s| quiet.wants_repair(start + Duration::from_secs(s), patience))
            .to_vec();
        assert_eq!(repairs, [true, false, false, true, false, true, false, false]);
        assert!(!second(&mut quiet, 100));
        assert!(quiet.wants_repair(start, patience), "sound that came makes it all new");
    }
}
