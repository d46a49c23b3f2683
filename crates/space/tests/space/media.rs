//! Numbered sound and pictures over a real media session, and what comes back.

use ahoy_model::{AudioCodec, AudioPacket, EncodedFrame, MediaKind, SenderReport, VideoCodec};
use ahoy_rtc::{Session, SessionEvent};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

/// What one end has received.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub connected: bool,
    pub audio: u32,
    pub video: u32,
    /// The first picture could be decoded by itself.
    pub began_with_key: Option<bool>,
    /// Numbers that were lower than one before, or content that was not ours.
    pub wrong: u32,
    /// Who made what came last.
    pub from: Option<u8>,
    pub key_frames_asked: u32,
    pub reports: u32,
    /// The last word of the far end on its clocks, sound and picture.
    pub clocks: (Option<SenderReport>, Option<SenderReport>),
    /// Number and RTP time of the last packet and the last picture.
    pub sound_at: Option<(u32, u32)>,
    pub picture_at: Option<(u32, u32)>,
    /// What the far end can take of our pictures, bit/s.
    pub bitrate: Option<u32>,
    pub first_picture: Option<Instant>,
    /// The last number of picture.
    pub number: u32,
    /// Whose picture came last.
    pub shown: Option<u8>,
    /// Pictures whose RTP time was not a little later than that of the one before.
    pub jumps: u32,
}

impl Heard {
    /// How much later than the sound the picture was made, by the reports, in ms; both began at one moment.
    pub fn lip_sync(&self) -> Option<f64> {
        let made = |report: SenderReport, (number, rtp): (u32, u32), clock: f64, step: f64| {
            let since = f64::from(rtp.wrapping_sub(report.rtp_time) as i32) / clock;
            let seconds = report.ntp as f64 / f64::from(u32::MAX) + since;
            seconds - f64::from(number.saturating_sub(1)) * step
        };
        let sound = made(self.clocks.0?, self.sound_at?, 48_000.0, 0.020);
        let picture = made(self.clocks.1?, self.picture_at?, 90_000.0, 3_000.0 / 90_000.0);
        Some((picture - sound) * 1_000.0)
    }
}

