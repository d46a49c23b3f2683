//! The life of a sound stream, on a thread of its own: cpal's streams cannot leave the thread that opened them, and
//! opening or closing one may hang. Whether sound still comes is watched here for every kind of stream.

use crate::sound_list::{exists, from_cpal};
use ahoy_media::{DeviceError, SoundEnded};
use ahoy_model::{DeviceId, DeviceKind};
use cpal::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// How long the system may take to open a stream.
const OPENING: Duration = Duration::from_secs(5);
/// How long the owner waits for the system to close one, so that it can be opened again at once.
const CLOSING: Duration = Duration::from_millis(500);
/// A stream whose callback is not called for so many beats has stopped.
const BEAT: Duration = Duration::from_secs(1);
const MISSED_BEATS: u32 = 3;
/// For cpal, within the system's own calls.
pub const CPAL_LIMIT: Option<Duration> = Some(Duration::from_secs(4));

enum Event {
    Close,
    Failed(DeviceError),
}

/// What a stream's callbacks tell its thread.
#[derive(Clone)]
pub struct Signals {
    calls: Arc<AtomicU64>,
    events: SyncSender<Event>,
}

impl Signals {
    /// To be called by every sound callback: a stream that goes quiet is given up.
    pub fn alive(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// The stream has ended by itself.
    pub fn failed(&self, error: DeviceError) {
        // Full only when others have told the same.
        let _ = self.events.try_send(Event::Failed(error));
    }

    /// The callback for cpal's errors.
    pub fn on_error(&self) -> impl FnMut(cpal::Error) + Send + 'static {
        let signals = self.clone();
        move |error: cpal::Error| match error.kind() {
            // The stream goes on after these.
            ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {
                tracing::debug!(%error, "sound stream");
            }
            _ => signals.failed(from_cpal(&error)),
        }
    }
}

/// A running stream; closed when dropped.
pub struct SoundStream {
    events: SyncSender<Event>,
    closed: Receiver<()>,
}

impl SoundStream {
    /// Opens and starts a stream on a new thread, which drops what `open` made when the stream ends. `ended` is called
    /// when it ends by itself later, not when it fails to start.
    ///
    /// # Errors
    /// What `open` says, or `Hung`.
    pub fn start<S>(
        (id, kind): (DeviceId, DeviceKind),
        open: impl FnOnce(&Signals) -> Result<S, DeviceError> + Send + 'static,
        ended: SoundEnded,
    ) -> Result<Self, DeviceError> {
        let name = if kind == DeviceKind::Microphone { "microphone" } else { "speaker" };
        let (events, inbox) = sync_channel(4);
        let (opened, answer) = sync_channel(1);
        let (closing, closed) = sync_channel(0);
        let signals = Signals { calls: Arc::default(), events: events.clone() };
        let life = move || {
            // Dropped last, which tells the owner that the device is free.
            let _closing: SyncSender<()> = closing;
            let stream = match open(&signals) {
                Ok(stream) => stream,
                // Whoever waited too long has been told `Hung` by then.
                Err(error) => return drop(opened.try_send(Err(error))),
            };
            if opened.send(Ok(())).is_err() {
                return;
            }
            if let Some(error) = watch(&signals.calls, &inbox) {
                let error = cause(error, &id, kind);
                tracing::info!(%error, "sound stream ended");
                ended(error);
            }
            drop(stream);
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(life)
            .map_err(|error| DeviceError::Broken(error.to_string()))?;
        match answer.recv_timeout(OPENING) {
            Ok(result) => result.map(|()| Self { events, closed }),
            Err(RecvTimeoutError::Timeout) => Err(DeviceError::Hung),
            Err(RecvTimeoutError::Disconnected) => Err(DeviceError::Broken("opening it panicked".to_owned())),
        }
    }
}

impl Drop for SoundStream {
    fn drop(&mut self) {
        // Full means that it is about to end anyway.
        let _ = self.events.try_send(Event::Close);
        let _ = self.closed.recv_timeout(CLOSING);
    }
}

/// Of a device that was pulled out some systems say only that the stream is over.
fn cause(error: DeviceError, id: &DeviceId, kind: DeviceKind) -> DeviceError {
    let unclear = matches!(error, DeviceError::Broken(_));
    let gone = unclear && exists(id, kind) == Err(DeviceError::Absent);
    if gone { DeviceError::Absent } else { error }
}

/// Returns when the stream has ended: with the reason, or without one when its owner closed it.
fn watch(calls: &AtomicU64, inbox: &Receiver<Event>) -> Option<DeviceError> {
    let mut last = calls.load(Ordering::Relaxed);
    let mut missed = 0;
    loop {
        match inbox.recv_timeout(BEAT) {
            Ok(Event::Failed(error)) => return Some(error),
            Ok(Event::Close) | Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {
                let now = calls.load(Ordering::Relaxed);
                missed = if now == last { missed + 1 } else { 0 };
                last = now;
                if missed >= MISSED_BEATS {
                    return Some(DeviceError::Hung);
                }
            }
        }
    }
}

/// Something that a callback gets after the stream was built, because building may take more than one try and a
/// ring's end cannot be copied.
pub struct Late<T> {
    thing: Option<T>,
    door: Receiver<T>,
}

impl<T> Late<T> {
    pub fn new() -> (SyncSender<T>, Self) {
        let (sender, door) = sync_channel(1);
        (sender, Self { thing: None, door })
    }

    /// Only until the thing has come does this look into the door.
    pub fn get(&mut self) -> Option<&mut T> {
        if self.thing.is_none() {
            self.thing = self.door.try_recv().ok();
        }
        self.thing.as_mut()
    }
}
