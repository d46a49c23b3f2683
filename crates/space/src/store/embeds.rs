//! Embeds: what a web page holds to let its visitors call (WIRE.md 1.2). Only a hash of the token is kept.

use super::{Store, StoreError};
use crate::clock;
use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embed {
    pub id: String,
    /// For the project's people.
    pub name: String,
    /// Address ids that its guests may call.
    pub allowed: Vec<String>,
    /// Unix seconds.
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

const COLUMNS: &str = "id, name, allowed, created_at, expires_at";

/// Embeds of one space.
const MOST: i64 = 10_000;

impl Store {
    /// False: there are too many.
    pub async fn add_embed(&self, embed: Embed, token: &str) -> Result<bool, StoreError> {
        let digest = Sha256::digest(token).to_vec();
        self.ask(move |connection| {
            let added = connection
                .prepare_cached(
                    "INSERT INTO embeds (id, digest, name, allowed, created_at, expires_at)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE (SELECT count(*) FROM embeds) < ?7",
                )?
                .execute(params![
                    embed.id,
                    digest,
                    embed.name,
                    embed.allowed.join(" "),
                    embed.created_at,
                    embed.expires_at,
                    MOST,
                ])?;
            Ok(added == 1)
        })
        .await
    }

    /// The embed with this token, unless it has expired.
    pub async fn embed_of(&self, token: &str) -> Result<Option<Embed>, StoreError> {
        let (digest, now) = (Sha256::digest(token).to_vec(), now());
        self.ask(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM embeds WHERE digest = ?1 AND (expires_at IS NULL OR expires_at > ?2)"
            );
            Ok(connection.prepare_cached(&sql)?.query_row(params![digest, now], from_row).optional()?)
        })
        .await
    }

    /// Whether guests may still come by it.
    pub async fn has_embed(&self, id: &str) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), now());
        self.ask(move |connection| {
            let there = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM embeds WHERE id = ?1 AND (expires_at IS NULL OR expires_at > ?2))",
                )?
                .query_row(params![id, now], |row| row.get(0))?;
            Ok(there)
        })
        .await
    }

    /// The oldest first; true when there are more.
    pub async fn embeds(&self, skip: u32, most: u32) -> Result<(Vec<Embed>, bool), StoreError> {
        self.ask(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM embeds ORDER BY created_at, id LIMIT ?1 OFFSET ?2");
            let mut found: Vec<Embed> = connection
                .prepare_cached(&sql)?
                .query_map(params![i64::from(most) + 1, skip], from_row)?
                .collect::<Result<_, _>>()?;
            let more = found.len() > most as usize;
            found.truncate(most as usize);
            Ok((found, more))
        })
        .await
    }

    /// Its guests are strangers from then on. False: there was none.
    pub async fn remove_embed(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| Ok(connection.execute("DELETE FROM embeds WHERE id = ?1", [id])? > 0))
            .await
    }
}

fn now() -> i64 {
    i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Embed> {
    let allowed: String = row.get("allowed")?;
    Ok(Embed {
        id: row.get("id")?,
        name: row.get("name")?,
        allowed: allowed.split(' ').map(str::to_owned).collect(),
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}
