//! Voices: tones that are really encoded, and what is heard of them.

use crate::client::{LONG, Media};
use ahoy_media::opus::{Decoder, Encoder, EncoderConfig, FRAME};
use ahoy_model::{AudioCodec, AudioPacket};
use ahoy_rtc::SessionEvent;
use std::f32::consts::TAU;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

/// Samples that are looked at: half a second.
const SPAN: usize = 24_000;

/// Sings until dropped, and listens.
pub struct Voice {
    heard: watch::Receiver<Vec<f32>>,
    task: JoinHandle<()>,
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Voice {
    /// `hertz` 0 is silent.
    pub fn start((session, mut events): Media, hertz: f32) -> Self {
        let (tell, heard) = watch::channel(Vec::new());
        let task = tokio::spawn(async move {
            let mut encoder = Encoder::new(EncoderConfig::default()).expect("an encoder");
            let mut decoder = Decoder::new().expect("a decoder");
            let mut beat = interval(Duration::from_millis(20));
            let mut number = 0_u32;
            loop {
                tokio::select! {
                    _ = beat.tick() => {
                        let from = number.wrapping_mul(FRAME as u32);
                        let wave = |n: usize| 0.25 * (TAU * hertz * ((from % 48_000) as f32 + n as f32) / 48_000.0).sin();
                        let samples: Vec<f32> = (0..FRAME).map(wave).collect();
                        let data = encoder.encode(&samples).expect("encoded");
                        let at = Instant::now();
                        session.send_audio(AudioPacket {
                            codec: AudioCodec::Opus, data, rtp_time: from, sequence: 0, marker: number == 0, at,
                        });
                        number += 1;
                    }
                    event = events.recv() => match event {
                        None => return,
                        Some(SessionEvent::Audio(packet)) => {
                            if let Ok(sound) = decoder.decode(&packet.data) {
                                tell.send_modify(|heard: &mut Vec<f32>| {
                                    heard.extend_from_slice(sound);
                                    let surplus = heard.len().saturating_sub(SPAN);
                                    heard.drain(..surplus);
                                });
                            }
                        }
                        Some(_) => {}
                    },
                }
            }
        });
        Self { heard, task }
    }

    /// Waits until the last half second is like that: how much of each tone is in it.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&dyn Fn(f32) -> f32) -> bool) {
        let enough = |heard: &Vec<f32>| heard.len() >= SPAN && fits(&|hertz| part(heard, hertz));
        let found = timeout(LONG, self.heard.wait_for(enough)).await.is_ok();
        let heard = self.heard.borrow();
        assert!(found, "{what}: 440 Hz {}, 1000 Hz {}", part(&heard, 440.0), part(&heard, 1_000.0));
    }
}

/// How much of `hertz` there is (Goertzel), 0 to about the amplitude.
fn part(samples: &[f32], hertz: f32) -> f32 {
    let (mut re, mut im) = (0.0_f32, 0.0_f32);
    for (n, sample) in samples.iter().enumerate() {
        let angle = TAU * hertz * n as f32 / 48_000.0;
        re += sample * angle.cos();
        im += sample * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / samples.len().max(1) as f32
}
