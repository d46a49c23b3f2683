//! Members, rooms and layouts as events carry them (6).

use crate::json::Fields;
use ahoy_model::{CallId, MemberId, NodeId, RoomSessionId, SubscriberId};
use serde_json::Value;

object! {
    /// A participant. Events of changes carry only some fields: use [`Member::merge`].
    pub struct Member {
        required: { member_id: MemberId },
        optional: {
            room_session_id: RoomSessionId,
            room_id: String,
            call_id: CallId,
            node_id: NodeId,
            name: String,
            /// `member`, `screen` or `device`.
            #[serde(rename = "type")]
            kind: String,
            parent_id: MemberId,
            requested_position: String,
            handraised: bool,
            visible: bool,
            audio_muted: bool,
            video_muted: bool,
            deaf: bool,
            input_volume: f64,
            output_volume: f64,
            input_sensitivity: f64,
            echo_cancellation: bool,
            auto_gain: bool,
            noise_suppression: bool,
            lowbitrate: bool,
            denoise: bool,
            talking: bool,
            #[serde(rename = "isAudience")]
            is_audience: bool,
            meta: Value,
            subscriber_id: SubscriberId,
            address_id: String,
            /// Names of the fields that changed.
            updated: Vec<String>,
        },
    }
}

impl Member {
    /// Takes over what a change says, keeps the rest, as the SDK does (`{...old, ...new}`).
    pub fn merge(&mut self, change: &Self) {
        macro_rules! take {
            ($($field:ident),* $(,)?) => {
                $(if change.$field.is_some() { self.$field.clone_from(&change.$field); })*
            };
        }
        take!(
            room_session_id,
            room_id,
            call_id,
            node_id,
            name,
            kind,
            parent_id,
            requested_position,
            handraised,
            visible,
            audio_muted,
            video_muted,
            deaf,
            input_volume,
            output_volume,
            input_sensitivity,
            echo_cancellation,
            auto_gain,
            noise_suppression,
            lowbitrate,
            denoise,
            talking,
            is_audience,
            meta,
            subscriber_id,
            address_id,
        );
    }
}

object! {
    /// One run of a room.
    pub struct RoomSession {
        required: { room_session_id: RoomSessionId },
        optional: {
            id: RoomSessionId,
            room_id: String,
            event_channel: String,
            name: String,
            display_name: String,
            layout_name: String,
            recording: bool,
            streaming: bool,
            prioritize_handraise: bool,
            hide_video_muted: bool,
            locked: bool,
            meta: Fields,
            members: Vec<Member>,
            recordings: Vec<Value>,
            streams: Vec<Value>,
            playbacks: Vec<Value>,
        },
    }
}

impl RoomSession {
    /// A room with everything that v4 wants to see: it takes missing fields for "undefined" (6).
    pub fn new(
        id: RoomSessionId,
        room_id: impl Into<String>,
        name: impl Into<String>,
        members: Vec<Member>,
    ) -> Self {
        let name = name.into();
        Self {
            id: Some(id.clone()),
            event_channel: Some(format!("room.{id}")),
            room_session_id: id,
            room_id: Some(room_id.into()),
            display_name: Some(name.clone()),
            name: Some(name),
            layout_name: Some("grid-responsive".into()),
            recording: Some(false),
            streaming: Some(false),
            prioritize_handraise: Some(false),
            hide_video_muted: Some(false),
            locked: Some(false),
            meta: Some(Fields::new()),
            members: Some(members),
            recordings: Some(Vec::new()),
            streams: Some(Vec::new()),
            playbacks: Some(Vec::new()),
        }
    }
}

object! {
    /// One picture in a canvas; coordinates and sizes in percent of it.
    pub struct Layer {
        required: { x: f64, y: f64, width: f64, height: f64 },
        optional: {
            layer_index: i64,
            z_index: i64,
            member_id: MemberId,
            playing_file: bool,
            position: String,
            reservation: String,
            visible: bool,
        },
    }
}

object! {
    /// How a room's canvas is divided.
    pub struct Layout {
        required: { id: String, layers: Vec<Layer> },
        optional: { name: String },
    }
}
