//! Calls that outlive the program: what is needed to take them up again after a crash or a restart, without any secret.

use crate::call::LiveCall;
use crate::clock::unix_millis;
use crate::happening::{Happening, Outlet};
use crate::house::House;
use crate::snapshot::UnixMillis;
use ahoy_model::{CallId, Direction, NodeId, Problem, ProblemCode};
use ahoy_signaling::Reattach;
use ahoy_wire::DialogParams;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is kept says again that it is fresh after this time.
const AGAIN: f64 = 30.0 * 1000.0;
/// More is not ours.
const LARGEST: u64 = 256 << 10;
const MOST: usize = crate::calls::MOST;

/// One call: how it is asked for, and how it was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptCall {
    /// Without its variables, which may say anything.
    pub dialog: DialogParams,
    pub node: Option<NodeId>,
    pub outbound: bool,
    pub name: String,
    pub address: String,
    pub with_video: bool,
    /// Our picture is seen; our sound is not heard.
    pub picture: bool,
    pub muted: bool,
    pub started_at: UnixMillis,
    pub connected_at: Option<UnixMillis>,
}

impl KeptCall {
    pub(crate) fn id(&self) -> &CallId {
        &self.dialog.call_id
    }

    pub(crate) fn reattach(&self) -> Reattach {
        let direction = if self.outbound { Direction::Outbound } else { Direction::Inbound };
        Reattach { direction, dialog: self.dialog.clone(), node_id: self.node.clone() }
    }
}

/// All of them, with the space that has them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptCalls {
    /// The space's WebSocket.
    pub space: String,
    /// The session they belong to; worth nothing without a token.
    pub protocol: Option<String>,
    /// Unix ms of the last time that they were seen alive.
    pub at: UnixMillis,
    pub calls: Vec<KeptCall>,
}

impl KeptCalls {
    /// What of them can be taken up in `space` now. `window`: how old they may be, ms (WIRE.md 11).
    pub(crate) fn fresh_in(mut self, space: &str, window: f64) -> Self {
        let age = unix_millis() - self.at;
        if self.space != space || !(0.0..window).contains(&age) {
            return Self::default();
        }
        self.calls.truncate(MOST);
        self
    }

    fn same_calls(&self, other: &Self) -> bool {
        (&self.space, &self.protocol, &self.calls) == (&other.space, &other.protocol, &other.calls)
    }
}

/// Where they are kept. May block; called from a thread that may wait.
pub trait CallKeeper: Send + 'static {
    /// All or nothing. Nothing to keep: `calls` is empty.
    fn keep(&mut self, calls: &KeptCalls) -> Result<(), Problem>;
}

/// Keeps nothing.
#[derive(Debug, Default)]
pub struct NoKeeper;

impl CallKeeper for NoKeeper {
    fn keep(&mut self, _: &KeptCalls) -> Result<(), Problem> {
        Ok(())
    }
}

/// A JSON file, there only while there are calls.
#[derive(Debug)]
pub struct JsonCalls {
    path: PathBuf,
}

impl JsonCalls {
    /// The file, and what the last run left in it. What cannot be read is of no use to anybody and is written over.
    pub fn open(path: impl Into<PathBuf>) -> (Self, KeptCalls) {
        let own = Self { path: path.into() };
        let kept = own.read().unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, "calls of the last run cannot be read");
            }
            KeptCalls::default()
        });
        (own, kept)
    }

    fn read(&self) -> io::Result<KeptCalls> {
        let mut text = String::new();
        File::open(&self.path)?.take(LARGEST).read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    }

    fn write(&self, calls: &KeptCalls) -> io::Result<()> {
        if calls.calls.is_empty() {
            return match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let beside = self.path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(&serde_json::to_vec(calls)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)
    }
}

impl CallKeeper for JsonCalls {
    fn keep(&mut self, calls: &KeptCalls) -> Result<(), Problem> {
        self.write(calls).map_err(|error| {
            Problem::new(ProblemCode::StorageFailed).about(self.path.display().to_string()).because(error)
        })
    }
}

/// The phone's end: what was found, and the way to the writing task.
#[derive(Debug)]
pub(crate) struct Kept {
    found: KeptCalls,
    last: KeptCalls,
    to_write: watch::Sender<KeptCalls>,
    task: JoinHandle<()>,
}

impl Kept {
    pub(crate) fn start(mut keeper: Box<dyn CallKeeper>, found: KeptCalls, outlet: Outlet) -> Self {
        let (to_write, mut news) = watch::channel(KeptCalls::default());
        let task = tokio::spawn(async move {
            while news.changed().await.is_ok() {
                let calls = news.borrow_and_update().clone();
                let write = tokio::task::spawn_blocking(move || {
                    let result = keeper.keep(&calls);
                    (keeper, result)
                });
                let Ok((back, result)) = write.await else { return };
                keeper = back;
                if let Err(problem) = result {
                    tracing::warn!(%problem, "calls are not kept");
                    let _ = outlet.try_send(Happening::Trouble(problem));
                }
            }
        });
        Self { found, last: KeptCalls::default(), to_write, task }
    }

