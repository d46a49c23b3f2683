//! The people of a space.

use super::{AddressRecord, Store, StoreError, addresses};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use uuid::Uuid;

/// What a token request may say about a subscriber (WIRE.md 10). Absent fields leave what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The caller's own name for the subscriber: an e-mail address, an account number…
    pub reference: String,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub display_name: Option<String>,
    pub job_title: Option<String>,
    pub time_zone: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
    pub company_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub id: String,
    pub profile: Profile,
    /// Their own addresses; the first one is the one shown.
    pub addresses: Vec<AddressRecord>,
}

impl Subscriber {
    /// The name shown to others.
    pub fn name(&self) -> String {
        let profile = &self.profile;
        if let Some(name) = profile.display_name.as_ref().filter(|name| !name.is_empty()) {
            return name.clone();
        }
        let names: Vec<&str> =
            [&profile.first_name, &profile.last_name].into_iter().flatten().map(String::as_str).collect();
        if names.is_empty() { profile.reference.clone() } else { names.join(" ") }
    }

    /// The address others dial, without query (`/private/alice`).
    pub fn uri(&self) -> String {
        self.addresses.first().map_or_else(String::new, AddressRecord::uri)
    }
}

const COLUMNS: &str = "id, reference, email, first_name, last_name, display_name, job_title, time_zone, country, region, company_name";

impl Store {
    /// Finds the subscriber with `profile.reference`, or makes one with an address of their own; fields that are given are stored.
    pub async fn admit(&self, profile: Profile) -> Result<Subscriber, StoreError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            transaction.execute(
                "INSERT INTO subscribers (id, reference, email, first_name, last_name, display_name, job_title, time_zone,
                     country, region, company_name, created_at)
                 VALUES (:id, :reference, :email, :first_name, :last_name, :display_name, :job_title, :time_zone,
                     :country, :region, :company_name, unixepoch())
                 ON CONFLICT (reference) DO UPDATE SET
                     email = coalesce(excluded.email, email),
                     first_name = coalesce(excluded.first_name, first_name),
                     last_name = coalesce(excluded.last_name, last_name),
                     display_name = coalesce(excluded.display_name, display_name),
                     job_title = coalesce(excluded.job_title, job_title),
                     time_zone = coalesce(excluded.time_zone, time_zone),
                     country = coalesce(excluded.country, country),
                     region = coalesce(excluded.region, region),
                     company_name = coalesce(excluded.company_name, company_name)",
                named_params! {
                    ":id": Uuid::new_v4().to_string(),
                    ":reference": profile.reference,
                    ":email": profile.email,
                    ":first_name": profile.first_name,
                    ":last_name": profile.last_name,
                    ":display_name": profile.display_name,
                    ":job_title": profile.job_title,
                    ":time_zone": profile.time_zone,
                    ":country": profile.country,
                    ":region": profile.region,
                    ":company_name": profile.company_name,
                },
            )?;
            let id: String = transaction.query_row(
                "SELECT id FROM subscribers WHERE reference = ?1",
                [&profile.reference],
                |row| row.get(0),
            )?;
            let mut subscriber = read(&transaction, &id)?.ok_or(StoreError::Closed)?;
            if subscriber.addresses.is_empty() {
                addresses::claim(&transaction, &subscriber)?;
            } else if profile.display_name.is_some() {
                addresses::rename(&transaction, &subscriber)?;
            }
            subscriber.addresses = addresses::of_subscriber(&transaction, &id)?;
            transaction.commit()?;
            Ok(subscriber)
        })
        .await
    }

    pub async fn subscriber(&self, id: &str) -> Result<Option<Subscriber>, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| read(connection, &id)).await
    }

    #[cfg(test)]
    /// Removes a subscriber and their addresses; their tokens are worth nothing from then on. False: there was none.
    pub async fn dismiss(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| Ok(connection.execute("DELETE FROM subscribers WHERE id = ?1", [id])? > 0))
            .await
    }
}

fn read(connection: &Connection, id: &str) -> Result<Option<Subscriber>, StoreError> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM subscribers WHERE id = ?1"))?
        .query_row([id], from_row)
        .optional()?;
    let Some(mut subscriber) = found else { return Ok(None) };
    subscriber.addresses = addresses::of_subscriber(connection, id)?;
    Ok(Some(subscriber))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Subscriber> {
    Ok(Subscriber {
        id: row.get(0)?,
        profile: Profile {
            reference: row.get(1)?,
            email: row.get(2)?,
            first_name: row.get(3)?,
            last_name: row.get(4)?,
            display_name: row.get(5)?,
            job_title: row.get(6)?,
            time_zone: row.get(7)?,
            country: row.get(8)?,
            region: row.get(9)?,
            company_name: row.get(10)?,
        },
        addresses: Vec::new(),
    })
}
