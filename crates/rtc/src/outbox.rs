//! The way to the receiver of events, with the rules for when it is full.

use crate::session::SessionEvent;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// About two seconds of sound and picture.
pub(crate) const CAPACITY: usize = 160;
/// What waits beside a full queue: sound that is still worth hearing, and what must not get lost.
const MAX_WAITING_SOUND: usize = 10;

/// Sound drops its oldest, pictures are refused, reports keep the newest, changes of state are never lost.
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
}

struct Inner {
    sender: Option<mpsc::Sender<SessionEvent>>,
    waiting: VecDeque<SessionEvent>,
}

impl Outbox {
    pub(crate) fn new() -> (Self, mpsc::Receiver<SessionEvent>) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Self { inner: Mutex::new(Inner { sender: Some(sender), waiting: VecDeque::new() }) }, receiver)
    }

    /// false: the event was a picture and did not fit.
    pub(crate) fn push(&self, event: SessionEvent) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.flush();
        let Some(sender) = inner.sender.as_ref() else { return true };
        if inner.waiting.is_empty() {
            match sender.try_send(event) {
                Ok(()) => return true,
                Err(mpsc::error::TrySendError::Full(event)) => return inner.keep(event),
                // Nobody listens any more.
                Err(mpsc::error::TrySendError::Closed(_)) => return true,
            }
        }
        inner.keep(event)
    }

    /// Ends the stream of events after what already stands in the queue.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.flush();
        inner.sender = None;
        inner.waiting.clear();
    }
}

impl Inner {
    fn flush(&mut self) {
        let Some(sender) = self.sender.as_ref() else { return };
        while let Some(event) = self.waiting.pop_front() {
            match sender.try_send(event) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return;
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return self.waiting.clear(),
            }
        }
    }

    fn keep(&mut self, event: SessionEvent) -> bool {
        let same = match &event {
            SessionEvent::Video(_) => return false,
            SessionEvent::Audio(_) => {
                let sound = |e: &SessionEvent| matches!(e, SessionEvent::Audio(_));
                if self.waiting.iter().filter(|e| sound(e)).count() >= MAX_WAITING_SOUND {
                    self.waiting.iter().position(sound)
                } else {
                    None
                }
            }
            // A state or report makes the same one before it pointless.
            SessionEvent::Disconnected(kind) => {
                self.position(|e| matches!(e, SessionEvent::Disconnected(k) if k == kind))
            }
            SessionEvent::Failed(kind) => {
                self.position(|e| matches!(e, SessionEvent::Failed(k) if k == kind))
            }
            SessionEvent::Connected => self.position(|e| matches!(e, SessionEvent::Connected)),
            SessionEvent::KeyFrameWanted => self.position(|e| matches!(e, SessionEvent::KeyFrameWanted)),
            SessionEvent::SendBitrate(_) => self.position(|e| matches!(e, SessionEvent::SendBitrate(_))),
            SessionEvent::SenderReport(kind, _) => {
                self.position(|e| matches!(e, SessionEvent::SenderReport(k, _) if k == kind))
            }
            SessionEvent::Digit(_) => {
                // A person presses keys slowly; whoever floods us with them loses the oldest.
                let digit = |e: &SessionEvent| matches!(e, SessionEvent::Digit(_));
                if self.waiting.iter().filter(|e| digit(e)).count() >= 16 {
                    self.position(digit)
                } else {
                    None
                }
            }
        };
        if let Some(index) = same {
            self.waiting.remove(index);
        }
        self.waiting.push_back(event);
        true
    }

    fn position(&self, matches: impl Fn(&SessionEvent) -> bool) -> Option<usize> {
        self.waiting.iter().position(matches)
    }
}
