//! `signalwire.event`: everything that a space pushes (2.1, 6).

use crate::error::ParamsError;
use crate::json::{self, Fields};
use crate::*;
use ahoy_model::NodeId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whom an event is for: text, or a list as the real service has it on `member.*` (2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EventChannel {
    One(String),
    Many(Vec<String>),
}

impl EventChannel {
    /// Whether an event on this channel belongs to the session `protocol` (v4's rule: text contains it, a list has it).
    pub fn is_for(&self, protocol: &str) -> bool {
        match self {
            Self::One(channel) => channel.contains(protocol),
            Self::Many(channels) => channels.iter().any(|channel| channel == protocol),
        }
    }
}

/// One event with its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub channel: Option<EventChannel>,
    pub timestamp: Option<Stamp>,
    pub project_id: Option<String>,
    /// The node of the call, on `webrtc.message`.
    pub node_id: Option<NodeId>,
    /// On conversation messages: we wrote it ourselves.
    pub is_author: Option<bool>,
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    AuthorizationState(AuthorizationState),
    /// `webrtc.message`
    Verto(VertoEvent),
    CallJoined(CallJoined),
    CallLeft(CallLeft),
    CallUpdated(RoomChange),
    RoomUpdated(RoomChange),
    CallState(CallState),
    CallPlay(CallPlay),
    CallConnect(CallConnect),
    CallRoom(CallRoom),
    MemberJoined(MemberChange),
    MemberUpdated(MemberChange),
    MemberLeft(MemberChange),
    MemberTalking(MemberChange),
    LayoutChanged(LayoutChanged),
    ConversationMessage(ConversationMessage),
    ConversationMessageUpdated(ConversationMessage),
    /// Types without a shape of their own: `ai.*`, `user_event`, what `verto.subscribe` asked for, and new ones.
    Unknown {
        event_type: String,
        params: Value,
    },
}

macro_rules! bodies {
    ($($word:literal => $name:ident),* $(,)?) => {
        impl EventBody {
            pub fn event_type(&self) -> &str {
                match self {
                    Self::Verto(_) => "webrtc.message",
                    $(Self::$name(_) => $word,)*
                    Self::Unknown { event_type, .. } => event_type,
                }
            }

            fn read(event_type: String, params: Value) -> Result<Self, ParamsError> {
                Ok(match event_type.as_str() {
                    "webrtc.message" => Self::Verto(VertoEvent::read(params)?),
                    $($word => Self::$name(json::read(params).map_err(|error| ParamsError::at($word, &error))?),)*
                    _ => Self::Unknown { event_type, params },
                })
            }

            fn params(&self) -> Value {
                match self {
                    Self::Verto(event) => event.params(),
                    $(Self::$name(body) => json::value(body),)*
                    Self::Unknown { params, .. } => params.clone(),
                }
            }
        }
    };
}

bodies! {
    "signalwire.authorization.state" => AuthorizationState,
    "call.joined" => CallJoined,
    "call.left" => CallLeft,
    "call.updated" => CallUpdated,
    "room.updated" => RoomUpdated,
    "call.state" => CallState,
    "call.play" => CallPlay,
    "call.connect" => CallConnect,
    "call.room" => CallRoom,
    "member.joined" => MemberJoined,
    "member.updated" => MemberUpdated,
    "member.left" => MemberLeft,
    "member.talking" => MemberTalking,
    "layout.changed" => LayoutChanged,
    "conversation.message" => ConversationMessage,
    "conversation.message.updated" => ConversationMessageUpdated,
}

impl Event {
    /// An event with nothing in its envelope.
    pub fn bare(body: EventBody) -> Self {
        Self { channel: None, timestamp: None, project_id: None, node_id: None, is_author: None, body }
    }

    /// An event for one session, stamped as the real service does it. `unix_ms` is unix time in ms.
    pub fn on(protocol: &str, unix_ms: u64, body: EventBody) -> Self {
        Self {
            channel: Some(EventChannel::One(protocol.to_owned())),
            timestamp: Some(Stamp::seconds(unix_ms)),
            ..Self::bare(body)
        }
    }

    /// A verto message for one session.
    pub fn verto(
        protocol: &str,
        unix_ms: u64,
        node_id: &NodeId,
        id: impl Into<InnerId>,
        message: ServerVerto,
    ) -> Self {
        let body = EventBody::Verto(VertoEvent::new(id, message));
        Self { node_id: Some(node_id.clone()), ..Self::on(protocol, unix_ms, body) }
    }

    pub(crate) fn read(params: Value) -> Result<Self, ParamsError> {
        let mut fields = json::fields(params);
        let event_type = json::take_text(&mut fields, "event_type").ok_or("there is no event_type")?;
        let body = EventBody::read(event_type, fields.remove("params").unwrap_or_default())?;
        Ok(Self {
            channel: fields.remove("event_channel").and_then(|channel| json::read(channel).ok()),
            timestamp: fields.remove("timestamp").and_then(|stamp| json::read(stamp).ok()),
            project_id: json::take_text(&mut fields, "project_id"),
            node_id: json::take_text(&mut fields, "node_id").map(NodeId::from),
            is_author: fields.remove("is_author").and_then(|is| is.as_bool()),
            body,
        })
    }

    pub(crate) fn params(&self) -> Value {
        let mut fields = Fields::new();
        fields.insert("event_type".into(), self.body.event_type().into());
        if let Some(channel) = &self.channel {
            fields.insert("event_channel".into(), json::value(channel));
        }
        if let Some(timestamp) = &self.timestamp {
            fields.insert("timestamp".into(), json::value(timestamp));
        }
        if let Some(project_id) = &self.project_id {
            fields.insert("project_id".into(), project_id.as_str().into());
        }
        if let Some(node_id) = &self.node_id {
            fields.insert("node_id".into(), node_id.as_str().into());
        }
        if let Some(is_author) = self.is_author {
            fields.insert("is_author".into(), is_author.into());
        }
        fields.insert("params".into(), self.body.params());
        Value::Object(fields)
    }
}
