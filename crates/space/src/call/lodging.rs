//! Legs that come into a room otherwise than by dialling it: handed over, merged, or sent there by a document. They keep their media
//! session, and are members like everybody else, with their own rights.

use super::traveller::Traveller;
use super::{Call, CallHandle, Destination, Done, Phase, QUEUE, ring};
use crate::conference::Place;
use crate::core::Core;
use ahoy_model::{CallId, DialTarget, HangupCause, RoomSessionId};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// A machine that waits until the room lets the caller go, and the names that the call had before.
pub(super) struct Host {
    leg: CallId,
    session_id: RoomSessionId,
    room_id: String,
    name: String,
}

/// A leg gets a call of its own, in a room.
pub(super) fn settle(core: &Arc<Core>, traveller: Traveller, place: Place) {
    let (commands, inbox) = mpsc::channel(QUEUE);
    let own = CallHandle { commands };
    let Some((leg, children)) = traveller.arrive(&own) else { return };
    let mut call = Call::new(core, own, leg, place.admission.display_name.clone());
    call.children = children;
    call.phase = Phase::Talking;
    call.answer = super::CallerAnswer::Sent;
    call.room.answered = Some(call.room.started);
    call.move_in(Box::new(place));
    core.calls.spawn(call.run(inbox));
}

impl Call {
    /// The caller, who talks, goes on in a room.
    pub(super) fn move_in(&mut self, place: Box<Place>) {
        let (own, link) = (self.own.clone(), place.link.subscribe());
        self.take_place(place);
        let exit = self.caller.lodge(own.clone(), link);
        let (name, number) = (self.room.name.clone(), self.room.to.clone());
        super::transfer::display(&self.caller, &name, &number);
        let Some(exit) = exit else { return self.end_everybody(HangupCause::NormalTemporaryFailure) };
        self.come_in(exit);
        if self.caller.held {
            let id = self.caller.id.clone();
            self.hold_in_room(&id, true);
        }
        let parent = self.caller.id.clone();
        let mut shown = Vec::new();
        for child in self.children.iter_mut().filter(|child| child.parent == parent) {
            let (link, links) = watch::channel(None);
            child.link = Some(link);
            // Nothing is sent to it.
            child.leg.lodge(own.clone(), links);
            if child.shown {
                shown.push(child.leg.id.clone());
            }
        }
        for child in shown {
            self.child_enters(&child);
        }
    }

    /// A machine sends the one whom it talks to into a room.
    pub(super) fn lodge(&self, by: CallId, room: DialTarget, reply: LodgeReply) {
        let talks = self.phase == Phase::Talking && !self.has_one_leg();
        let Some(guest) = self.other(&by).filter(|_| talks) else {
            let _ = reply.send(Err(HangupCause::InvalidCallReference));
            return;
        };
        let (guest, subscriber) = (guest.id.clone(), guest.party().subscriber_id.clone());
        let core = Arc::clone(&self.core);
        self.aside(async move {
            let place = match ring::resolve(&core, room.path()).await {
                Ok(Destination::Room(settings)) => {
                    core.conferences.admit(&settings, &guest, &subscriber).await.map(Box::new)
                }
                Ok(_) => Err(HangupCause::NoRouteDestination),
                Err(cause) => Err(cause),
            };
            Done::Lodging { by, reply, place }
        });
    }

    pub(super) fn lodging(&mut self, by: &CallId, reply: LodgeReply, place: Result<Box<Place>, HangupCause>) {
        let talks = self.phase == Phase::Talking && !self.has_one_leg() && self.leg(by).is_some();
        let guest = self.other(by).filter(|_| talks).map(|guest| guest.id.clone());
        let place = place.and_then(|place| match &guest {
            Some(guest) if place.is_for(guest) => Ok(place),
            _ => Err(HangupCause::InvalidCallReference),
        });
        let place = match place.map(|place| (place, guest)) {
            Ok((place, Some(guest))) => {
                self.cut(&guest);
                self.cut(by);
                self.core.switchboard.stops_ringing(&self.caller.id);
                self.seat_as_caller(&guest);
                self.winner = Some(by.clone());
                Ok(place)
            }
            Ok((_, None)) => Err(HangupCause::InvalidCallReference),
            Err(cause) => Err(cause),
        };
        let place = match place {
            Ok(place) => place,
            Err(cause) => {
                let _ = reply.send(Err(cause));
                return;
            }
        };
        self.host = Some(Host {
            leg: by.clone(),
            session_id: self.room.session_id.clone(),
            room_id: self.room.room_id.clone(),
            name: self.room.name.clone(),
        });
        let _ = reply.send(Ok(()));
        self.move_in(place);
    }

    pub(super) fn recall(&mut self, by: &CallId) {
        if self.host.as_ref().is_some_and(|host| host.leg == *by) {
            self.come_back();
        }
    }

    /// The room has let the caller go: the machine that sent him there has him again.
    pub(super) fn come_back(&mut self) {
        let Some(host) = self.host.take() else { return };
        let id = self.caller.id.clone();
        self.end_children_of(&id, HangupCause::NormalClearing);
        self.place = None;
        (self.room.session_id, self.room.room_id, self.room.name) =
            (host.session_id, host.room_id, host.name);
        self.caller.bridge(self.own.clone());
        self.set_routes();
        self.tell_again(&id);
        if let Some(machine) = self.leg(&host.leg) {
            machine.event(self.room.left(machine, LEFT_ROOM));
        }
    }
}

pub type LodgeReply = oneshot::Sender<Result<(), HangupCause>>;

/// `call.left` with this reason tells a machine that the one whom it sent into a room is back.
pub const LEFT_ROOM: &str = "room";
