//! Pictures → encoded frames, on thread `encode`.

use super::ladder::Ladder;
use super::worker::{self, VideoEnd};
use crate::convert::{Scaler, fit_within};
use crate::picture::Picture;
use crate::slot::SlotReader;
use crate::video::{Encoder, EncoderConfig};
use ahoy_model::{EncodedFrame, VideoCodec};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoSenderConfig {
    pub codec: VideoCodec,
    /// Pixels; larger pictures are scaled down.
    pub max_width: u32,
    pub max_height: u32,
    /// Pictures a second at most.
    pub fps: u32,
    /// bit/s to start with.
    pub bitrate: u32,
}

/// Counts since the start, and what is sent now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoSenderStats {
    pub frames: u64,
    pub key_frames: u64,
    pub bytes: u64,
    /// Pictures left out because the network's queue was full.
    pub held_back: u64,
    /// Pixels.
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug)]
struct Control {
    bitrate: u32,
    paused: bool,
    screen: bool,
    key_frames: u64,
}

/// Encodes the newest picture of a slot until dropped.
#[derive(Debug)]
pub struct VideoSender {
    control: watch::Sender<Control>,
    stats: watch::Receiver<VideoSenderStats>,
    ended: watch::Receiver<Option<VideoEnd>>,
}

/// Key frames on demand come at most this often.
const KEY_FRAME_PAUSE: Duration = Duration::from_millis(250);

impl VideoSender {
    /// `out` wants room for 8. When it is full, pictures are left out before they are encoded, so nothing refers to them.
    pub fn start(
        pictures: SlotReader<Picture>,
        config: VideoSenderConfig,
        out: mpsc::Sender<EncodedFrame>,
    ) -> Self {
        let (control, orders) =
            watch::channel(Control { bitrate: config.bitrate, paused: false, screen: false, key_frames: 0 });
        let (stats_in, stats) = watch::channel(VideoSenderStats::default());
        let (ended_in, ended) = watch::channel(None);
        worker::spawn("encode", ended_in, VideoEnd::Panicked, move || {
            worker::block_on(run(pictures, config, out, orders, stats_in)).unwrap_or(VideoEnd::Cut)
        });
        Self { control, stats, ended }
    }

    /// What the path can carry, bit/s. Size and frame rate follow.
    pub fn set_bitrate(&self, bitrate: u32) {
        self.control.send_modify(|control| control.bitrate = bitrate);
    }

    /// The next picture becomes a key frame (at most four a second).
    pub fn request_key_frame(&self) {
        self.control.send_modify(|control| control.key_frames += 1);
    }

    /// While paused nothing is sent; afterwards it starts with a key frame.
    pub fn set_paused(&self, paused: bool) {
        self.control.send_modify(|control| control.paused = paused);
    }

    /// The pictures are a screen's from now on: they keep their size, and come more rarely on a slow path.
    pub fn set_screen(&self, screen: bool) {
        self.control.send_modify(|control| control.screen = screen);
    }

    pub fn stats(&self) -> VideoSenderStats {
        *self.stats.borrow()
    }

    /// Resolves when the thread has ended, with the reason.
    pub fn ended(&self) -> impl Future<Output = VideoEnd> + Send + use<> {
        let end = worker::wait(&self.ended);
        async move { end.await.unwrap_or(VideoEnd::Panicked) }
    }
}

/// RTP times count from the first use in this process, so a restarted sender goes on where the last one stopped.
fn rtp_time(captured: Instant) -> u32 {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    let epoch = *EPOCH.get_or_init(|| captured.checked_sub(Duration::from_secs(10)).unwrap_or(captured));
    let micros = captured.saturating_duration_since(epoch).as_micros();
    // 90 kHz wraps after 13 hours; only the low bits travel.
    (micros * 9 / 100) as u32
}

/// Letters stay sharp; a slow path costs motion.
fn screen_fps(bitrate: u32) -> u32 {
    match bitrate {
        800_000.. => 15,
        400_000.. => 10,
        _ => 5,
    }
}

async fn run(
    mut pictures: SlotReader<Picture>,
    config: VideoSenderConfig,
    out: mpsc::Sender<EncodedFrame>,
    mut orders: watch::Receiver<Control>,
    stats: watch::Sender<VideoSenderStats>,
) -> VideoEnd {
    let fps = config.fps.clamp(1, 120);
    let mut ladder = Ladder::new(config.bitrate);
    let mut encoder = Encoder::new(config.codec, EncoderConfig { fps: fps as f32, bitrate: config.bitrate });
    let mut scaler = Scaler::new();
    let (mut keys_asked, mut key_wanted, mut last_key) = (0, true, None::<Instant>);
    let mut last_taken = None::<Instant>;
    loop {
        let picture = tokio::select! {
            biased;
            changed = orders.changed() => {
                if changed.is_err() {
                    return VideoEnd::Stopped;
                }
                continue;
            }
            picture = pictures.next() => match picture {
                Some(picture) => picture,
                None => return VideoEnd::Cut,
            },
        };
        let control = *orders.borrow();
        if control.paused {
            key_wanted = true;
            continue;
        }
        key_wanted |= control.key_frames != keys_asked;
        keys_asked = control.key_frames;
        let now = Instant::now();
        ladder.update(control.bitrate, now);
        let fps = if control.screen { screen_fps(control.bitrate).min(fps) } else { fps.min(ladder.fps()) };
        // A source runs a little unevenly: a picture may come up to a third of a period early.
        let period = Duration::from_secs(1) / fps;
        if last_taken.is_some_and(|last| picture.captured.saturating_duration_since(last) < period * 2 / 3) {
            continue;
        }
        match out.capacity() {
            _ if out.is_closed() => return VideoEnd::Cut,
            0 => {
                stats.send_modify(|stats| stats.held_back += 1);
                continue;
            }
            _ => {}
        }
        last_taken = Some(picture.captured);
        let (max_width, max_height) = match control.screen {
            true => (picture.width(), picture.height()),
            false => ladder.bounds(picture.width(), picture.height()),
        };
        let bounds = (max_width.min(config.max_width.max(2)), max_height.min(config.max_height.max(2)));
        let (width, height) = fit_within(picture.width(), picture.height(), bounds.0, bounds.1);
        let Some(picture) = scaler.scale(&picture, width, height) else { continue };
        encoder.set_bitrate(control.bitrate.max(30_000));
        encoder.set_fps(fps as f32);
        encoder.set_screen(control.screen);
        let key =
            key_wanted && last_key.is_none_or(|at| now.saturating_duration_since(at) >= KEY_FRAME_PAUSE);
        let encoded = match encoder.encode(&picture, key) {
            Ok(Some(encoded)) => encoded,
            Ok(None) => continue,
            Err(error) => return VideoEnd::Codec(error),
        };
        if encoded.key {
            key_wanted = false;
            last_key = Some(now);
        }
        stats.send_modify(|stats| {
            stats.frames += 1;
            stats.key_frames += u64::from(encoded.key);
            stats.bytes += encoded.data.len() as u64;
            (stats.width, stats.height) = (width, height);
        });
        let frame = EncodedFrame {
            codec: config.codec,
            data: encoded.data,
            rtp_time: rtp_time(picture.captured),
            key: encoded.key,
            after_loss: false,
        };
        match out.try_send(frame) {
            Ok(()) => {}
            // Somebody else filled the queue meanwhile: the far side lacks a picture from here on.
            Err(mpsc::error::TrySendError::Full(_)) => key_wanted = true,
            Err(mpsc::error::TrySendError::Closed(_)) => return VideoEnd::Cut,
        }
    }
}