/// One end that sends and receives.
pub struct End {
    pub session: Arc<Session>,
    heard: watch::Receiver<Heard>,
    task: JoinHandle<()>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl End {
    /// Sends sound every 20 ms and a picture every 33 ms, marked with `mark`.
    pub fn start((session, mut events): (Session, mpsc::Receiver<SessionEvent>), mark: u8) -> Self {
        let session = Arc::new(session);
        let (tell, heard) = watch::channel(Heard::default());
        let own = Arc::clone(&session);
        let task = tokio::spawn(async move {
            let (mut sound, mut picture) =
                (interval(Duration::from_millis(20)), interval(Duration::from_millis(33)));
            let (mut packets, mut frames, mut key) = (0_u32, 0_u32, true);
            let mut last = (0_u32, 0_u32);
            loop {
                tokio::select! {
                    _ = sound.tick() => {
                        packets += 1;
                        own.send_audio(packet(mark, packets));
                    }
                    _ = picture.tick() => {
                        frames += 1;
                        key = !own.send_video(frame(mark, frames, key));
                    }
                    event = events.recv() => match event {
                        None => return,
                        Some(SessionEvent::Connected) => tell.send_modify(|heard| heard.connected = true),
                        Some(SessionEvent::KeyFrameWanted) => {
                            key = true;
                            tell.send_modify(|heard| heard.key_frames_asked += 1);
                        }
                        Some(SessionEvent::SenderReport(kind, report)) => tell.send_modify(|heard| {
                            heard.reports += 1;
                            match kind {
                                MediaKind::Audio => heard.clocks.0 = Some(report),
                                MediaKind::Video => heard.clocks.1 = Some(report),
                            }
                        }),
                        Some(SessionEvent::SendBitrate(bitrate)) => tell.send_modify(|heard| heard.bitrate = Some(bitrate)),
                        Some(SessionEvent::Audio(packet)) => tell.send_modify(|heard| {
                            let number = read(&packet.data, 2);
                            let mark = packet.data.get(1).copied();
                            if heard.from != mark {
                                // Another voice counts anew.
                                last.0 = 0;
                            }
                            heard.wrong += u32::from(number.is_none_or(|number| number < last.0));
                            last.0 = number.unwrap_or(last.0);
                            heard.audio += 1;
                            heard.sound_at = number.map(|number| (number, packet.rtp_time));
                            heard.from = mark;
                        }),
                        Some(SessionEvent::Video(frame)) => tell.send_modify(|heard| {
                            let at = frame.data.len().saturating_sub(200);
                            let number = read(&frame.data, at);
                            let mark = at.checked_sub(1).and_then(|at| frame.data.get(at)).map(|byte| byte & 0x7f);
                            if heard.shown != mark {
                                // Another sender counts anew, and has to begin with what can be decoded by itself.
                                heard.wrong += u32::from(heard.shown.is_some() && !frame.key);
                                heard.shown = mark;
                                last.1 = 0;
                            }
                            if let Some((_, before)) = heard.picture_at {
                                heard.jumps += u32::from(!(1..900_000).contains(&frame.rtp_time.wrapping_sub(before)));
                            }
                            heard.wrong += u32::from(number.is_none_or(|number| number <= last.1));
                            last.1 = number.unwrap_or(last.1);
                            heard.number = last.1;
                            heard.video += 1;
                            heard.picture_at = number.map(|number| (number, frame.rtp_time));
                            heard.began_with_key.get_or_insert(frame.key);
                            heard.first_picture.get_or_insert_with(Instant::now);
                        }),
                        Some(_) => {}
                    },
                }
            }
        });
        Self { session, heard, task }
    }

    pub fn heard(&self) -> Heard {
        self.heard.borrow().clone()
    }

    /// Waits until what was heard satisfies `enough`.
    pub async fn until(&mut self, what: &str, enough: impl FnMut(&Heard) -> bool) -> Heard {
        let found = timeout(super::client::LONG, self.heard.wait_for(enough))
            .await
            .map(|heard| heard.expect("the end lives").clone());
        found.unwrap_or_else(|_| panic!("{what} did not come: {:?}", self.heard.borrow()))
    }

    /// How much more comes within `span`: sound and pictures.
    pub async fn within(&self, span: Duration) -> (u32, u32) {
        let before = self.heard();
        tokio::time::sleep(span).await;
        let after = self.heard();
        (after.audio - before.audio, after.video - before.video)
    }
}

pub fn packet(mark: u8, number: u32) -> AudioPacket {
    let mut data = vec![0xfc, mark];
    data.extend(number.to_be_bytes());
    data.extend([0x55; 60]);
    AudioPacket {
        codec: AudioCodec::Opus,
        data: Bytes::from(data),
        rtp_time: number.wrapping_mul(960),
        sequence: 0,
        marker: number == 1,
        at: Instant::now(),
    }
}

/// Shaped like an access unit; the last 200 bytes begin with the number, every byte of it with the top bit set, so that no start code appears.
pub fn frame(mark: u8, number: u32, key: bool) -> EncodedFrame {
    let mut data = Vec::new();
    if key {
        data.extend([0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x1e, 0xd0, 0x0f]);
        data.extend([0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80]);
    }
    data.extend([0, 0, 0, 1, if key { 0x65 } else { 0x61 }, 0x88]);
    data.extend([mark | 0x80; 3_000]);
    let at = data.len();
    data.extend([0xab; 200]);
    for (place, shift) in [(0, 21), (1, 14), (2, 7), (3, 0)] {
        data[at + place] = 0x80 | ((number >> shift) & 0x7f) as u8;
    }
    EncodedFrame {
        codec: VideoCodec::H264,
        data: Bytes::from(data),
        rtp_time: number.wrapping_mul(3_000),
        key,
        after_loss: false,
    }
}

/// A number as `packet` (plain) or `frame` (seven bits a byte) wrote it.
fn read(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at + 4)?;
    if bytes.iter().all(|byte| byte & 0x80 != 0) {
        return Some(bytes.iter().fold(0, |number, byte| number << 7 | u32::from(byte & 0x7f)));
    }
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
