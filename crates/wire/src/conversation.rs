//! Chat and call log entries, as events (6) and as REST objects (10) carry them.

use crate::Stamp;
use serde_json::Value;

object! {
    /// `details` of a log entry.
    pub struct MessageDetails {
        optional: {
            #[serde(rename = "type")]
            kind: String,
            status: String,
            start_time: Stamp,
            end_time: Stamp,
        },
    }
}

object! {
    /// One line of a conversation.
    pub struct ConversationMessage {
        required: { id: String },
        optional: {
            #[serde(rename = "type")]
            class: String,
            /// `chat`, `log` or `update`.
            subtype: String,
            kind: String,
            hidden: bool,
            group_id: String,
            from_fabric_address_id: String,
            /// Seconds.
            ts: Stamp,
            metadata: Value,
            details: MessageDetails,
            text: String,
            conversation_name: String,
            user_name: String,
        },
    }
}