    /// The session of the last run in this space, if it had calls.
    pub(crate) fn protocol(&self, space: &str, window: f64) -> Option<String> {
        let found = self.found.clone().fresh_in(space, window);
        found.protocol.filter(|_| !found.calls.is_empty())
    }

    /// The last run's calls in this space; once.
    fn take(&mut self, space: &str, window: f64) -> Vec<KeptCall> {
        std::mem::take(&mut self.found).fresh_in(space, window).calls
    }

    /// There is nothing to take up any more: the user left.
    pub(crate) fn clear(&mut self) {
        (self.found, self.last) = (KeptCalls::default(), KeptCalls::default());
        self.to_write.send_replace(KeptCalls::default());
    }

    fn put(&mut self, now: KeptCalls) {
        let stale = now.at - self.last.at > AGAIN && !now.calls.is_empty();
        if !now.same_calls(&self.last) || stale {
            self.last = now.clone();
            self.to_write.send_replace(now);
        }
    }

    /// Waits until the last change is written.
    pub(crate) async fn close(self) {
        drop(self.to_write);
        let _ = self.task.await;
    }
}

impl House {
    /// The session stands for the first time: calls of the last run are taken up.
    pub(crate) fn take_up_calls(&mut self, now: Instant) {
        let Some(space) = self.registration.url() else { return };
        let window = self.settings.advanced.reattach_ms();
        for kept in self.kept.take(&space, window) {
            if self.calls.get(kept.id()).is_some() || self.calls.is_full() {
                continue;
            }
            tracing::info!(call = %kept.id(), "taken up again");
            let id = kept.id().clone();
            let (call, errands) = self.with_calls(|_, room| LiveCall::take_up(now, &kept, room));
            self.calls.add(call);
            self.calls.set_active(&id);
            self.run(now, errands);
        }
    }

    /// After every step: what a restart would need now.
    pub(crate) fn keep_calls(&mut self) {
        // Until the last run's calls are taken up, they stay as they are.
        let Some(space) =
            self.registration.url().filter(|_| !self.kept.has_found(self.settings.advanced.reattach_ms()))
        else {
            return;
        };
        let calls: Vec<KeptCall> = self.calls.iter().filter_map(LiveCall::to_keep).collect();
        let protocol = self.registration.protocol();
        self.kept.put(KeptCalls { space, protocol, at: unix_millis(), calls });
    }
}

impl Kept {
    fn has_found(&self, window: f64) -> bool {
        let age = unix_millis() - self.found.at;
        !self.found.calls.is_empty() && (0.0..window).contains(&age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: f64 = 300_000.0;

    fn kept(at: f64) -> KeptCalls {
        let call = KeptCall {
            dialog: DialogParams::outbound("c".into(), "/private/bob"),
            node: Some(NodeId::new("n")),
            outbound: true,
            name: "Bob".into(),
            address: "/private/bob".into(),
            with_video: true,
            picture: true,
            muted: false,
            started_at: 1.0,
            connected_at: Some(2.0),
        };
        KeptCalls { space: "ws://a".into(), protocol: Some("p".into()), at, calls: vec![call] }
    }

    #[test]
    fn old_calls_and_those_of_another_space_stay_away() {
        let now = unix_millis();
        assert_eq!(kept(now).fresh_in("ws://a", FRESH).calls.len(), 1);
        assert!(kept(now - FRESH).fresh_in("ws://a", FRESH).calls.is_empty());
        assert!(kept(now + 60_000.0).fresh_in("ws://a", FRESH).calls.is_empty(), "the clock was set back");
        assert!(kept(now).fresh_in("ws://b", FRESH).calls.is_empty());
    }

    #[test]
    fn the_file_is_there_only_while_there_are_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.json");
        let (mut file, found) = JsonCalls::open(&path);
        assert_eq!(found, KeptCalls::default());
        file.keep(&kept(5.0)).unwrap();
        assert_eq!(JsonCalls::open(&path).1, kept(5.0));
        file.keep(&KeptCalls::default()).unwrap();
        assert!(!path.exists());
        file.keep(&KeptCalls::default()).unwrap();
        std::fs::write(&path, "{").unwrap();
        assert_eq!(JsonCalls::open(&path).1, KeptCalls::default());
        let gone = folder.path().join("no").join("calls.json");
        let problem = JsonCalls::open(gone).0.keep(&kept(5.0)).unwrap_err();
        assert_eq!(problem.code, ProblemCode::StorageFailed);
    }
}
