//! Phones that asked to be woken when somebody calls (version 3 of the SDK). Only a hash of the push token is kept.

use super::{Store, StoreError};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS push_devices (
    id TEXT PRIMARY KEY,
    subscriber TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    -- iOS, Android or Desktop.
    type TEXT NOT NULL,
    -- SHA-256 of the token.
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (subscriber, digest)
) STRICT;
";

/// Devices of one subscriber.
const MOST: i64 = 100;

pub fn prepare(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(TABLE)?)
}

impl Store {
    /// The id of the device with this token: the one that it has already, or `id`. `None`: there are too many.
    pub async fn add_push_device(
        &self,
        id: String,
        subscriber: &str,
        kind: &'static str,
        token: &str,
    ) -> Result<Option<String>, StoreError> {
        let (subscriber, digest) = (subscriber.to_owned(), Sha256::digest(token).to_vec());
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let known: Option<String> = transaction
                .query_row(
                    "UPDATE push_devices SET type = ?3 WHERE subscriber = ?1 AND digest = ?2 RETURNING id",
                    params![subscriber, digest, kind],
                    |row| row.get(0),
                )
                .optional()?;
            let there = match known {
                Some(known) => Some(known),
                None => {
                    let added = transaction.execute(
                        "INSERT INTO push_devices (id, subscriber, type, digest, created_at)
                         SELECT ?1, ?2, ?3, ?4, unixepoch()
                         WHERE (SELECT count(*) FROM push_devices WHERE subscriber = ?2) < ?5",
                        params![id, subscriber, kind, digest, MOST],
                    )?;
                    (added == 1).then_some(id)
                }
            };
            transaction.commit()?;
            Ok(there)
        })
        .await
    }

    /// False: this subscriber has no such device.
    pub async fn remove_push_device(&self, id: &str, subscriber: &str) -> Result<bool, StoreError> {
        let (id, subscriber) = (id.to_owned(), subscriber.to_owned());
        self.ask(move |connection| {
            let removed = connection.execute(
                "DELETE FROM push_devices WHERE id = ?1 AND subscriber = ?2",
                params![id, subscriber],
            )?;
            Ok(removed > 0)
        })
        .await
    }
}
