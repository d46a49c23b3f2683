//! G.711 (ITU-T G.711): µ-law and A-law, 8 kHz, one byte a sample, with the change of rate to and from our 48 kHz.

mod law;

pub use law::Law;

use crate::resample::StreamResampler;
use bytes::Bytes;
use std::collections::VecDeque;

/// Samples (at 48 kHz) in the packets that we make: 20 ms.
pub const FRAME: usize = 960;
/// Bytes in the longest packet that is taken: 120 ms.
pub const LONGEST: usize = 960;
/// Samples at 48 kHz for one of ours.
const RATIO: usize = 6;
/// What is remembered for lost packets: 40 ms at 8 kHz.
const MEMORY: usize = 320;
/// Fundamentals from 66 Hz to 400 Hz, in samples.
const PERIODS: std::ops::RangeInclusive<usize> = 20..=120;
/// Made-up sound fades to nothing within 60 ms.
const FADE: usize = 480;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum G711Error {
    #[error("the change of rate could not be set up")]
    Setup,
    #[error("a frame of sound has {0} samples instead of 960")]
    WrongLength(usize),
    #[error("the packet is empty or longer than 120 ms")]
    Malformed,
}

#[derive(Debug)]
pub struct Encoder {
    law: Law,
    down: StreamResampler,
    scratch: Vec<f32>,
}

impl Encoder {
    pub fn new(law: Law) -> Result<Self, G711Error> {
        let down = StreamResampler::new(48_000, 8_000).ok_or(G711Error::Setup)?;
        Ok(Self { law, down, scratch: Vec::with_capacity(FRAME / RATIO) })
    }

    /// 20 ms of sound (960 samples) → one packet of 160 bytes. Adds 2.5 ms of delay.
    pub fn encode(&mut self, samples: &[f32]) -> Result<Bytes, G711Error> {
        if samples.len() != FRAME {
            return Err(G711Error::WrongLength(samples.len()));
        }
        self.scratch.clear();
        self.down.push(samples, &mut self.scratch);
        Ok(self.scratch.iter().map(|sample| self.law.compress(to_pcm(*sample))).collect())
    }
}

fn to_pcm(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

/// Samples at 8 kHz in a packet. `None`: not a packet.
pub fn packet_ticks(packet: &[u8]) -> Option<usize> {
    (1..=LONGEST).contains(&packet.len()).then_some(packet.len())
}

#[derive(Debug)]
pub struct Decoder {
    law: Law,
    up: StreamResampler,
    /// The last sound at 8 kHz.
    memory: VecDeque<f32>,
    /// Samples made up since the last packet, and the period that is repeated.
    invented: usize,
    period: usize,
    scratch: Vec<f32>,
    out: Vec<f32>,
}

impl Decoder {
    pub fn new(law: Law) -> Result<Self, G711Error> {
        Ok(Self {
            law,
            up: StreamResampler::new(8_000, 48_000).ok_or(G711Error::Setup)?,
            memory: std::iter::repeat_n(0.0, MEMORY).collect(),
            invented: 0,
            period: *PERIODS.end(),
            scratch: Vec::with_capacity(LONGEST),
            out: Vec::with_capacity(LONGEST * RATIO),
        })
    }

    /// The sound of one packet at 48 kHz. What is left over from whole 5 ms comes with the next packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[f32], G711Error> {
        packet_ticks(packet).ok_or(G711Error::Malformed)?;
        self.invented = 0;
        self.scratch.clear();
        self.scratch.extend(packet.iter().map(|byte| f32::from(self.law.expand(*byte)) / 32_768.0));
        Ok(self.bring_up())
    }

    /// Made-up sound in place of a lost packet: the last wave again and again, fading. `samples` at 48 kHz.
    pub fn conceal(&mut self, samples: usize) -> &[f32] {
        if self.invented == 0 {
            self.period = self.find_period();
        }
        self.scratch.clear();
        for _ in 0..samples.min(LONGEST * RATIO) / RATIO {
            let gain = 1.0 - self.invented as f32 / FADE as f32;
            // Repeats what was heard, not what was made quieter already.
            let place = MEMORY - self.period + self.invented % self.period;
            let sample = self.memory.get(place).copied().unwrap_or(0.0);
            self.scratch.push(sample * gain.max(0.0));
            self.invented += 1;
        }
        let made = std::mem::take(&mut self.scratch);
        self.out.clear();
        self.up.push(&made, &mut self.out);
        self.scratch = made;
        &self.out
    }

    fn bring_up(&mut self) -> &[f32] {
        for sample in &self.scratch {
            self.memory.pop_front();
            self.memory.push_back(*sample);
        }
        self.out.clear();
        self.up.push(&self.scratch, &mut self.out);
        &self.out
    }

    /// The shift at which the last sound resembles itself most.
    fn find_period(&self) -> usize {
        let heard: Vec<f32> = self.memory.iter().copied().collect();
        let Some(newest) = heard.get(MEMORY - 120..) else { return *PERIODS.end() };
        let likeness = |period: usize| {
            let earlier = heard.get(MEMORY - 120 - period..MEMORY - period).unwrap_or_default();
            let (mut product, mut energy) = (0.0f32, 1e-6f32);
            for (a, b) in newest.iter().zip(earlier) {
                product += a * b;
                energy += b * b;
            }
            product / energy.sqrt()
        };
        PERIODS.max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap_or(*PERIODS.end())
    }
}

#[cfg(test)]
mod tests;
