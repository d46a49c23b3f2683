//! What can be dialled in a space.

use super::{Store, StoreError, Subscriber};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

/// The kind of resource behind an address (WIRE.md 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressType {
    App,
    Call,
    Room,
    Subscriber,
}

impl AddressType {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Call => "call",
            Self::Room => "room",
            Self::Subscriber => "subscriber",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::App, Self::Call, Self::Room, Self::Subscriber].into_iter().find(|kind| kind.word() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRecord {
    pub id: String,
    /// `private` or `public`.
    pub context: String,
    pub name: String,
    pub display_name: String,
    pub kind: AddressType,
    pub resource_id: String,
    /// Who is rung.
    pub subscriber_id: Option<String>,
    pub locked: bool,
    /// Unix seconds.
    pub created_at: i64,
}

impl AddressRecord {
    /// Programs answer calls and read no messages.
    pub fn has(&self, channel: Channel) -> bool {
        channel != Channel::Messaging || matches!(self.kind, AddressType::Subscriber | AddressType::Room)
    }

    /// Without query: `/private/alice`.
    pub fn uri(&self) -> String {
        format!("/{}/{}", self.context, self.name)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    #[default]
    Name,
    DisplayName,
    CreatedAt,
}

/// A question for the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressQuery {
    /// A dial URI without query, or a bare name.
    pub name: Option<String>,
    /// Part of the display name, in any case.
    pub display_name: Option<String>,
    /// Part of the name or the display name, in any case.
    pub search: Option<String>,
    pub kind: Option<AddressType>,
    /// Only those with this channel.
    pub channel: Option<Channel>,
    pub resource_id: Option<String>,
    /// Only these ids: all that a guest may know.
    pub among: Option<Vec<String>>,
    pub sort_by: SortBy,
    pub descending: bool,
    /// How many to leave out, and how many to give at most.
    pub skip: u32,
    pub most: u32,
}

/// A way to reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Audio,
    Video,
    Messaging,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Audio, Self::Video, Self::Messaging];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Messaging => "messaging",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressPage {
    pub addresses: Vec<AddressRecord>,
    /// There are more behind these.
    pub more: bool,
}

const COLUMNS: &str = "id, context, name, display_name, type, resource_id, subscriber_id, locked, created_at";

impl Store {
    /// The address behind `/context/name`.
    pub async fn address_at(&self, context: &str, name: &str) -> Result<Option<AddressRecord>, StoreError> {
        let (context, name) = (context.to_owned(), name.to_lowercase());
        self.ask(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM addresses WHERE context = ?1 AND name = ?2");
            Ok(connection.prepare_cached(&sql)?.query_row([context, name], from_row).optional()?)
        })
        .await
    }

    /// Makes exactly these documents known as `/public/<name>`.
    pub async fn set_documents(&self, names: Vec<String>) -> Result<(), StoreError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let known: Vec<String> = transaction
                .prepare("SELECT name FROM addresses WHERE resource_id LIKE 'swml:%'")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for name in known.iter().filter(|name| !names.contains(name)) {
                transaction.execute("DELETE FROM addresses WHERE resource_id = 'swml:' || ?1", [name])?;
            }
            for name in &names {
                transaction.execute(
                    "INSERT INTO addresses (id, context, name, display_name, type, resource_id, created_at)
                     VALUES (?1, 'public', ?2, ?2, 'app', 'swml:' || ?2, unixepoch())
                     ON CONFLICT (context, name) DO NOTHING",
                    params![Uuid::new_v4().to_string(), name],
                )?;
            }
            transaction.commit()?;
            Ok(())
        })
        .await
    }

    pub async fn address(&self, id: &str) -> Result<Option<AddressRecord>, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM addresses WHERE id = ?1");
            Ok(connection.prepare_cached(&sql)?.query_row([id], from_row).optional()?)
        })
        .await
    }

    /// One page of the directory.
    pub async fn addresses(&self, query: AddressQuery) -> Result<AddressPage, StoreError> {
        self.ask(move |connection| {
            let order = match query.sort_by {
                SortBy::Name => "name",
                SortBy::DisplayName => "display_name",
                SortBy::CreatedAt => "created_at",
            };
            let direction = if query.descending { "DESC" } else { "ASC" };
            let sql = format!(
                "SELECT {COLUMNS} FROM addresses
                 WHERE (?1 IS NULL OR '/' || context || '/' || name = ?1 OR name = ?1)
                   AND (?2 IS NULL OR instr(lower(display_name), ?2) > 0)
                   AND (?3 IS NULL OR type = ?3)
                   AND (?4 IS NULL OR instr(lower(display_name), ?4) > 0 OR instr(name, ?4) > 0)
                   AND (NOT ?5 OR type IN ('subscriber', 'room'))
                   AND (?6 IS NULL OR resource_id = ?6)
                   AND (?7 IS NULL OR instr(?7, id) > 0)
                 ORDER BY {order} {direction}, id LIMIT ?8 OFFSET ?9"
            );
            let mut addresses: Vec<AddressRecord> = connection
                .prepare_cached(&sql)?
                .query_map(
                    params![
                        query.name.map(|name| name.to_lowercase()),
                        query.display_name.map(|name| name.to_lowercase()),
                        query.kind.map(AddressType::word),
                        query.search.map(|part| part.to_lowercase()),
                        query.channel == Some(Channel::Messaging),
                        query.resource_id,
                        query.among.map(|ids| ids.join(" ")),
                        i64::from(query.most) + 1,
                        i64::from(query.skip),
                    ],
                    from_row,
                )?
                .collect::<Result<_, _>>()?;
            let more = addresses.len() > query.most as usize;
            addresses.truncate(query.most as usize);
            Ok(AddressPage { addresses, more })
        })
        .await
    }
}

