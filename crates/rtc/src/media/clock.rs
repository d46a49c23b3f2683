//! Wall clock and RTP clocks: NTP times without asking the system, and which instant an RTP time belongs to.

use std::time::{Duration, Instant};

/// One reading of the wall clock; everything else counts from it, so that all reports of a session share one clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    at: Instant,
    /// 32.32 fixed point seconds since 1900.
    ntp: u64,
}

impl WallClock {
    /// `since_1970` is what the system says at `at`.
    pub(crate) fn new(at: Instant, since_1970: Duration) -> Self {
        const SECONDS_1900_TO_1970: u64 = 2_208_988_800;
        let seconds = (since_1970.as_secs() + SECONDS_1900_TO_1970) << 32;
        Self { at, ntp: seconds | fraction(since_1970.subsec_nanos()) }
    }

    pub(crate) fn ntp(&self, now: Instant) -> u64 {
        if now >= self.at {
            self.ntp.wrapping_add(ntp_duration(now - self.at))
        } else {
            self.ntp.wrapping_sub(ntp_duration(self.at - now))
        }
    }
}

fn fraction(nanos: u32) -> u64 {
    (u64::from(nanos) << 32) / 1_000_000_000
}

pub(crate) fn ntp_duration(d: Duration) -> u64 {
    (d.as_secs() << 32) | fraction(d.subsec_nanos())
}

/// The middle 32 bits, as reports repeat them (1/65536 s).
pub(crate) fn compact(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// Which instant an RTP time belongs to, learnt from what was sent: the earliest a frame was ever handed over for its time is nearest to its capture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RtpClock {
    rate: u32,
    anchor: Option<(Instant, u32)>,
}

impl RtpClock {
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, anchor: None }
    }

    pub(crate) fn learn(&mut self, at: Instant, rtp_time: u32) {
        let Some((anchor, base)) = self.anchor else {
            self.anchor = Some((at, rtp_time));
            return;
        };
        let expected = self.seconds(rtp_time.wrapping_sub(base) as i32);
        let taken = signed_seconds(at, anchor);
        let late = taken - expected;
        // Earlier than thought, or a jump (the sender paused): start from here. A little later: follow slowly, in case the clocks drift.
        let next = if !(0.0..=1.0).contains(&late) || expected.abs() > 3600.0 {
            at
        } else {
            let Some(true_time) = at.checked_sub(Duration::from_secs_f64(late * 0.99)) else { return };
            true_time
        };
        self.anchor = Some((next, rtp_time));
    }

    /// What the clock shows at `now`.
    pub(crate) fn at(&self, now: Instant) -> Option<u32> {
        let (anchor, base) = self.anchor?;
        let ticks = signed_seconds(now, anchor) * f64::from(self.rate);
        Some(base.wrapping_add(ticks.round() as i64 as u32))
    }

    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    fn seconds(&self, ticks: i32) -> f64 {
        f64::from(ticks) / f64::from(self.rate)
    }
}

fn signed_seconds(later: Instant, earlier: Instant) -> f64 {
    if later >= earlier { (later - earlier).as_secs_f64() } else { -(earlier - later).as_secs_f64() }
}

/// 16-bit sequence numbers as a line without end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unwrap {
    last: Option<u64>,
}

impl Unwrap {
    /// Starts a whole round above zero, so that what came before the first stays positive.
    pub(crate) fn unwrap(&mut self, sequence: u16) -> u64 {
        let Some(last) = self.last else {
            let first = 0x1_0000 + u64::from(sequence);
            self.last = Some(first);
            return first;
        };
        let step = i64::from(sequence.wrapping_sub(last as u16) as i16);
        let value = last.saturating_add_signed(step);
        self.last = Some(last.max(value));
        value
    }
}
