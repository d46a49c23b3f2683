//! Calls that are over. Kept newest first, at most 200, written by a task of its own so that a slow disk holds nobody up.

use crate::happening::{Happening, Outlet};
use crate::history_file;
use crate::snapshot::CompletedCall;
use ahoy_model::{CallId, Problem, ProblemCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use history_file::JsonHistory;

/// Calls that are remembered.
pub const LIMIT: usize = 200;
/// Conversations of which is remembered how far they were read.
const MOST_READ: usize = 500;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recents {
    /// Newest first.
    pub calls: Vec<CompletedCall>,
    /// Missed calls that the user has not looked at.
    pub unseen_missed: u32,
    /// Up to when each conversation has been read, by the space's name for it.
    pub read: BTreeMap<String, f64>,
}

/// What was found in a store, and what was wrong with it (the bad file has been set aside then).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    pub recents: Recents,
    pub problem: Option<Problem>,
}

/// Where history is kept. Both may block; they are called one after another from a thread that may wait.
pub trait HistoryStore: Send + 'static {
    fn load(&mut self) -> Loaded;
    /// All or nothing: after an error, and after a crash in the middle, the store holds what it held before.
    fn save(&mut self, recents: &Recents) -> Result<(), Problem>;
}

/// Forgets everything when the phone ends.
#[derive(Debug, Default)]
pub struct MemoryHistory {
    kept: Recents,
}

impl HistoryStore for MemoryHistory {
    fn load(&mut self) -> Loaded {
        Loaded { recents: self.kept.clone(), problem: None }
    }

    fn save(&mut self, recents: &Recents) -> Result<(), Problem> {
        self.kept = recents.clone();
        Ok(())
    }
}

/// The phone's end: the truth, and the way to the writing task.
#[derive(Debug)]
pub(crate) struct History {
    recents: Recents,
    /// Until the store has been read nothing may be written over it.
    loaded: bool,
    to_write: watch::Sender<Option<Recents>>,
    task: JoinHandle<()>,
}

impl History {
    /// Starts reading; what was found, and later trouble with writing, comes as happenings.
    pub(crate) fn start(mut store: Box<dyn HistoryStore>, outlet: Outlet) -> Self {
        let (to_write, mut news) = watch::channel(None::<Recents>);
        let task = tokio::spawn(async move {
            let read = tokio::task::spawn_blocking(move || {
                let loaded = store.load();
                (store, loaded)
            });
            let Ok((mut store, loaded)) = read.await else {
                let problem =
                    Some(Problem::new(ProblemCode::StorageFailed).because("reading history broke off"));
                let _ = outlet
                    .send(Happening::HistoryLoaded(Loaded { recents: Recents::default(), problem }))
                    .await;
                return;
            };
            let _ = outlet.send(Happening::HistoryLoaded(loaded)).await;
            while news.changed().await.is_ok() {
                let Some(recents) = news.borrow_and_update().clone() else { continue };
                let write = tokio::task::spawn_blocking(move || {
                    let result = store.save(&recents);
                    (store, result)
                });
                let Ok((back, result)) = write.await else { return };
                store = back;
                if let Err(problem) = result {
                    tracing::warn!(%problem, "history is not saved");
                    let _ = outlet.try_send(Happening::Trouble(problem));
                }
            }
        });
        Self { recents: Recents::default(), loaded: false, to_write, task }
    }

    pub(crate) fn recents(&self) -> &Recents {
        &self.recents
    }

    /// Calls that ended while the store was still being read stay on top.
    pub(crate) fn put_loaded(&mut self, mut found: Recents) {
        self.loaded = true;
        let early = !self.recents.calls.is_empty();
        let mut calls = std::mem::take(&mut self.recents.calls);
        calls.append(&mut found.calls);
        calls.truncate(LIMIT);
        for (name, at) in std::mem::take(&mut self.recents.read) {
            let known = found.read.entry(name).or_insert(at);
            *known = known.max(at);
        }
        self.recents = Recents {
            calls,
            unseen_missed: self.recents.unseen_missed.saturating_add(found.unseen_missed),
            read: found.read,
        };
        if early {
            self.write();
        }
    }

    pub(crate) fn add(&mut self, call: CompletedCall) {
        if call.missed {
            self.recents.unseen_missed = self.recents.unseen_missed.saturating_add(1);
        }
        self.recents.calls.insert(0, call);
        self.recents.calls.truncate(LIMIT);
        self.write();
    }

    /// One call, or all of them.
    pub(crate) fn delete(&mut self, id: Option<&CallId>) -> Result<(), Problem> {
        match id {
            None => self.recents = Recents::default(),
            Some(id) => {
                let before = self.recents.calls.len();
                self.recents.calls.retain(|call| &call.id != id);
                if self.recents.calls.len() == before {
                    return Err(Problem::new(ProblemCode::CallUnknown));
                }
            }
        }
        self.write();
        Ok(())
    }

    pub(crate) fn mark_seen(&mut self) {
        if self.recents.unseen_missed != 0 {
            self.recents.unseen_missed = 0;
            self.write();
        }
    }

    /// 0 where nothing was ever read.
    pub(crate) fn read_up_to(&self, conversation: &str) -> f64 {
        self.recents.read.get(conversation).copied().unwrap_or(0.0)
    }

    pub(crate) fn mark_read(&mut self, conversation: &str, at: f64) {
        if self.read_up_to(conversation) >= at {
            return;
        }
        let read = &mut self.recents.read;
        read.insert(conversation.to_owned(), at);
        if read.len() > MOST_READ {
            let oldest = read.iter().min_by(|a, b| a.1.total_cmp(b.1)).map(|(name, _)| name.clone());
            oldest.and_then(|name| read.remove(&name));
        }
        self.write();
    }

    fn write(&mut self) {
        if self.loaded {
            self.to_write.send_replace(Some(self.recents.clone()));
        }
    }

    /// Waits until the last change is written.
    pub(crate) async fn close(self) {
        drop(self.to_write);
        let _ = self.task.await;
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
