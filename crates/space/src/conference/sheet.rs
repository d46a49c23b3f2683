//! A room's own facts, and its events in the shapes of WIRE.md 6.

use super::layout::{Canvas, Layout};
use super::seating::Seat;
use ahoy_model::{CallId, MemberId, NodeId, RoomSessionId};
use ahoy_wire::{CallJoined, EventBody, Layer, LayoutChanged, Member, MemberChange, RoomChange, RoomSession};
use serde_json::{Map, Value};

#[derive(Clone, Debug)]
pub struct Sheet {
    pub session_id: RoomSessionId,
    pub room_id: String,
    /// In the path, and for people.
    pub name: String,
    pub display_name: String,
    pub layout: Layout,
    pub canvas: Canvas,
    pub locked: bool,
    pub hide_video_muted: bool,
    pub prioritize_handraise: bool,
    /// What is recorded and played, and what was; as events carry it.
    pub recordings: Vec<Value>,
    pub recording: Option<Value>,
    pub playback: Option<Value>,
    pub meta: Map<String, Value>,
}

impl Sheet {
    pub fn session(&self, members: impl Iterator<Item = Member>) -> RoomSession {
        let members = members.map(|member| self.placed(member)).collect();
        RoomSession {
            display_name: Some(self.display_name.clone()),
            layout_name: Some(self.layout.name()),
            locked: Some(self.locked),
            hide_video_muted: Some(self.hide_video_muted),
            prioritize_handraise: Some(self.prioritize_handraise),
            recording: Some(self.recording.is_some()),
            recordings: Some(self.recordings.iter().chain(&self.recording).cloned().collect()),
            playbacks: Some(self.playback.iter().cloned().collect()),
            meta: Some(self.meta.clone()),
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

    pub fn joined(
        &self,
        call: &CallId,
        node: &NodeId,
        member: &MemberId,
        capabilities: &[&str],
        members: impl Iterator<Item = Member>,
    ) -> EventBody {
        EventBody::CallJoined(CallJoined {
            room_session: self.session(members),
            call_id: call.clone(),
            member_id: member.clone(),
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
            origin_call_id: Some(call.clone()),
            node_id: Some(node.clone()),
            capabilities: Some(capabilities.iter().map(|right| (*right).to_owned()).collect()),
        })
    }

    pub fn updated(&self, members: impl Iterator<Item = Member>) -> EventBody {
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

    /// `fields`: names of what changed. The whole member travels, so nobody has to have seen all that came before.
    pub fn member_updated(&self, member: &Member, fields: &[&str]) -> EventBody {
        let updated = Some(fields.iter().map(|field| (*field).to_owned()).collect());
        EventBody::MemberUpdated(self.change(Member { updated, ..member.clone() }, None))
    }

    pub fn member_talking(&self, member: &Member, talking: bool) -> EventBody {
        let brief = Member {
            talking: Some(talking),
            node_id: member.node_id.clone(),
            ..Member::bare(member.member_id.clone())
        };
        EventBody::MemberTalking(self.change(brief, None))
    }

    /// `played`: which of the seats shows what the room plays.
    pub fn layout_changed(&self, seats: &[Seat<MemberRef<'_>>], played: Option<usize>) -> EventBody {
        let layer =
            |(index, seat): (usize, &Seat<MemberRef<'_>>)| self.layer(seat, index, Some(index) == played);
        let layers = seats.iter().enumerate().map(layer).collect();
        EventBody::LayoutChanged(LayoutChanged {
            layout: ahoy_wire::Layout { id: self.layout.name(), layers, name: Some(self.layout.title()) },
            room_id: Some(self.room_id.clone()),
            room_session_id: Some(self.session_id.clone()),
        })
    }

    fn layer(&self, seat: &Seat<MemberRef<'_>>, index: usize, played: bool) -> Layer {
        let [x, y, width, height] = self.canvas.percent(seat.area);
        Layer {
            x,
            y,
            width,
            height,
            layer_index: i64::try_from(index).ok(),
            z_index: Some(0),
            member_id: seat.who.cloned(),
            playing_file: Some(played),
            position: Some(seat.position.to_string()),
            reservation: Some(if seat.reserved { seat.position.to_string() } else { String::new() }),
            visible: Some(seat.who.is_some() || played),
        }
    }
}

/// Whom a seat shows.
pub type MemberRef<'a> = &'a MemberId;
