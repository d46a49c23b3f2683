//! Tables, and how they come to be.

use super::{Identity, StoreError, lan, push, rooms};
use crate::key;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

/// What makes each version out of the one before. Never change one that was published; add another.
const VERSIONS: [&str; 2] = [FIRST, ACCESS_AND_CHAT];

pub(super) const FIRST: &str = "
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
CREATE TABLE subscribers (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    display_name TEXT,
    job_title TEXT,
    time_zone TEXT,
    country TEXT,
    region TEXT,
    company_name TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE addresses (
    id TEXT PRIMARY KEY,
    context TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    subscriber_id TEXT REFERENCES subscribers (id) ON DELETE CASCADE,
    locked INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    UNIQUE (context, name)
) STRICT;
CREATE INDEX addresses_of_subscriber ON addresses (subscriber_id);
CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    caller TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    callee TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER NOT NULL,
    cause TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (started_at);
";

const ACCESS_AND_CHAT: &str = "
ALTER TABLE subscribers ADD COLUMN updated_at INTEGER;
UPDATE addresses SET resource_id = subscriber_id WHERE subscriber_id IS NOT NULL;
CREATE TABLE embeds (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the token.
    digest BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Address ids, separated by blanks.
    allowed TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    last_message_at INTEGER
) STRICT;
CREATE TABLE conversation_members (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    address TEXT NOT NULL REFERENCES addresses (id) ON DELETE CASCADE,
    PRIMARY KEY (conversation, address)
) STRICT;
CREATE INDEX conversations_of_address ON conversation_members (address);
CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    subtype TEXT NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    -- Unix ms, like the two below.
    at INTEGER NOT NULL,
    text TEXT,
    status TEXT,
    started_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX messages_of_conversation ON messages (conversation, number);
";

/// Settings of the connection, and the tables that the file does not have yet.
pub fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    // In memory there is no journal to choose; the answer of the pragma is of no interest.
    let _: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;",
    )?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX);
    if !(0..=known).contains(&version) {
        return Err(StoreError::TooNew);
    }
    for (next, tables) in (1..).zip(VERSIONS).skip(usize::try_from(version).unwrap_or(0)) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(tables)?;
        if next == 1 {
            transaction.execute(
                "INSERT INTO addresses (id, context, name, display_name, type, resource_id, created_at)
                 VALUES (?1, 'public', 'echo', 'Echo', 'app', ?2, unixepoch())",
                [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()],
            )?;
        }
        transaction.pragma_update(None, "user_version", next)?;
        transaction.commit()?;
    }
    rooms::prepare(connection)?;
    push::prepare(connection)?;
    lan::prepare(connection)
}

/// The ids of this space; made on the first start.
pub fn identity(connection: &mut Connection) -> Result<Identity, StoreError> {
    let mut salt = vec![0_u8; key::SALT_BYTES];
    key::fill(&mut salt).map_err(|_| StoreError::NoRandomness)?;
    let transaction = connection.transaction()?;
    let salt = remembered(&transaction, "salt", salt)?;
    let space_id = remembered(&transaction, "space_id", Uuid::new_v4().to_string().into_bytes())?;
    let project_id = remembered(&transaction, "project_id", Uuid::new_v4().to_string().into_bytes())?;
    transaction.commit()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Identity { space_id: text(space_id), project_id: text(project_id), salt })
}

fn remembered(connection: &Connection, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let stored = connection
        .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get::<_, Vec<u8>>(0))
        .optional()?;
    if let Some(value) = stored {
        return Ok(value);
    }
    connection.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", rusqlite::params![name, fresh])?;
    Ok(fresh)
}
