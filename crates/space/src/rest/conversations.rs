//! Conversations and their messages (WIRE.md 10).

use super::body::Body;
use super::errors::{Rejection, json};
use super::identity::{Bearer, Member};
use super::paging::Paging;
use super::tokens::invalid;
use crate::chat::{self, JoinError};
use crate::core::Core;
use crate::store::{AddressRecord, Conversation};
use ahoy_wire::Stamp;
use ahoy_wire::rest::{self, ConversationList, JoinReply, JoinRequest, Links, MessageList, MessageRequest};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Instant;

const PATH: &str = "/api/fabric/conversations";

/// `POST /api/fabric/conversations/join`: the same members always get the same group, whoever asks and however often.
pub async fn join(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    body: Body,
) -> Result<Response, Rejection> {
    let attribute = "fabric_address_ids";
    let request: JoinRequest =
        body.read(attribute, "the body must be JSON with from_fabric_address_id and fabric_address_ids")?;
    let own = own(&bearer, &request.from_fabric_address_id)?;
    match chat::join(&core, &own.id, request.fabric_address_ids).await {
        Ok(group_id) => Ok(json(StatusCode::OK, &JoinReply { group_id })),
        Err(JoinError::Alone) => Err(invalid(attribute, "must name somebody else")),
        Err(JoinError::Unknown) => Err(invalid(attribute, "names an address that does not exist")),
        Err(JoinError::TooMany) => Err(invalid(attribute, "names too many addresses")),
        Err(JoinError::Locked) => Err(Rejection::Forbidden("The room is locked")),
        Err(JoinError::Full) => Err(Rejection::Forbidden("The conversation is full")),
        Err(JoinError::Store(error)) => Err(error.into()),
    }
}

/// `GET /api/fabric/conversations`
pub async fn list(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(paging) = paging.map_err(|_| invalid("query", "The query cannot be read"))?;
    let page = paging.page()?;
    let own = bearer.subscriber.addresses.first().ok_or(Rejection::NotFound)?;
    let (found, more) = core.store.conversations(&own.id, page.skip, page.size).await?;
    let data = found.iter().map(|conversation| shown(conversation, own)).collect();
    Ok(json(StatusCode::OK, &ConversationList { data, links: page.links(PATH, &[], more) }))
}

/// A page of messages goes on where another ended, whatever was said meanwhile.
#[derive(Default, Deserialize)]
pub struct Place {
    before: Option<i64>,
    #[serde(flatten)]
    paging: Paging,
}

/// `GET /api/fabric/conversations/{group_id}/messages`: the newest first.
pub async fn messages(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    Path(group): Path<String>,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(place) = place.map_err(|_| invalid("query", "The query cannot be read"))?;
    let size = place.paging.page()?.size;
    let (conversation, own) = belonging(&core, &bearer, &group).await?;
    let (lines, more) = core.store.lines(&group, place.before, size).await?;
    let path = format!("{PATH}/{group}/messages?page_size={size}");
    let from = |number: i64| format!("{path}&before={number}");
    let links = Links {
        own: Some(place.before.map_or_else(|| path.clone(), from)),
        next: lines.last().filter(|_| more).map(|line| from(line.number)),
        first: Some(path.clone()),
        prev: None,
    };
    let data = lines.iter().map(|line| chat::shown(&conversation, line, &own.id)).collect();
    Ok(json(StatusCode::OK, &MessageList { data, links }))
}

/// `POST /api/fabric/messages`
pub async fn say(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    body: Body,
) -> Result<Response, Rejection> {
    let request: MessageRequest =
        body.read("text", "the body must be JSON with group_id, from_fabric_address_id and text")?;
    let own = own(&bearer, &request.from_fabric_address_id)?;
    if request.text.trim().is_empty() {
        return Err(Rejection::Invalid { attribute: "text", code: "blank", message: "must not be blank" });
    }
    if request.text.chars().count() > chat::LONGEST {
        return Err(Rejection::Invalid { attribute: "text", code: "too_long", message: "is too long" });
    }
    let conversation = core.store.conversation(&request.group_id).await?;
    let conversation = conversation
        .filter(|conversation| conversation.members.iter().any(|member| member.id == own.id))
        .ok_or(invalid("group_id", "must be a conversation that was joined"))?;
    core.door.message(&bearer.subscriber.id, Instant::now())?;
    let message = chat::say(&core, &conversation, own, request.text).await?;
    Ok(json(StatusCode::CREATED, &message))
}

/// The bearer's own address with this id.
fn own<'a>(bearer: &'a Bearer, id: &str) -> Result<&'a AddressRecord, Rejection> {
    let mut addresses = bearer.subscriber.addresses.iter();
    addresses
        .find(|address| address.id == id)
        .ok_or(invalid("from_fabric_address_id", "must be an address of the subscriber"))
}

/// The conversation, and the bearer's address in it. Others do not learn that it exists.
async fn belonging<'a>(
    core: &Core,
    bearer: &'a Bearer,
    group: &str,
) -> Result<(Conversation, &'a AddressRecord), Rejection> {
    let conversation = core.store.conversation(group).await?.ok_or(Rejection::NotFound)?;
    let belongs = |own: &&AddressRecord| conversation.members.iter().any(|member| member.id == own.id);
    let own = bearer.subscriber.addresses.iter().find(belongs).ok_or(Rejection::NotFound)?;
    Ok((conversation, own))
}

fn shown(conversation: &Conversation, own: &AddressRecord) -> rest::Conversation {
    let other = conversation.members.iter().find(|member| member.id != own.id);
    let other = chat::place(conversation).or(other);
    rest::Conversation {
        address_id: other.map(|other| other.id.clone()),
        group_id: Some(conversation.id.clone()),
        created_at: Some(Stamp::Number(conversation.created_at.into())),
        from_fabric_address_id: Some(own.id.clone()),
        last_message_at: conversation.last_message_at.map(chat::seconds),
        metadata: Some(serde_json::Value::Object(serde_json::Map::new())),
        name: Some(chat::name(conversation, &own.id)),
        ..rest::Conversation::bare(conversation.id.clone())
    }
}
