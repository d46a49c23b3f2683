//! Rooms as resources: `/api/fabric/resources/conference_rooms[/{id}]`, for a project's server and for subscribers.
//!
//! A project's server sees and changes all rooms. A subscriber makes rooms, which are his, and sees and changes those; the people
//! in their lists he names by their addresses (`/private/bob`).

use super::errors::{Rejection, json};
use super::identity::{Member, ProjectServer};
use crate::conference::RoomSettings;
use crate::core::Core;
use crate::store::{AddressRecord, StoreError};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json as object};
use std::sync::Arc;

const PATH: &str = "/api/fabric/resources/conference_rooms";
const PAGE: u32 = 50;
const MOST: u32 = 1_000;
/// Longest name, characters.
const LONGEST: usize = 64;

/// Rooms of one subscriber.
const MOST_OWN: usize = 100;
/// How a subscriber names people.
const PRIVATE: &str = "/private/";

/// Who asks.
pub enum Keeper {
    Server,
    /// A subscriber with this id.
    Owner(String),
}

impl FromRequestParts<Arc<Core>> for Keeper {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Rejection> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if given.is_some_and(|text| text.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("bearer "))) {
            let Member(bearer) = Member::from_request_parts(parts, core).await?;
            return Ok(Self::Owner(bearer.subscriber.id));
        }
        ProjectServer::from_request_parts(parts, core).await.map(|_| Self::Server)
    }
}

impl Keeper {
    fn keeps(&self, room: &RoomSettings) -> bool {
        match self {
            Self::Server => true,
            Self::Owner(id) => room.owners.contains(id),
        }
    }

    /// The room, if it is his to see and change. Others learn no more than that there is nothing for them.
    async fn room(&self, core: &Core, id: &str) -> Result<RoomSettings, Rejection> {
        let room = core.store.room(id).await?.ok_or(Rejection::NotFound)?;
        if self.keeps(&room) { Ok(room) } else { Err(Rejection::NotFound) }
    }

    /// Whoever makes or changes a room of his stays its owner, and names become ids.
    async fn read(&self, core: &Core, mut room: RoomSettings) -> Result<RoomSettings, Rejection> {
        for list in [&mut room.owners, &mut room.members, &mut room.audience] {
            for person in list.iter_mut().filter(|person| person.starts_with(PRIVATE)) {
                let name = person.trim_start_matches(PRIVATE);
                let found = core.store.address_at("private", name).await?;
                let found = found.ok_or(invalid("people", "names somebody whom the space does not know"))?;
                *person = found.resource_id;
            }
        }
        if let Self::Owner(id) = self
            && !room.owners.contains(id)
        {
            room.owners.insert(0, id.clone());
        }
        Ok(room)
    }

    /// The same in the other direction: to a subscriber ids say nothing.
    async fn shown(&self, core: &Core, mut room: RoomSettings) -> Result<Value, Rejection> {
        if let Self::Owner(_) = self {
            for list in [&mut room.owners, &mut room.members, &mut room.audience] {
                *list = addresses(core, list).await?;
            }
        }
        Ok(shown(&room))
    }
}

async fn addresses(core: &Core, ids: &[String]) -> Result<Vec<String>, StoreError> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let subscriber = core.store.subscriber(id).await?;
        let address = subscriber.as_ref().and_then(|subscriber| subscriber.addresses.first());
        all.extend(address.map(AddressRecord::uri));
    }
    Ok(all)
}

#[derive(Default, Deserialize)]
pub struct Page {
    page_size: Option<u32>,
    page_number: Option<u32>,
}

/// `GET …/conference_rooms`
pub async fn list(
    State(core): State<Arc<Core>>,
    keeper: Keeper,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(page) = page.map_err(|_| invalid("query", "The query cannot be read"))?;
    let size = page.page_size.unwrap_or(PAGE);
    if !(1..=MOST).contains(&size) {
        return Err(invalid("page_size", "must be between 1 and 1000"));
    }
    let number = page.page_number.unwrap_or(0);
    let skip = number.checked_mul(size).ok_or(invalid("page_number", "is too large"))?;
    let (rooms, more) = match &keeper {
        Keeper::Server => core.store.rooms(skip, size).await?,
        Keeper::Owner(id) => core.store.rooms_of(id, skip, size).await?,
    };
    let link = |page: u32| format!("{PATH}?page_number={page}&page_size={size}");
    let next = more.then(|| link(number + 1));
    let mut data = Vec::with_capacity(rooms.len());
    for room in rooms {
        data.push(keeper.shown(&core, room).await?);
    }
    let body = object!({
        "data": data,
        "links": { "self": link(number), "first": link(0), "next": next },
    });
    Ok(json(StatusCode::OK, &body))
}

