//! Who may come in, and how often. Everything that one IP address or one subscriber can use up is counted here.

use crate::config::Limits;
use crate::limits::{Buckets, household};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts visitors. Cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Mutex<Tallies>>);

struct Tallies {
    limits: Limits,
    requests: Buckets<IpAddr>,
    failures: Buckets<IpAddr>,
    calls: Buckets<String>,
    chat: Buckets<String>,
    open: HashMap<IpAddr, usize>,
    total: usize,
}

/// Why somebody has to wait outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("too many requests from this address; try again in {0:?}")]
    TooMany(Duration),
    #[error("too many failed sign-ins from this address")]
    TooManyFailures,
    #[error("too many connections from this address")]
    AddressFull,
    #[error("this space is full")]
    SpaceFull,
}

/// One open connection. Dropping it makes room for the next.
pub struct Visit {
    door: Door,
    from: IpAddr,
}

impl Door {
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Mutex::new(Tallies {
            requests: Buckets::new(limits.requests),
            failures: Buckets::new(limits.failures),
            calls: Buckets::new(limits.calls),
            chat: Buckets::new(limits.chat),
            open: HashMap::new(),
            total: 0,
            limits,
        })))
    }

    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        // Counters are whole at any moment, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One HTTP request.
    pub fn request(&self, from: IpAddr, now: Instant) -> Result<(), Refusal> {
        self.tallies().requests.take(&household(from), now).map_err(Refusal::TooMany)
    }

    /// Whether a token or password of this address is looked at at all.
    pub fn may_authenticate(&self, from: IpAddr, now: Instant) -> Result<(), Refusal> {
        if self.tallies().failures.has(&household(from), now) {
            Ok(())
        } else {
            Err(Refusal::TooManyFailures)
        }
    }

    /// A token or password was wrong.
    pub fn failed(&self, from: IpAddr, now: Instant) {
        // Nothing left to take is what `may_authenticate` asks about.
        let _ = self.tallies().failures.take(&household(from), now);
    }

    /// One more call of this subscriber.
    pub fn call(&self, subscriber: &str, now: Instant) -> Result<(), Refusal> {
        self.tallies().calls.take(&subscriber.to_owned(), now).map_err(Refusal::TooMany)
    }

    /// One more message of this subscriber.
    pub fn message(&self, subscriber: &str, now: Instant) -> Result<(), Refusal> {
        self.tallies().chat.take(&subscriber.to_owned(), now).map_err(Refusal::TooMany)
    }

    /// One more WebSocket.
    pub fn enter(&self, from: IpAddr) -> Result<Visit, Refusal> {
        let from = household(from);
        let mut tallies = self.tallies();
        if tallies.total >= tallies.limits.connections {
            return Err(Refusal::SpaceFull);
        }
        let most = tallies.limits.connections_per_address;
        let open = tallies.open.entry(from).or_insert(0);
        if *open >= most {
            return Err(Refusal::AddressFull);
        }
        *open += 1;
        tallies.total += 1;
        Ok(Visit { door: self.clone(), from })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut tallies = self.door.tallies();
        tallies.total = tallies.total.saturating_sub(1);
        if let Some(open) = tallies.open.get_mut(&self.from) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                tallies.open.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
