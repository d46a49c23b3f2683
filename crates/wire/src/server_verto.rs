//! Verto messages that a space pushes inside `webrtc.message` events (4.4).

use crate::client_verto::read_inner_id;
use crate::error::ParamsError;
use crate::json::{self, Fields};
use crate::{DialogParams, InnerId};
use ahoy_model::{CallId, HangupCause};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One verto message with its own id.
#[derive(Clone, Debug, PartialEq)]
pub struct VertoEvent {
    pub id: InnerId,
    pub message: ServerVerto,
}

/// What a space says about a leg.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerVerto {
    Invite(ServerInvite),
    /// Early media.
    Media(ServerMedia),
    Answer(ServerAnswer),
    Bye(ServerBye),
    Ping(VertoPing),
    MediaParams(ServerMediaParams),
    Attach(ServerAttach),
    Display(ServerDisplay),
    Info(ServerInfo),
    /// `verto.event`, `verto.punt`, `verto.clientReady` and whatever else there may be.
    Unknown {
        method: String,
        params: Value,
    },
}

object! {
    /// Somebody calls.
    pub struct ServerInvite {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
            sdp: String,
        },
        optional: {
            caller_id_name: String,
            caller_id_number: String,
            callee_id_name: String,
            callee_id_number: String,
            display_direction: String,
            #[serde(rename = "userVariables")]
            user_variables: Fields,
        },
    }
}

impl ServerInvite {
    /// The caller's name for people; `None` when it is missing, empty or "_undef_".
    pub fn caller_name(&self) -> Option<&str> {
        self.caller_id_name.as_deref().map(str::trim).filter(|name| !name.is_empty() && *name != "_undef_")
    }
}

object! {
    /// SDP before the answer. An answer that follows must not carry SDP again (8).
    pub struct ServerMedia {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
            sdp: String,
        },
        optional: {
            #[serde(rename = "userVariables")]
            user_variables: Fields,
        },
    }
}

object! {
    /// The far side answered.
    pub struct ServerAnswer {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: {
            sdp: String,
            #[serde(rename = "userVariables")]
            user_variables: Fields,
        },
    }
}

object! {
    /// The leg is over.
    pub struct ServerBye {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: {
            #[serde(rename = "causeCode", with = "crate::cause_code::number")]
            cause_code: u16,
            cause: String,
            #[serde(rename = "redirectDestination")]
            redirect_destination: Value,
        },
    }
}

impl ServerBye {
    pub fn new(call_id: CallId, cause: HangupCause) -> Self {
        Self {
            call_id,
            cause_code: Some(cause.code()),
            cause: Some(cause.word().to_owned()),
            redirect_destination: None,
        }
    }

    pub fn read_cause(&self) -> HangupCause {
        HangupCause::read(self.cause.as_deref(), self.cause_code)
    }
}

/// Parameters of `verto.ping`, which the pong repeats word by word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VertoPing(pub Fields);

impl VertoPing {
    /// As the real service sends it (16).
    pub fn new(call_id: &CallId) -> Self {
        let dialog = json::value(&DialogParams::bare(call_id.clone()));
        let fields = [("callID".to_owned(), call_id.as_str().into()), ("dialogParams".to_owned(), dialog)];
        Self(fields.into_iter().collect())
    }

    pub fn call_id(&self) -> Option<CallId> {
        let named = self.0.get("dialogParams").and_then(|dialog| dialog.get("callID"));
        named.or_else(|| self.0.get("callID")).and_then(Value::as_str).map(CallId::from)
    }
}

object! {
    /// Wishes for capture, in the words of browsers' constraints.
    pub struct ServerMediaParams {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: {
            #[serde(rename = "mediaParams")]
            media_params: Value,
        },
    }
}

object! {
    /// The space still has this call; the phone may take it up with a reattach invite.
    pub struct ServerAttach {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: {
            sdp: String,
            caller_id_name: String,
            caller_id_number: String,
            callee_id_name: String,
            callee_id_number: String,
            display_direction: String,
            #[serde(rename = "userVariables")]
            user_variables: Fields,
        },
    }
}

