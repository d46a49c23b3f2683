//! People who knocked, and what became of them. Bounded in number and time; every question is answered at once.

use super::ticket::{self, TicketDigest};
use crate::key::{self, KeyError};
use crate::limits::household;
use ahoy_model::{Fingerprint, Secret};
use ahoy_wire::lan::{Commitment, JoinOutcome, Membership, Nonce, plain, verification_code};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// People at the door at one time, and of one household.
pub const MOST: usize = 16;
pub const MOST_EACH: usize = 3;
/// Between the knock and the number behind its commitment.
const OPENING: Duration = Duration::from_secs(30);
/// For the owner.
pub const PATIENCE: Duration = Duration::from_secs(180);
/// For the joiner, to hear what was decided.
const HEARING: Duration = Duration::from_secs(60);

/// What the owner sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequest {
    pub id: String,
    /// As they say.
    pub name: String,
    pub device: String,
    pub from: IpAddr,
    /// The joiner sees the same one, unless somebody stands between.
    pub code: String,
    /// Time until nobody waits any more.
    pub left: Duration,
}

struct Entry {
    id: String,
    digest: TicketDigest,
    name: String,
    device: String,
    from: IpAddr,
    commitment: Commitment,
    nonce: Nonce,
    stage: Stage,
    until: Instant,
}

enum Stage {
    Knocked,
    Waiting { code: String },
    Accepted(Box<Membership>),
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    #[error("too many people wait already")]
    Crowded,
    #[error("there is no such request")]
    Unknown,
    #[error("the number is not the one that was promised")]
    Broken,
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct JoinDesk(Arc<Shared>);

struct Shared {
    fingerprint: Fingerprint,
    entries: Mutex<Vec<Entry>>,
    changed: watch::Sender<u64>,
}

impl JoinDesk {
    /// `fingerprint`: of the certificate that joiners see.
    pub fn new(fingerprint: Fingerprint) -> Self {
        Self(Arc::new(Shared { fingerprint, entries: Mutex::default(), changed: watch::channel(0).0 }))
    }

    fn entries(&self, now: Instant) -> MutexGuard<'_, Vec<Entry>> {
        // Entries are whole at any moment, so a panic elsewhere leaves nothing half done.
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.until > now);
        entries
    }

    /// Something that the owner or a joiner sees has changed.
    pub fn touch(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// When the next request ends by itself.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        self.entries(now).iter().map(|entry| entry.until).min()
    }

    /// Somebody knocks. The secret is theirs alone.
    pub fn knock(
        &self,
        now: Instant,
        from: IpAddr,
        name: &str,
        device: &str,
        commitment: Commitment,
    ) -> Result<(Secret, Nonce), DeskError> {
        let id = ticket::fresh_id()?;
        let (secret, digest) = ticket::make(&id)?;
        let mut random = [0; Nonce::LENGTH];
        key::fill(&mut random)?;
        let nonce = Nonce::new(random);
        let mut entries = self.entries(now);
        let same = entries.iter().filter(|entry| household(entry.from) == household(from)).count();
        if entries.len() >= MOST || same >= MOST_EACH {
            return Err(DeskError::Crowded);
        }
        let (name, device) = (plain(name), plain(device));
        let (stage, until) = (Stage::Knocked, now + OPENING);
        entries.push(Entry { id, digest, name, device, from, commitment, nonce, stage, until });
        Ok((secret, nonce))
    }

    /// The number behind the commitment: now the owner sees it.
    pub fn open(&self, now: Instant, secret: &Secret, nonce: Nonce) -> Result<(), DeskError> {
        let mut entries = self.entries(now);
        let at = find(&entries, secret).ok_or(DeskError::Unknown)?;
        let entry = entries.get_mut(at).ok_or(DeskError::Unknown)?;
        if !matches!(entry.stage, Stage::Knocked) || nonce.commitment() != entry.commitment {
            entries.remove(at);
            return Err(DeskError::Broken);
        }
        let code = verification_code(&self.0.fingerprint, &entry.nonce, &nonce);
        (entry.stage, entry.until) = (Stage::Waiting { code }, now + PATIENCE);
        drop(entries);
        self.touch();
        Ok(())
    }

    pub fn withdraw(&self, now: Instant, secret: &Secret) {
        let mut entries = self.entries(now);
        if let Some(at) = find(&entries, secret) {
            entries.remove(at);
        }
        drop(entries);
        self.touch();
    }

    /// How it stands with a request.
    pub fn outcome(&self, now: Instant, secret: &Secret) -> (JoinOutcome, Option<Membership>) {
        let entries = self.entries(now);
        let entry = find(&entries, secret).and_then(|at| entries.get(at));
        match entry.map(|entry| &entry.stage) {
            None => (JoinOutcome::Expired, None),
            Some(Stage::Knocked | Stage::Waiting { .. }) => (JoinOutcome::Waiting, None),
            Some(Stage::Refused) => (JoinOutcome::Refused, None),
            Some(Stage::Accepted(membership)) => (JoinOutcome::Accepted, Some(Membership::clone(membership))),
        }
    }

    /// Those that wait for the owner, the oldest first.
    pub fn waiting(&self, now: Instant) -> Vec<JoinRequest> {
        let entries = self.entries(now);
        let shown = |entry: &Entry| match &entry.stage {
            Stage::Waiting { code } => Some(JoinRequest {
                id: entry.id.clone(),
                name: entry.name.clone(),
                device: entry.device.clone(),
                from: entry.from,
                code: code.clone(),
                left: entry.until.saturating_duration_since(now),
            }),
            _ => None,
        };
        entries.iter().filter_map(shown).collect()
    }

    /// Says yes (with what the joiner gets) or no.
    pub fn decide(&self, now: Instant, id: &str, membership: Option<Membership>) -> Result<(), DeskError> {
        let mut entries = self.entries(now);
        let is_meant = |entry: &&mut Entry| entry.id == id && matches!(entry.stage, Stage::Waiting { .. });
        let entry = entries.iter_mut().find(is_meant).ok_or(DeskError::Unknown)?;
        entry.stage = membership.map_or(Stage::Refused, |membership| Stage::Accepted(Box::new(membership)));
        entry.until = now + HEARING;
        drop(entries);
        self.touch();
        Ok(())
    }
}

fn find(entries: &[Entry], secret: &Secret) -> Option<usize> {
    let id = ticket::id_of(secret)?;
    entries.iter().position(|entry| entry.id == id && ticket::is(secret, &entry.digest))
}
