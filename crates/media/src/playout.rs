//! One far side's sound: jitter buffer, decoder, concealment, and the stretching that keeps it in time. In one channel, or in
//! two from the first packet on that holds two.

use crate::audio::{self, AudioError, Decoder};
use crate::comfort::ComfortNoise;
use crate::hardware::STEP;
use crate::jitter::{JitterBuffer, JitterCounts, Next, Pushed};
use crate::stereo::{self, Wide};
use crate::stretch;
use crate::sync::{PlayPoint, SenderClock};
use ahoy_model::{AudioCodec, AudioPacket, SenderReport};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The sound may lie this far from its target before it is stretched, ms. Being early costs packets and being late costs
/// only delay, so the band lies above the target; it is wider than the longest cut, or cuts would chase each other.
const TOO_LATE: f64 = 11.0;
const TOO_EARLY: f64 = -1.0;
/// This far off, stretch even where the waves do not match well, ms.
const URGENT: f64 = 60.0;

/// What playing one line is like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlayoutStats {
    pub counts: JitterCounts,
    /// RFC 3550 jitter, ms.
    pub jitter_ms: f32,
    /// How long the sound of the last step waited here, ms.
    pub buffer_ms: f32,
    /// How long it should, ms.
    pub target_ms: f32,
    /// Samples left out and put in to stay in time.
    pub shortened: u64,
    pub lengthened: u64,
    /// Packets that could not be decoded.
    pub damaged: u64,
}

#[derive(Debug)]
pub struct Playout {
    jitter: JitterBuffer,
    codec: AudioCodec,
    decoder: Decoder,
    /// Two channels are taken as they come.
    may_widen: bool,
    /// Decoded, not yet played: the middle of both channels.
    ready: VecDeque<f32>,
    /// As long as `ready` once there are two channels; else empty.
    side: Option<VecDeque<f32>>,
    /// Of a packet: middle, side, and each of them stretched.
    scratch: [Vec<f32>; 4],
    clock: SenderClock,
    stats: PlayoutStats,
    comfort: Option<ComfortNoise>,
}

impl Playout {
    pub fn new(codec: AudioCodec) -> Result<Self, AudioError> {
        Ok(Self {
            jitter: JitterBuffer::new(codec.clock_rate()),
            codec,
            decoder: Decoder::new(codec)?,
            may_widen: false,
            ready: VecDeque::with_capacity(audio::LONGEST * 2),
            side: None,
            scratch: [const { Vec::new() }; 4],
            clock: SenderClock::new(codec.clock_rate()),
            stats: PlayoutStats::default(),
            comfort: None,
        })
    }

    /// One that plays both channels where the far side sends two; see `step_wide`.
    pub fn wide(codec: AudioCodec) -> Result<Self, AudioError> {
        Ok(Self { may_widen: true, ..Self::new(codec)? })
    }

    /// Takes a packet off the network. False: of no use (late, twice, damaged).
    pub fn push(&mut self, packet: &AudioPacket) -> bool {
        let Some(ticks) = audio::packet_ticks(self.codec, &packet.data) else {
            self.stats.damaged += 1;
            return false;
        };
        if self.may_widen && self.side.is_none() && audio::is_stereo(self.codec, &packet.data) {
            self.widen();
        }
        self.jitter.push(packet, ticks as u32) == Pushed::Stored
    }

