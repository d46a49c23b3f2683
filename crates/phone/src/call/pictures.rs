//! Both directions of a call's pictures, with their threads.

use ahoy_media::Picture;
use ahoy_media::engine::{PushResult, VideoReceiver, VideoSender, VideoSenderConfig};
use ahoy_media::slot::{SlotReader, SlotWriter, slot};
use ahoy_media::sync::PlayPoint;
use ahoy_model::{EncodedFrame, SenderReport, VideoCodec};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep_until;

/// Encoded frames between the encoder and the network.
const FRAMES: usize = 8;
/// After our camera goes off the far side gets black for this many pictures, this far apart, so that no old picture
/// stays on its screen; then nothing.
const BLACK: (u32, Duration) = (10, Duration::from_millis(100));
/// A camera's picture that is older is from an earlier use of it.
const STALE: Duration = Duration::from_millis(500);
/// Without a picture for so long the far side's picture has stopped.
const STOPPED: Duration = Duration::from_secs(2);

/// What we send at most, and may send now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quality {
    /// Pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) fps: u32,
    /// It is a screen: sharp before smooth.
    pub(crate) screen: bool,
    /// bit/s that the path carries now.
    pub(crate) rate: u32,
    /// bit/s that the user allows.
    pub(crate) ceiling: u32,
}

/// Camera → encoder → network.
pub(crate) struct PicturesOut {
    codec: VideoCodec,
    feed: SlotWriter<Picture>,
    sender: VideoSender,
    frames: mpsc::Receiver<EncodedFrame>,
    flowing: bool,
    size: (u32, u32),
    /// Black pictures to come, and when.
    black: Option<(u32, Instant)>,
    counted: u64,
}

impl PicturesOut {
    /// Flows from the start.
    pub(crate) fn start(codec: VideoCodec, quality: Quality) -> Self {
        let (feed, pictures) = slot();
        let (out, frames) = mpsc::channel(FRAMES);
        let config = VideoSenderConfig {
            codec,
            max_width: quality.width,
            max_height: quality.height,
            fps: quality.fps,
            bitrate: quality.rate,
        };
        let sender = VideoSender::start(pictures, config, out);
        sender.set_screen(quality.screen);
        Self { codec, feed, sender, frames, flowing: true, size: (640, 360), black: None, counted: 0 }
    }

    pub(crate) fn codec(&self) -> VideoCodec {
        self.codec
    }

    pub(crate) fn flows(&self) -> bool {
        self.flowing
    }

    /// `reachable`: the call is talked on, so that black can still be sent when the camera goes off.
    pub(crate) fn set_flowing(&mut self, flowing: bool, reachable: bool) {
        if flowing == self.flowing {
            return;
        }
        self.flowing = flowing;
        self.black = (!flowing && reachable).then(|| (BLACK.0, Instant::now()));
        if flowing {
            self.sender.request_key_frame();
        }
    }

    /// A picture from before the camera rested is not sent.
    pub(crate) fn put(&mut self, picture: Picture) {
        if picture.captured.elapsed() > STALE {
            return;
        }
        self.size = (picture.width(), picture.height());
        self.feed.put(picture);
    }

    /// The next encoded frame. Feeds the encoder black pictures meanwhile, if there are any to send. For ever waiting
    /// once the encoder has ended.
    pub(crate) async fn next_frame(&mut self) -> EncodedFrame {
        loop {
            let black = self.black;
            tokio::select! {
                frame = self.frames.recv() => match frame {
                    Some(frame) => return frame,
                    None => return std::future::pending().await,
                },
                () = async { sleep_until(black.map_or_else(Instant::now, |(_, at)| at).into()).await }, if black.is_some() => {
                    self.put_black();
                }
            }
        }
    }

    fn put_black(&mut self) {
        let Some((left, at)) = self.black else { return };
        let layout = ahoy_media::PlaneLayout::new(self.size.0, self.size.1);
        let mut data = vec![16; layout.len()];
        if let Some(chroma) = data.get_mut(layout.luma_len()..) {
            chroma.fill(128);
        }
        if let Some(picture) = Picture::new(self.size.0, self.size.1, data, Instant::now()) {
            self.feed.put(picture);
        }
        self.black = (left > 1).then(|| (left - 1, at + BLACK.1));
    }

    /// The network did not take a frame: those after it make no sense without it.
    pub(crate) fn lost_one(&mut self) {
        self.sender.request_key_frame();
    }

    pub(crate) fn key_frame(&self) {
        self.sender.request_key_frame();
    }

    pub(crate) fn set_rate(&self, rate: u32) {
        self.sender.set_bitrate(rate);
    }

    /// Pictures a second over the last `seconds`, and their size.
    pub(crate) fn stats(&mut self, seconds: f32) -> (f32, Option<(u32, u32)>) {
        let stats = self.sender.stats();
        let fps = (stats.frames - self.counted) as f32 / seconds;
        self.counted = stats.frames;
        (fps, (fps > 0.0).then_some((stats.width, stats.height)))
    }
}

/// Network → decoder → screen.
pub(crate) struct PicturesIn {
    codec: VideoCodec,
    receiver: VideoReceiver,
    pictures: SlotReader<Picture>,
    needs_key: watch::Receiver<u64>,
    counted: u64,
    last: Instant,
}

impl PicturesIn {
    pub(crate) fn start(codec: VideoCodec) -> Self {
        let (receiver, pictures) = VideoReceiver::start(codec);
        let needs_key = receiver.needs_key_frame();
        Self { codec, receiver, pictures, needs_key, counted: 0, last: Instant::now() }
    }

    pub(crate) fn codec(&self) -> VideoCodec {
        self.codec
    }

    /// `false`: the decoder is behind, a key frame is needed.
    pub(crate) fn push(&mut self, frame: EncodedFrame) -> bool {
        self.receiver.push(frame) != PushResult::Full
    }

    /// The next picture; `None`: a key frame is needed. For ever waiting once the decoder has ended.
    pub(crate) async fn next(&mut self) -> Option<Picture> {
        tokio::select! {
            picture = self.pictures.next() => match picture {
                Some(picture) => {
                    self.last = Instant::now();
                    Some(picture)
                }
                None => std::future::pending().await,
            },
            changed = self.needs_key.changed() => match changed {
                Ok(()) => None,
                Err(_) => std::future::pending().await,
            },
        }
    }

    pub(crate) fn sender_report(&self, report: SenderReport) {
        self.receiver.sender_report(report);
    }

    pub(crate) fn last_shown(&self) -> Option<PlayPoint> {
        self.receiver.shown()
    }

    pub(crate) fn set_delay(&self, delay: Duration) {
        self.receiver.set_delay(delay);
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.last.elapsed() > STOPPED
    }

    /// Pictures a second over the last `seconds`, and their size.
    pub(crate) fn stats(&mut self, seconds: f32) -> (f32, Option<(u32, u32)>) {
        let stats = self.receiver.stats();
        let fps = (stats.decoded - self.counted) as f32 / seconds;
        self.counted = stats.decoded;
        (fps, (fps > 0.0).then_some((stats.width, stats.height)))
    }
}