object! {
    /// A new name for the far side.
    pub struct ServerDisplay {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: { display_name: String, display_number: String },
    }
}

object! {
    /// `verto.info`: digits or text from the far side.
    pub struct ServerInfo {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: { dtmf: String, msg: Value },
    }
}

impl ServerVerto {
    pub fn method(&self) -> &str {
        match self {
            Self::Invite(_) => "verto.invite",
            Self::Media(_) => "verto.media",
            Self::Answer(_) => "verto.answer",
            Self::Bye(_) => "verto.bye",
            Self::Ping(_) => "verto.ping",
            Self::MediaParams(_) => "verto.mediaParams",
            Self::Attach(_) => "verto.attach",
            Self::Display(_) => "verto.display",
            Self::Info(_) => "verto.info",
            Self::Unknown { method, .. } => method,
        }
    }

    /// The leg this is about.
    pub fn call_id(&self) -> Option<CallId> {
        match self {
            Self::Invite(body) => Some(body.call_id.clone()),
            Self::Media(body) => Some(body.call_id.clone()),
            Self::Answer(body) => Some(body.call_id.clone()),
            Self::Bye(body) => Some(body.call_id.clone()),
            Self::Ping(body) => body.call_id(),
            Self::MediaParams(body) => Some(body.call_id.clone()),
            Self::Attach(body) => Some(body.call_id.clone()),
            Self::Display(body) => Some(body.call_id.clone()),
            Self::Info(body) => Some(body.call_id.clone()),
            Self::Unknown { params, .. } => params.get("callID").and_then(Value::as_str).map(CallId::from),
        }
    }

    fn read(method: String, params: Value) -> Result<Self, serde_json::Error> {
        Ok(match method.as_str() {
            "verto.invite" => Self::Invite(json::read(params)?),
            "verto.media" => Self::Media(json::read(params)?),
            "verto.answer" => Self::Answer(json::read(params)?),
            "verto.bye" => Self::Bye(json::read(params)?),
            "verto.ping" => Self::Ping(json::read(params)?),
            "verto.mediaParams" => Self::MediaParams(json::read(params)?),
            "verto.attach" => Self::Attach(json::read(params)?),
            "verto.display" => Self::Display(json::read(params)?),
            "verto.info" => Self::Info(json::read(params)?),
            _ => Self::Unknown { method, params },
        })
    }

    fn params(&self) -> Value {
        match self {
            Self::Invite(body) => json::value(body),
            Self::Media(body) => json::value(body),
            Self::Answer(body) => json::value(body),
            Self::Bye(body) => json::value(body),
            Self::Ping(body) => json::value(body),
            Self::MediaParams(body) => json::value(body),
            Self::Attach(body) => json::value(body),
            Self::Display(body) => json::value(body),
            Self::Info(body) => json::value(body),
            Self::Unknown { params, .. } => params.clone(),
        }
    }
}

impl VertoEvent {
    pub fn new(id: impl Into<InnerId>, message: ServerVerto) -> Self {
        Self { id: id.into(), message }
    }

    pub(crate) fn read(params: Value) -> Result<Self, ParamsError> {
        let mut message = json::fields(params);
        let id = read_inner_id(&mut message).ok_or("the verto message has no id")?;
        let method = json::take_text(&mut message, "method").ok_or("the verto message has no method")?;
        let params = message.remove("params").unwrap_or_default();
        let message =
            ServerVerto::read(method.clone(), params).map_err(|error| ParamsError::at(&method, &error))?;
        Ok(Self { id, message })
    }

    pub(crate) fn params(&self) -> Value {
        json::object([
            ("jsonrpc", "2.0".into()),
            ("id", json::value(&self.id)),
            ("method", self.message.method().into()),
            ("params", self.message.params()),
        ])
    }
}