    /// From now on there are two channels.
    fn widen(&mut self) {
        match Decoder::stereo(self.codec) {
            Ok(Some(decoder)) => {
                self.decoder = decoder;
                self.side = Some(std::iter::repeat_n(0.0, self.ready.len()).collect());
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "two channels cannot be played");
                self.may_widen = false;
            }
        }
    }

    /// Whether a far side that sends nothing is filled up with what its room sounded like.
    pub fn set_comfort_noise(&mut self, on: bool) {
        if on != self.comfort.is_some() {
            self.comfort = on.then(ComfortNoise::new);
        }
    }

    pub fn sender_report(&mut self, report: SenderReport) {
        self.clock.update(report);
    }

    /// The next 10 ms in one channel. False: silence, nothing was played.
    pub fn step(&mut self, out: &mut [f32; STEP], now: Instant) -> bool {
        let sounding = self.prepare(now);
        for (sample, ready) in out.iter_mut().zip(self.ready.drain(..STEP)) {
            *sample = ready;
        }
        if let Some(side) = &mut self.side {
            side.drain(..STEP);
        }
        sounding
    }

    /// The same in as many channels as the far side sends.
    pub fn step_wide(&mut self, out: &mut Wide, now: Instant) -> bool {
        let sounding = self.prepare(now);
        for (sample, ready) in out.middle.iter_mut().zip(self.ready.drain(..STEP)) {
            *sample = ready;
        }
        out.has_side = false;
        match &mut self.side {
            Some(side) => {
                for (sample, ready) in out.side.iter_mut().zip(side.drain(..STEP)) {
                    *sample = ready;
                    out.has_side |= ready != 0.0;
                }
            }
            None => out.side.fill(0.0),
        }
        sounding
    }

    /// Sees to it that 10 ms are ready.
    fn prepare(&mut self, now: Instant) -> bool {
        let mut sounding = !self.ready.is_empty();
        let wait = self.jitter.held_back(now, self.ready_ticks());
        self.stats.buffer_ms = wait.unwrap_or(0.0).max(0.0) as f32;
        while self.ready.len() < STEP {
            sounding |= self.more(now);
        }
        sounding
    }

    /// As much silence as there is of the middle by now.
    fn level_side(&mut self) {
        if let Some(side) = &mut self.side {
            side.resize(self.ready.len(), 0.0);
        }
    }

    /// What is decoded but not yet played, in ticks of the codec's clock.
    fn ready_ticks(&self) -> u32 {
        (self.ready.len() / audio::samples_per_tick(self.codec)) as u32
    }

    fn more(&mut self, now: Instant) -> bool {
        let excess = self.jitter.excess(now, self.ready_ticks());
        let next = self.jitter.next(now);
        let samples = |ticks: u32| ticks as usize * audio::samples_per_tick(self.codec);
        let sound = match &next {
            Next::Packet(data) => match self.decoder.decode(data) {
                Ok(sound) => Ok(sound),
                Err(_) => {
                    self.stats.damaged += 1;
                    self.decoder.conceal(audio::FRAME)
                }
            },
            Next::Recover { next, ticks } => self.decoder.recover(next, samples(*ticks)),
            Next::Describe { later, before, ticks } => {
                self.decoder.describe(later, samples(*before), samples(*ticks))
            }
            Next::Conceal { ticks } => self.decoder.conceal(samples(*ticks)),
            Next::Silence { ticks } => {
                let length = samples(*ticks).max(STEP);
                match &mut self.comfort {
                    Some(comfort) => self.ready.extend(comfort.next(length)),
                    None => self.ready.extend(std::iter::repeat_n(0.0, length)),
                }
                self.level_side();
                return self.comfort.is_some();
            }
        };
        let [middle, side, cut_middle, cut_side] = &mut self.scratch;
        for part in [&mut *middle, &mut *side, &mut *cut_middle, &mut *cut_side] {
            part.clear();
        }
        match sound {
            Ok(sound) if self.side.is_some() => {
                for [left, right] in sound.as_chunks().0 {
                    let (a, b) = stereo::split([*left, *right]);
                    middle.push(a);
                    side.push(b);
                }
            }
            Ok(sound) => middle.extend_from_slice(sound),
            Err(_) => {
                self.ready.extend([0.0; STEP]);
                self.level_side();
                return true;
            }
        }
        let is_packet = matches!(next, Next::Packet(_));
        if let (Some(comfort), true) = (&mut self.comfort, is_packet) {
            comfort.hear(middle);
        }
        let likeness = if excess.abs() > URGENT { -1.0 } else { 0.7 };
        let plain = is_packet && middle.len() >= stretch::NEEDED;
        let off = plain && !(TOO_EARLY..=TOO_LATE).contains(&excess);
        match off.then(|| stretch::period(middle, likeness)).flatten() {
            Some(period) => {
                let late = excess > TOO_LATE;
                let stretch = if late { stretch::shorten } else { stretch::lengthen };
                let count = if late { &mut self.stats.shortened } else { &mut self.stats.lengthened };
                *count += period as u64;
                stretch(middle, period, cut_middle);
                stretch(side, period, cut_side);
            }
            None => {
                std::mem::swap(middle, cut_middle);
                std::mem::swap(side, cut_side);
            }
        }
        self.ready.extend(cut_middle.iter());
        if let Some(ready) = &mut self.side {
            ready.extend(cut_side.iter());
        }
        true
    }

    /// When the sound that leaves now was taken by the far side, once a sender report told. `later` is how long it still
    /// needs to the ear.
    pub fn play_point(&self, now: Instant, later: Duration) -> Option<PlayPoint> {
        let time = self.jitter.play_time()?.wrapping_sub(self.ready_ticks());
        Some(PlayPoint { at: now + later, taken: self.clock.ntp_millis(time)? })
    }

    pub fn stats(&self) -> PlayoutStats {
        PlayoutStats {
            counts: self.jitter.counts(),
            jitter_ms: self.jitter.jitter(),
            target_ms: self.jitter.target().as_secs_f32() * 1000.0,
            ..self.stats
        }
    }
}

#[cfg(test)]
#[path = "playout_tests.rs"]
mod tests;
