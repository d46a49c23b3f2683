//! Rooms that can be dialled, with what was chosen about them.

use super::addresses::slug;
use super::{Store, StoreError};
use crate::conference::RoomSettings;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

/// The settings are one JSON text: they are read and written as a whole, and new ones come without a change of the table.
const TABLE: &str = "
CREATE TABLE IF NOT EXISTS rooms (
    id TEXT PRIMARY KEY,
    settings TEXT NOT NULL
) STRICT;
";
const COLUMNS: &str = "rooms.id, addresses.name, addresses.display_name, rooms.settings";

/// Makes the table, and the room that is always there.
pub fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLE)?;
    insert(&transaction, "lobby", "Lobby", &RoomSettings::default())?;
    transaction.commit()?;
    Ok(())
}

/// `None`: the name is taken.
fn insert(
    connection: &Connection,
    name: &str,
    display_name: &str,
    settings: &RoomSettings,
) -> Result<Option<String>, StoreError> {
    let id = Uuid::new_v4().to_string();
    let new = connection.execute(
        "INSERT INTO addresses (id, context, name, display_name, type, resource_id, created_at)
         VALUES (?1, 'public', ?2, ?3, 'room', ?4, unixepoch()) ON CONFLICT (context, name) DO NOTHING",
        params![Uuid::new_v4().to_string(), name, display_name, id],
    )?;
    if new == 0 {
        return Ok(None);
    }
    connection.execute("INSERT INTO rooms (id, settings) VALUES (?1, ?2)", params![id, text(settings)])?;
    Ok(Some(id))
}

fn text(settings: &RoomSettings) -> String {
    serde_json::to_string(settings).unwrap_or_else(|_| "{}".to_owned())
}

impl Store {
    /// The room with this resource id.
    pub async fn room(&self, id: &str) -> Result<Option<RoomSettings>, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM rooms JOIN addresses ON addresses.resource_id = rooms.id
                 WHERE rooms.id = ?1 LIMIT 1"
            );
            Ok(connection.prepare_cached(&sql)?.query_row([id], from_row).optional()?)
        })
        .await
    }

    /// All rooms by name, some of them, and whether there are more.
    pub async fn rooms(&self, skip: u32, most: u32) -> Result<(Vec<RoomSettings>, bool), StoreError> {
        self.ask(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM rooms JOIN addresses ON addresses.resource_id = rooms.id
                 ORDER BY addresses.name LIMIT ?1 OFFSET ?2"
            );
            let mut rooms: Vec<RoomSettings> = connection
                .prepare_cached(&sql)?
                .query_map(params![i64::from(most) + 1, i64::from(skip)], from_row)?
                .collect::<Result<_, _>>()?;
            let more = rooms.len() > most as usize;
            rooms.truncate(most as usize);
            Ok((rooms, more))
        })
        .await
    }

    /// Those that this subscriber owns, by name, some of them, and whether there are more.
    pub async fn rooms_of(
        &self,
        owner: &str,
        skip: u32,
        most: u32,
    ) -> Result<(Vec<RoomSettings>, bool), StoreError> {
        let owner = owner.to_owned();
        self.ask(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM rooms JOIN addresses ON addresses.resource_id = rooms.id
                 WHERE EXISTS (SELECT 1 FROM json_each(rooms.settings, '$.owners') WHERE value = ?3)
                 ORDER BY addresses.name LIMIT ?1 OFFSET ?2"
            );
            let mut rooms: Vec<RoomSettings> = connection
                .prepare_cached(&sql)?
                .query_map(params![i64::from(most) + 1, i64::from(skip), owner], from_row)?
                .collect::<Result<_, _>>()?;
            let more = rooms.len() > most as usize;
            rooms.truncate(most as usize);
            Ok((rooms, more))
        })
        .await
    }

    /// A new room at `/public/<name>`. `None`: the name is taken.
    pub async fn make_room(
        &self,
        name: &str,
        display_name: &str,
        settings: RoomSettings,
    ) -> Result<Option<RoomSettings>, StoreError> {
        let (name, display_name) = (slug(name), display_name.to_owned());
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let made = insert(&transaction, &name, &display_name, &settings)?;
            transaction.commit()?;
            Ok(made.map(|id| RoomSettings { id, name, display_name, ..settings }))
        })
        .await
    }

    /// False: there is no such room.
    pub async fn change_room(&self, settings: RoomSettings) -> Result<bool, StoreError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let known = transaction.execute(
                "UPDATE rooms SET settings = ?2 WHERE id = ?1",
                params![settings.id, text(&settings)],
            )?;
            transaction.execute(
                "UPDATE addresses SET display_name = ?2 WHERE resource_id = ?1",
                params![settings.id, settings.display_name],
            )?;
            transaction.commit()?;
            Ok(known > 0)
        })
        .await
    }

    /// False: there was no such room.
    pub async fn delete_room(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let known = transaction.execute("DELETE FROM rooms WHERE id = ?1", [&id])?;
            transaction.execute("DELETE FROM addresses WHERE resource_id = ?1 AND type = 'room'", [&id])?;
            transaction.commit()?;
            Ok(known > 0)
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<RoomSettings> {
    let settings: String = row.get(3)?;
    // Whatever a later version wrote there: a room with ordinary settings is better than none.
    let settings: RoomSettings = serde_json::from_str(&settings).unwrap_or_default();
    Ok(RoomSettings { id: row.get(0)?, name: row.get(1)?, display_name: row.get(2)?, ..settings })
}
