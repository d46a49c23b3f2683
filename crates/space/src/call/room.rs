//! The events of a call, in the shapes of WIRE.md 6 and 16.

use super::Announcement;
use super::leg::Leg;
use crate::clock;
use ahoy_model::{Direction, MemberId, RoomSessionId};
use ahoy_wire::{
    CallJoined, CallLeft, CallPlay, CallState, CallStateDevice, CallStateDeviceParams, EventBody, Layer,
    Layout, LayoutChanged, Member, MemberChange, RoomChange, RoomSession, Stamp,
};
use uuid::Uuid;

/// What a member of a call between two may do (WIRE.md 6.1). `device` and `screenshare` join them with the legs they need.
const CAPABILITIES: [&str; 7] = ["self", "member", "layout", "digit", "vmuted", "lock", "end"];

/// The room that every call is to the SDK, even with two in it.
pub struct Room {
    pub session_id: RoomSessionId,
    pub room_id: String,
    /// What was dialled, for people.
    pub name: String,
    pub locked: bool,
    pub layout: String,
    pub from: String,
    pub to: String,
    /// Unix ms.
    pub started: u64,
    pub answered: Option<u64>,
}

impl Room {
    pub fn new(name: String, from: String, to: String) -> Self {
        Self {
            session_id: RoomSessionId::random(),
            room_id: Uuid::new_v4().to_string(),
            name,
            locked: false,
            layout: "grid-responsive".into(),
            from,
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
    pub fn call_state(&self, leg: &Leg, direction: Direction, state: &str) -> EventBody {
        let ended = (state == "ended").then(|| Stamp::millis(clock::unix_ms()));
        EventBody::CallState(CallState {
            call_id: leg.id.clone(),
            node_id: Some(leg.session.node().clone()),
            segment_id: Some(leg.segment.clone()),
            call_state: Some(state.to_owned()),
            direction: Some(if direction == Direction::Outbound { "outbound" } else { "inbound" }.to_owned()),
            device: Some(CallStateDevice {
                kind: Some("webrtc".into()),
                params: Some(CallStateDeviceParams {
                    from: Some(self.from.clone()),
                    to: Some(self.to.clone()),
                    from_number: None,
                    to_number: None,
                    headers: Some(Vec::new()),
                }),
            }),
            start_time: Some(Stamp::millis(self.started)),
            answer_time: self.answered.map(Stamp::millis),
            end_time: ended,
            room_session_id: Some(self.session_id.clone()),
            peer: None,
            tag: None,
        })
    }

    pub fn joined(&self, leg: &Leg, members: Vec<Member>) -> EventBody {
        EventBody::CallJoined(CallJoined {
            room_session: self.session(members),
            call_id: leg.id.clone(),
            member_id: leg.member.member_id.clone(),
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
            origin_call_id: Some(leg.id.clone()),
            node_id: Some(leg.session.node().clone()),
            capabilities: Some(CAPABILITIES.map(str::to_owned).to_vec()),
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

    /// What a machine in the call tells `leg`.
    pub fn announced(&self, leg: &Leg, what: &Announcement) -> EventBody {
        match what {
            Announcement::Play { control_id, state } => EventBody::CallPlay(CallPlay {
                control_id: Some(control_id.clone()),
                node_id: Some(leg.session.node().clone()),
                state: Some(state.clone()),
                room_session_id: Some(self.session_id.clone()),
                ..CallPlay::bare(leg.id.clone())
            }),
            Announcement::UserEvent(event) => {
                let mut params = event.clone();
                if let Some(fields) = params.as_object_mut() {
                    fields.insert("call_id".into(), leg.id.as_str().into());
                    fields.insert("room_session_id".into(), self.session_id.as_str().into());
                }
                EventBody::Unknown { event_type: "user_event".into(), params }
            }
        }
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
