//! What the owner of a space without a window asks over HTTPS, with the project's credentials.

use ahoy_model::Secret;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// 201. Lets one person in, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteReply {
    pub link: Secret,
    /// Unix seconds.
    pub expires_at: u64,
}

/// 200
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WaitingPeople {
    pub data: Vec<WaitingPerson>,
}

/// Somebody who wants to come in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WaitingPerson {
    pub id: String,
    /// As they say.
    pub name: String,
    pub device: String,
    pub from: IpAddr,
    /// To be compared with the one that they see.
    pub code: String,
    pub seconds_left: u64,
}
