//! The people of a space.

use super::{AddressRecord, Store, StoreError, addresses};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};
use uuid::Uuid;

/// What a project's server may say about a subscriber (WIRE.md 10). Absent fields leave what is stored.
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
    /// Unix seconds.
    pub created_at: i64,
    pub updated_at: i64,
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

    /// The address others dial, without query (`/private/alice`). A guest's tells two of them apart and leads nowhere.
    pub fn uri(&self) -> String {
        let guest = || format!("/guest/{}", self.id.get(..8).unwrap_or(&self.id));
        self.addresses.first().map_or_else(guest, AddressRecord::uri)
    }

    /// Whoever holds a guest's token. Nothing about them is stored, and nobody can call them.
    pub fn guest(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            profile: Profile {
                reference: "guest".into(),
                display_name: Some("Guest".into()),
                ..Profile::default()
            },
            addresses: Vec::new(),
            created_at: 0,
            updated_at: 0,
        }
    }
}

/// The columns of a profile, in the order of [`values`].
const PROFILE: [&str; 10] = [
    "reference",
    "email",
    "first_name",
    "last_name",
    "display_name",
    "job_title",
    "time_zone",
    "country",
    "region",
    "company_name",
];

/// A page of subscribers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberPage {
    pub subscribers: Vec<Subscriber>,
    /// There are more behind these.
    pub more: bool,
}

impl Store {
    /// Finds the subscriber with `profile.reference`, or makes one with an address of their own; fields that are given are stored.
    pub async fn admit(&self, profile: Profile) -> Result<Subscriber, StoreError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let (places, updates) = (
                each(|at, _| format!("?{}", at + 2)),
                each(|_, column| format!("{column} = coalesce(excluded.{column}, {column})")),
            );
            let sql = format!(
                "INSERT INTO subscribers (id, {}, created_at) VALUES (?1, {places}, unixepoch())
                 ON CONFLICT (reference) DO UPDATE SET {updates}",
                PROFILE.join(", "),
            );
            let id = Uuid::new_v4().to_string();
            let first: [&dyn ToSql; 1] = [&id];
            transaction
                .prepare_cached(&sql)?
                .execute(params_from_iter(first.into_iter().chain(values(&profile))))?;
            let id: String = transaction.query_row(
                "SELECT id FROM subscribers WHERE reference = ?1",
                [&profile.reference],
                |row| row.get(0),
            )?;
            let subscriber = settle(&transaction, &id, profile.display_name.is_some())?;
            transaction.commit()?;
            subscriber.ok_or(StoreError::Closed)
        })
        .await
    }

    /// Makes a subscriber. `None`: the reference or the e-mail address is somebody's already.
    pub async fn enrol(&self, profile: Profile) -> Result<Option<Subscriber>, StoreError> {
        let known = self.is_taken(&profile, None).await?;
        if known { Ok(None) } else { self.admit(profile).await.map(Some) }
    }

    async fn is_taken(&self, profile: &Profile, except: Option<&str>) -> Result<bool, StoreError> {
        let (reference, email) = (profile.reference.clone(), profile.email.clone());
        let except = except.map(str::to_owned);
        self.ask(move |connection| {
            let taken = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM subscribers
                     WHERE (reference = ?1 OR email = ?2) AND (?3 IS NULL OR id <> ?3))",
                )?
                .query_row(params![reference, email, except], |row| row.get(0))?;
            Ok(taken)
        })
        .await
    }

    /// Stores the fields that are given; an empty reference leaves the one that is stored. `None`: there is no
    /// such subscriber.
    pub async fn amend(&self, id: &str, profile: Profile) -> Result<Option<Subscriber>, AmendError> {
        if self.is_taken(&profile, Some(id)).await? {
            return Err(AmendError::Taken);
        }
        let id = id.to_owned();
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            let updates =
                each(|at, column| format!("{column} = coalesce(nullif(?{}, ''), {column})", at + 2));
            let sql = format!("UPDATE subscribers SET {updates}, updated_at = unixepoch() WHERE id = ?1");
            let first: [&dyn ToSql; 1] = [&id];
            transaction
                .prepare_cached(&sql)?
                .execute(params_from_iter(first.into_iter().chain(values(&profile))))?;
            let subscriber = settle(&transaction, &id, true)?;
            transaction.commit()?;
            Ok(subscriber)
        })
        .await
        .map_err(AmendError::from)
    }

    pub async fn subscriber(&self, id: &str) -> Result<Option<Subscriber>, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| read(connection, &id)).await
    }

    /// The oldest first.
    pub async fn subscribers(&self, skip: u32, most: u32) -> Result<SubscriberPage, StoreError> {
        self.ask(move |connection| {
            let ids: Vec<String> = connection
                .prepare_cached("SELECT id FROM subscribers ORDER BY created_at, id LIMIT ?1 OFFSET ?2")?
                .query_map(params![i64::from(most) + 1, skip], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let more = ids.len() > most as usize;
            let mut subscribers = Vec::new();
            for id in ids.iter().take(most as usize) {
                subscribers.extend(read(connection, id)?);
            }
            Ok(SubscriberPage { subscribers, more })
        })
        .await
    }

    /// Removes a subscriber and their addresses; their tokens are worth nothing from then on. False: there was none.
    pub async fn dismiss(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(move |connection| Ok(connection.execute("DELETE FROM subscribers WHERE id = ?1", [id])? > 0))
            .await
    }
}

/// Why a subscriber cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    #[error("the e-mail address is another's")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One piece of SQL for each column of a profile.
fn each(piece: impl Fn(usize, &str) -> String) -> String {
    let pieces: Vec<String> = PROFILE.iter().enumerate().map(|(at, column)| piece(at, column)).collect();
    pieces.join(", ")
}

fn values(profile: &Profile) -> [&dyn ToSql; PROFILE.len()] {
    [
        &profile.reference,
        &profile.email,
        &profile.first_name,
        &profile.last_name,
        &profile.display_name,
        &profile.job_title,
        &profile.time_zone,
        &profile.country,
        &profile.region,
        &profile.company_name,
    ]
}

/// Sees to it that a subscriber has an address, under their name.
fn settle(connection: &Connection, id: &str, renamed: bool) -> Result<Option<Subscriber>, StoreError> {
    let Some(mut subscriber) = read(connection, id)? else { return Ok(None) };
    if subscriber.addresses.is_empty() {
        addresses::claim(connection, &subscriber)?;
    } else if renamed {
        addresses::rename(connection, &subscriber)?;
    }
    subscriber.addresses = addresses::of_subscriber(connection, id)?;
    Ok(Some(subscriber))
}

pub(super) fn read(connection: &Connection, id: &str) -> Result<Option<Subscriber>, StoreError> {
    let found = connection
        .prepare_cached("SELECT * FROM subscribers WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?;
    let Some(mut subscriber) = found else { return Ok(None) };
    subscriber.addresses = addresses::of_subscriber(connection, id)?;
    Ok(Some(subscriber))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Subscriber> {
    Ok(Subscriber {
        id: row.get("id")?,
        profile: Profile {
            reference: row.get("reference")?,
            email: row.get("email")?,
            first_name: row.get("first_name")?,
            last_name: row.get("last_name")?,
            display_name: row.get("display_name")?,
            job_title: row.get("job_title")?,
            time_zone: row.get("time_zone")?,
            country: row.get("country")?,
            region: row.get("region")?,
            company_name: row.get("company_name")?,
        },
        addresses: Vec::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get::<_, Option<i64>>("updated_at")?.map_or_else(|| row.get("created_at"), Ok)?,
    })
}
