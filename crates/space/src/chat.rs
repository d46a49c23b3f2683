//! Conversations: who belongs to them, and who is told (WIRE.md 6, 10, 16).
//!
//! Two people have one conversation, whoever opens it. A room's, or a program's, is open to everybody who joins. The id
//! says so: `sw_` and the room's address id, or `sw_` and a hash of the members.

use crate::clock;
use crate::core::Core;
use crate::session::SessionHandle;
use crate::store::{AddressRecord, AddressType, CallRecord, Conversation, Line, LineBody, StoreError};
use ahoy_model::{DialTarget, HangupCause};
use ahoy_wire::{ConversationMessage, MessageDetails, Stamp};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Longest message, characters.
pub const LONGEST: usize = 8_192;

/// Why somebody cannot join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("there is nobody else in it")]
    Alone,
    #[error("it names an address that does not exist")]
    Unknown,
    #[error("it names too many")]
    TooMany,
    #[error("the room is locked")]
    Locked,
    #[error("it is full")]
    Full,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Addresses that one request may name.
const NAMED: usize = 50;

/// The id of the conversation between `own` and `others`, which is made when there is none. The same members always get
/// the same one, whoever asks and however often.
pub async fn join(core: &Core, own: &str, others: Vec<String>) -> Result<String, JoinError> {
    let mut ids: BTreeSet<String> = others.into_iter().collect();
    ids.remove(own);
    if ids.is_empty() {
        return Err(JoinError::Alone);
    }
    if ids.len() > NAMED {
        return Err(JoinError::TooMany);
    }
    let mut others = Vec::new();
    for id in ids {
        others.push(core.store.address(&id).await?.ok_or(JoinError::Unknown)?);
    }
    if others.iter().any(|address| address.locked) {
        return Err(JoinError::Locked);
    }
    let (group, members) = group(core, own, &others);
    if core.store.join_conversation(&group, members).await? { Ok(group) } else { Err(JoinError::Full) }
}

/// The id of a conversation, and the addresses that belong to it for certain.
fn group(core: &Core, own: &str, others: &[AddressRecord]) -> (String, Vec<String>) {
    if let [place] = others
        && place.kind != AddressType::Subscriber
    {
        return (format!("sw_{}", place.id), vec![own.to_owned(), place.id.clone()]);
    }
    let members: BTreeSet<&str> = others.iter().map(|other| other.id.as_str()).chain([own]).collect();
    let members: Vec<String> = members.into_iter().map(str::to_owned).collect();
    let name = format!("{}/{}", core.space_id, members.join(","));
    (format!("sw_{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())), members)
}

/// Writes a message down and tells everybody. The caller has checked that `author` belongs to the conversation.
pub async fn say(
    core: &Core,
    conversation: &Conversation,
    author: &AddressRecord,
    text: String,
) -> Result<ConversationMessage, StoreError> {
    let line = new_line(author, LineBody::Chat(text));
    let line = core.store.write_line(&conversation.id, Vec::new(), line).await?;
    tell(core, conversation, &line);
    Ok(shown(conversation, &line, &author.id))
}

/// Writes a finished call into the space's records and into the conversation of those it was between.
pub async fn write_down(core: &Core, call: CallRecord) {
    if let Err(error) = log(core, &call).await {
        tracing::warn!(%error, "a call could not be written into its conversation");
    }
    if let Err(error) = core.store.record_call(call).await {
        tracing::warn!(%error, "a call could not be written down");
    }
}

async fn log(core: &Core, call: &CallRecord) -> Result<(), StoreError> {
    // Guests and unknown addresses have no conversations.
    let (Some(caller), Some(callee)) =
        (address(core, &call.caller).await?, address(core, &call.callee).await?)
    else {
        return Ok(());
    };
    if caller.id == callee.id || caller.kind != AddressType::Subscriber {
        return Ok(());
    }
    let body = LineBody::Call {
        status: status(call).to_owned(),
        started_at: call.started_at.saturating_mul(1_000),
        ended_at: call.ended_at.saturating_mul(1_000),
    };
    let line = new_line(&caller, body);
    let (id, members) = group(core, &caller.id, std::slice::from_ref(&callee));
    let line = core.store.write_line(&id, members, line).await?;
    let Some(conversation) = core.store.conversation(&id).await? else { return Ok(()) };
    if callee.kind == AddressType::Subscriber {
        tell(core, &conversation, &line);
    } else {
        // Who was in a room, and when, is news to nobody but them.
        tell_one(core, &conversation, &line, &caller);
    }
    Ok(())
}

/// Tells whoever called that he is in his call, with a message that is not shown and not kept (WIRE.md 16).
pub async fn tell_joined(core: &Core, session: &SessionHandle, callee: &str) {
    match update(core, &session.party().uri, callee).await {
        Ok(Some(message)) => session.chat(message, true),
        // Guests and unknown addresses have no conversations.
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "nobody can be told of a call in its conversation"),
    }
}

async fn update(core: &Core, caller: &str, callee: &str) -> Result<Option<ConversationMessage>, StoreError> {
    let (Some(caller), Some(callee)) = (address(core, caller).await?, address(core, callee).await?) else {
        return Ok(None);
    };
    if caller.id == callee.id || caller.kind != AddressType::Subscriber {
        return Ok(None);
    }
    let now = seconds(i64::try_from(clock::unix_ms()).unwrap_or(i64::MAX));
    let (group, _) = group(core, &caller.id, std::slice::from_ref(&callee));
    let details = MessageDetails {
        kind: Some("webrtc".into()),
        status: Some("joined".into()),
        start_time: Some(now.clone()),
        end_time: None,
    };
    Ok(Some(ConversationMessage {
        class: Some("message".into()),
        subtype: Some("update".into()),
        kind: Some("outbound_call".into()),
        hidden: Some(true),
        group_id: Some(group),
        from_fabric_address_id: Some(caller.id),
        ts: Some(now),
        metadata: Some(Value::Object(Map::new())),
        details: Some(details),
        conversation_name: Some(callee.display_name),
        user_name: Some(caller.display_name),
        ..ConversationMessage::bare(Uuid::new_v4().to_string())
    }))
}

async fn address(core: &Core, dialled: &str) -> Result<Option<AddressRecord>, StoreError> {
    let Ok(target) = DialTarget::parse(dialled) else { return Ok(None) };
    let path = target.path();
    match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
        Some((context, name)) => core.store.address_at(context, name).await,
        None => Ok(None),
    }
}

