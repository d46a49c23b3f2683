use super::*;
use ahoy_media::opus::Decoder;
use ahoy_media::tone::frequency_of;
use std::f32::consts::TAU;

/// A voice that hums.
struct Hum {
    id: SourceId,
    hertz: f32,
    encoder: Encoder,
    number: u32,
}

impl Hum {
    fn new(hertz: f32) -> Self {
        let encoder = Encoder::new(EncoderConfig::default()).expect("an encoder");
        Self { id: SourceId::new(), hertz, encoder, number: 0 }
    }

    fn packet(&mut self, at: Instant) -> AudioPacket {
        let from = self.number * FRAME as u32;
        let wave = |n: usize| 0.2 * (TAU * self.hertz * (from as f32 + n as f32) / 48_000.0).sin();
        let samples: Vec<f32> = (0..FRAME).map(wave).collect();
        let data = self.encoder.encode(&samples).expect("encoded");
        self.number += 1;
        AudioPacket {
            codec: AudioCodec::Opus,
            data,
            rtp_time: from.wrapping_add(77_000),
            sequence: self.number as u16,
            marker: false,
            at,
        }
    }
}

/// How much of `hertz` is in it (Goertzel), 0 to about the amplitude.
fn part(samples: &[f32], hertz: f32) -> f32 {
    let (mut re, mut im) = (0.0_f32, 0.0_f32);
    for (n, sample) in samples.iter().enumerate() {
        let angle = TAU * hertz * n as f32 / 48_000.0;
        re += sample * angle.cos();
        im += sample * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / samples.len() as f32
}

#[test]
fn both_voices_are_in_the_sum_and_one_that_stops_is_missed_by_nobody() {
    let start = Instant::now();
    let (mut low, mut high) = (Hum::new(440.0), Hum::new(1_000.0));
    let mut kitchen = Kitchen::new().expect("an encoder");
    let mut decoder = Decoder::new().expect("a decoder");
    let mut heard = Vec::new();
    let mut last = None;
    for n in 0..150_u32 {
        let now = start + PACKET * n;
        kitchen.take(low.id, &low.packet(now));
        if n < 75 {
            kitchen.take(high.id, &high.packet(now));
        }
        let packet = kitchen.cook(now).expect("a packet");
        assert!(last.is_none_or(|last| packet.rtp_time == last + FRAME as u32), "no time is left out");
        last = Some(packet.rtp_time);
        heard.extend_from_slice(decoder.decode(&packet.data).expect("Opus"));
    }
    let both = &heard[48_000..67_200];
    assert!(part(both, 440.0) > 0.1 && part(both, 1_000.0) > 0.1, "both are there");
    let one = &heard[heard.len() - 24_000..];
    assert!(part(one, 1_000.0) < 0.01, "it has stopped");
    assert!((frequency_of(one, 48_000) - 440.0).abs() < 5.0, "the other goes on undisturbed");
}
