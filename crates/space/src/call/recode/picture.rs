//! Pictures: decoded and encoded again, each on a thread of its own. The newest picture counts; what the encoder has no
//! time for is left out before it.

use ahoy_media::engine::{PushResult, VideoReceiver, VideoSender, VideoSenderConfig};
use ahoy_model::{EncodedFrame, VideoCodec};
use tokio::sync::{mpsc, watch};

/// Frames between the encoder and the network.
const FRAMES: usize = 8;
/// Larger pictures are scaled down.
const LARGEST: (u32, u32) = (1280, 720);
const FPS: u32 = 30;
/// bit/s until the path to the receiver is known.
const START_RATE: u32 = 1_000_000;

/// What a recoder has for its owner.
#[derive(Debug)]
pub enum Made {
    Frame(EncodedFrame),
    /// The sender has to make a key frame.
    NeedsKey,
    /// It was dropped, or a codec gave up.
    Ended,
}

/// The way in, and the orders. Dropping it ends both threads.
#[derive(Debug)]
pub struct PictureRecoder {
    from: VideoCodec,
    to: VideoCodec,
    receiver: VideoReceiver,
    sender: VideoSender,
}

/// The way out.
#[derive(Debug)]
pub struct Recoded {
    frames: mpsc::Receiver<EncodedFrame>,
    needs_key: watch::Receiver<u64>,
}

impl PictureRecoder {
    /// `bitrate`: what the path to the receiver carries, bit/s, if it is known.
    pub fn start(from: VideoCodec, to: VideoCodec, bitrate: Option<u32>) -> (Self, Recoded) {
        let (receiver, pictures) = VideoReceiver::start(from);
        let (out, frames) = mpsc::channel(FRAMES);
        let config = VideoSenderConfig {
            codec: to,
            max_width: LARGEST.0,
            max_height: LARGEST.1,
            fps: FPS,
            bitrate: bitrate.unwrap_or(START_RATE),
        };
        let needs_key = receiver.needs_key_frame();
        let sender = VideoSender::start(pictures, config, out);
        (Self { from, to, receiver, sender }, Recoded { frames, needs_key })
    }

    pub fn turns(&self, from: VideoCodec, to: VideoCodec) -> bool {
        (self.from, self.to) == (from, to)
    }

    /// Takes a frame off the network. False: lost, the sender has to make a key frame.
    pub fn push(&self, frame: EncodedFrame) -> bool {
        matches!(self.receiver.push(frame), PushResult::Queued)
    }

    /// The receiver wants a picture that can be decoded by itself, which is made here.
    pub fn request_key_frame(&self) {
        self.sender.request_key_frame();
    }

    /// What the path to the receiver carries, bit/s.
    pub fn set_bitrate(&self, bitrate: u32) {
        self.sender.set_bitrate(bitrate);
    }
}

impl Recoded {
    /// Safe to drop and call again.
    pub async fn next(&mut self) -> Made {
        tokio::select! {
            frame = self.frames.recv() => frame.map_or(Made::Ended, Made::Frame),
            changed = self.needs_key.changed() => match changed {
                Ok(()) => Made::NeedsKey,
                Err(_) => Made::Ended,
            },
        }
    }
}
