//! Speech through the house's own encoder, a network that loses and delays, and the house's own playout; in virtual time.

use ahoy_media::hardware::STEP;
use ahoy_media::opus::{Encoder, EncoderConfig, FRAME};
use ahoy_media::playout::{Playout, PlayoutStats};
use ahoy_model::{AudioCodec, AudioPacket};
use std::time::{Duration, Instant};

/// What the network does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network {
    pub seed: u64,
    /// Share of packets lost, 0 to 1.
    pub loss: f64,
    /// How many are lost in a row, on average; 1 when every packet is lost or not by itself.
    pub run: f64,
    /// Packets are late by up to twice this, ms.
    pub jitter: f64,
}

/// What came out of it.
pub struct Heard {
    pub sound: Vec<f32>,
    pub stats: PlayoutStats,
    /// bit/s of Opus.
    pub bitrate: f64,
    /// Mean wait in the jitter buffer, ms.
    pub wait: f64,
}

impl Heard {
    /// Percent of what was played that no packet carried.
    pub fn concealed(&self) -> f64 {
        self.stats.counts.concealed_ms as f64 * 100.0 / self.stats.counts.played_ms.max(1) as f64
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    /// 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Sends `speech` and plays what arrives. The encoder knows of the loss, as it does from the far side's reports.
pub fn send(speech: &[f32], network: Network) -> Heard {
    let mut encoder = Encoder::new(EncoderConfig::default()).expect("Opus");
    encoder.set_expected_loss((network.loss * 100.0).round() as u8);
    let mut random = Random(network.seed.wrapping_add(77));
    let start = Instant::now();
    let after = |ms: f64| start + Duration::from_secs_f64(ms / 1000.0);
    let (mut arrivals, mut bytes, mut losing) = (Vec::new(), 0, false);
    for (number, frame) in speech.chunks_exact(FRAME).enumerate() {
        let data = encoder.encode(frame).expect("Opus");
        bytes += data.len();
        // Gilbert: runs of the wanted mean length, with the wanted share altogether.
        let leave = 1.0 / network.run.max(1.0);
        let enter = leave * network.loss / (1.0 - network.loss).max(0.01);
        losing = if network.run > 1.0 {
            if losing { random.next() >= leave } else { random.next() < enter }
        } else {
            random.next() < network.loss
        };
        let late = random.next() * 2.0 * network.jitter;
        if losing {
            continue;
        }
        let at = number as f64 * 20.0 + 20.0 + late;
        let packet = AudioPacket {
            codec: AudioCodec::Opus,
            data,
            rtp_time: (number as u32).wrapping_mul(FRAME as u32),
            sequence: number as u16,
            marker: number == 0,
            at: after(at),
        };
        arrivals.push((at, packet));
    }
    arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut arrivals = arrivals.into_iter().peekable();
    let mut playout = Playout::new(AudioCodec::Opus).expect("Opus");
    let mut sound = Vec::with_capacity(speech.len());
    let mut wait = 0.0;
    let mut out = [0.0; STEP];
    let steps = speech.len() / STEP;
    for step in 0..steps {
        let now = step as f64 * 10.0;
        while let Some((_, packet)) = arrivals.next_if(|(at, _)| *at <= now) {
            playout.push(&packet);
        }
        playout.step(&mut out, after(now));
        sound.extend(out);
        wait += f64::from(playout.stats().buffer_ms) / steps as f64;
    }
    let seconds = speech.len() as f64 / 48_000.0;
    Heard { sound, stats: playout.stats(), bitrate: bytes as f64 * 8.0 / seconds, wait }
}
