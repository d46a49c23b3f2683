//! Which packets are missing and when to ask for them again (RFC 4585 NACK).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longest list; beyond it the stream has jumped.
const MAX_MISSING: usize = 800;
const MAX_TRIES: u8 = 8;
/// Packets may overtake each other by a little.
const PATIENCE: Duration = Duration::from_millis(6);
const SHORTEST_RETRY: Duration = Duration::from_millis(20);
const LONGEST_RETRY: Duration = Duration::from_millis(150);
const SHORTEST_WAIT: Duration = Duration::from_millis(120);
const LONGEST_WAIT: Duration = Duration::from_millis(300);
/// Without NACK only reordering can fill a hole.
const WAIT_WITHOUT_NACK: Duration = Duration::from_millis(40);

#[derive(Clone, Copy, Debug)]
struct Missing {
    since: Instant,
    next: Instant,
    asked: Option<Instant>,
    tries: u8,
}

#[derive(Debug)]
pub(crate) struct Repair {
    missing: BTreeMap<u64, Missing>,
    enabled: bool,
    round_trip: Option<Duration>,
    /// Sequence numbers asked for, repeats included.
    pub asked: u64,
}

impl Repair {
    pub(crate) fn new(enabled: bool) -> Self {
        Self { missing: BTreeMap::new(), enabled, round_trip: None, asked: 0 }
    }

    /// Packets `from..to` were skipped. false: too many to repair.
    pub(crate) fn skipped(&mut self, now: Instant, from: u64, to: u64) -> bool {
        if to.saturating_sub(from) as usize + self.missing.len() > MAX_MISSING {
            return false;
        }
        for sequence in from..to {
            self.missing
                .insert(sequence, Missing { since: now, next: now + PATIENCE, asked: None, tries: 0 });
        }
        true
    }

    /// A packet came; if it was asked for once, the time that took is a round trip.
    pub(crate) fn arrived(&mut self, now: Instant, sequence: u64) {
        if let Some(Missing { asked: Some(asked), tries: 1, .. }) = self.missing.remove(&sequence) {
            self.learn_round_trip(now.saturating_duration_since(asked));
        }
    }

    pub(crate) fn learn_round_trip(&mut self, sample: Duration) {
        let smooth = |old: Duration| (old * 7 + sample) / 8;
        self.round_trip = Some(self.round_trip.map_or(sample, smooth).min(Duration::from_secs(1)));
    }

    pub(crate) fn forget_before(&mut self, sequence: u64) {
        self.missing = self.missing.split_off(&sequence);
    }

    pub(crate) fn clear(&mut self) {
        self.missing.clear();
    }

    /// When we stop waiting for this packet.
    pub(crate) fn gives_up_at(&self, sequence: u64) -> Option<Instant> {
        let wait = if self.enabled {
            (self.retry() * 3 + Duration::from_millis(60)).clamp(SHORTEST_WAIT, LONGEST_WAIT)
        } else {
            WAIT_WITHOUT_NACK
        };
        self.missing.get(&sequence).map(|m| m.since + wait)
    }

    /// The packets to ask for now.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<u16> {
        if !self.enabled {
            return Vec::new();
        }
        let retry = self.retry();
        let mut out = Vec::new();
        for (sequence, missing) in &mut self.missing {
            if missing.next <= now && missing.tries < MAX_TRIES {
                missing.tries += 1;
                missing.asked = Some(now);
                missing.next = now + retry;
                out.push(*sequence as u16);
            }
        }
        self.asked += out.len() as u64;
        out
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        if !self.enabled {
            return None;
        }
        self.missing.values().filter(|m| m.tries < MAX_TRIES).map(|m| m.next).min()
    }

    fn retry(&self) -> Duration {
        let round_trip = self.round_trip.unwrap_or(Duration::from_millis(60));
        (round_trip * 5 / 4 + Duration::from_millis(5)).clamp(SHORTEST_RETRY, LONGEST_RETRY)
    }
}
