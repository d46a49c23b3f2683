//! The JSON-RPC 2.0 frame around everything (2): requests with a method, replies with a result or an error.

use crate::json::{self, Fields};
use crate::{RpcError, WireError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The id of an inner verto message: servers count, clients send UUIDs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InnerId {
    Number(i64),
    Text(String),
}

impl From<i64> for InnerId {
    fn from(id: i64) -> Self {
        Self::Number(id)
    }
}

impl From<String> for InnerId {
    fn from(id: String) -> Self {
        Self::Text(id)
    }
}

impl From<&str> for InnerId {
    fn from(id: &str) -> Self {
        Self::Text(id.to_owned())
    }
}

/// A result that is not yet read as the type it should be.
pub type ReplyResult = Value;

/// An answer to a request, in either direction. What `outcome` holds is known only to who asked:
/// see [`crate::read_reply`].
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub id: String,
    pub outcome: Result<Value, RpcError>,
}

impl Reply {
    /// `result` is one of the reply types of this crate.
    pub fn ok<T: Serialize>(id: impl Into<String>, result: &T) -> Self {
        Self { id: id.into(), outcome: Ok(json::value(result)) }
    }

    /// `result: {}`, the acknowledgement of events.
    pub fn empty(id: impl Into<String>) -> Self {
        Self { id: id.into(), outcome: Ok(Value::Object(Fields::new())) }
    }

    pub fn error(id: impl Into<String>, error: RpcError) -> Self {
        Self { id: id.into(), outcome: Err(error) }
    }

    pub fn to_json(&self) -> String {
        let id = ("id", Value::from(self.id.clone()));
        let outcome = match &self.outcome {
            Ok(result) => ("result", result.clone()),
            Err(error) => ("error", json::value(error)),
        };
        json::object([version_field(), id, outcome]).to_string()
    }
}

/// `"jsonrpc": "2.0"`, which every message carries.
pub(crate) fn version_field() -> (&'static str, Value) {
    ("jsonrpc", Value::String("2.0".into()))
}

/// A request as JSON text.
pub(crate) fn print_request(id: &str, method: &str, params: Value) -> String {
    json::object([version_field(), ("id", id.into()), ("method", method.into()), ("params", params)])
        .to_string()
}

/// A message with its parameters not yet looked at.
pub(crate) enum Frame {
    Request { id: String, method: String, params: Value },
    Reply(Reply),
}

pub(crate) fn read_frame(text: &str) -> Result<Frame, WireError> {
    let Value::Object(mut fields) = crate::limits::read(text)? else {
        return Err(WireError::NotAMessage("not an object"));
    };
    let id = match fields.remove("id") {
        Some(Value::String(id)) if id.len() <= 256 => id,
        Some(Value::String(_)) => return Err(WireError::NotAMessage("the id is too long")),
        Some(_) => return Err(WireError::NotAMessage("the id is not a string")),
        None => return Err(WireError::NotAMessage("there is no id")),
    };
    match fields.remove("method") {
        Some(Value::String(method)) => {
            return Ok(Frame::Request { id, method, params: fields.remove("params").unwrap_or(Value::Null) });
        }
        Some(_) => return Err(WireError::NotAMessage("the method is not a string")),
        None => {}
    }
    if let Some(error) = fields.remove("error").filter(|error| !error.is_null()) {
        let error =
            serde_json::from_value(error).map_err(|_| WireError::NotAMessage("the error has no code"))?;
        return Ok(Frame::Reply(Reply { id, outcome: Err(error) }));
    }
    match fields.remove("result") {
        Some(result) => Ok(Frame::Reply(Reply { id, outcome: Ok(result) })),
        None => Err(WireError::NotAMessage("neither method nor result nor error")),
    }
}
