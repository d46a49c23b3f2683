//! The events of a call, in the shapes of WIRE.md 6 and 16.

use super::leg::Leg;
use crate::clock;
use crate::party::Party;
use ahoy_model::{Direction, MemberId, RoomSessionId};
use ahoy_wire::{
    CallConnect, CallJoined, CallLeft, CallPlay, CallState, CallStateDevice, CallStateDeviceParams,
    CallStatePeer, EventBody, Layer, Layout, LayoutChanged, Member, MemberChange, RoomChange, RoomSession,
    Stamp,
};
use uuid::Uuid;

/// What a member of a call between two may do (WIRE.md 6.1).
/// The last two are ours: this call and another of one's own can be made one.
const CAPABILITIES: [&str; 11] = [
    "self",
    "member",
    "layout",
    "digit",
    "vmuted",
    "lock",
    "device",
    "screenshare",
    "end",
    "replace",
    "merge",
];

/// The room that every call is to the SDK, even with two in it.
pub struct Room {
    pub session_id: RoomSessionId,
    pub room_id: String,
    /// What was dialled, for people.
    pub name: String,
    pub locked: bool,
    pub layout: String,
    pub from: String,
    /// The caller's name.
    pub from_name: String,
    pub to: String,
    /// Unix ms.
    pub started: u64,
    pub answered: Option<u64>,
}

impl Room {
    pub fn new(name: String, from: &Party, to: String) -> Self {
        Self {
            session_id: RoomSessionId::random(),
            room_id: Uuid::new_v4().to_string(),
            name,
            locked: false,
            layout: "grid-responsive".into(),
            from: from.uri.clone(),
            from_name: from.name.clone(),
            to,
            started: clock::unix_ms(),
            answered: None,
        }
    }

    pub fn session(&self, members: Vec<Member>) -> RoomSession {
        let members = members.into_iter().map(|member| self.placed(member)).collect();
        RoomSession {
            locked: Some(self.locked),
            layout_name: Some(self.layout.clone()),
            ..RoomSession::new(self.session_id.clone(), self.room_id.clone(), self.name.clone(), members)
        }
    }

    fn placed(&self, member: Member) -> Member {
        Member {
            room_session_id: Some(self.session_id.clone()),
            room_id: Some(self.room_id.clone()),
            ..member
        }
    }

    /// `state`: created, ringing, answered, ended.
    pub fn call_state(&self, leg: &Leg, state: &str) -> EventBody {
        let ended = (state == "ended").then(|| Stamp::millis(clock::unix_ms()));
        EventBody::CallState(CallState {
            call_id: leg.id.clone(),
            node_id: Some(leg.session.node().clone()),
            segment_id: Some(leg.segment.clone()),
            call_state: Some(state.to_owned()),
            direction: Some(
                if leg.direction == Direction::Outbound { "outbound" } else { "inbound" }.to_owned(),
            ),
            device: Some(self.device()),
            start_time: Some(Stamp::millis(self.started)),
            answer_time: self.answered.map(Stamp::millis),
            end_time: ended,
            room_session_id: Some(self.session_id.clone()),
            peer: None,
            tag: None,
        })
    }

    fn device(&self) -> CallStateDevice {
        CallStateDevice {
            kind: Some("webrtc".into()),
            params: Some(CallStateDeviceParams {
                from: Some(self.from.clone()),
                to: Some(self.to.clone()),
                from_number: None,
                to_number: None,
                headers: Some(Vec::new()),
            }),
        }
    }

    /// A party is being connected to a leg that has its media already. `state`: connecting, connected.
    pub fn connect(&self, leg: &Leg, peer: Option<&Leg>, state: &str) -> EventBody {
        EventBody::CallConnect(CallConnect {
            call_id: leg.id.clone(),
            connect_state: Some(state.to_owned()),
            node_id: Some(leg.session.node().clone()),
            segment_id: Some(leg.segment.clone()),
            room_session_id: Some(self.session_id.clone()),
            peer: peer.map(|peer| CallStatePeer {
                call_id: Some(peer.id.clone()),
                node_id: Some(peer.session.node().clone()),
                device: Some(self.device()),
            }),
        })
    }

    /// The same room with another party.
    pub fn begin_again(&mut self, from: &Party, to: String) {
        (self.from, self.from_name) = (from.uri.clone(), from.name.clone());
        self.to = to;
        self.started = clock::unix_ms();
        self.answered = None;
    }

    /// `alone`: there is nobody at the far side who could be brought together with others.
    pub fn joined(&self, leg: &Leg, members: Vec<Member>, alone: bool) -> EventBody {
        let ours = |right: &&str| !(alone && ["replace", "merge"].contains(right));
        EventBody::CallJoined(CallJoined {
            room_session: self.session(members),
            call_id: leg.id.clone(),
            member_id: leg.member.member_id.clone(),
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
            origin_call_id: Some(leg.id.clone()),
            node_id: Some(leg.session.node().clone()),
            capabilities: Some(CAPABILITIES.into_iter().filter(ours).map(str::to_owned).collect()),
        })
    }

    pub fn left(&self, leg: &Leg, reason: &str) -> EventBody {
        EventBody::CallLeft(CallLeft {
            call_id: leg.id.clone(),
            room_session: Some(self.session(Vec::new())),
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
            member_id: Some(leg.member.member_id.clone()),
            origin_call_id: Some(leg.id.clone()),
            reason: Some(reason.to_owned()),
        })
    }

    pub fn updated(&self, members: Vec<Member>) -> EventBody {
        EventBody::CallUpdated(RoomChange {
            room_session: self.session(members),
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
        })
    }

    fn change(&self, member: Member, reason: Option<&str>) -> MemberChange {
        MemberChange {
            member: self.placed(member),
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
            reason: reason.map(str::to_owned),
        }
    }

    pub fn member_joined(&self, member: &Member) -> EventBody {
        EventBody::MemberJoined(self.change(member.clone(), None))
    }

    pub fn member_left(&self, member: &Member, reason: &str) -> EventBody {
        EventBody::MemberLeft(self.change(member.clone(), Some(reason)))
    }

    /// `fields`: names of what changed.
    pub fn member_updated(&self, member: &Member, fields: &[&str]) -> EventBody {
        let updated = Some(fields.iter().map(|field| (*field).to_owned()).collect());
        EventBody::MemberUpdated(self.change(Member { updated, ..member.clone() }, None))
    }

    /// How a machine in the call gets on with what it plays to `leg`.
    pub fn play(&self, leg: &Leg, control_id: &str, state: &str) -> EventBody {
        EventBody::CallPlay(CallPlay {
            control_id: Some(control_id.to_owned()),
            node_id: Some(leg.session.node().clone()),
            state: Some(state.to_owned()),
            room_session_id: Some(self.session_id.clone()),
            ..CallPlay::bare(leg.id.clone())
        })
    }

    /// The one picture that a leg is sent fills its canvas.
    pub fn layout_changed(&self, shown: &MemberId) -> EventBody {
        let layer = Layer {
            x: 0.0,
            y: 0.0,
            width: 100.0,
            height: 100.0,
            layer_index: Some(0),
            z_index: Some(0),
            member_id: Some(shown.clone()),
            playing_file: Some(false),
            position: Some("standard-1".into()),
            reservation: Some(String::new()),
            visible: Some(true),
        };
        EventBody::LayoutChanged(LayoutChanged {
            layout: Layout { id: self.layout.clone(), layers: vec![layer], name: Some(self.layout.clone()) },
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
        })
    }
}
