//! Objects of the REST interface (10). Reading keeps the same limits as the socket: use [`parse`].

use crate::{ConversationMessage, Stamp, WireError};
use ahoy_model::{Secret, SubscriberId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Reads a body.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, WireError> {
    crate::json::read(crate::limits::read(text)?)
        .map_err(|error| WireError::NotJson(crate::json::reason(&error)))
}

/// Reads a part of a body that [`parse`] has read, such as the `params` of a command. The text says what is wrong, without values.
pub fn part<T: DeserializeOwned>(value: Value) -> Result<T, WireError> {
    crate::json::read(value).map_err(|error| WireError::NotJson(crate::json::reason(&error)))
}

/// Prints a body.
pub fn print<T: Serialize>(body: &T) -> String {
    crate::json::value(body).to_string()
}

object! {
    /// Dial URIs by channel, such as `/private/bob?channel=video`.
    pub struct Channels {
        optional: { audio: String, video: String, messaging: String },
    }
}

object! {
    /// An entry of the directory.
    pub struct FabricAddress {
        required: { id: String },
        optional: {
            name: String,
            display_name: String,
            resource_id: String,
            /// `app`, `call`, `room` or `subscriber`.
            #[serde(rename = "type")]
            kind: String,
            channels: Channels,
            locked: bool,
            created_at: Stamp,
            preview_url: String,
            cover_url: String,
        },
    }
}

object! {
    /// Pages of a list. `next` is fetched as given: absolute or a path.
    pub struct Links {
        optional: {
            #[serde(rename = "self")]
            own: String,
            first: String,
            next: String,
            prev: String,
        },
    }
}

object! {
    /// `GET /api/fabric/addresses`
    pub struct AddressList {
        required: { data: Vec<FabricAddress>, links: Links },
        optional: {},
    }
}

object! {
    /// Part of [`SubscriberInfo`].
    pub struct AppSettings {
        optional: { display_name: String, scopes: Vec<String> },
    }
}

object! {
    /// Part of [`SubscriberInfo`]: what the token says about itself.
    pub struct SatClaims {
        optional: { scope: Value, cnf: Value, expires_at: Stamp },
    }
}

object! {
    /// `GET /api/fabric/subscriber/info`
    pub struct SubscriberInfo {
        required: { id: SubscriberId },
        optional: {
            email: String,
            first_name: String,
            last_name: String,
            display_name: String,
            job_title: String,
            time_zone: Value,
            country: String,
            region: String,
            company_name: String,
            push_notification_key: String,
            app_settings: AppSettings,
            fabric_addresses: Vec<FabricAddress>,
            sat_claims: SatClaims,
        },
    }
}

object! {
    /// `POST /api/fabric/subscribers/tokens`. `expire_at` is unix seconds; the default is two hours.
    pub struct TokenRequest {
        required: { reference: String },
        optional: {
            expire_at: u64,
            application_id: String,
            password: Secret,
            first_name: String,
            last_name: String,
            display_name: String,
            job_title: String,
            time_zone: Value,
            country: String,
            region: String,
            company_name: String,
            /// Thumbprint of the client's key: the token is worth something with a proof only (1.5).
            fingerprint: String,
            scope: String,
            ch: String,
        },
    }
}

object! {
    /// Reply to [`TokenRequest`], refreshes and guests' tokens (the last two without `subscriber_id`).
    pub struct TokenReply {
        required: { token: Secret },
        optional: { subscriber_id: SubscriberId, refresh_token: Secret },
    }
}

object! {
    /// `POST /api/fabric/subscribers/tokens/refresh`
    pub struct TokenRefreshRequest {
        required: { refresh_token: Secret },
        optional: {},
    }
}

object! {
    /// `POST /api/fabric/guests/tokens`: at most ten addresses.
    pub struct GuestTokenRequest {
        required: { allowed_addresses: Vec<String> },
        optional: { expire_at: u64, region: String, ch: String },
    }
}

object! {
    /// `POST /api/fabric/embeds/tokens`, both ways.
    pub struct EmbedToken {
        required: { token: Secret },
        optional: {},
    }
}

object! {
    /// `POST /api/fabric/subscriber/invites`: a guest's token for one address. `expires_at` is unix seconds.
    pub struct InviteRequest {
        required: { address_id: String },
        optional: { expires_at: u64 },
    }
}

object! {
    /// An embed of the built-in space: what its guests may call. The token is told once, when it is made.
    pub struct Embed {
        required: { id: String, allowed_addresses: Vec<String> },
        optional: { name: String, token: Secret, created_at: Stamp, expire_at: u64 },
    }
}

object! {
    /// Makes an [`Embed`]. `expire_at` is unix seconds; without it the embed lasts until it is deleted.
    pub struct EmbedRequest {
        required: { allowed_addresses: Vec<String> },
        optional: { name: String, expire_at: u64 },
    }
}

object! {
    /// Embeds, page by page.
    pub struct EmbedList {
        required: { data: Vec<Embed>, links: Links },
        optional: {},
    }
}

object! {
    /// A subscriber, as `…/resources/subscribers` has them. All fields may be left out of a change.
    pub struct SubscriberFields {
        optional: {
            id: SubscriberId,
            email: String,
            password: Secret,
            first_name: String,
            last_name: String,
            display_name: String,
            job_title: String,
            /// Some clients write `time_zone`.
            #[serde(alias = "time_zone")]
            timezone: Value,
            country: String,
            region: String,
            company_name: String,
        },
    }
}

object! {
    /// Something with addresses of its own: a subscriber, a room…
    pub struct Resource {
        required: { id: String },
        optional: {
            project_id: String,
            display_name: String,
            /// `subscriber`, `room`, `app`.
            #[serde(rename = "type")]
            kind: String,
            created_at: Stamp,
            updated_at: Stamp,
            subscriber: SubscriberFields,
        },
    }
}

object! {
    /// `GET /api/fabric/resources…`
    pub struct ResourceList {
        required: { data: Vec<Resource>, links: Links },
        optional: {},
    }
}

object! {
    /// `POST /api/fabric/subscriber/devices/token` and `…/refresh`. Seconds.
    pub struct DeviceTokenRequest {
        optional: { dpop_token: Secret, expire_in: u64 },
    }
}

object! {
    /// Reply to [`DeviceTokenRequest`].
    pub struct DeviceTokenReply {
        required: { token: Secret },
        optional: { expires_at: u64, expires_in: u64 },
    }
}

object! {
    /// `POST /api/fabric/subscriber/devices` (version 3).
    pub struct PushDeviceRequest {
        required: {
            /// `iOS`, `Android` or `Desktop`.
            device_type: String,
            device_token: Secret,
        },
        optional: {},
    }
}

object! {
    /// Reply to [`PushDeviceRequest`].
    pub struct PushDevice {
        required: { id: String },
        optional: { device_type: String, subscriber_id: SubscriberId },
    }
}

object! {
    /// `POST /api/fabric/conversations/join`
    pub struct JoinRequest {
        required: { from_fabric_address_id: String, fabric_address_ids: Vec<String> },
        optional: {},
    }
}

object! {
    /// Reply to [`JoinRequest`].
    pub struct JoinReply {
        required: { group_id: String },
        optional: {},
    }
}

object! {
    /// `GET /api/fabric/conversations/{group_id}/messages`
    pub struct MessageList {
        required: { data: Vec<ConversationMessage>, links: Links },
        optional: {},
    }
}

object! {
    /// One conversation.
    pub struct Conversation {
        required: { id: String },
        optional: {
            address_id: String,
            group_id: String,
            created_at: Stamp,
            from_fabric_address_id: String,
            last_message_at: Stamp,
            metadata: Value,
            name: String,
        },
    }
}

object! {
    /// `GET /api/fabric/conversations`
    pub struct ConversationList {
        required: { data: Vec<Conversation>, links: Links },
        optional: {},
    }
}

object! {
    /// `POST /api/fabric/messages`
    pub struct MessageRequest {
        required: { group_id: String, from_fabric_address_id: String, text: String },
        optional: {},
    }
}

object! {
    /// One thing wrong with a request.
    pub struct ErrorItem {
        required: { code: String, message: String },
        optional: {
            /// `validation_error`
            #[serde(rename = "type")]
            kind: String,
            attribute: String,
            url: String,
        },
    }
}

object! {
    /// Body of 4xx and 5xx.
    pub struct ErrorList {
        required: { errors: Vec<ErrorItem> },
        optional: {},
    }
}

impl ErrorList {
    /// 422: an attribute that cannot be accepted.
    pub fn validation(attribute: &str, code: &str, message: &str) -> Self {
        let item = ErrorItem {
            code: code.into(),
            message: message.into(),
            kind: Some("validation_error".into()),
            attribute: Some(attribute.into()),
            url: None,
        };
        Self { errors: vec![item] }
    }

    /// Any other refusal, such as 401 or 404.
    pub fn plain(code: &str, message: &str) -> Self {
        let item =
            ErrorItem { code: code.into(), message: message.into(), kind: None, attribute: None, url: None };
        Self { errors: vec![item] }
    }
}
