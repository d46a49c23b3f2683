//! The states of all transports, as one story for the receiver of events.

use crate::outbox::Outbox;
use crate::session::SessionEvent;
use crate::transport::{Link, LinkListener};
use ahoy_model::MediaKind;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) struct Board {
    outbox: Arc<Outbox>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    next: usize,
    entries: BTreeMap<usize, Entry>,
    /// `Connected` was told and still holds.
    connected: bool,
    silent: bool,
}

struct Entry {
    link: Link,
    /// Empty until the transport is in use.
    kinds: Vec<MediaKind>,
}

/// Writes one transport's state on the board.
struct Hand {
    board: Arc<Board>,
    id: usize,
}

impl LinkListener for Hand {
    fn link_changed(&self, link: Link) {
        self.board.change(self.id, link);
    }
}

impl Board {
    pub(crate) fn new(outbox: Arc<Outbox>) -> Self {
        Self { outbox, inner: Mutex::default() }
    }

    pub(crate) fn entry(self: &Arc<Self>) -> (usize, Arc<dyn LinkListener>) {
        let mut inner = self.lock();
        let id = inner.next;
        inner.next += 1;
        inner.entries.insert(id, Entry { link: Link::Connecting, kinds: Vec::new() });
        (id, Arc::new(Hand { board: Arc::clone(self), id }))
    }

    /// From now on this transport counts for `kind`.
    pub(crate) fn in_use(&self, id: usize, kind: MediaKind) {
        let mut inner = self.lock();
        let Some(entry) = inner.entries.get_mut(&id) else { return };
        if !entry.kinds.contains(&kind) {
            entry.kinds.push(kind);
        }
        if entry.link != Link::Up {
            inner.connected = false;
        }
    }

    pub(crate) fn remove(&self, id: usize) {
        let mut inner = self.lock();
        inner.entries.remove(&id);
        self.settle(&mut inner);
    }

    /// Tells nothing any more.
    pub(crate) fn silence(&self) {
        self.lock().silent = true;
    }

    fn change(&self, id: usize, link: Link) {
        let mut inner = self.lock();
        let Some(entry) = inner.entries.get_mut(&id) else { return };
        if entry.link == link {
            return;
        }
        let was_up = entry.link == Link::Up;
        entry.link = link;
        let kinds = entry.kinds.clone();
        match link {
            Link::Connecting if !was_up => {}
            Link::Connecting | Link::Lost | Link::Failed => {
                inner.connected = false;
                for kind in kinds {
                    let failed = link == Link::Failed;
                    let event =
                        if failed { SessionEvent::Failed(kind) } else { SessionEvent::Disconnected(kind) };
                    self.tell(&inner, event);
                }
            }
            Link::Up => self.settle(&mut inner),
        }
    }

    fn settle(&self, inner: &mut Inner) {
        let mut used = inner.entries.values().filter(|e| !e.kinds.is_empty()).peekable();
        let up = used.peek().is_some() && used.all(|e| e.link == Link::Up);
        if up && !inner.connected {
            inner.connected = true;
            self.tell(inner, SessionEvent::Connected);
        }
    }

    fn tell(&self, inner: &Inner, event: SessionEvent) {
        if !inner.silent {
            self.outbox.push(event);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
