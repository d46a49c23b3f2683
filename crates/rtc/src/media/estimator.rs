//! How much video the path carries: delay and loss from transport-wide feedback, capped by the far side's REMB.
//!
//! No probing: the rate grows while the queue on the path is empty, quickly until the first trouble and slowly near the rate that caused it.

use super::twcc::Fate;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const LEAST: f64 = 100_000.0;
/// Remembered packets: seconds of them at any rate we send.
const MAX_SENT: usize = 4096;
/// One-way queueing that is noise, and that is trouble.
const CALM_MS: f64 = 25.0;
const TROUBLE_MS: f64 = 60.0;
const SEVERE_MS: f64 = 150.0;
/// The least delay is looked for in two windows of this length.
const BASE_WINDOW: Duration = Duration::from_secs(8);
const RATE_WINDOW_US: i64 = 500_000;
/// After a decrease the queue needs time to drain.
const REST: Duration = Duration::from_millis(400);
const LOSS_WINDOW: Duration = Duration::from_millis(1000);
const SILENCE: Duration = Duration::from_millis(1200);

#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u16,
    at: Instant,
    size: usize,
}

#[derive(Debug)]
pub(crate) struct Estimator {
    start: Instant,
    rate: f64,
    most: f64,
    remb: Option<u32>,
    sent: VecDeque<Sent>,
    /// Arrival µs and size of what was acknowledged.
    acked: VecDeque<(i64, usize)>,
    base: [f64; 2],
    base_since: Instant,
    high: u32,
    rest_until: Instant,
    /// The rate that caused trouble last.
    ceiling: Option<f64>,
    grown_at: Instant,
    outcomes: VecDeque<(Instant, u32, u32)>,
    cut_for_loss_at: Option<Instant>,
    heard_at: Option<Instant>,
    told: Option<u32>,
    pub loss: f32,
}

impl Estimator {
    pub(crate) fn new(now: Instant, start: u32, most: u32) -> Self {
        let most = f64::from(most).max(LEAST);
        Self {
            start: now,
            rate: f64::from(start).clamp(LEAST, most),
            most,
            remb: None,
            sent: VecDeque::new(),
            acked: VecDeque::new(),
            base: [f64::MAX; 2],
            base_since: now,
            high: 0,
            rest_until: now,
            ceiling: None,
            grown_at: now,
            outcomes: VecDeque::new(),
            cut_for_loss_at: None,
            heard_at: None,
            told: None,
            loss: 0.0,
        }
    }

    /// What we may send, bit/s.
    pub(crate) fn target(&self) -> u32 {
        let own = self.rate.min(self.most) as u32;
        self.remb.map_or(own, |remb| own.min(remb)).max(1)
    }

    /// The target, when it differs enough from what was told last.
    pub(crate) fn news(&mut self) -> Option<u32> {
        let target = self.target();
        let news = self.told.is_none_or(|told| {
            target.abs_diff(told) * 20 > told || (target != told && f64::from(target) >= self.most)
        });
        if news {
            self.told = Some(target);
        }
        news.then_some(target)
    }

