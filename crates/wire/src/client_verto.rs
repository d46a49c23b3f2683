//! `webrtc.verto`: what a phone says about its legs (4.1, 4.3).

use crate::error::ParamsError;
use crate::json::{self, Fields};
use crate::{DialogParams, InnerId, VertoPing};
use ahoy_model::{CallId, HangupCause, NodeId};
use serde_json::Value;

/// Names that v4 subscribes to, by kind of leg (4.1). A space sends the events anyway.
pub mod subscription {
    pub const MAIN: [&str; 9] = [
        "track",
        "destroy",
        "member.updated.videoMuted",
        "layout.changed",
        "room.subscribed",
        "member.updated.audioMuted",
        "media.connected",
        "room.updated",
        "call.joined",
    ];
    pub const SCREEN_SHARE: [&str; 1] = ["video.room.screenshare"];
}

/// Parameters of `webrtc.verto`.
#[derive(Clone, Debug, PartialEq)]
pub struct VertoRequest {
    /// The main call's id, or the leg's where SDP travels. A space routes by [`VertoRequest::leg`] first.
    pub call_id: Option<CallId>,
    /// Empty on a fresh invite: the space picks.
    pub node_id: Option<NodeId>,
    pub subscribe: Option<Vec<String>>,
    pub message_id: InnerId,
    pub message: ClientVerto,
}

/// What a phone says about a leg.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientVerto {
    Invite(BodyWithSdp),
    Answer(BodyWithSdp),
    Modify(Modify),
    Info(ClientInfo),
    Bye(ClientBye),
    /// The parameters of the ping, as they came.
    Pong(VertoPing),
    Subscribe(SubscribeRequest),
    Attach(AttachRequest),
    /// v3 answers every verto event once more with a reply inside `webrtc.verto`; it must be answered (4.3).
    Result(Value),
    Unknown {
        method: String,
        params: Value,
    },
}

object! {
    /// An offer or answer.
    pub struct BodyWithSdp {
        required: {
            #[serde(rename = "dialogParams")]
            dialog: DialogParams,
            sdp: String,
        },
        optional: { sessid: String },
    }
}

/// What `verto.modify` changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModifyAction {
    /// A new offer; the answer is in the reply.
    UpdateMedia {
        sdp: String,
    },
    Hold,
    Unhold,
    Transfer {
        destination: String,
    },
    /// The far sides of this call and of `call` talk on without us (FreeSWITCH's `mod_verto` has it; the service has not shown it).
    Replace {
        call: CallId,
    },
    /// The far sides of this call and of `call` and we meet in a room (the built-in space's own).
    Merge {
        call: CallId,
    },
    Other(String),
}

