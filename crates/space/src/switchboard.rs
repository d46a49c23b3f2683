//! Which sessions there are, and which of them ring.

use crate::call::CallHandle;
use crate::presence::{self, MOST_SESSIONS, Reachability};
use crate::session::{SessionCommand, SessionHandle};
use ahoy_model::CallId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The table of sessions. Cheap to clone. Every question is answered at once.
#[derive(Clone, Default)]
pub struct Switchboard(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    sessions: HashMap<String, Entry>,
    /// Protocols of each subscriber's sessions.
    by_subscriber: HashMap<String, Vec<String>>,
    /// Calls to each subscriber, known by their caller's leg, that rang at some time and are not over.
    ringing: HashMap<String, Vec<(CallId, CallHandle)>>,
    /// What was told of each subscriber; of whoever is not in it, that they are offline.
    told: HashMap<String, (String, Reachability)>,
}

struct Entry {
    handle: SessionHandle,
    presence: Presence,
}

/// What a session can be rung for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// It said `subscriber.online`.
    pub online: bool,
    /// It said `subscriber.offline`: it is there, and does not want to ring.
    pub declines: bool,
    /// It has a socket now.
    pub attached: bool,
}

/// The devices of one subscriber.
pub enum Devices {
    /// At least one.
    Ringable(Vec<SessionHandle>),
    /// There is an online session whose socket was lost a moment ago.
    Absent,
    Offline,
}

impl Tables {
    fn reachability(&self, subscriber: &str) -> Reachability {
        let protocols = self.by_subscriber.get(subscriber).into_iter().flatten();
        let attached: Vec<&Entry> = protocols
            .filter_map(|protocol| self.sessions.get(protocol))
            .filter(|entry| entry.presence.attached)
            .collect();
        match () {
            () if attached.iter().any(|entry| entry.handle.legs() > 0) => Reachability::Busy,
            () if attached.iter().any(|entry| entry.presence.online) => Reachability::Online,
            () if attached.iter().any(|entry| entry.presence.declines) => Reachability::DoNotDisturb,
            () => Reachability::Offline,
        }
    }
}

impl Switchboard {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Every change is one insertion or removal, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, handle: SessionHandle) {
        let mut tables = self.tables();
        let (protocol, subscriber) = (handle.protocol().to_owned(), handle.party().subscriber_id.clone());
        tables.by_subscriber.entry(subscriber).or_default().push(protocol.clone());
        tables
            .sessions
            .insert(protocol, Entry { handle, presence: Presence { attached: true, ..Presence::default() } });
    }

    pub fn remove(&self, handle: &SessionHandle) {
        let mut tables = self.tables();
        tables.sessions.remove(handle.protocol());
        let subscriber = &handle.party().subscriber_id;
        if let Some(protocols) = tables.by_subscriber.get_mut(subscriber) {
            protocols.retain(|protocol| protocol != handle.protocol());
            if protocols.is_empty() {
                tables.by_subscriber.remove(subscriber);
            }
        }
        drop(tables);
        self.settle_presence(handle);
    }

    pub fn set_presence(&self, protocol: &str, presence: Presence) {
        let mut tables = self.tables();
        let Some(entry) = tables.sessions.get_mut(protocol) else { return };
        entry.presence = presence;
        let handle = entry.handle.clone();
        drop(tables);
        self.settle_presence(&handle);
    }

    /// Tells everybody how this session's subscriber can be reached, if that has changed.
    pub fn settle_presence(&self, of: &SessionHandle) {
        if of.party().is_guest() {
            return;
        }
        let (subscriber, uri) = (&of.party().subscriber_id, &of.party().uri);
        let mut tables = self.tables();
        let is = tables.reachability(subscriber);
        let before = tables.told.get(subscriber).map_or(Reachability::Offline, |(_, is)| *is);
        if is == before {
            return;
        }
        match is {
            Reachability::Offline => drop(tables.told.remove(subscriber)),
            _ => drop(tables.told.insert(subscriber.clone(), (uri.clone(), is))),
        }
        if tables.sessions.len() > MOST_SESSIONS {
            return;
        }
        let attached = tables.sessions.values().filter(|entry| entry.presence.attached);
        let listeners: Vec<SessionHandle> =
            attached.map(|entry| entry.handle.clone()).filter(presence::listens).collect();
        drop(tables);
        presence::announce(&listeners, uri, is);
    }

    /// Everybody who is not offline, by what is dialled; `None` where there are too many to tell.
    pub fn reachable(&self) -> Option<Vec<(String, Reachability)>> {
        let tables = self.tables();
        (tables.sessions.len() <= MOST_SESSIONS).then(|| tables.told.values().cloned().collect())
    }

    /// This call rings the devices of `subscriber`; those that come online later want to know.
    pub fn rings(&self, subscriber: &str, caller: &CallId, call: &CallHandle) {
        let ringing = &mut self.tables().ringing;
        ringing.entry(subscriber.to_owned()).or_default().push((caller.clone(), call.clone()));
    }

    pub fn stops_ringing(&self, caller: &CallId) {
        self.tables().ringing.retain(|_, calls| {
            calls.retain(|(of, _)| of != caller);
            !calls.is_empty()
        });
    }

    /// Calls that may ring a device of `subscriber` which comes online now.
    pub fn ringing(&self, subscriber: &str) -> Vec<CallHandle> {
        let tables = self.tables();
        tables.ringing.get(subscriber).into_iter().flatten().map(|(_, call)| call.clone()).collect()
    }

    pub fn session(&self, protocol: &str) -> Option<SessionHandle> {
        self.tables().sessions.get(protocol).map(|entry| entry.handle.clone())
    }

    /// All sessions of one subscriber, online or not.
    pub fn sessions_of(&self, subscriber: &str) -> Vec<SessionHandle> {
        let tables = self.tables();
        let protocols = tables.by_subscriber.get(subscriber).into_iter().flatten();
        protocols
            .filter_map(|protocol| tables.sessions.get(protocol))
            .map(|entry| entry.handle.clone())
            .collect()
    }

    /// Ends the sessions of a subscriber who is no more.
    pub fn dismiss(&self, subscriber: &str) {
        for session in self.sessions_of(subscriber) {
            session.command(SessionCommand::Dismiss);
        }
    }

    /// Ends the sessions of the guests who came by an embed that is no more.
    pub fn dismiss_embed(&self, id: &str) {
        let tables = self.tables();
        for entry in tables.sessions.values().filter(|entry| entry.handle.party().embed() == Some(id)) {
            entry.handle.command(SessionCommand::Dismiss);
        }
    }

    /// What can be rung for `subscriber` now.
    pub fn devices(&self, subscriber: &str) -> Devices {
        let tables = self.tables();
        let protocols = tables.by_subscriber.get(subscriber).into_iter().flatten();
        let online: Vec<&Entry> = protocols
            .filter_map(|protocol| tables.sessions.get(protocol))
            .filter(|entry| entry.presence.online)
            .collect();
        let ringable: Vec<SessionHandle> =
            online.iter().filter(|entry| entry.presence.attached).map(|entry| entry.handle.clone()).collect();
        match (ringable.is_empty(), online.is_empty()) {
            (false, _) => Devices::Ringable(ringable),
            (true, false) => Devices::Absent,
            (true, true) => Devices::Offline,
        }
    }

    /// How many sessions there are, and how many of them are online.
    pub fn count(&self) -> (usize, usize) {
        let tables = self.tables();
        (tables.sessions.len(), tables.sessions.values().filter(|entry| entry.presence.online).count())
    }
}
