//! A call as a member of its room.

use crate::call::live::{Errand, LiveCall};
use crate::registration::Asker;
use crate::room::{RoomAction, RoomView};
use ahoy_model::{MediaKind, MemberId, Problem, ProblemCode};
use ahoy_wire::{CallAction, CallJoined, CallRequest, ClientRequest, Layout, Member, MemberRef, RoomSession};

/// Where rooms and services are; people are elsewhere.
const PUBLIC: &str = "/public/";
const ECHO: &str = "/public/echo";

impl LiveCall {
    /// Whether there is more to this call than one far side.
    pub(crate) fn is_in_room(&self) -> bool {
        self.room_session().is_some() && (self.names_a_room() || self.conference.is_crowd())
    }

    fn names_a_room(&self) -> bool {
        let address = self.party.address.as_str();
        address.starts_with(PUBLIC) && address != ECHO
    }

    /// A room is entered unheard or unseen; the space is told of it as of any muting. Nothing happens for other addresses.
    pub(crate) fn come_quietly(&mut self, muted: bool, camera_off: bool) {
        if self.names_a_room() {
            self.muted |= muted;
            self.wants_picture &= !camera_off;
        }
    }

    pub(super) fn room_view(&self) -> Option<RoomView> {
        self.is_in_room().then(|| self.conference.view(&self.party.name))
    }

    /// What the space is asked then.
    pub(crate) fn joined_room(&mut self, joined: &CallJoined) -> Vec<Errand> {
        self.conference.joined(joined);
        self.ask_layouts()
    }

    /// Asks for the layouts once they are of use.
    pub(crate) fn ask_layouts(&self) -> Vec<Errand> {
        if !(self.is_in_room() && self.conference.wants_layouts()) {
            return Vec::new();
        }
        let Some(own) = self.own_member() else { return Vec::new() };
        let request = CallRequest::on_self(own, CallAction::LayoutList);
        let asker = Asker::Layouts(self.id().clone());
        vec![Errand::Request(asker, Box::new(ClientRequest::Call(request)))]
    }

    pub(crate) fn layouts(&mut self, layouts: Vec<String>) {
        self.conference.set_layouts(layouts);
    }

    pub(crate) fn layout_changed(&mut self, layout: &Layout) {
        self.conference.set_layout(layout);
    }

    pub(crate) fn room_changed(&mut self, session: &RoomSession) {
        self.conference.updated(session);
    }

    /// Whoever was at the far side has gone: what was known of him holds for nobody else.
    pub(crate) fn far_left(&mut self, member: &Member) {
        if member.parent_id.is_none() && !self.is_own_member(&member.member_id) && !self.is_in_room() {
            self.set_far_quiet(Some(false), Some(false));
            self.set_far_picture(false);
        }
    }

    pub(crate) fn left_room(&mut self, id: &MemberId) {
        self.conference.left(id);
    }

    pub(crate) fn member_changed(&mut self, change: &Member) {
        self.conference.member(change);
        if self.is_own_member(&change.member_id) && self.is_in_room() {
            self.own_member_changed(change);
        }
    }

    /// Somebody who may has muted us, or given us our voice back: we follow. What we asked for ourselves comes back, too,
    /// and is only counted.
    fn own_member_changed(&mut self, change: &Member) {
        let named = |field: &str| change.updated.iter().flatten().any(|name| name == field);
        if let Some(muted) = change.audio_muted.filter(|_| named("audio_muted")) {
            if self.echoes.0 > 0 {
                self.echoes.0 -= 1;
            } else {
                self.muted = muted;
                self.told_muted.0 = muted;
            }
        }
        if let Some(off) = change.video_muted.filter(|_| named("video_muted") && self.party.with_video) {
            if self.echoes.1 > 0 {
                self.echoes.1 -= 1;
            } else {
                self.wants_picture = !off;
                self.told_muted.1 = off;
            }
        }
    }

    /// One more request of ours that the space will confirm.
    pub(super) fn expect_echo(&mut self, kind: MediaKind) {
        let count = match kind {
            MediaKind::Audio => &mut self.echoes.0,
            MediaKind::Video => &mut self.echoes.1,
        };
        *count = count.saturating_add(1);
    }

    fn own_member(&self) -> Option<MemberRef> {
        let (member, node) = self.machine.member_id().cloned().zip(self.machine.node_id().cloned())?;
        Some(MemberRef::new(member, self.id().clone(), node))
    }

    /// Asks the room for something.
    pub(super) fn ask_room(&mut self, action: &RoomAction) -> Result<Vec<Errand>, Problem> {
        let impossible = || Problem::new(ProblemCode::CallNotPossible);
        let own = self.own_member().filter(|_| self.is_in_room()).ok_or_else(impossible)?;
        let (targets, action) = self
            .conference
            .request(action, &own)
            .ok_or_else(|| impossible().because("that member has left"))?;
        let request = CallRequest { own: Some(own), targets, action };
        Ok(vec![Errand::Request(Asker::Nobody, Box::new(ClientRequest::Call(request)))])
    }
}