impl ModifyAction {
    pub fn word(&self) -> &str {
        match self {
            Self::UpdateMedia { .. } => "updateMedia",
            Self::Hold => "hold",
            Self::Unhold => "unhold",
            Self::Transfer { .. } => "transfer",
            Self::Replace { .. } => "replace",
            Self::Merge { .. } => "merge",
            Self::Other(word) => word,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Modify {
    pub dialog: DialogParams,
    pub sessid: Option<String>,
    pub action: ModifyAction,
}

object! {
    /// The form of `verto.modify` on the wire.
    pub struct RawModify {
        required: {
            #[serde(rename = "dialogParams")]
            dialog: DialogParams,
            action: String,
        },
        optional: {
            sessid: String,
            sdp: String,
            destination: String,
            #[serde(rename = "replaceCallID")]
            replace_call_id: CallId,
        },
    }
}

impl TryFrom<RawModify> for Modify {
    type Error = &'static str;

    fn try_from(raw: RawModify) -> Result<Self, Self::Error> {
        let action = match raw.action.as_str() {
            "updateMedia" => ModifyAction::UpdateMedia { sdp: raw.sdp.ok_or("updateMedia without sdp")? },
            "hold" => ModifyAction::Hold,
            "unhold" => ModifyAction::Unhold,
            "transfer" => {
                ModifyAction::Transfer { destination: raw.destination.ok_or("transfer without destination")? }
            }
            "replace" => {
                ModifyAction::Replace { call: raw.replace_call_id.ok_or("replace without replaceCallID")? }
            }
            "merge" => {
                ModifyAction::Merge { call: raw.replace_call_id.ok_or("merge without replaceCallID")? }
            }
            _ => ModifyAction::Other(raw.action),
        };
        Ok(Self { dialog: raw.dialog, sessid: raw.sessid, action })
    }
}

impl From<&Modify> for RawModify {
    fn from(modify: &Modify) -> Self {
        let (mut sdp, mut destination, mut replace_call_id) = (None, None, None);
        match &modify.action {
            ModifyAction::UpdateMedia { sdp: offer } => sdp = Some(offer.clone()),
            ModifyAction::Transfer { destination: to } => destination = Some(to.clone()),
            ModifyAction::Replace { call } | ModifyAction::Merge { call } => {
                replace_call_id = Some(call.clone());
            }
            ModifyAction::Hold | ModifyAction::Unhold | ModifyAction::Other(_) => {}
        }
        Self {
            dialog: modify.dialog.clone(),
            action: modify.action.word().to_owned(),
            sessid: modify.sessid.clone(),
            sdp,
            destination,
            replace_call_id,
        }
    }
}

object! {
    /// `verto.info`: digits, or text inside the call.
    pub struct ClientInfo {
        required: {
            #[serde(rename = "dialogParams")]
            dialog: DialogParams,
        },
        optional: {
            sessid: String,
            /// `0`-`9`, `*`, `#`, `A`-`D`, several at once.
            dtmf: String,
            #[serde(rename = "dtmfDuration")]
            dtmf_duration: Value,
            txt: Value,
            msg: Value,
        },
    }
}

object! {
    /// `verto.bye` of a phone. Without a cause it is a normal end.
    pub struct ClientBye {
        required: {
            #[serde(rename = "dialogParams")]
            dialog: DialogParams,
        },
        optional: {
            #[serde(rename = "causeCode", with = "crate::cause_code::text")]
            cause_code: u16,
            cause: String,
            sessid: String,
        },
    }
}

impl ClientBye {
    pub fn new(dialog: DialogParams, cause: Option<HangupCause>) -> Self {
        Self {
            dialog,
            cause_code: cause.map(HangupCause::code),
            cause: cause.map(|cause| cause.word().to_owned()),
            sessid: None,
        }
    }

    pub fn read_cause(&self) -> HangupCause {
        HangupCause::read(self.cause.as_deref(), self.cause_code)
    }
}

object! {
    /// `verto.subscribe`: asks for further event types of a call.
    pub struct SubscribeRequest {
        required: {
            #[serde(rename = "eventChannel", with = "crate::json::one_or_many")]
            event_channel: Vec<String>,
        },
        optional: { sessid: String },
    }
}

object! {
    /// `verto.attach`; known to the SDK, never seen.
    pub struct AttachRequest {
        required: {
            #[serde(rename = "dialogParams")]
            dialog: DialogParams,
        },
        optional: { sdp: String },
    }
}

impl ClientVerto {
    /// `None` for v3's result wrapper.
    pub fn method(&self) -> Option<&str> {
        Some(match self {
            Self::Invite(_) => "verto.invite",
            Self::Answer(_) => "verto.answer",
            Self::Modify(_) => "verto.modify",
            Self::Info(_) => "verto.info",
            Self::Bye(_) => "verto.bye",
            Self::Pong(_) => "verto.pong",
            Self::Subscribe(_) => "verto.subscribe",
            Self::Attach(_) => "verto.attach",
            Self::Result(_) => return None,
            Self::Unknown { method, .. } => method,
        })
    }

    fn read(method: String, params: Value) -> Result<Self, ParamsError> {
        let read = || -> Result<Self, serde_json::Error> {
            Ok(match method.as_str() {
                "verto.invite" => Self::Invite(json::read(params)?),
                "verto.answer" => Self::Answer(json::read(params)?),
                "verto.modify" => {
                    let raw: RawModify = json::read(params)?;
                    Self::Modify(raw.try_into().map_err(serde::de::Error::custom)?)
                }
                "verto.info" => Self::Info(json::read(params)?),
                "verto.bye" => Self::Bye(json::read(params)?),
                "verto.pong" => Self::Pong(json::read(params)?),
                "verto.subscribe" => Self::Subscribe(json::read(params)?),
                "verto.attach" => Self::Attach(json::read(params)?),
                _ => Self::Unknown { method: method.clone(), params },
            })
        };
        read().map_err(|error| ParamsError::at(&method, &error))
    }

    fn params(&self) -> Value {
        match self {
            Self::Invite(body) | Self::Answer(body) => json::value(body),
            Self::Modify(modify) => json::value(&RawModify::from(modify)),
            Self::Info(body) => json::value(body),
            Self::Bye(body) => json::value(body),
            Self::Pong(body) => json::value(body),
            Self::Subscribe(body) => json::value(body),
            Self::Attach(body) => json::value(body),
            Self::Result(result) => result.clone(),
            Self::Unknown { params, .. } => params.clone(),
        }
    }

    /// The leg that the message itself names.
    pub fn leg(&self) -> Option<CallId> {
        match self {
            Self::Invite(body) | Self::Answer(body) => Some(body.dialog.call_id.clone()),
            Self::Modify(body) => Some(body.dialog.call_id.clone()),
            Self::Info(body) => Some(body.dialog.call_id.clone()),
            Self::Bye(body) => Some(body.dialog.call_id.clone()),
            Self::Attach(body) => Some(body.dialog.call_id.clone()),
            Self::Pong(body) => body.call_id(),
            Self::Subscribe(body) => body.sessid.clone().map(CallId::from),
            Self::Result(_) | Self::Unknown { .. } => None,
        }
    }
}

impl VertoRequest {
    /// The leg that this is about: what the message names decides, the envelope comes second (4.1).
    pub fn leg(&self) -> Option<CallId> {
        self.message.leg().or_else(|| self.call_id.clone())
    }

    pub(crate) fn read(params: Value) -> Result<Self, ParamsError> {
        let mut fields = json::fields(params);
        let Some(Value::Object(mut message)) = fields.remove("message") else {
            return Err("there is no message".into());
        };
        let message_id = read_inner_id(&mut message).ok_or("the message has no id")?;
        let body = match message.remove("method") {
            Some(Value::String(method)) => {
                ClientVerto::read(method, message.remove("params").unwrap_or_default())?
            }
            Some(_) => return Err("the method is not a string".into()),
            None => ClientVerto::Result(message.remove("result").ok_or("the message has no method")?),
        };
        let subscribe = match fields.remove("subscribe") {
            Some(list @ Value::Array(_)) => {
                Some(json::read(list).map_err(|error| ParamsError::at("subscribe", &error))?)
            }
            _ => None,
        };
        Ok(Self {
            call_id: json::take_text(&mut fields, "callID").map(CallId::from),
            node_id: json::take_text(&mut fields, "node_id").map(NodeId::from),
            subscribe,
            message_id,
            message: body,
        })
    }

    pub(crate) fn params(&self) -> Value {
        let mut message = Fields::new();
        message.insert("jsonrpc".into(), "2.0".into());
        message.insert("id".into(), json::value(&self.message_id));
        match self.message.method() {
            Some(method) => {
                message.insert("method".into(), method.into());
                message.insert("params".into(), self.message.params());
            }
            None => {
                message.insert("result".into(), self.message.params());
            }
        }
        let mut fields = Fields::new();
        if let Some(call_id) = &self.call_id {
            fields.insert("callID".into(), call_id.as_str().into());
        }
        if let Some(node_id) = &self.node_id {
            fields.insert("node_id".into(), node_id.as_str().into());
        }
        fields.insert("message".into(), Value::Object(message));
        if let Some(subscribe) = &self.subscribe {
            fields.insert("subscribe".into(), json::value(subscribe));
        }
        Value::Object(fields)
    }
}

pub(crate) fn read_inner_id(message: &mut Fields) -> Option<InnerId> {
    match message.remove("id") {
        Some(Value::String(id)) => Some(InnerId::Text(id)),
        Some(Value::Number(id)) => id.as_i64().map(InnerId::Number),
        _ => None,
    }
}
