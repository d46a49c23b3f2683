//! Puts sound packets back in order and decides when each is played. Knows no clock: every call is told the time.
//!
//! A packet's *delay* is its arrival time minus its RTP time. The smallest delay of the last seconds is the base; how far
//! the others lie above it is the jitter. A packet is due at `RTP time + base + target`, where the target covers 98 % of
//! the jitter seen lately. Too early or too late playing is not corrected here but by [`crate::stretch`], which
//! [`JitterBuffer::excess`] steers; that also swallows the drift between the sender's clock and ours.

mod delay;

use ahoy_model::AudioPacket;
use bytes::Bytes;
use delay::DelayEstimate;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longest sound held; beyond it the oldest is dropped. ms.
const CAPACITY_MS: i64 = 2_000;
/// With nothing to play for this long, playing starts anew with the next packet. ms.
const STARVED_MS: i64 = 200;
/// A pause of the sender longer than this is a new beginning. ms.
const LONG_PAUSE_MS: i64 = 1_000;
/// Sequence numbers further apart belong to another stream (RFC 3550 A.1).
const MAX_SEQUENCE_JUMP: i64 = 1_000;
/// Arrivals this far from what the RTP time promises mean that the sender has set its clock anew. ms.
const MAX_CLOCK_JUMP_MS: f64 = 3_000.0;

/// What became of a pushed packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    Stored,
    /// Its time has passed.
    Late,
    Duplicate,
    /// From another stream, or so it seems; a second one like it would start anew.
    Stray,
}

/// What to play next. Lengths are in ticks of the codec's RTP clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Decode this packet.
    Packet(Bytes),
    /// One packet is lost; `next` follows it and may carry a spare copy.
    Recover { next: Bytes, ticks: u32 },
    /// Several packets are lost up to `later`, which begins `before` ticks after what is missing here and may tell of it.
    Describe { later: Bytes, before: u32, ticks: u32 },
    /// Make something up.
    Conceal { ticks: u32 },
    /// The sender is silent, or playing has not begun.
    Silence { ticks: u32 },
}

/// Counts since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterCounts {
    pub received: u64,
    pub late: u64,
    pub duplicate: u64,
    pub stray: u64,
    /// Packets that had to be left out because too many waited.
    pub overflow: u64,
    /// Times a lost packet was asked for from its successor.
    pub recovered: u64,
    /// Played without a packet, in ms.
    pub concealed_ms: u64,
    /// Played in all, silence of the sender left out, in ms.
    pub played_ms: u64,
    /// Times there was nothing to play.
    pub starved: u64,
}

#[derive(Debug)]
struct Held {
    time: i64,
    ticks: i64,
    data: Bytes,
}

/// Where the stream stands, in numbers that do not wrap.
#[derive(Clone, Copy, Debug)]
struct Position {
    sequence: i64,
    time: i64,
}

#[derive(Debug)]
pub struct JitterBuffer {
    /// RTP ticks in a millisecond.
    rate: i64,
    epoch: Option<Instant>,
    newest: Option<Position>,
    stray: Option<u16>,
    /// By sequence number.
    packets: BTreeMap<i64, Held>,
    delay: DelayEstimate,
    /// RTP time of the next sample to decode, once playing has begun.
    play_time: Option<i64>,
    last_sequence: i64,
    last_ticks: i64,
    /// Concealed while empty, to be set off against what is missing when packets come again.
    owed: i64,
    starved_for: i64,
    counts: JitterCounts,
}

impl JitterBuffer {
    /// `clock_rate` is the codec's RTP clock in Hz (48 000 for Opus).
    pub fn new(clock_rate: u32) -> Self {
        Self {
            rate: i64::from(clock_rate / 1000).max(1),
            epoch: None,
            newest: None,
            stray: None,
            packets: BTreeMap::new(),
            delay: DelayEstimate::new(),
            play_time: None,
            last_sequence: -1,
            last_ticks: i64::from(clock_rate / 50),
            owed: 0,
            starved_for: 0,
            counts: JitterCounts::default(),
        }
    }

