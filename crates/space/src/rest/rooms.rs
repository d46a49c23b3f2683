//! Rooms as resources: `/api/fabric/resources/conference_rooms[/{id}]`, for a project's server.

use super::errors::{Rejection, json};
use super::identity::ProjectServer;
use crate::conference::RoomSettings;
use crate::core::Core;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json as object};
use std::sync::Arc;

const PATH: &str = "/api/fabric/resources/conference_rooms";
const PAGE: u32 = 50;
const MOST: u32 = 1_000;
/// Longest name, characters.
const LONGEST: usize = 64;

#[derive(Default, Deserialize)]
pub struct Page {
    page_size: Option<u32>,
    page_number: Option<u32>,
}

/// `GET …/conference_rooms`
pub async fn list(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(page) = page.map_err(|_| invalid("query", "The query cannot be read"))?;
    let size = page.page_size.unwrap_or(PAGE);
    if !(1..=MOST).contains(&size) {
        return Err(invalid("page_size", "must be between 1 and 1000"));
    }
    let number = page.page_number.unwrap_or(0);
    let skip = number.checked_mul(size).ok_or(invalid("page_number", "is too large"))?;
    let (rooms, more) = core.store.rooms(skip, size).await?;
    let link = |page: u32| format!("{PATH}?page_number={page}&page_size={size}");
    let next = more.then(|| link(number + 1));
    let body = object!({
        "data": rooms.iter().map(shown).collect::<Vec<_>>(),
        "links": { "self": link(number), "first": link(0), "next": next },
    });
    Ok(json(StatusCode::OK, &body))
}

/// `POST …/conference_rooms` `{name, display_name?, …settings}`
pub async fn create(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: String,
) -> Result<Response, Rejection> {
    let fields = read(&body)?;
    let name = text(&fields, "name")?.ok_or(missing("name"))?;
    let display_name = text(&fields, "display_name")?.unwrap_or_else(|| name.clone());
    let settings = merged(&RoomSettings::default(), fields)?;
    match core.store.make_room(&name, &display_name, settings).await? {
        Some(room) => Ok(json(StatusCode::CREATED, &shown(&room))),
        None => Err(Rejection::Invalid {
            attribute: "name",
            code: "already_exists",
            message: "has already been taken",
        }),
    }
}

pub async fn show(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    let room = core.store.room(&id).await?.ok_or(Rejection::NotFound)?;
    Ok(json(StatusCode::OK, &shown(&room)))
}

/// `PUT …/conference_rooms/{id}`: what is not named stays. A room's name is its address and stays, too.
pub async fn change(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
    body: String,
) -> Result<Response, Rejection> {
    let before = core.store.room(&id).await?.ok_or(Rejection::NotFound)?;
    let fields = read(&body)?;
    let display_name = text(&fields, "display_name")?.unwrap_or_else(|| before.display_name.clone());
    let room = RoomSettings { display_name, ..merged(&before, fields)? };
    if !core.store.change_room(room.clone()).await? {
        return Err(Rejection::NotFound);
    }
    core.conferences.changed(&id, Some(room.clone())).await;
    Ok(json(StatusCode::OK, &shown(&room)))
}

/// `DELETE …/conference_rooms/{id}`: whoever is in it has to go.
pub async fn delete(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    if core.store.room(&id).await?.is_some_and(|room| room.name == "lobby") {
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
