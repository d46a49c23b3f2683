//! One far side's sound: jitter buffer, decoder, concealment, and the stretching that keeps it in time.

use crate::audio::{self, AudioError, Decoder};
use crate::comfort::ComfortNoise;
use crate::hardware::STEP;
use crate::jitter::{JitterBuffer, JitterCounts, Next, Pushed};
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
    /// Decoded, not yet played.
    ready: VecDeque<f32>,
    scratch: Vec<f32>,
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
            ready: VecDeque::with_capacity(audio::LONGEST * 2),
            scratch: Vec::with_capacity(audio::LONGEST * 2),
            clock: SenderClock::new(codec.clock_rate()),
            stats: PlayoutStats::default(),
            comfort: None,
        })
    }

    /// Takes a packet off the network. False: of no use (late, twice, damaged).
    pub fn push(&mut self, packet: &AudioPacket) -> bool {
        let Some(ticks) = audio::packet_ticks(self.codec, &packet.data) else {
            self.stats.damaged += 1;
            return false;
        };
        self.jitter.push(packet, ticks as u32) == Pushed::Stored
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

    /// The next 10 ms. False: silence, nothing was played.
    pub fn step(&mut self, out: &mut [f32; STEP], now: Instant) -> bool {
        let mut sounding = !self.ready.is_empty();
        let wait = self.jitter.held_back(now, self.ready_ticks());
        self.stats.buffer_ms = wait.unwrap_or(0.0).max(0.0) as f32;
        while self.ready.len() < STEP {
            sounding |= self.more(now);
        }
        for (sample, ready) in out.iter_mut().zip(self.ready.drain(..STEP)) {
            *sample = ready;
        }
        sounding
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
                return self.comfort.is_some();
            }
        };
        let Ok(sound) = sound else {
            self.ready.extend([0.0; STEP]);
            return true;
        };
        if let (Some(comfort), Next::Packet(_)) = (&mut self.comfort, &next) {
            comfort.hear(sound);
        }
        self.scratch.clear();
        let likeness = if excess.abs() > URGENT { -1.0 } else { 0.7 };
        let plain = matches!(next, Next::Packet(_)) && sound.len() >= stretch::NEEDED;
        if plain && excess > TOO_LATE {
            self.stats.shortened += stretch::shorten(sound, likeness, &mut self.scratch) as u64;
        } else if plain && excess < TOO_EARLY {
            self.stats.lengthened += stretch::lengthen(sound, likeness, &mut self.scratch) as u64;
        } else {
            self.scratch.extend_from_slice(sound);
        }
        self.ready.extend(self.scratch.iter());
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
