//! The Calling API (10): what a project's own server asks with `POST /api/calling/calls`, and what it is told by callback.

use ahoy_model::{CallId, NodeId};
use serde_json::Value;

object! {
    /// The envelope of every command. `id` names a call for all commands but `dial`.
    pub struct CallingRequest {
        required: { command: String },
        optional: { id: CallId, params: Value },
    }
}

object! {
    /// `dial`. `swml` (a document, or its JSON or YAML text) or `url` (where it is fetched) says what happens after the answer.
    pub struct DialParams {
        required: { from: String, to: String },
        optional: {
            swml: Value,
            url: String,
            /// Fetched when `url` cannot be.
            fallback_url: String,
            /// `GET` or `POST` (the default).
            url_method: String,
            /// The caller's name.
            caller_id: String,
            status_url: String,
            /// Of `created`, `ringing`, `answered`, `ended`; the last one when absent.
            status_events: Vec<String>,
            /// How long it rings, s.
            timeout: u32,
            /// How long the call may last, s.
            max_duration: u32,
            /// Free; comes back in callbacks.
            tag: String,
        },
    }
}

object! {
    /// `update`: another document for a running call, or its end (`status` `canceled` or `completed`).
    pub struct UpdateParams {
        optional: { id: CallId, swml: Value, url: String, url_method: String, status: String },
    }
}

object! {
    /// `calling.end`: `hangup`, `cancel`, `busy`, `noAnswer`, `decline` or `error`.
    pub struct EndParams {
        optional: { reason: String },
    }
}

object! {
    /// `calling.transfer`: a section of the running document, a document, where one is fetched, or an address.
    pub struct TransferParams {
        required: { dest: Value },
        optional: {},
    }
}

object! {
    /// What a [`PlayItem`] of any type can have.
    pub struct PlayItemParams {
        optional: {
            url: String,
            /// s
            duration: f64,
            /// Country of a ring tone.
            name: String,
            text: String,
        },
    }
}

object! {
    /// `type`: `audio`, `silence`, `ringtone` or `tts`.
    pub struct PlayItem {
        required: {
            #[serde(rename = "type")]
            kind: String,
        },
        optional: { params: PlayItemParams },
    }
}

object! {
    /// `calling.play`: a list of items, or `url`/`urls` in the words of SWML's `play`.
    pub struct PlayParams {
        optional: {
            control_id: String,
            play: Vec<PlayItem>,
            url: String,
            urls: Vec<String>,
            /// dB, -40 to 40.
            volume: f64,
            /// How often; 0 is without end.
            #[serde(rename = "loop")]
            times: u32,
            status_url: String,
        },
    }
}

object! {
    /// `calling.play.pause`, `.resume`, `.stop` and `.volume`. Without `control_id` what plays now is meant.
    pub struct PlayControlParams {
        optional: { control_id: String, volume: f64 },
    }
}

object! {
    /// `calling.user_event`.
    pub struct UserEventParams {
        required: { event: Value },
        optional: {},
    }
}

object! {
    /// The reply to every command: the call as it is now.
    pub struct CallObject {
        required: {
            id: CallId,
            from: String,
            to: String,
            /// `queued`, `ringing`, `answered`, `ended`.
            status: String,
        },
        optional: {
            direction: String,
            /// s since the answer.
            duration: u64,
            source: String,
            #[serde(rename = "type")]
            kind: String,
            created_at: String,
            url: String,
            /// Of `calling.play`.
            control_id: String,
            charge: f64,
            charge_details: Vec<Value>,
            parent_id: CallId,
        },
    }
}

object! {
    /// Both ends of a call in a callback.
    pub struct CallbackDeviceParams {
        required: { from: String, to: String },
        optional: {},
    }
}

object! {
    /// Part of [`CallbackParams`].
    pub struct CallbackDevice {
        required: {
            #[serde(rename = "type")]
            kind: String,
            params: CallbackDeviceParams,
        },
        optional: {},
    }
}

object! {
    /// What happened to the call. Times are unix ms.
    pub struct CallbackParams {
        required: { call_id: CallId },
        optional: {
            node_id: NodeId,
            /// `created`, `ringing`, `answered`, `ended`.
            call_state: String,
            direction: String,
            device: CallbackDevice,
            start_time: u64,
            answer_time: u64,
            end_time: u64,
            /// In the words of [`EndParams`].
            end_reason: String,
            /// FreeSWITCH's name (9.3).
            cause: String,
            cause_code: u16,
            tag: String,
            /// Of `calling.call.play`: which one, and `playing`, `paused`, `finished` or `error` with its reason.
            control_id: String,
            state: String,
            reason: String,
        },
    }
}

object! {
    /// The body of a status callback: `calling.call.state` or `calling.call.play`.
    pub struct Callback {
        required: { event_type: String, params: CallbackParams },
        optional: {
            /// s since 1970
            timestamp: f64,
            project_id: String,
            space_id: String,
        },
    }
}