/// `POST …/conference_rooms` `{name, display_name?, …settings}`
pub async fn create(
    State(core): State<Arc<Core>>,
    keeper: Keeper,
    body: String,
) -> Result<Response, Rejection> {
    let fields = read(&body)?;
    let name = text(&fields, "name")?.ok_or(missing("name"))?;
    let display_name = text(&fields, "display_name")?.unwrap_or_else(|| name.clone());
    let settings = keeper.read(&core, merged(&RoomSettings::default(), fields)?).await?;
    if let Keeper::Owner(id) = &keeper
        && core.store.rooms_of(id, 0, MOST).await?.0.len() >= MOST_OWN
    {
        return Err(Rejection::Forbidden("Nobody may have more rooms"));
    }
    match core.store.make_room(&name, &display_name, settings).await? {
        Some(room) => Ok(json(StatusCode::CREATED, &keeper.shown(&core, room).await?)),
        None => Err(Rejection::Invalid {
            attribute: "name",
            code: "already_exists",
            message: "has already been taken",
        }),
    }
}

pub async fn show(
    State(core): State<Arc<Core>>,
    keeper: Keeper,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    let room = keeper.room(&core, &id).await?;
    Ok(json(StatusCode::OK, &keeper.shown(&core, room).await?))
}

/// `PUT …/conference_rooms/{id}`: what is not named stays. A room's name is its address and stays, too.
pub async fn change(
    State(core): State<Arc<Core>>,
    keeper: Keeper,
    Path(id): Path<String>,
    body: String,
) -> Result<Response, Rejection> {
    let before = keeper.room(&core, &id).await?;
    let fields = read(&body)?;
    let display_name = text(&fields, "display_name")?.unwrap_or_else(|| before.display_name.clone());
    let room = keeper.read(&core, RoomSettings { display_name, ..merged(&before, fields)? }).await?;
    if !core.store.change_room(room.clone()).await? {
        return Err(Rejection::NotFound);
    }
    core.conferences.changed(&id, Some(room.clone())).await;
    Ok(json(StatusCode::OK, &keeper.shown(&core, room).await?))
}

/// `DELETE …/conference_rooms/{id}`: whoever is in it has to go.
pub async fn delete(
    State(core): State<Arc<Core>>,
    keeper: Keeper,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    if keeper.room(&core, &id).await?.name == "lobby" {
        return Err(invalid("id", "the lobby is always there"));
    }
    if !core.store.delete_room(&id).await? {
        return Err(Rejection::NotFound);
    }
    core.conferences.changed(&id, None).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A room as a resource, in the service's frame.
fn shown(room: &RoomSettings) -> Value {
    let mut settings = match serde_json::to_value(room) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    settings.insert("name".into(), room.name.as_str().into());
    settings.insert("display_name".into(), room.display_name.as_str().into());
    object!({
        "id": room.id,
        "type": "video_room",
        "display_name": room.display_name,
        "conference_room": settings,
    })
}

fn read(body: &str) -> Result<Map<String, Value>, Rejection> {
    serde_json::from_str(body).map_err(|_| invalid("body", "must be a JSON object"))
}

fn text(fields: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Rejection> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => {
            Err(Rejection::Invalid { attribute: name, code: "blank", message: "must not be blank" })
        }
        Some(Value::String(text)) if text.chars().count() <= LONGEST => Ok(Some(text.trim().to_owned())),
        Some(_) => Err(invalid(name, "must be a text of at most 64 characters")),
    }
}

/// `fields` over the settings of a room, checked.
fn merged(before: &RoomSettings, fields: Map<String, Value>) -> Result<RoomSettings, Rejection> {
    let mut all = match serde_json::to_value(before) {
        Ok(Value::Object(all)) => all,
        _ => return Err(Rejection::Broken),
    };
    all.extend(fields);
    let settings: RoomSettings = serde_json::from_value(Value::Object(all))
        .map_err(|_| invalid("body", "has a field of the wrong type"))?;
    settings.check().map_err(|unfit| invalid(unfit.field, unfit.reason))?;
    let RoomSettings { id, name, display_name, .. } = before.clone();
    Ok(RoomSettings { id, name, display_name, ..settings })
}

fn missing(attribute: &'static str) -> Rejection {
    Rejection::Invalid { attribute, code: "missing_required_parameter", message: "is required" }
}

fn invalid(attribute: &'static str, message: &'static str) -> Rejection {
    Rejection::Invalid { attribute, code: "invalid", message }
}
