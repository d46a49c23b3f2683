//! What can be wrong with a message, and the errors that travel in replies (9.1).

use crate::envelope::Reply;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Numbers of `error.code` (9.1).
pub mod codes {
    /// connect/reauthenticate: authentication failed; calls: "CALL DOES NOT EXIST", "CALL ERROR".
    pub const AUTHENTICATION_FAILED: i64 = -32002;
    /// The same number, as the verto side uses it for a call that is unknown or cannot be made.
    pub const CALL_ERROR: i64 = -32002;
    /// A bad `authorization_state` or `protocol`. The text must be "Requester validation failed" for v3.
    pub const REQUESTER_VALIDATION_FAILED: i64 = -32003;
    pub const INVALID_PARAMS: i64 = -32602;
    pub const METHOD_NOT_FOUND: i64 = -32601;
    pub const INVALID_REQUEST: i64 = -32600;
    pub const PARSE_ERROR: i64 = -32700;
    pub const AUTHENTICATION_REQUIRED: i64 = -32000;
    pub const VERTO_AUTHENTICATION_FAILED: i64 = -32001;
}

/// `error` of a JSON-RPC reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    pub code: i64,
    #[serde(default)]
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub fn method_not_found(method: &str) -> Self {
        Self::new(codes::METHOD_NOT_FOUND, format!("Method not found: {}", clip(method)))
    }

    pub fn invalid_params(detail: &str) -> Self {
        Self::new(codes::INVALID_PARAMS, format!("Invalid params: {}", clip(detail)))
    }

    pub fn requester_validation_failed() -> Self {
        Self::new(codes::REQUESTER_VALIDATION_FAILED, "Requester validation failed")
    }

    pub fn authentication_failed() -> Self {
        Self::new(
            codes::AUTHENTICATION_FAILED,
            "Authentication service failed with status ( 401 Unauthorized )",
        )
    }

    /// The same for a token that was good once; the words let a client tell its user.
    pub fn token_expired() -> Self {
        let failed = Self::authentication_failed();
        Self { message: format!("{}: the token has expired", failed.message), ..failed }
    }

    /// A member lacks the right that its request needs (6.1).
    pub fn not_permitted(right: &str) -> Self {
        let data = crate::json::object([("right", clip(right).into())]);
        Self { code: codes::CALL_ERROR, message: "NOT PERMITTED".into(), data: Some(data) }
    }

    pub fn call_does_not_exist() -> Self {
        Self::new(codes::CALL_ERROR, "CALL DOES NOT EXIST")
    }

    /// "CALL ERROR" with the hang-up cause in `data`, as a refused invite has it (appendix A).
    pub fn call_error(cause: ahoy_model::HangupCause) -> Self {
        let data = crate::json::object([("causeCode", cause.code().into()), ("cause", cause.word().into())]);
        Self { code: codes::CALL_ERROR, message: "CALL ERROR".into(), data: Some(data) }
    }

    /// The hang-up cause in `data`, if there is one.
    pub fn cause(&self) -> Option<ahoy_model::HangupCause> {
        let data = self.data.as_ref()?;
        let word = data.get("cause").and_then(Value::as_str);
        let code = data.get("causeCode").and_then(crate::cause_code::from_value);
        (word.is_some() || code.is_some()).then(|| ahoy_model::HangupCause::read(word, code))
    }
}

/// Names that came from outside go into replies and logs only in part.
fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// What is wrong with the parameters of a known method: where, and what, but never the values, which may be secrets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParamsError(String);

impl ParamsError {
    /// The reason, after the place it was found in.
    pub(crate) fn at(place: &str, error: &serde_json::Error) -> Self {
        Self(format!("{place}: {}", crate::json::reason(error)))
    }

    pub(crate) fn into_detail(self) -> String {
        self.0
    }
}

impl From<&'static str> for ParamsError {
    fn from(reason: &'static str) -> Self {
        Self(reason.to_owned())
    }
}

impl From<serde_json::Error> for ParamsError {
    fn from(error: serde_json::Error) -> Self {
        Self(crate::json::reason(&error))
    }
}

/// Why a text is not a message. Each is final for that text only: nothing has to be closed because of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WireError {
    #[error("the message is too long: {bytes} bytes")]
    TooLong { bytes: usize },
    #[error("the message is not JSON: {0}")]
    NotJson(String),
    #[error("the message is nested too deeply")]
    TooDeep,
    #[error("a list or object has too many entries: {entries}")]
    TooMany { entries: usize },
    #[error("a string is too long: {bytes} bytes")]
    StringTooLong { bytes: usize },
    #[error("this is not a JSON-RPC message: {0}")]
    NotAMessage(&'static str),
    /// The method is known, its parameters make no sense. `id` is the request's.
    #[error("{method} has unusable parameters: {detail}")]
    BadParams { id: String, method: String, detail: String },
}

impl WireError {
    /// The error reply which the sender waits for, when it can be addressed.
    pub fn reply(&self) -> Option<Reply> {
        match self {
            Self::BadParams { id, detail, .. } => {
                Some(Reply::error(id.clone(), RpcError::invalid_params(detail)))
            }
            _ => None,
        }
    }
}