pub fn of_conversation(connection: &Connection, id: &str) -> Result<Vec<AddressRecord>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM addresses JOIN conversation_members ON address = id
         WHERE conversation = ?1 ORDER BY id"
    );
    let found = connection.prepare_cached(&sql)?.query_map([id], from_row)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub fn of_subscriber(connection: &Connection, id: &str) -> Result<Vec<AddressRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM addresses WHERE subscriber_id = ?1 ORDER BY created_at, id");
    let found = connection.prepare_cached(&sql)?.query_map([id], from_row)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Gives a new subscriber `/private/<name>`; a name that is taken gets a number.
pub fn claim(connection: &Connection, subscriber: &Subscriber) -> Result<(), StoreError> {
    let wanted = slug(&subscriber.profile.reference);
    let mut insert = connection.prepare_cached(
        "INSERT INTO addresses (id, context, name, display_name, type, resource_id, subscriber_id, created_at)
         VALUES (?1, 'private', ?2, ?3, 'subscriber', ?4, ?4, unixepoch())
         ON CONFLICT (context, name) DO NOTHING",
    )?;
    for number in 1..10_000 {
        let name = if number == 1 { wanted.clone() } else { format!("{wanted}-{number}") };
        let id = Uuid::new_v4().to_string();
        if insert.execute(params![id, name, subscriber.name(), subscriber.id])? == 1 {
            return Ok(());
        }
    }
    Err(StoreError::Database(rusqlite::Error::StatementChangedRows(0)))
}

/// The subscriber's name has changed: so do their addresses' display names.
pub fn rename(connection: &Connection, subscriber: &Subscriber) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE addresses SET display_name = ?1 WHERE subscriber_id = ?2",
        params![subscriber.name(), subscriber.id],
    )?;
    Ok(())
}

/// A name that can stand in a path, from any reference: `Zoë.B@example.test` → `zoë.b`.
pub fn slug(reference: &str) -> String {
    let local = match reference.split_once('@') {
        Some((local, _)) if !local.is_empty() => local,
        _ => reference,
    };
    let mut name = String::new();
    for letter in local.trim().to_lowercase().chars().take(64) {
        let fits = letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-');
        name.push(if fits { letter } else { '-' });
    }
    let name = name.trim_matches(['-', '.']).to_owned();
    if name.is_empty() { "subscriber".to_owned() } else { name }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AddressRecord> {
    let kind: String = row.get(4)?;
    Ok(AddressRecord {
        id: row.get(0)?,
        context: row.get(1)?,
        name: row.get(2)?,
        display_name: row.get(3)?,
        kind: AddressType::from_word(&kind).unwrap_or(AddressType::App),
        resource_id: row.get(5)?,
        subscriber_id: row.get(6)?,
        locked: row.get(7)?,
        created_at: row.get(8)?,
    })
}
