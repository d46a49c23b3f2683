//! The room's picture on its way out: one encoder for each codec and quality that somebody gets, and nobody waits for
//! anybody.

use super::canvas::LineId;
use super::layout::Canvas;
use super::picture::CanvasThread;
use super::tier::Tier;
use ahoy_media::engine::{VideoSender, VideoSenderConfig};
use ahoy_model::{EncodedFrame, VideoCodec};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Encoded pictures between encoder and network.
const QUEUE: usize = 8;
/// A viewer that lost a picture waits at least so long for the key frame made for it: key frames cost all others.
const AGAIN: Duration = Duration::from_secs(2);

/// The way to the network: false when the frame could not be taken.
pub type PictureOut = Arc<dyn Fn(EncodedFrame) -> bool + Send + Sync>;

/// Somebody who gets pictures.
#[derive(Clone)]
pub struct Viewer {
    pub line: LineId,
    /// Grows when the viewer needs a key frame for a reason of its own: a new path.
    pub generation: u32,
    pub out: PictureOut,
}

/// What is encoded once.
pub type Kind = (VideoCodec, Tier);

struct Channel {
    sender: Arc<VideoSender>,
    viewers: watch::Sender<Vec<Viewer>>,
}

/// All channels of a room. Those without a viewer do not exist.
#[derive(Default)]
pub struct Broadcast {
    channels: HashMap<Kind, Channel>,
}

impl Broadcast {
    /// Who gets what from now on; `bitrate` says how much a kind may take, bit/s.
    pub fn serve(
        &mut self,
        thread: &CanvasThread,
        canvas: Canvas,
        fps: u32,
        mut wanted: HashMap<Kind, Vec<Viewer>>,
        bitrate: impl Fn(Kind) -> u32,
    ) {
        self.channels.retain(|kind, channel| {
            // A channel whose encoder has ended is made anew.
            wanted.contains_key(kind) && channel.viewers.receiver_count() > 0
        });
        for (kind, viewers) in wanted.drain() {
            let bits = bitrate(kind);
            match self.channels.get(&kind) {
                Some(channel) => {
                    channel.sender.set_bitrate(bits);
                    channel.viewers.send_if_modified(|known| {
                        let same = known.iter().map(key).eq(viewers.iter().map(key));
                        if !same {
                            *known = viewers;
                        }
                        !same
                    });
                }
                None => {
                    let (codec, tier) = kind;
                    let quality = tier.quality(canvas, fps);
                    let config = VideoSenderConfig {
                        codec,
                        max_width: quality.width,
                        max_height: quality.height,
                        fps: quality.fps,
                        bitrate: bits,
                    };
                    let (out, frames) = mpsc::channel(QUEUE);
                    let sender = Arc::new(VideoSender::start(thread.pictures(), config, out));
                    let (viewers, listed) = watch::channel(viewers);
                    tokio::spawn(carry(frames, listed, Arc::clone(&sender)));
                    thread.refresh();
                    self.channels.insert(kind, Channel { sender, viewers });
                }
            }
        }
    }

    /// A viewer of this kind cannot go on without a key frame. The encoder makes few of them, however often it is asked.
    pub fn request_key_frame(&self, kind: Kind) {
        if let Some(channel) = self.channels.get(&kind) {
            channel.sender.request_key_frame();
        }
    }
}

fn key(viewer: &Viewer) -> (LineId, u32) {
    (viewer.line, viewer.generation)
}

/// Hands each frame to every viewer that can make use of it. Ends with the encoder, or when the channel is dropped.
async fn carry(
    mut frames: mpsc::Receiver<EncodedFrame>,
    mut viewers: watch::Receiver<Vec<Viewer>>,
    sender: Arc<VideoSender>,
) {
    let mut synced: HashSet<(LineId, u32)> = HashSet::new();
    let mut asked: HashMap<(LineId, u32), Instant> = HashMap::new();
    // The first ones wait for the key frame with which every encoder begins.
    viewers.mark_changed();
    loop {
        tokio::select! {
            frame = frames.recv() => {
                let Some(frame) = frame else { return };
                let list = viewers.borrow().clone();
                for viewer in &list {
                    let key = key(viewer);
                    if (frame.key || synced.contains(&key)) && (viewer.out)(frame.clone()) {
                        synced.insert(key);
                        continue;
                    }
                    // It lacks a picture: later ones are of no use to it without a key frame.
                    synced.remove(&key);
                    let now = Instant::now();
                    if asked.get(&key).is_none_or(|at| now.saturating_duration_since(*at) >= AGAIN) {
                        asked.insert(key, now);
                        sender.request_key_frame();
                    }
                }
            }
            changed = viewers.changed() => {
                if changed.is_err() {
                    return;
                }
                let list: HashSet<_> = viewers.borrow_and_update().iter().map(key).collect();
                synced.retain(|known| list.contains(known));
                asked.retain(|known, _| list.contains(known));
                for new in list.iter().filter(|viewer| !synced.contains(viewer)) {
                    if asked.insert(*new, Instant::now()).is_none() {
                        sender.request_key_frame();
                    }
                }
            }
        }
    }
}
