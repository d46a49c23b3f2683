//! Opening and closing sound devices, which may block, away from the sound thread.

use super::{Command, Shared};
use crate::hardware::{DeviceError, LeftRight, MicrophoneSource, SoundEnded, SpeakerSink};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// Longest wait for a device to open.
const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// A running device that moves no sample for this long hangs.
const STALL_LIMIT: Duration = Duration::from_secs(3);
/// 100 ms between us and the device.
pub(super) const RING: usize = 4_800;

/// A running device, our end of its ring, and whether its sound needs cleaning.
pub(super) struct Opened<D, R> {
    pub(super) device: D,
    pub(super) ring: R,
    pub(super) needs_processing: bool,
}

/// One place for a device: empty, opening or running.
pub(super) struct Place<D, R> {
    /// Counts every change, so that answers of earlier devices are told apart.
    pub(super) generation: u64,
    /// Under which its owner knows the last device.
    pub(super) number: u64,
    opening: Option<Instant>,
    pub(super) running: Option<Opened<D, R>>,
    /// When a sample moved last.
    moved: Instant,
}

impl<D: Send + 'static, R: Send + 'static> Place<D, R> {
    pub(super) fn new() -> Self {
        Self { generation: 0, number: 0, opening: None, running: None, moved: Instant::now() }
    }

    pub(super) fn is_used(&self) -> bool {
        self.opening.is_some() || self.running.is_some()
    }

    /// Takes what runs out, and counts on.
    fn change(&mut self, opening: bool) -> (u64, Option<Opened<D, R>>) {
        self.generation += 1;
        self.opening = opening.then(Instant::now);
        (self.generation, self.running.take())
    }

    /// Closes what runs, on a thread of its own.
    pub(super) fn close(&mut self) {
        let (_, old) = self.change(false);
        if let Some(old) = old {
            on_thread("sound-close", move || drop(old));
        }
    }

    /// What runs, to be closed by the caller, who may wait.
    pub(super) fn take(&mut self) -> Option<Opened<D, R>> {
        self.change(false).1
    }

    /// An answer came. `Some(Err)`: it failed. `None`: not the device that we wait for any more.
    pub(super) fn opened(
        &mut self,
        generation: u64,
        opened: Result<Opened<D, R>, DeviceError>,
    ) -> Option<Result<(), DeviceError>> {
        if generation != self.generation || self.opening.is_none() {
            if let Ok(late) = opened {
                on_thread("sound-close", move || drop(late));
            }
            return None;
        }
        self.opening = None;
        self.moved = Instant::now();
        Some(opened.map(|opened| self.running = Some(opened)))
    }

    /// A sample moved.
    pub(super) fn touch(&mut self, now: Instant) {
        self.moved = now;
    }

    /// Whether it takes too long to open, or does not move.
    pub(super) fn hangs(&self, now: Instant) -> bool {
        let slow = self.opening.is_some_and(|since| now.saturating_duration_since(since) > OPEN_LIMIT);
        slow || (self.running.is_some() && now.saturating_duration_since(self.moved) > STALL_LIMIT)
    }
}

impl Place<Box<dyn MicrophoneSource>, rtrb::Consumer<LeftRight>> {
    /// Closes what runs, then opens this one.
    pub(super) fn open(&mut self, mut microphone: Box<dyn MicrophoneSource>, back: &SyncSender<Command>) {
        let (generation, old) = self.change(true);
        let (answer, end) = (back.clone(), back.clone());
        on_thread("sound-open", move || {
            drop(old);
            let (producer, ring) = rtrb::RingBuffer::new(RING);
            let ended: SoundEnded = Box::new(move |error| {
                let _ = end.try_send(Command::MicrophoneEnded(generation, error));
            });
            let needs_processing = microphone.needs_processing();
            let opened = microphone.start(producer, ended).map(|()| Opened {
                device: microphone,
                ring,
                needs_processing,
            });
            let _ = answer.try_send(Command::MicrophoneOpened(generation, opened));
        });
    }
}

impl Place<Box<dyn SpeakerSink>, rtrb::Producer<LeftRight>> {
    /// Closes what runs, then opens this one.
    pub(super) fn open(&mut self, mut speaker: Box<dyn SpeakerSink>, back: &SyncSender<Command>) {
        let (generation, old) = self.change(true);
        let (answer, end) = (back.clone(), back.clone());
        on_thread("sound-open", move || {
            drop(old);
            let (ring, consumer) = rtrb::RingBuffer::new(RING);
            let ended: SoundEnded = Box::new(move |error| {
                let _ = end.try_send(Command::SpeakerEnded(generation, error));
            });
            let opened = speaker.start(consumer, ended).map(|()| Opened {
                device: speaker,
                ring,
                needs_processing: false,
            });
            let _ = answer.try_send(Command::SpeakerOpened(generation, opened));
        });
    }
}

fn on_thread(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.into()).spawn(work) {
        tracing::error!(%error, "the system gives us no thread for a sound device");
    }
}

/// A device was lost: close it and say so.
pub(super) fn report(shared: &Shared, event: super::SoundEvent) {
    tracing::debug!(?event, "sound device");
    shared.tell(event);
}
