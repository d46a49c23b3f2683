//! Replies to `webrtc.verto`: three results deep (4.1), and what the innermost holds (4.3).

use crate::{InnerId, ReplyError, RpcError};
use ahoy_model::{CallId, HangupCause, MemberId, NodeId};
use serde::{Deserialize, Serialize};

object! {
    /// The innermost result. Which fields are there depends on what was asked.
    pub struct VertoResult {
        optional: {
            /// "CALL CREATED", "CALL ANSWERED", "CALL ENDED", "CALL TRANSFERRED", "OK".
            message: String,
            #[serde(rename = "callID")]
            call_id: CallId,
            #[serde(rename = "memberID")]
            member_id: MemberId,
            sessid: String,
            method: String,
            action: String,
            #[serde(rename = "holdState")]
            hold_state: String,
            /// The answer to `updateMedia`.
            sdp: String,
            cause: String,
            #[serde(rename = "causeCode", with = "crate::cause_code::number")]
            cause_code: u16,
        },
    }
}

impl VertoResult {
    /// An invite was taken.
    pub fn created(call_id: CallId, member_id: MemberId, sessid: impl Into<String>) -> Self {
        Self {
            call_id: Some(call_id),
            member_id: Some(member_id),
            sessid: Some(sessid.into()),
            ..Self::message("CALL CREATED")
        }
    }

    pub fn answered(call_id: CallId) -> Self {
        Self { call_id: Some(call_id), method: Some("verto.answer".into()), ..Self::message("CALL ANSWERED") }
    }

    pub fn ended(call_id: CallId, cause: HangupCause) -> Self {
        Self {
            call_id: Some(call_id),
            cause: Some(cause.word().into()),
            cause_code: Some(cause.code()),
            ..Self::message("CALL ENDED")
        }
    }

    pub fn hold(call_id: CallId, held: bool) -> Self {
        Self {
            call_id: Some(call_id),
            action: Some(if held { "hold" } else { "unhold" }.into()),
            hold_state: Some(if held { "held" } else { "active" }.into()),
            ..Self::default()
        }
    }

    pub fn updated_media(call_id: CallId, sdp: String) -> Self {
        Self { call_id: Some(call_id), action: Some("updateMedia".into()), sdp: Some(sdp), ..Self::default() }
    }

    pub fn transferred(call_id: CallId) -> Self {
        Self { call_id: Some(call_id), action: Some("transfer".into()), ..Self::message("CALL TRANSFERRED") }
    }

    /// For everything that needs no more than a nod.
    pub fn ok(call_id: CallId) -> Self {
        Self { call_id: Some(call_id), ..Self::message("OK") }
    }

    pub fn message(message: &str) -> Self {
        Self { message: Some(message.into()), ..Self::default() }
    }
}

/// The middle layer: a JSON-RPC reply to the inner message. The real service answers v3's result wrappers with `{}` (16).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum VertoReplyBody {
    Failed {
        jsonrpc: String,
        id: InnerId,
        error: RpcError,
    },
    Done {
        jsonrpc: String,
        id: InnerId,
        result: VertoResult,
    },
    /// Without an inner frame; mod_verto's words directly.
    Bare(VertoResult),
}

object! {
    /// The result of a `webrtc.verto` request.
    pub struct VertoReply {
        required: { result: VertoReplyBody },
        optional: { node_id: NodeId, code: String, message: String },
    }
}

/// Why a verto request came to nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the space refused: {error}")]
pub struct VertoFailure {
    pub error: RpcError,
    /// The hang-up cause, if the refusal named one.
    pub cause: Option<HangupCause>,
}

impl From<RpcError> for VertoFailure {
    fn from(error: RpcError) -> Self {
        Self { cause: error.cause(), error }
    }
}

impl From<ReplyError> for VertoFailure {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::Rpc(error) => error.into(),
            other => RpcError::new(crate::codes::INVALID_REQUEST, other.to_string()).into(),
        }
    }
}

impl VertoReply {
    pub fn ok(node_id: &NodeId, id: InnerId, result: VertoResult) -> Self {
        Self::with(node_id, VertoReplyBody::Done { jsonrpc: "2.0".into(), id, result })
    }

    /// A call's failure belongs inside, where `dial()` of the SDK finds it (4.1).
    pub fn failed(node_id: &NodeId, id: InnerId, error: RpcError) -> Self {
        Self::with(node_id, VertoReplyBody::Failed { jsonrpc: "2.0".into(), id, error })
    }

    fn with(node_id: &NodeId, result: VertoReplyBody) -> Self {
        Self { result, node_id: Some(node_id.clone()), code: Some("200".into()), message: Some("OK".into()) }
    }

    /// The innermost result, or the refusal.
    pub fn into_result(self) -> Result<VertoResult, VertoFailure> {
        match self.result {
            VertoReplyBody::Done { result, .. } | VertoReplyBody::Bare(result) => Ok(result),
            VertoReplyBody::Failed { error, .. } => Err(error.into()),
        }
    }
}
