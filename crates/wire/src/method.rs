//! Which reply belongs to which request, so that a reply is read as the type that was asked for.

use crate::{
    CallRequest, ConnectParams, ConnectReply, LayoutListReply, MemberListReply, PingParams,
    ReauthenticateParams, ReauthenticateReply, RpcError, VertoReply, VertoRequest,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A request with its parameters and its reply.
pub trait Method {
    /// As it travels; `call.*` stands for the whole family of [`crate::CallAction`].
    const NAME: &'static str;
    type Params;
    type Reply: Serialize + DeserializeOwned;
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident $word:literal $params:ty => $reply:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Method for $name {
            const NAME: &'static str = $word;
            type Params = $params;
            type Reply = $reply;
        }
    )*};
}

methods! {
    /// Opens or resumes the session (3.1).
    Connect "signalwire.connect" ConnectParams => ConnectReply;
    /// A new token on a living session (3.3).
    Reauthenticate "signalwire.reauthenticate" ReauthenticateParams => ReauthenticateReply;
    /// Calls may ring here (3.4).
    SubscriberOnline "subscriber.online" () => Ack;
    /// Calls no longer ring here (3.4).
    SubscriberOffline "subscriber.offline" () => Ack;
    /// Everything about legs (4).
    Verto "webrtc.verto" VertoRequest => VertoReply;
    /// Every `call.*` that is only acknowledged (5).
    CallMethod "call.*" CallRequest => Ack;
    LayoutListMethod "call.layout.list" CallRequest => LayoutListReply;
    MemberListMethod "call.member.list" CallRequest => MemberListReply;
    CallEndMethod "call.end" CallRequest => Ack;
    /// Keep-alive of the socket; the space asks (2).
    Ping "signalwire.ping" PingParams => PingParams;
}

object! {
    /// `{"code":"200","message":"OK"}`, or anything else that is no error.
    pub struct Ack {
        optional: { code: String, message: String },
    }
}

impl Ack {
    pub fn ok() -> Self {
        Self { code: Some("200".into()), message: Some("OK".into()) }
    }
}

/// Why a reply is not what was hoped for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplyError {
    /// An `error` reply.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// A result whose `code` is not `2xx` (2).
    #[error("{message} ({code})")]
    Application { code: String, message: String },
    /// Not the shape that this method answers with.
    #[error("unusable reply: {0}")]
    Shape(String),
}

/// Reads the outcome of a request of method `M`.
pub fn read_reply<M: Method>(outcome: Result<Value, RpcError>) -> Result<M::Reply, ReplyError> {
    let result = outcome?;
    if let Some(code) = result.get("code").and_then(Value::as_str)
        && !code.starts_with('2')
    {
        let message = result.get("message").and_then(Value::as_str).unwrap_or("the space refused");
        return Err(ReplyError::Application { code: code.to_owned(), message: message.to_owned() });
    }
    crate::json::read(result).map_err(|error| ReplyError::Shape(crate::json::reason(&error)))
}
