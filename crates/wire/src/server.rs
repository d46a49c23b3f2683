//! What a space sends: events, pings, and replies to the phone's requests.

use crate::envelope::{Frame, print_request, read_frame};
use crate::json::{self, Fields};
use crate::*;
use serde_json::Value;

/// A message from space to phone.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one message")]
pub enum ServerMessage {
    Request { id: String, request: ServerRequest },
    Reply(Reply),
}

/// A space's request. All are to be answered.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one message")]
pub enum ServerRequest {
    /// Answered with `{}`.
    Event(Event),
    /// Answered with the same parameters.
    Ping(PingParams),
    /// The space wants us gone (2). Answered with `{}`.
    Disconnect,
    /// To be answered with [`RpcError::method_not_found`].
    Unknown { method: String, params: Value },
}

const EVENT: &str = "signalwire.event";
const DISCONNECT: &str = "signalwire.disconnect";

impl ServerRequest {
    pub fn method(&self) -> &str {
        match self {
            Self::Event(_) => EVENT,
            Self::Ping(_) => Ping::NAME,
            Self::Disconnect => DISCONNECT,
            Self::Unknown { method, .. } => method,
        }
    }

    fn params(&self) -> Value {
        match self {
            Self::Event(event) => event.params(),
            Self::Ping(params) => json::value(params),
            Self::Disconnect => Value::Object(Fields::new()),
            Self::Unknown { params, .. } => params.clone(),
        }
    }
}

impl ServerMessage {
    pub fn request(id: impl Into<String>, request: ServerRequest) -> Self {
        Self::Request { id: id.into(), request }
    }

    pub fn event(id: impl Into<String>, event: Event) -> Self {
        Self::request(id, ServerRequest::Event(event))
    }

    pub fn to_json(&self) -> String {
        match self {
            Self::Request { id, request } => print_request(id, request.method(), request.params()),
            Self::Reply(reply) => reply.to_json(),
        }
    }
}

/// Reads what a space sent.
pub fn parse_server(text: &str) -> Result<ServerMessage, WireError> {
    match read_frame(text)? {
        Frame::Reply(reply) => Ok(ServerMessage::Reply(reply)),
        Frame::Request { id, method, params } => {
            let request = match method.as_str() {
                EVENT => match Event::read(params) {
                    Ok(event) => ServerRequest::Event(event),
                    Err(error) => {
                        return Err(WireError::BadParams { id, method, detail: error.into_detail() });
                    }
                },
                // A ping is answered whatever it carries.
                Ping::NAME => ServerRequest::Ping(PingParams(json::fields(params))),
                DISCONNECT => ServerRequest::Disconnect,
                _ => ServerRequest::Unknown { method, params },
            };
            Ok(ServerMessage::Request { id, request })
        }
    }
}