    /// `ticks` is how much sound the packet holds.
    pub fn push(&mut self, packet: &AudioPacket, ticks: u32) -> Pushed {
        self.counts.received += 1;
        let arrival = self.millis(packet.at);
        let Some(mut place) = self.place(packet) else {
            self.counts.stray += 1;
            return Pushed::Stray;
        };
        let mut delay = arrival - place.time as f64 / self.rate as f64;
        if self.delay.base().is_some_and(|base| (delay - base).abs() > MAX_CLOCK_JUMP_MS) {
            place = self.begin_anew(packet);
            delay = arrival - place.time as f64 / self.rate as f64;
        }
        self.delay.add(delay);
        if self.newest.is_none_or(|newest| place.sequence > newest.sequence) {
            self.newest = Some(place);
        }
        let held = Held { time: place.time, ticks: i64::from(ticks), data: packet.data.clone() };
        if self.play_time.is_some_and(|now| held.time + held.ticks <= now) {
            self.counts.late += 1;
            return Pushed::Late;
        }
        if self.packets.contains_key(&place.sequence) {
            self.counts.duplicate += 1;
            return Pushed::Duplicate;
        }
        self.packets.insert(place.sequence, held);
        self.shed();
        Pushed::Stored
    }

    /// Finds the packet's place in numbers that do not wrap. `None`: a stray.
    fn place(&mut self, packet: &AudioPacket) -> Option<Position> {
        let Some(newest) = self.newest else {
            return Some(Position { sequence: i64::from(packet.sequence), time: i64::from(packet.rtp_time) });
        };
        let ahead = i64::from(packet.sequence.wrapping_sub(newest.sequence as u16) as i16);
        if ahead.abs() > MAX_SEQUENCE_JUMP {
            let expected = self.stray.replace(packet.sequence.wrapping_add(1));
            return (expected == Some(packet.sequence)).then(|| self.begin_anew(packet));
        }
        self.stray = None;
        let later = i64::from(packet.rtp_time.wrapping_sub(newest.time as u32) as i32);
        if (ahead > 0 && later < 0) || (ahead < 0 && later > 0) {
            // Later in sequence but not in time: the sender has set its clock anew.
            return Some(self.begin_anew(packet));
        }
        Some(Position { sequence: newest.sequence + ahead, time: newest.time + later })
    }

    /// Forgets the stream so far and begins with this packet.
    fn begin_anew(&mut self, packet: &AudioPacket) -> Position {
        self.packets.clear();
        self.delay = DelayEstimate::new();
        self.play_time = None;
        self.stray = None;
        self.owed = 0;
        let place = Position { sequence: i64::from(packet.sequence), time: i64::from(packet.rtp_time) };
        self.newest = Some(place);
        self.last_sequence = place.sequence - 1;
        place
    }

    fn shed(&mut self) {
        while let (Some(first), Some(last)) = (self.packets.first_key_value(), self.packets.last_key_value())
        {
            if last.1.time - first.1.time <= CAPACITY_MS * self.rate {
                return;
            }
            // The clock moves on with what is left out.
            self.packets.pop_first();
            self.counts.overflow += 1;
            if let (Some(_), Some((_, next))) = (self.play_time, self.packets.first_key_value()) {
                self.play_time = Some(next.time);
            }
        }
    }

