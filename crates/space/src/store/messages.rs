//! Conversations and what was said in them, finished calls included.

use super::{AddressRecord, Store, StoreError, addresses};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A group of addresses that talk to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix ms.
    pub last_message_at: Option<i64>,
    pub members: Vec<AddressRecord>,
}

/// One line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Grows with each line of the space.
    pub number: i64,
    pub id: String,
    /// Address id of whoever wrote, or called.
    pub author: String,
    pub author_name: String,
    /// Unix ms.
    pub at: i64,
    pub body: LineBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineBody {
    Chat(String),
    /// A call that is over: how it ended, and when it began and ended (unix ms).
    Call {
        status: String,
        started_at: i64,
        ended_at: i64,
    },
}

/// Addresses in one conversation.
const MEMBERS: i64 = 1_000;
/// Lines kept of one conversation; the oldest go.
const KEPT: i64 = 10_000;

impl Store {
    /// Makes the conversation if there is none, and puts `members` into it. False: it is full.
    pub async fn join_conversation(&self, id: &str, members: Vec<String>) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            join(&transaction, &id, &members)?;
            let count: i64 = transaction
                .prepare_cached("SELECT count(*) FROM conversation_members WHERE conversation = ?1")?
                .query_row([&id], |row| row.get(0))?;
            if count > MEMBERS {
                return Ok(false);
            }
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    pub async fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| read(connection, &id)).await
    }

    /// Those that an address belongs to, the one with the newest line first; true when there are more.
    pub async fn conversations(
        &self,
        address: &str,
        skip: u32,
        most: u32,
    ) -> Result<(Vec<Conversation>, bool), StoreError> {
        let address = address.to_owned();
        self.ask(move |connection| {
            let ids: Vec<String> = connection
                .prepare_cached(
                    "SELECT id FROM conversations JOIN conversation_members ON conversation = id
                     WHERE address = ?1 ORDER BY coalesce(last_message_at, created_at * 1000) DESC, id
                     LIMIT ?2 OFFSET ?3",
                )?
                .query_map(params![address, i64::from(most) + 1, skip], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let more = ids.len() > most as usize;
            let mut found = Vec::new();
            for id in ids.iter().take(most as usize) {
                found.extend(read(connection, id)?);
            }
            Ok((found, more))
        })
        .await
    }

    /// Writes a line down; its number is made here. `members` are put into the conversation, which is made if need be.
    pub async fn write_line(
        &self,
        conversation: &str,
        members: Vec<String>,
        line: Line,
    ) -> Result<Line, StoreError> {
        let conversation = conversation.to_owned();
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            join(&transaction, &conversation, &members)?;
            let (text, call) = match &line.body {
                LineBody::Chat(text) => (Some(text), None),
                LineBody::Call { status, started_at, ended_at } => {
                    (None, Some((status, started_at, ended_at)))
                }
            };
            transaction
                .prepare_cached(
                    "INSERT INTO messages (id, conversation, subtype, author, author_name, at, text, status,
                         started_at, ended_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    line.id,
                    conversation,
                    if call.is_some() { "log" } else { "chat" },
                    line.author,
                    line.author_name,
                    line.at,
                    text,
                    call.map(|(status, ..)| status),
                    call.map(|(_, started_at, _)| started_at),
                    call.map(|(.., ended_at)| ended_at),
                ])?;
            let number = transaction.last_insert_rowid();
            transaction
                .prepare_cached("UPDATE conversations SET last_message_at = ?2 WHERE id = ?1")?
                .execute(params![conversation, line.at])?;
            transaction
                .prepare_cached(
                    "DELETE FROM messages WHERE conversation = ?1 AND number <= (
                         SELECT number FROM messages WHERE conversation = ?1
                         ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                )?
                .execute(params![conversation, KEPT])?;
            transaction.commit()?;
            Ok(Line { number, ..line })
        })
        .await
    }

    /// The newest lines first, those before `before` only; true when there are more.
    pub async fn lines(
        &self,
        conversation: &str,
        before: Option<i64>,
        most: u32,
    ) -> Result<(Vec<Line>, bool), StoreError> {
        let conversation = conversation.to_owned();
        self.ask(move |connection| {
            let mut found: Vec<Line> = connection
                .prepare_cached(
                    "SELECT * FROM messages WHERE conversation = ?1 AND number < ?2
                     ORDER BY number DESC LIMIT ?3",
                )?
                .query_map(params![conversation, before.unwrap_or(i64::MAX), i64::from(most) + 1], from_row)?
                .collect::<Result<_, _>>()?;
            let more = found.len() > most as usize;
            found.truncate(most as usize);
            Ok((found, more))
        })
        .await
    }
}

fn join(connection: &Connection, id: &str, members: &[String]) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO conversations (id, created_at) VALUES (?1, unixepoch()) ON CONFLICT DO NOTHING",
        )?
        .execute([id])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO conversation_members (conversation, address) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    for member in members {
        insert.execute([id, member])?;
    }
    Ok(())
}

fn read(connection: &Connection, id: &str) -> Result<Option<Conversation>, StoreError> {
    let found = connection
        .prepare_cached("SELECT * FROM conversations WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(Conversation {
                id: row.get("id")?,
                created_at: row.get("created_at")?,
                last_message_at: row.get("last_message_at")?,
                members: Vec::new(),
            })
        })
        .optional()?;
    let Some(conversation) = found else { return Ok(None) };
    Ok(Some(Conversation { members: addresses::of_conversation(connection, id)?, ..conversation }))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Line> {
    let body = match row.get::<_, Option<String>>("status")? {
        Some(status) => {
            LineBody::Call { status, started_at: row.get("started_at")?, ended_at: row.get("ended_at")? }
        }
        None => LineBody::Chat(row.get("text")?),
    };
    Ok(Line {
        number: row.get("number")?,
        id: row.get("id")?,
        author: row.get("author")?,
        author_name: row.get("author_name")?,
        at: row.get("at")?,
        body,
    })
}
