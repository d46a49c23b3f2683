//! Two ends and what they say to each other.

use ahoy_model::{AudioCodec, AudioPacket, EncodedFrame, VideoCodec};
use ahoy_rtc::{Session, SessionConfig, SessionEvent};
use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

pub struct End {
    pub session: Session,
    pub events: mpsc::Receiver<SessionEvent>,
}

pub fn config(name: &str) -> SessionConfig {
    // `RUST_LOG=rtc_ice=trace` shows what the stack thinks.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .try_init();
    SessionConfig {
        addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        max_bitrate: 6_000_000,
        ..SessionConfig::sound_and_picture(name)
    }
}

pub async fn offer(config: SessionConfig) -> (End, String) {
    let (session, events, sdp) = Session::offer(config).await.unwrap();
    (End { session, events }, sdp)
}

pub async fn answer(config: SessionConfig, sdp: &str) -> (End, String) {
    let (session, events, sdp) = Session::answer(config, sdp).await.unwrap();
    (End { session, events }, sdp)
}

/// Two connected ends: who offered, who answered.
pub async fn pair(a: SessionConfig, b: SessionConfig) -> (End, End) {
    let (mut a, sdp) = offer(a).await;
    let (mut b, sdp) = answer(b, &sdp).await;
    a.session.accept(&sdp).await.unwrap();
    a.connected().await;
    b.connected().await;
    (a, b)
}

impl End {
    /// The first event that `pick` takes; others are dropped.
    pub async fn wait<T>(
        &mut self,
        seconds: f64,
        mut pick: impl FnMut(SessionEvent) -> Option<T>,
    ) -> Option<T> {
        let end = tokio::time::Instant::now() + Duration::from_secs_f64(seconds);
        loop {
            let event = tokio::time::timeout_at(end, self.events.recv()).await.ok()??;
            if let Some(found) = pick(event) {
                return Some(found);
            }
        }
    }

    pub async fn connected(&mut self) {
        self.wait(10.0, |e| matches!(e, SessionEvent::Connected).then_some(())).await.expect("connected");
    }

    pub async fn video(&mut self, seconds: f64) -> Option<EncodedFrame> {
        self.wait(seconds, |e| if let SessionEvent::Video(frame) = e { Some(frame) } else { None }).await
    }

    pub async fn audio(&mut self, seconds: f64) -> Option<AudioPacket> {
        self.wait(seconds, |e| if let SessionEvent::Audio(packet) = e { Some(packet) } else { None }).await
    }
}

/// A made-up H.264 picture that carries its number.
pub fn picture(number: u32, key: bool, size: usize) -> EncodedFrame {
    let mut data = Vec::with_capacity(size + 40);
    if key {
        data.extend_from_slice(&[
            0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80,
        ]);
    }
    data.extend_from_slice(&[0, 0, 0, 1, if key { 0x65 } else { 0x41 }, 0x9a]);
    data.extend(number.to_be_bytes().iter().flat_map(|b| [b | 0x80, b & 0x7f | 0x40]));
    data.extend((0..size).map(|i| (i % 251) as u8 | 0x80));
    EncodedFrame {
        codec: VideoCodec::H264,
        data: Bytes::from(data),
        rtp_time: number * 3000,
        key,
        after_loss: false,
    }
}

pub fn sound(number: u32) -> AudioPacket {
    AudioPacket {
        codec: AudioCodec::Opus,
        data: Bytes::from(vec![number as u8; 80]),
        rtp_time: number * 960,
        sequence: 0,
        marker: number == 0,
        at: Instant::now(),
    }
}

pub async fn ms(n: u64) {
    tokio::time::sleep(Duration::from_millis(n)).await;
}