    pub(crate) fn sent(&mut self, now: Instant, sequence: u16, size: usize) {
        if self.sent.len() >= MAX_SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent { sequence, at: now, size });
    }

    pub(crate) fn remb(&mut self, bits_per_second: f32) {
        self.remb = Some(bits_per_second.clamp(0.0, 1e9) as u32);
    }

    pub(crate) fn feedback(&mut self, now: Instant, fates: &[Fate]) {
        self.heard_at = Some(now);
        let mut least = f64::MAX;
        let mut lost = 0;
        let mut arrived = 0;
        for fate in fates {
            let Some(sent) = self.take(fate.sequence) else { continue };
            let Some(arrival) = fate.arrival else {
                lost += 1;
                continue;
            };
            arrived += 1;
            self.acked.push_back((arrival, sent.size));
            let left = (sent.at - self.start).as_secs_f64() * 1000.0;
            least = least.min(arrival as f64 / 1000.0 - left);
        }
        if arrived + lost == 0 {
            return;
        }
        self.outcomes.push_back((now, arrived, lost));
        self.trim(now);
        // The burst of one picture queues behind itself; the least of a report is what stands in the way of everybody.
        if arrived > 0 {
            self.delay(now, least);
        }
        self.losses(now);
    }

    /// For far sides without transport-wide feedback: a receiver report's share of lost packets, about once a second.
    pub(crate) fn receiver_report(&mut self, now: Instant, fraction_lost: u8) {
        self.loss = f32::from(fraction_lost) / 256.0;
        if self.heard_at.is_some_and(|at| now.saturating_duration_since(at) < Duration::from_secs(5)) {
            return;
        }
        if self.loss > 0.1 {
            self.lower(now, self.rate * (1.0 - 0.5 * f64::from(self.loss)));
        } else if self.loss < 0.02 {
            self.rate = (self.rate * 1.08).min(self.most);
        }
    }

    /// Packets leave and nothing is heard: the path is gone, or choked.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let waiting = self.sent.front().is_some_and(|s| now.saturating_duration_since(s.at) > SILENCE);
        if let Some(heard) = self.heard_at.filter(|_| waiting)
            && now.saturating_duration_since(heard) > SILENCE
        {
            self.heard_at = Some(now);
            self.sent.clear();
            self.lower(now, self.rate * 0.6);
        }
    }

    fn take(&mut self, sequence: u16) -> Option<Sent> {
        // Reports come in order, so what stands before was never reported and never will be.
        while let Some(front) = self.sent.front() {
            let ahead = sequence.wrapping_sub(front.sequence) as i16;
            if ahead < 0 {
                return None;
            }
            let sent = self.sent.pop_front();
            if ahead == 0 {
                return sent;
            }
        }
        None
    }

    fn trim(&mut self, now: Instant) {
        let newest = self.acked.back().map_or(0, |(at, _)| *at);
        while self.acked.front().is_some_and(|(at, _)| newest - at > RATE_WINDOW_US) {
            self.acked.pop_front();
        }
        while self.outcomes.front().is_some_and(|(at, ..)| now.saturating_duration_since(*at) > LOSS_WINDOW) {
            self.outcomes.pop_front();
        }
        if now.saturating_duration_since(self.base_since) > BASE_WINDOW {
            self.base = [f64::MAX, self.base[0]];
            self.base_since = now;
        }
    }

    /// What arrived in the last half second, bit/s.
    fn acked_rate(&self) -> Option<f64> {
        let (first, last) = (self.acked.front()?.0, self.acked.back()?.0);
        let span = (last - first).max(100_000) as f64 / 1e6;
        let bytes: usize = self.acked.iter().map(|(_, size)| size).sum();
        (self.acked.len() > 4).then(|| bytes as f64 * 8.0 / span)
    }

    fn delay(&mut self, now: Instant, one_way: f64) {
        self.base[0] = self.base[0].min(one_way);
        let queue = one_way - self.base[0].min(self.base[1]);
        if queue > TROUBLE_MS {
            self.high += 1;
        } else {
            self.high = 0;
        }
        if now < self.rest_until {
            return;
        }
        if queue > SEVERE_MS || self.high >= 2 {
            let carried = self.acked_rate().unwrap_or(self.rate).min(self.rate);
            self.ceiling = Some(carried);
            // A long queue has to drain, too.
            let factor = if queue > SEVERE_MS { 0.7 } else { 0.85 };
            self.lower(now, carried * factor);
        } else if queue < CALM_MS && self.loss < 0.05 {
            self.grow(now);
        } else {
            self.grown_at = now;
        }
    }

    fn grow(&mut self, now: Instant) {
        let dt = now.saturating_duration_since(self.grown_at).as_secs_f64().min(0.3);
        self.grown_at = now;
        let per_second = match self.ceiling {
            Some(ceiling) if self.rate > ceiling * 1.3 => {
                // Well beyond what was trouble once: the path has changed.
                self.ceiling = None;
                1.5
            }
            Some(ceiling) if self.rate > ceiling * 0.85 => 1.08,
            _ => 1.8,
        };
        let wanted = self.rate * f64::powf(per_second, dt);
        // A rate that was never used proves nothing.
        let proved = self.acked_rate().map_or(self.rate, |acked| acked * 1.6 + 50_000.0);
        self.rate = wanted.min(proved.max(self.rate)).min(self.most);
    }

    fn losses(&mut self, now: Instant) {
        let (arrived, lost) =
            self.outcomes.iter().fold((0, 0), |(a, l), (_, arrived, lost)| (a + arrived, l + lost));
        if arrived + lost < 20 {
            return;
        }
        self.loss = lost as f32 / (arrived + lost) as f32;
        let recently =
            self.cut_for_loss_at.is_some_and(|at| now.saturating_duration_since(at) < LOSS_WINDOW / 2);
        if self.loss > 0.1 && !recently {
            self.cut_for_loss_at = Some(now);
            let carried = self.acked_rate().unwrap_or(self.rate).min(self.rate);
            self.ceiling = Some(carried);
            self.lower(now, carried.max(self.rate * 0.5) * (1.0 - 0.5 * f64::from(self.loss)));
        }
    }

    fn lower(&mut self, now: Instant, rate: f64) {
        self.rate = rate.clamp(LEAST, self.most);
        self.rest_until = now + REST;
        self.grown_at = now + REST;
        self.high = 0;
    }
}

#[cfg(test)]
#[path = "estimator_tests.rs"]
mod tests;