/// How a call went, in a word.
fn status(call: &CallRecord) -> &'static str {
    match call.cause {
        _ if call.answered_at.is_some() => "completed",
        HangupCause::UserBusy => "busy",
        HangupCause::CallRejected | HangupCause::Decline | HangupCause::RejectAll => "rejected",
        HangupCause::OriginatorCancel => "cancelled",
        HangupCause::NoAnswer
        | HangupCause::NoUserResponse
        | HangupCause::SubscriberAbsent
        | HangupCause::UserNotRegistered => "missed",
        _ => "failed",
    }
}

fn new_line(author: &AddressRecord, body: LineBody) -> Line {
    Line {
        number: 0,
        id: Uuid::new_v4().to_string(),
        author: author.id.clone(),
        author_name: author.display_name.clone(),
        at: i64::try_from(clock::unix_ms()).unwrap_or(i64::MAX),
        body,
    }
}

/// Tells all sessions of all members.
fn tell(core: &Core, conversation: &Conversation, line: &Line) {
    for member in &conversation.members {
        tell_one(core, conversation, line, member);
    }
}

fn tell_one(core: &Core, conversation: &Conversation, line: &Line, member: &AddressRecord) {
    let Some(subscriber) = &member.subscriber_id else { return };
    let message = shown(conversation, line, &member.id);
    for session in core.switchboard.sessions_of(subscriber) {
        session.chat(message.clone(), line.author == member.id);
    }
}

/// A line as the holder of `viewer` (an address id) sees it.
pub fn shown(conversation: &Conversation, line: &Line, viewer: &str) -> ConversationMessage {
    let (subtype, kind, text, details) = match &line.body {
        LineBody::Chat(text) => ("chat", "text", Some(text.clone()), MessageDetails::default()),
        LineBody::Call { status, started_at, ended_at } => {
            let kind = if line.author == viewer { "outbound_call" } else { "inbound_call" };
            let details = MessageDetails {
                kind: Some("webrtc".into()),
                status: Some(status.clone()),
                start_time: Some(seconds(*started_at)),
                end_time: Some(seconds(*ended_at)),
            };
            ("log", kind, None, details)
        }
    };
    ConversationMessage {
        class: Some("message".into()),
        subtype: Some(subtype.into()),
        kind: Some(kind.into()),
        hidden: Some(false),
        group_id: Some(conversation.id.clone()),
        from_fabric_address_id: Some(line.author.clone()),
        ts: Some(seconds(line.at)),
        metadata: Some(Value::Object(Map::new())),
        details: Some(details),
        text,
        conversation_name: Some(name(conversation, viewer)),
        user_name: Some(line.author_name.clone()),
        ..ConversationMessage::bare(line.id.clone())
    }
}

/// What the holder of `viewer` calls it: the room's name, or those of the others.
pub fn name(conversation: &Conversation, viewer: &str) -> String {
    match place(conversation) {
        Some(place) => place.display_name.clone(),
        None => {
            let others = conversation.members.iter().filter(|member| member.id != viewer);
            others.map(|member| member.display_name.as_str()).collect::<Vec<_>>().join(", ")
        }
    }
}

/// The room or program that a conversation belongs to.
pub fn place(conversation: &Conversation) -> Option<&AddressRecord> {
    conversation.members.iter().find(|member| member.kind != AddressType::Subscriber)
}

/// Unix seconds, of ms.
pub fn seconds(ms: i64) -> Stamp {
    Stamp::seconds(u64::try_from(ms).unwrap_or(0))
}
