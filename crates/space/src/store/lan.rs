//! People who came over the network, and invites for more. Of every secret only a digest is kept.

use super::{Profile, Store, StoreError, Subscriber, subscribers};
use crate::clock;
use crate::key::KeyError;
use crate::lan::ticket;
use ahoy_model::Secret;
use rusqlite::{Connection, OptionalExtension, params};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS lan_invites (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the code.
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS lan_members (
    subscriber TEXT PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE,
    -- SHA-256 of what buys new tokens.
    digest BLOB NOT NULL,
    device TEXT NOT NULL,
    joined_at INTEGER NOT NULL
) STRICT;
";

/// Invites that can be used at one time.
const MOST_INVITES: i64 = 32;
/// References of people who came so begin with it, so that they are never those of the app's own user.
const MARK: char = '~';

/// An invite that can still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRecord {
    pub id: String,
    /// Unix seconds.
    pub created_at: i64,
    pub expires_at: i64,
}

/// Somebody whom the space knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    pub subscriber: Subscriber,
    /// Of those who came over the network: what they said of their computer.
    pub device: Option<String>,
}

pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(TABLES)?)
}

impl Store {
    /// The code of a new invite; `None`: there are too many.
    pub async fn add_invite(&self, expires_at: u64) -> Result<Option<Secret>, StoreError> {
        let id = ticket::fresh_id().map_err(no_randomness)?;
        let (code, digest) = ticket::make(&id).map_err(no_randomness)?;
        let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX);
        self.ask(move |connection| {
            connection.execute("DELETE FROM lan_invites WHERE expires_at <= ?1", [now()])?;
            let added = connection.execute(
                "INSERT INTO lan_invites (id, digest, created_at, expires_at)
                 SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM lan_invites) < ?5",
                params![id, digest, now(), expires_at, MOST_INVITES],
            )?;
            Ok((added == 1).then_some(code))
        })
        .await
    }

    /// Uses an invite up. False: there is none with this code, or it has expired.
    pub async fn take_invite(&self, code: &Secret) -> Result<bool, StoreError> {
        let code = code.clone();
        self.ask(move |connection| {
            let Some(id) = ticket::id_of(&code) else { return Ok(false) };
            let kept: Option<Vec<u8>> = connection
                .query_row(
                    "SELECT digest FROM lan_invites WHERE id = ?1 AND expires_at > ?2",
                    params![id, now()],
                    |row| row.get(0),
                )
                .optional()?;
            if !kept.is_some_and(|digest| ticket::is(&code, &digest)) {
                return Ok(false);
            }
            // The database has one thread: whoever deletes it is the one who uses it.
            Ok(connection.execute("DELETE FROM lan_invites WHERE id = ?1", [id])? == 1)
        })
        .await
    }

    /// The newest first.
    pub async fn invites(&self) -> Result<Vec<InviteRecord>, StoreError> {
        self.ask(move |connection| {
            let mut found = connection.prepare_cached(
                "SELECT id, created_at, expires_at FROM lan_invites WHERE expires_at > ?1
                 ORDER BY created_at DESC, id",
            )?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(InviteRecord { id: row.get(0)?, created_at: row.get(1)?, expires_at: row.get(2)? })
            };
            Ok(found.query_map([now()], read)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn revoke_invite(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| Ok(connection.execute("DELETE FROM lan_invites WHERE id = ?1", [id])? > 0))
            .await
    }

    /// A new subscriber with an address after their name, and the secret that buys them tokens.
    pub async fn add_member(
        &self,
        profile: Profile,
        device: String,
    ) -> Result<(Subscriber, Secret), StoreError> {
        let wanted = super::addresses::slug(profile.display_name.as_deref().unwrap_or_default());
        let mut added = None;
        for number in 1..1_000 {
            let reference = match number {
                1 => format!("{MARK}{wanted}"),
                _ => format!("{MARK}{wanted}-{number}"),
            };
            added = self.enrol(Profile { reference, ..profile.clone() }).await?;
            if added.is_some() {
                break;
            }
        }
        let member = added.ok_or(StoreError::Closed)?;
        let (secret, digest) = ticket::make(&member.id).map_err(no_randomness)?;
        let id = member.id.clone();
        self.ask(move |connection| {
            connection.execute(
                "INSERT INTO lan_members (subscriber, digest, device, joined_at) VALUES (?1, ?2, ?3, ?4)",
                params![id, digest, device, now()],
            )?;
            Ok(())
        })
        .await?;
        Ok((member, secret))
    }

    /// Whose secret it is.
    pub async fn member_with(&self, secret: &Secret) -> Result<Option<Subscriber>, StoreError> {
        let secret = secret.clone();
        self.ask(move |connection| {
            let Some(id) = ticket::id_of(&secret) else { return Ok(None) };
            let kept: Option<Vec<u8>> = connection
                .query_row("SELECT digest FROM lan_members WHERE subscriber = ?1", [id], |row| row.get(0))
                .optional()?;
            match kept.is_some_and(|digest| ticket::is(&secret, &digest)) {
                true => subscribers::read(connection, id),
                false => Ok(None),
            }
        })
        .await
    }

    /// Everybody, the oldest first, `most` at most.
    pub async fn members(&self, most: u32) -> Result<Vec<MemberRecord>, StoreError> {
        let page = self.subscribers(0, most).await?;
        self.ask(move |connection| {
            let mut device =
                connection.prepare_cached("SELECT device FROM lan_members WHERE subscriber = ?1")?;
            page.subscribers
                .into_iter()
                .map(|subscriber| {
                    let device = device.query_row([&subscriber.id], |row| row.get(0)).optional()?;
                    Ok(MemberRecord { subscriber, device })
                })
                .collect()
        })
        .await
    }
}

fn no_randomness(_: KeyError) -> StoreError {
    StoreError::NoRandomness
}

fn now() -> i64 {
    i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX)
}