    /// Asked whenever more sound is needed.
    pub fn next(&mut self, now: Instant) -> Next {
        let step = 10 * self.rate;
        let now = self.millis(now);
        loop {
            let Some(mut first) = self.packets.first_entry() else { return self.starve(step) };
            let (sequence, time, ticks) = (*first.key(), first.get().time, first.get().ticks);
            let play_time = match self.play_time {
                Some(play_time) => play_time,
                None => {
                    let due = time as f64 / self.rate as f64
                        + self.delay.base().unwrap_or(now)
                        + self.delay.target();
                    if now < due {
                        return Next::Silence { ticks: step as u32 };
                    }
                    self.owed = 0;
                    self.last_sequence = sequence - 1;
                    self.play_time = Some(time);
                    time
                }
            };
            let gap = time - play_time;
            if time + ticks <= play_time {
                first.remove();
                self.counts.late += 1;
                continue;
            }
            if gap <= 0 {
                let data = std::mem::take(&mut first.get_mut().data);
                first.remove();
                self.play_time = Some(time + ticks);
                self.last_sequence = sequence;
                self.last_ticks = ticks;
                self.owed = 0;
                self.starved_for = 0;
                self.counts.played_ms += (ticks / self.rate) as u64;
                self.delay.played(false);
                return Next::Packet(data);
            }
            if self.owed > 0 {
                let paid = self.owed.min(gap);
                self.delay.played(true);
                self.owed -= paid;
                self.play_time = Some(play_time + paid);
                continue;
            }
            if gap > LONG_PAUSE_MS * self.rate {
                self.play_time = None;
                continue;
            }
            let contiguous = sequence == self.last_sequence + 1;
            if !contiguous && gap <= self.last_ticks * 3 / 2 {
                let next = first.get().data.clone();
                self.play_time = Some(time);
                self.last_sequence = sequence - 1;
                self.counts.recovered += 1;
                self.delay.played(true);
                self.counts.played_ms += (gap / self.rate) as u64;
                return Next::Recover { next, ticks: gap as u32 };
            }
            let ticks = gap.min(self.last_ticks);
            self.play_time = Some(play_time + ticks);
            if contiguous {
                return Next::Silence { ticks: ticks as u32 };
            }
            self.delay.played(true);
            self.counts.concealed_ms += (ticks / self.rate) as u64;
            self.counts.played_ms += (ticks / self.rate) as u64;
            return Next::Describe {
                later: first.get().data.clone(),
                before: gap as u32,
                ticks: ticks as u32,
            };
        }
    }

    /// Nothing is there. The clock stands still: what comes late is still played, and the delay has grown.
    fn starve(&mut self, step: i64) -> Next {
        if self.play_time.is_none() {
            return Next::Silence { ticks: step as u32 };
        }
        if self.starved_for == 0 {
            self.counts.starved += 1;
        }
        self.starved_for += step;
        self.owed += step;
        if self.starved_for > STARVED_MS * self.rate {
            self.play_time = None;
            self.starved_for = 0;
            return Next::Silence { ticks: step as u32 };
        }
        self.counts.concealed_ms += 10;
        self.counts.played_ms += 10;
        Next::Conceal { ticks: step as u32 }
    }

    /// By how many ms the sound leaving now is later than it should be (negative: too early, packets will miss their time).
    /// `ready` is what was decoded but not yet played, in ticks.
    pub fn excess(&self, now: Instant, ready: u32) -> f64 {
        self.held_back(now, ready).map_or(0.0, |delay| delay - self.delay.target())
    }

    /// How long the sound leaving now has waited, counted from the earliest it could have come, in ms.
    pub fn held_back(&self, now: Instant, ready: u32) -> Option<f64> {
        let base = self.delay.base()?;
        let heard = (self.play_time? - i64::from(ready)) as f64 / self.rate as f64;
        Some(self.millis_at(now) - heard - base)
    }

    /// The wrapped RTP time of the next sample to be decoded, while playing.
    pub fn play_time(&self) -> Option<u32> {
        self.play_time.map(|time| time as u32)
    }

    /// The delay aimed at, 20 to 200 ms.
    pub fn target(&self) -> Duration {
        Duration::from_secs_f64(self.delay.target() / 1000.0)
    }

    /// Interarrival jitter in ms (RFC 3550 6.4.1).
    pub fn jitter(&self) -> f32 {
        self.delay.jitter() as f32
    }

    /// Packets waiting.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub fn counts(&self) -> JitterCounts {
        self.counts
    }

    fn millis(&mut self, at: Instant) -> f64 {
        // Far enough back that what was stamped a little earlier than the first call stays positive.
        self.epoch.get_or_insert(at);
        self.millis_at(at)
    }

    fn millis_at(&self, at: Instant) -> f64 {
        let Some(epoch) = self.epoch else { return 0.0 };
        match at.checked_duration_since(epoch) {
            Some(after) => after.as_secs_f64() * 1000.0,
            None => -(epoch.duration_since(at).as_secs_f64() * 1000.0),
        }
    }
}

#[cfg(test)]
mod tests;
