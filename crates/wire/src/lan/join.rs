//! What is asked at a space that is open to its network. All by POST, all JSON.

use super::code::{Commitment, Nonce};
use ahoy_model::Secret;
use serde::{Deserialize, Serialize};

/// Where.
pub mod paths {
    pub const KNOCK: &str = "/api/ahoy/join";
    pub const OPEN: &str = "/api/ahoy/join/open";
    pub const WAIT: &str = "/api/ahoy/join/wait";
    pub const CANCEL: &str = "/api/ahoy/join/cancel";
    pub const INVITE: &str = "/api/ahoy/invite";
    pub const RENEW: &str = "/api/ahoy/token";
    // The owner's.
    pub const INVITES: &str = "/api/ahoy/invites";
    pub const REQUESTS: &str = "/api/ahoy/requests";
    pub const ACCEPT: &str = "/api/ahoy/requests/{id}/accept";
    pub const REFUSE: &str = "/api/ahoy/requests/{id}/refuse";
}

/// Somebody wants to come in. Nothing is shown to the owner yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KnockRequest {
    /// Of the person.
    pub name: String,
    /// Of their computer.
    pub device: String,
    pub commitment: Commitment,
}

/// 201. What only the joiner knows: with it the request is opened, waited for and withdrawn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KnockReply {
    pub secret: Secret,
    pub nonce: Nonce,
    pub space: String,
}

/// The number behind the commitment. From now on the owner sees the request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenRequest {
    pub secret: Secret,
    pub nonce: Nonce,
}

/// Answered when there is something to say, or after some seconds with `waiting`. Also withdraws a request (`CANCEL`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WaitRequest {
    pub secret: Secret,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WaitReply {
    pub outcome: JoinOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinOutcome {
    Waiting,
    Accepted,
    Refused,
    /// Nobody said anything in time, or the request is not known.
    Expired,
}

/// An invite's code for a membership, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteRequest {
    pub code: Secret,
    pub name: String,
    pub device: String,
}

/// A new user of the space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub space_id: String,
    pub space: String,
    /// Subscriber Access Token.
    pub token: Secret,
    /// Buys new tokens for as long as the owner lets this user be.
    pub refresh_token: Secret,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenewRequest {
    pub refresh_token: Secret,
}

/// 200
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenewReply {
    pub token: Secret,
    /// Unix seconds.
    pub expires_at: u64,
}
