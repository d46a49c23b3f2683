//! Methods of the session: connect, reauthenticate, ping (3).

use crate::json::Fields;
use crate::json::one_or_many;
use ahoy_model::{Secret, SubscriberId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the protocol that both SDKs name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolVersion {
    pub major: u32,
    #[serde(default)]
    pub minor: u32,
    #[serde(default)]
    pub revision: u32,
}

impl Default for ProtocolVersion {
    fn default() -> Self {
        Self { major: 4, minor: 0, revision: 0 }
    }
}

object! {
    /// Who asks. `project` only in reauthenticate.
    pub struct Authentication {
        required: { jwt_token: Secret },
        optional: { project: String },
    }
}

object! {
    /// `signalwire.connect` (3.1). A resume carries what the space gave before: `authorization_state` and `protocol`.
    pub struct ConnectParams {
        required: { authentication: Authentication },
        optional: {
            version: ProtocolVersion,
            event_acks: bool,
            agent: String,
            contexts: Vec<Value>,
            eventing: Vec<Value>,
            topics: Vec<Value>,
            dpop_token: Secret,
            authorization_state: Secret,
            protocol: String,
        },
    }
}

impl ConnectParams {
    /// A fresh connect as v4 sends it, without a client-bound proof (1.5: not needed).
    pub fn fresh(token: Secret, agent: impl Into<String>) -> Self {
        Self {
            authentication: Authentication { jwt_token: token, project: None },
            version: Some(ProtocolVersion::default()),
            event_acks: Some(true),
            agent: Some(agent.into()),
            contexts: Some(Vec::new()),
            eventing: Some(Vec::new()),
            topics: Some(Vec::new()),
            dpop_token: None,
            authorization_state: None,
            protocol: None,
        }
    }

    /// The same, taking up an earlier session.
    pub fn resuming(mut self, protocol: String, authorization_state: Option<Secret>) -> Self {
        self.protocol = Some(protocol);
        self.authorization_state = authorization_state;
        self
    }
}

object! {
    /// `authorization.fabric_subscriber`. `expires_at` is unix seconds.
    pub struct FabricSubscriber {
        optional: {
            version: u32,
            expires_at: u64,
            subscriber_id: SubscriberId,
            application_id: String,
            project_id: String,
            space_id: String,
        },
    }
}

object! {
    /// What the token allows. v4 insists on `jti`, `project_id` and `fabric_subscriber`.
    pub struct Authorization {
        optional: {
            jti: String,
            project_id: String,
            data_zone: String,
            /// A list, or text with blanks.
            scope: Value,
            fabric_subscriber: FabricSubscriber,
        },
    }
}

object! {
    /// A STUN or TURN server, as browsers write it.
    pub struct IceServer {
        required: {
            #[serde(with = "one_or_many")]
            urls: Vec<String>,
        },
        optional: {
            username: String,
            credential: Secret,
            #[serde(rename = "credentialType")]
            credential_type: String,
        },
    }
}

object! {
    /// Result of `signalwire.connect`. `protocol` and the authorization state are opaque and sent back on a resume.
    pub struct ConnectReply {
        required: { protocol: String },
        optional: { identity: String, authorization: Authorization, ice_servers: Vec<IceServer> },
    }
}

object! {
    /// `signalwire.reauthenticate` (3.3): a new token on a living session.
    pub struct ReauthenticateParams {
        required: { authentication: Authentication },
        optional: { dpop_token: Secret },
    }
}

impl ReauthenticateParams {
    pub fn new(token: Secret, project: Option<String>) -> Self {
        Self { authentication: Authentication { jwt_token: token, project }, dpop_token: None }
    }
}

object! {
    /// Result of `signalwire.reauthenticate`; v3 merges it into its connect result.
    pub struct ReauthenticateReply {
        optional: { identity: String, authorization: Authorization },
    }
}

/// `signalwire.ping` and its reply: a number, in whatever unit, and whatever else came along. Echoed as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PingParams(pub Fields);

impl PingParams {
    /// `timestamp` in seconds.
    pub fn at(unix_ms: u64) -> Self {
        Self(
            [("timestamp".to_owned(), crate::json::value(&crate::Stamp::seconds(unix_ms)))]
                .into_iter()
                .collect(),
        )
    }
}
