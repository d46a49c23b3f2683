//! What the events of a call carry (6).

use crate::{Layout, Member, RoomSession, Stamp};
use ahoy_model::{CallId, MemberId, NodeId, RoomSessionId, Secret};
use serde_json::Value;

object! {
    /// `signalwire.authorization.state` (3.2): kept and sent back on a resume.
    pub struct AuthorizationState {
        required: { authorization_state: Secret },
        optional: {},
    }
}

object! {
    /// `call.joined`: we are in the room.
    pub struct CallJoined {
        required: { room_session: RoomSession, call_id: CallId, member_id: MemberId },
        optional: {
            room_id: String,
            room_session_id: RoomSessionId,
            origin_call_id: CallId,
            node_id: NodeId,
            /// Hierarchical, a parent grants its children (6.1).
            capabilities: Vec<String>,
        },
    }
}

object! {
    /// `call.left`: we left the room. The leg ends by `verto.bye` all the same (8).
    pub struct CallLeft {
        required: { call_id: CallId },
        optional: {
            room_session: RoomSession,
            room_id: String,
            room_session_id: RoomSessionId,
            member_id: MemberId,
            origin_call_id: CallId,
            reason: String,
        },
    }
}

object! {
    /// `call.updated`, `room.updated`: the whole room again.
    pub struct RoomChange {
        required: { room_session: RoomSession },
        optional: { room_id: String, room_session_id: RoomSessionId },
    }
}

object! {
    /// Both ends of a device: `from`/`to` for `webrtc` and `sip`, numbers for `phone`.
    pub struct CallStateDeviceParams {
        optional: {
            from: String,
            to: String,
            from_number: String,
            to_number: String,
            headers: Vec<Value>,
        },
    }
}

object! {
    /// What a leg runs on: `webrtc`, `sip` or `phone`.
    pub struct CallStateDevice {
        optional: {
            #[serde(rename = "type")]
            kind: String,
            params: CallStateDeviceParams,
        },
    }
}

object! {
    /// The other leg.
    pub struct CallStatePeer {
        optional: { call_id: CallId, node_id: NodeId, device: CallStateDevice },
    }
}

object! {
    /// `call.state`. Information only: the status of a call follows verto messages (8).
    pub struct CallState {
        required: { call_id: CallId },
        optional: {
            node_id: NodeId,
            segment_id: String,
            /// `created`, `ringing`, `answered`, `ending`, `ended`.
            call_state: String,
            direction: String,
            device: CallStateDevice,
            start_time: Stamp,
            answer_time: Stamp,
            end_time: Stamp,
            room_session_id: RoomSessionId,
            peer: CallStatePeer,
            tag: String,
        },
    }
}

object! {
    /// `call.play`: `playing`, `paused`, `finished`.
    pub struct CallPlay {
        required: { call_id: CallId },
        optional: { control_id: String, node_id: NodeId, state: String, room_session_id: RoomSessionId },
    }
}

object! {
    /// `call.connect`: `connecting`, `connected`.
    pub struct CallConnect {
        required: { call_id: CallId },
        optional: {
            connect_state: String,
            node_id: NodeId,
            segment_id: String,
            room_session_id: RoomSessionId,
            peer: CallStatePeer,
        },
    }
}

object! {
    /// `call.room`, for v3.
    pub struct CallRoom {
        required: { call_id: CallId },
        optional: { joined_status: String, node_id: NodeId, segment_id: String },
    }
}

object! {
    /// `member.joined`, `member.updated`, `member.left`, `member.talking`.
    pub struct MemberChange {
        required: { member: Member },
        optional: { room_id: String, room_session_id: RoomSessionId, reason: String },
    }
}

object! {
    /// `layout.changed`.
    pub struct LayoutChanged {
        required: { layout: Layout },
        optional: { room_id: String, room_session_id: RoomSessionId },
    }
}
