//! Encoded frames → pictures, on thread `decode`.

use super::worker::{self, VideoEnd};
use crate::picture::Picture;
use crate::slot::{SlotReader, SlotWriter, slot};
use crate::sync::{MAX_DELAY, PlayPoint, SenderClock};
use crate::video::Decoder;
use ahoy_model::{EncodedFrame, SenderReport, VideoCodec};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Frames that may wait for the decoder.
const QUEUE: usize = 8;
/// While no key frame comes, one is asked for this often.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Decoded pictures that may wait for their sound.
const WAITING: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushResult {
    Queued,
    /// The decoder is behind: this frame is lost, and all that follow until a key frame. Ask for one.
    Full,
    /// Lost as well, because a key frame has to come first.
    Skipped,
    /// The thread has ended.
    Ended,
}

/// Counts since the start, and what is received now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoReceiverStats {
    pub decoded: u64,
    /// Frames that could not be decoded.
    pub failed: u64,
    /// Pixels of the last picture.
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Control {
    delay: Duration,
    report: Option<SenderReport>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    stats: VideoReceiverStats,
    point: Option<PlayPoint>,
}

/// Decodes until dropped.
#[derive(Debug)]
pub struct VideoReceiver {
    frames: mpsc::Sender<(EncodedFrame, Instant)>,
    control: watch::Sender<Control>,
    shown: watch::Receiver<Shown>,
    wants_key: watch::Sender<u64>,
    /// Frames are not taken until a key frame.
    waits_for_key: Arc<AtomicBool>,
    ended: watch::Receiver<Option<VideoEnd>>,
}

impl VideoReceiver {
    /// For frames of this codec; another one needs another receiver.
    pub fn start(codec: VideoCodec) -> (Self, SlotReader<Picture>) {
        let (frames, arrived) = mpsc::channel(QUEUE);
        let (control, orders) = watch::channel(Control::default());
        let (shown_in, shown) = watch::channel(Shown::default());
        let (wants_key, _) = watch::channel(0);
        let (ended_in, ended) = watch::channel(None);
        let (pictures, reader) = slot();
        let asks = wants_key.clone();
        worker::spawn("decode", ended_in, VideoEnd::Panicked, move || {
            let decoding = Decoding {
                decoder: Decoder::new(codec),
                clock: SenderClock::new(VideoCodec::CLOCK_RATE),
                waiting: VecDeque::new(),
                pictures,
                shown: shown_in,
                asks,
                asked: None,
            };
            worker::block_on(decoding.run(arrived, orders)).unwrap_or(VideoEnd::Cut)
        });
        let waits_for_key = Arc::new(AtomicBool::new(false));
        (Self { frames, control, shown, wants_key, waits_for_key, ended }, reader)
    }

    /// Takes a frame off the network. Never waits.
    pub fn push(&self, frame: EncodedFrame) -> PushResult {
        if frame.key {
            self.waits_for_key.store(false, Ordering::Relaxed);
        } else if self.waits_for_key.load(Ordering::Relaxed) {
            return PushResult::Skipped;
        }
        match self.frames.try_send((frame, Instant::now())) {
            Ok(()) => PushResult::Queued,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.waits_for_key.store(true, Ordering::Relaxed);
                self.wants_key.send_modify(|count| *count += 1);
                PushResult::Full
            }
            Err(mpsc::error::TrySendError::Closed(_)) => PushResult::Ended,
        }
    }

    /// Changes whenever a key frame is needed; ask the far side for one then. Repeats until one came.
    pub fn needs_key_frame(&self) -> watch::Receiver<u64> {
        self.wants_key.subscribe()
    }

    /// Shows pictures this much later, to match the sound (at most 0.5 s).
    pub fn set_delay(&self, delay: Duration) {
        self.control.send_modify(|control| control.delay = delay.min(MAX_DELAY));
    }

    /// The far side's word on when its pictures were taken.
    pub fn sender_report(&self, report: SenderReport) {
        self.control.send_modify(|control| control.report = Some(report));
    }

    /// The picture shown last, for lip sync. `None` before the first sender report.
    pub fn shown(&self) -> Option<PlayPoint> {
        self.shown.borrow().point
    }

    pub fn stats(&self) -> VideoReceiverStats {
        self.shown.borrow().stats
    }

    /// Resolves when the thread has ended, with the reason.
    pub fn ended(&self) -> impl Future<Output = VideoEnd> + Send + use<> {
        let end = worker::wait(&self.ended);
        async move { end.await.unwrap_or(VideoEnd::Panicked) }
    }
}

struct Decoding {
    decoder: Decoder,
    clock: SenderClock,
    /// Pictures held back for their sound: when to show, which, and their RTP time.
    waiting: VecDeque<(Instant, Picture, u32)>,
    pictures: SlotWriter<Picture>,
    shown: watch::Sender<Shown>,
    asks: watch::Sender<u64>,
    /// When a key frame was asked for last, while none came.
    asked: Option<Instant>,
}

impl Decoding {
    async fn run(
        mut self,
        mut arrived: mpsc::Receiver<(EncodedFrame, Instant)>,
        mut orders: watch::Receiver<Control>,
    ) -> VideoEnd {
        loop {
            let due = self.waiting.front().map(|(due, ..)| *due);
            let ask = self.asked.map(|at| at + ASK_AGAIN);
            tokio::select! {
                biased;
                () = until(due) => self.show_due(),
                () = until(ask) => self.ask(),
                changed = orders.changed() => {
                    if changed.is_err() {
                        return VideoEnd::Stopped;
                    }
                    if let Some(report) = orders.borrow_and_update().report {
                        self.clock.update(report);
                    }
                }
                frame = arrived.recv() => match frame {
                    Some((frame, at)) => {
                        let delay = orders.borrow().delay;
                        self.decode(frame, at + delay);
                    }
                    None => return VideoEnd::Stopped,
                },
            }
        }
    }

    fn decode(&mut self, frame: EncodedFrame, due: Instant) {
        if !frame.key && (frame.after_loss || self.asked.is_some()) {
            // What it refers to is gone: a still picture is better than a torn one.
            if self.asked.is_none() {
                self.ask();
            }
            return;
        }
        match self.decoder.decode(&frame.data, Instant::now()) {
            Ok(Some(picture)) => {
                self.asked = None;
                self.waiting.push_back((due, picture, frame.rtp_time));
                if self.waiting.len() > WAITING {
                    self.waiting.pop_front();
                }
                self.show_due();
            }
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(%error, "a frame could not be decoded");
                self.shown.send_modify(|shown| shown.stats.failed += 1);
                if self.asked.is_none() {
                    self.ask();
                }
            }
        }
    }

    fn ask(&mut self) {
        self.asked = Some(Instant::now());
        self.asks.send_modify(|count| *count += 1);
    }

    fn show_due(&mut self) {
        let now = Instant::now();
        while self.waiting.front().is_some_and(|(due, ..)| *due <= now) {
            let Some((_, picture, rtp_time)) = self.waiting.pop_front() else { return };
            self.shown.send_modify(|shown| {
                shown.stats.decoded += 1;
                (shown.stats.width, shown.stats.height) = (picture.width(), picture.height());
                shown.point = self.clock.ntp_millis(rtp_time).map(|taken| PlayPoint { at: now, taken });
            });
            self.pictures.put(picture);
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
