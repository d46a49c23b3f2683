//! What a phone sends: requests, and replies to the space's requests.

use crate::envelope::{Frame, print_request, read_frame};
use crate::error::ParamsError;
use crate::json::{self, Fields};
use crate::*;
use serde_json::Value;

/// A message from phone to space.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one message")]
pub enum ClientMessage {
    Request { id: String, request: ClientRequest },
    Reply(Reply),
}

/// A phone's request.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one message")]
pub enum ClientRequest {
    Connect(ConnectParams),
    Reauthenticate(ReauthenticateParams),
    SubscriberOnline,
    SubscriberOffline,
    Verto(VertoRequest),
    Call(CallRequest),
    Ping(PingParams),
    /// To be answered with [`RpcError::method_not_found`].
    Unknown {
        method: String,
        params: Value,
    },
}

impl ClientRequest {
    pub fn method(&self) -> &str {
        match self {
            Self::Connect(_) => Connect::NAME,
            Self::Reauthenticate(_) => Reauthenticate::NAME,
            Self::SubscriberOnline => SubscriberOnline::NAME,
            Self::SubscriberOffline => SubscriberOffline::NAME,
            Self::Verto(_) => Verto::NAME,
            Self::Call(request) => request.action.method(),
            Self::Ping(_) => Ping::NAME,
            Self::Unknown { method, .. } => method,
        }
    }

    fn params(&self) -> Value {
        match self {
            Self::Connect(params) => json::value(params),
            Self::Reauthenticate(params) => json::value(params),
            Self::SubscriberOnline | Self::SubscriberOffline => Value::Object(Fields::new()),
            Self::Verto(request) => request.params(),
            Self::Call(request) => request.params(),
            Self::Ping(params) => json::value(params),
            Self::Unknown { params, .. } => params.clone(),
        }
    }

    fn read(method: &str, params: Value) -> Result<Self, ParamsError> {
        Ok(match method {
            Connect::NAME => Self::Connect(json::read(params)?),
            Reauthenticate::NAME => Self::Reauthenticate(json::read(params)?),
            SubscriberOnline::NAME => Self::SubscriberOnline,
            SubscriberOffline::NAME => Self::SubscriberOffline,
            Verto::NAME => Self::Verto(VertoRequest::read(params)?),
            Ping::NAME => Self::Ping(json::read(params)?),
            call if call.starts_with("call.") => match CallRequest::read(call, params.clone())? {
                Some(request) => Self::Call(request),
                None => Self::Unknown { method: method.to_owned(), params },
            },
            _ => Self::Unknown { method: method.to_owned(), params },
        })
    }
}

impl ClientMessage {
    pub fn request(id: impl Into<String>, request: ClientRequest) -> Self {
        Self::Request { id: id.into(), request }
    }

    pub fn to_json(&self) -> String {
        match self {
            Self::Request { id, request } => print_request(id, request.method(), request.params()),
            Self::Reply(reply) => reply.to_json(),
        }
    }
}

/// Reads what a phone sent.
pub fn parse_client(text: &str) -> Result<ClientMessage, WireError> {
    match read_frame(text)? {
        Frame::Reply(reply) => Ok(ClientMessage::Reply(reply)),
        Frame::Request { id, method, params } => match ClientRequest::read(&method, params) {
            Ok(request) => Ok(ClientMessage::Request { id, request }),
            Err(error) => Err(WireError::BadParams { id, method, detail: error.into_detail() }),
        },
    }
}
