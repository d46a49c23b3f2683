//! A call into a room: one leg, whose member the room looks after.

use super::leg::{Leg, Prepared};
use super::outlet::SourceId;
use super::tap::Spring;
use super::{Call, CallHandle};
use crate::conference::{Entrance, Exit, Link, Place, RoomCommand, start_intake};
use ahoy_model::{CallId, HangupCause};
use ahoy_rtc::{SessionConfig, Stereo};
use ahoy_wire::{CallRequest, Reply, RpcError, Targets};
use std::sync::Arc;
use tokio::sync::watch;

impl Leg {
    /// Gives it its media session, whose media goes to the room.
    pub fn attach_in_room(&mut self, ready: Prepared, call: CallHandle, link: watch::Receiver<Option<Link>>) {
        let session = Arc::new(ready.session);
        self.rtc = Some(Arc::clone(&session));
        let from = Spring::New(ready.events);
        self.tap = Some(start_intake(self.id.clone(), session, from, false, link, call));
    }

    /// Its media, which went elsewhere until now, goes to a room from now on. What it is sent leaves by the returned exit.
    pub fn lodge(&mut self, call: CallHandle, link: watch::Receiver<Option<Link>>) -> Option<Exit> {
        self.cut();
        let (session, tap) = (self.rtc.clone()?, self.tap.take()?);
        let connected = self.media_by.is_none();
        let exit = match &self.outlet {
            Some(outlet) => {
                let room = SourceId::new();
                outlet.give_to(room);
                Exit::Outlet(Arc::clone(outlet), room)
            }
            None => Exit::Session(Arc::clone(&session)),
        };
        self.tap = Some(start_intake(self.id.clone(), session, Spring::Tap(tap), connected, link, call));
        Some(exit)
    }
}

impl Call {
    /// The events of this leg speak of the room from now on.
    pub(super) fn take_place(&mut self, place: Box<Place>) {
        self.room.session_id = place.admission.session_id.clone();
        self.room.room_id = place.admission.room_id.clone();
        self.room.name = place.admission.display_name.clone();
        self.place = Some(place);
    }

    /// A room's picture may be larger than a camera's.
    pub(super) fn for_room(&self, config: SessionConfig) -> SessionConfig {
        match &self.place {
            Some(place) => {
                let max_bitrate = place.admission.max_bitrate;
                let start_bitrate = config.start_bitrate.min(max_bitrate);
                // Voices are mixed in one channel.
                SessionConfig { max_bitrate, start_bitrate, stereo: Stereo::Never, ..config }
            }
            None => config,
        }
    }

    /// The leg's media is agreed on: it becomes a member.
    pub(super) fn enter_room(&mut self) {
        let Some(rtc) = self.caller.rtc.clone() else { return };
        self.caller.event(self.room.call_state(&self.caller, "answered"));
        self.come_in(Exit::Session(rtc));
    }

    /// Its media goes to the room: here it is.
    pub(super) fn come_in(&mut self, exit: Exit) {
        let (Some(place), Some(rtc)) = (&self.place, &self.caller.rtc) else { return };
        let entrance = Entrance {
            leg: self.caller.id.clone(),
            member: self.caller.member.clone(),
            session: self.caller.session.clone(),
            call: self.own.clone(),
            rtc: Arc::clone(rtc),
            exit,
            link: place.link.clone(),
            parent: None,
        };
        self.tell_room(RoomCommand::Enter(Box::new(entrance)));
    }

    /// A further leg's media flows: it becomes a member of its own.
    pub(super) fn child_enters(&mut self, id: &CallId) {
        let Some(child) = self.child(id) else { return };
        let (Some(link), Some(rtc)) = (&child.link, &child.leg.rtc) else { return };
        // Nothing is ever sent to it.
        let exit = Exit::Session(Arc::clone(rtc));
        let entrance = Entrance {
            leg: id.clone(),
            member: child.leg.member.clone(),
            session: child.leg.session.clone(),
            call: self.own.clone(),
            rtc: Arc::clone(rtc),
            exit,
            link: link.clone(),
            parent: Some(child.parent.clone()),
        };
        self.tell_room(RoomCommand::Enter(Box::new(entrance)));
    }

    pub(super) fn child_leaves(&mut self, id: &CallId) {
        self.tell_room(RoomCommand::Leave { leg: id.clone() });
    }

    /// Members as the room knows them: what a further leg has no part in is its parent's, and one that has gone stands for it.
    fn as_the_room_knows(&self, body: CallRequest) -> CallRequest {
        let known = |mut member: ahoy_wire::MemberRef| {
            member.member_id = self.stand_in(&member.member_id, &body.action);
            member
        };
        let targets = match body.targets {
            Targets::One(one) => Targets::One(known(one)),
            Targets::Many(many) => Targets::Many(many.into_iter().map(known).collect()),
            other => other,
        };
        CallRequest { targets, ..body }
    }

    pub(super) fn ask_room(&mut self, id: &CallId, request: &str, body: CallRequest) {
        let body = self.as_the_room_knows(body);
        let Some(place) = &self.place else { return };
        let command =
            RoomCommand::Method { leg: id.clone(), id: request.to_owned(), request: Box::new(body) };
        if !place.room.tell(command)
            && let Some(leg) = self.leg(id)
        {
            leg.session.reply(Reply::error(request, RpcError::call_error(HangupCause::SwitchCongestion)));
        }
    }

    pub(super) fn hold_in_room(&mut self, id: &CallId, held: bool) {
        self.tell_room(RoomCommand::Held { leg: id.clone(), held });
    }

    /// `again`: the client has lost all it knew of the room.
    pub(super) fn new_media_in_room(&mut self, id: &CallId, again: bool) {
        if self.place.is_none() {
            return;
        }
        let Some(rtc) = self.leg(id).and_then(|leg: &Leg| leg.rtc.clone()) else { return };
        self.tell_room(RoomCommand::Media { leg: id.clone(), rtc, again });
    }

    /// A room that cannot take what it must know is of no use any more.
    fn tell_room(&mut self, command: RoomCommand) {
        let taken = self.place.as_ref().is_some_and(|place| place.room.tell(command));
        if !taken {
            self.end_everybody(HangupCause::SwitchCongestion);
        }
    }

    pub(super) fn dismissed(&mut self, id: &CallId, cause: HangupCause) {
        if self.child(id).is_some() {
            self.end_child(id, cause);
        } else if self.is_caller(id) && self.host.is_some() {
            self.come_back();
        } else if self.leg(id).is_some() {
            self.hang_up(id, cause);
        }
    }
}
