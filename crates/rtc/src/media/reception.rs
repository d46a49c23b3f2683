//! What a receiver counts about one stream (RFC 3550 A.1, A.3, A.8) and reports to its sender.

use super::clock::{Unwrap, compact};
use rtc::rtcp::reception_report::ReceptionReport;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Reception {
    pub ssrc: u32,
    rate: u32,
    unwrap: Unwrap,
    first: Option<u64>,
    highest: u64,
    pub received: u64,
    pub bytes: u64,
    transit: Option<f64>,
    /// In RTP ticks.
    jitter: f64,
    start: Option<Instant>,
    reported_expected: u64,
    reported_received: u64,
    last_report: Option<(u32, Instant)>,
}

impl Reception {
    pub(crate) fn new(ssrc: u32, rate: u32) -> Self {
        Self {
            ssrc,
            rate,
            unwrap: Unwrap::default(),
            first: None,
            highest: 0,
            received: 0,
            bytes: 0,
            transit: None,
            jitter: 0.0,
            start: None,
            reported_expected: 0,
            reported_received: 0,
            last_report: None,
        }
    }

    /// Without an RTP time the packet says nothing about jitter (retransmissions, events).
    pub(crate) fn packet(&mut self, now: Instant, sequence: u16, rtp_time: Option<u32>, size: usize) {
        let extended = self.unwrap.unwrap(sequence);
        self.first.get_or_insert(extended);
        self.highest = self.highest.max(extended);
        self.received += 1;
        self.bytes += size as u64;
        let Some(rtp_time) = rtp_time else { return };
        let start = *self.start.get_or_insert(now);
        let arrival = now.saturating_duration_since(start).as_secs_f64() * f64::from(self.rate);
        let transit = arrival - f64::from(rtp_time);
        if let Some(last) = self.transit.replace(transit) {
            let step = (transit - last).abs();
            // Larger steps are the RTP time wrapping or jumping.
            if step < f64::from(self.rate) * 2.0 {
                self.jitter += (step - self.jitter) / 16.0;
            }
        }
    }

    pub(crate) fn sender_report(&mut self, now: Instant, ntp: u64) {
        self.last_report = Some((compact(ntp), now));
    }

    fn expected(&self) -> u64 {
        self.first.map_or(0, |first| self.highest + 1 - first.min(self.highest + 1))
    }

    pub(crate) fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    pub(crate) fn jitter_ms(&self) -> f32 {
        (self.jitter / f64::from(self.rate) * 1000.0) as f32
    }

    /// One block of a receiver or sender report; begins a new interval.
    pub(crate) fn report(&mut self, now: Instant) -> ReceptionReport {
        let expected = self.expected();
        let interval = expected.saturating_sub(self.reported_expected);
        let got = self.received.saturating_sub(self.reported_received);
        self.reported_expected = expected;
        self.reported_received = self.received;
        let lost = interval.saturating_sub(got);
        let fraction = (lost * 256).checked_div(interval).unwrap_or(0).min(255) as u8;
        let (last_sender_report, delay) = match self.last_report {
            Some((ntp, at)) => (ntp, short(now.saturating_duration_since(at))),
            None => (0, 0),
        };
        ReceptionReport {
            ssrc: self.ssrc,
            fraction_lost: fraction,
            total_lost: self.lost().min(0x7f_ffff) as u32,
            last_sequence_number: self.highest as u32,
            jitter: self.jitter as u32,
            last_sender_report,
            delay,
        }
    }
}

/// In 1/65536 s.
fn short(d: Duration) -> u32 {
    (d.as_secs_f64() * 65_536.0) as u32
}
