//! Handing the other party over to somebody else (`verto.modify transfer`).
//!
//! The new party is looked up before anything is let go: where nobody can be rung, the call stays as it was. From then on the
//! one who handed over is out, and the one who was handed over waits in the caller's place until the new party answers.

use super::leg::{Leg, Stage};
use super::{Call, CallerAnswer, Destination, Done, Phase, ring};
use crate::conference::Place;
use crate::session::{SessionHandle, VertoReplyTo};
use crate::{chat, clock};
use ahoy_model::{CallId, HangupCause};
use ahoy_wire::{RpcError, ServerDisplay, ServerVerto, VertoResult};
use tokio::time::Instant;

/// A transfer that is being looked up.
pub struct Handover {
    /// Who hands over.
    pub by: CallId,
    pub to: String,
    pub reply: VertoReplyTo,
}

/// Who is to be talked to next.
enum Next {
    Echo,
    Room(Box<Place>),
    Devices { name: String, subscriber: String, devices: Vec<SessionHandle> },
}

impl Call {
    pub(super) fn transfer(&mut self, by: &CallId, to: String, reply: VertoReplyTo) {
        let talking = self.phase == Phase::Talking && !self.has_one_leg();
        let Some(stays) = self.other(by).filter(|_| talking).map(|leg| (leg.id.clone(), leg.party().clone()))
        else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        };
        let core = std::sync::Arc::clone(&self.core);
        let handover = Handover { by: by.clone(), to: to.clone(), reply };
        self.aside(async move {
            let result = match ring::resolve(&core, &to).await {
                // Who may not come in by himself is not brought there by others.
                Ok(Destination::Room(settings)) => {
                    let (leg, party) = stays;
                    let place = core.conferences.admit(&settings, &leg, &party.subscriber_id).await;
                    place.map(|place| Destination::Place(Box::new(place)))
                }
                other => other,
            };
            Done::TransferResolved { handover, result }
        });
    }

    pub(super) fn transfer_resolved(&mut self, handover: Handover, result: Result<Destination, HangupCause>) {
        let Handover { by, to, reply } = handover;
        let both = self.phase == Phase::Talking && self.leg(&by).is_some();
        let Some(stays) = self.other(&by).filter(|_| both).map(|leg| leg.id.clone()) else {
            return reply.failed(RpcError::call_does_not_exist());
        };
        match result.and_then(|destination| self.next(&by, &stays, &to, destination)) {
            Ok(next) => {
                reply.ok(VertoResult::transferred(by.clone()));
                self.hand_over(&by, &stays, to, next);
            }
            Err(cause) => reply.failed(RpcError::call_error(cause)),
        }
    }

    fn next(
        &self,
        by: &CallId,
        stays: &CallId,
        to: &str,
        destination: Destination,
    ) -> Result<Next, HangupCause> {
        match destination {
            Destination::Echo => Ok(Next::Echo),
            Destination::Place(place) if place.is_for(stays) => Ok(Next::Room(place)),
            Destination::Place(_) | Destination::Room(_) => Err(HangupCause::InvalidCallReference),
            Destination::Script(path) => {
                let name = to.split('?').next().unwrap_or_default().to_owned();
                let machine = self.machine(&path, &name)?;
                let subscriber = machine.party().subscriber_id.clone();
                Ok(Next::Devices { name, subscriber, devices: vec![machine] })
            }
            Destination::Subscriber(address) => {
                let here: Vec<&SessionHandle> =
                    [by, stays].iter().filter_map(|id| self.leg(id)).map(|leg| &leg.session).collect();
                let devices =
                    self.free_devices(&address, |device| here.iter().any(|own| own.same_as(device)))?;
                let subscriber = address.subscriber_id.unwrap_or_default();
                Ok(Next::Devices { name: address.display_name, subscriber, devices })
            }
        }
    }

    fn hand_over(&mut self, by: &CallId, stays: &CallId, to: String, next: Next) {
        self.end_children_of(by, HangupCause::BlindTransfer);
        if let (Some(leaver), Some(left)) = (self.leg(by), self.leg(stays)) {
            left.event(self.room.member_left(&leaver.member, "transfer"));
        }
        self.depart(by, HangupCause::BlindTransfer);
        self.cause = HangupCause::BlindTransfer;
        let record = self.record();
        let core = std::sync::Arc::clone(&self.core);
        tokio::spawn(async move { chat::write_down(&core, record).await });
        self.core.switchboard.stops_ringing(&self.caller.id);
        self.seat_as_caller(stays);
        self.cut(stays);
        let number = to.split('?').next().unwrap_or(&to).to_owned();
        self.room.begin_again(self.caller.party(), to);
        self.cause = HangupCause::NormalClearing;
        self.transferred = true;
        self.winner = None;
        self.accepted = false;
        self.answer = CallerAnswer::Sent;
        match next {
            Next::Echo => {
                self.echo = true;
                self.room.name = "echo".into();
                self.room.answered = Some(clock::unix_ms());
                self.display(&number);
                self.set_routes();
                self.tell_layout();
            }
            Next::Room(place) => {
                self.room.to = number;
                self.room.answered = Some(clock::unix_ms());
                self.move_in(place);
            }
            Next::Devices { name, subscriber, devices } => {
                self.phase = Phase::Ringing;
                self.ringing_told = false;
                self.ring_until = Instant::now() + self.core.config.ring_timeout;
                self.room.name = name;
                self.display(&number);
                let wishes = self.wishes_for_devices();
                self.ring_devices(&subscriber, devices, &wishes);
            }
        }
    }

    /// The one who stays takes the caller's place; the one who left it is kept among those that are over.
    pub(super) fn seat_as_caller(&mut self, stays: &CallId) {
        if let Some(seat) = self.devices.iter_mut().find(|leg| leg.id == *stays) {
            std::mem::swap(seat, &mut self.caller);
        }
        // Long rows of transfers leave no long row of legs behind.
        let over = self.devices.iter().filter(|leg| leg.stage == Stage::Over).count();
        let mut surplus = over.saturating_sub(KEPT);
        self.devices.retain(|leg| {
            let drop = leg.stage == Stage::Over && surplus > 0;
            surplus -= usize::from(drop);
            !drop
        });
    }

    /// Nothing goes from or to that leg until there is somebody again.
    pub(super) fn cut(&self, id: &CallId) {
        let children = self.children.iter().filter(|child| child.parent == *id).map(|child| &child.leg);
        for leg in self.leg(id).into_iter().chain(children) {
            leg.cut();
        }
    }

    /// Tells the waiting one whom he will talk to.
    pub(super) fn display(&self, number: &str) {
        display(&self.caller, &self.room.name, number);
    }

    /// The new party is there: its like of `tell_joined` for the one who waited, who is in the room already.
    pub(super) fn tell_met(&self, waited: &Leg, new: &Leg) {
        waited.event(self.room.connect(waited, Some(new), "connected"));
        waited.event(self.room.member_joined(&new.member));
        for child in self.shown_children().filter(|child| child.parent == new.id) {
            waited.event(self.room.member_joined(&child.leg.member));
        }
        waited.event(self.room.layout_changed(&self.presented_by(new).member.member_id));
    }
}

/// Tells a leg's client whom it talks to now.
pub(super) fn display(leg: &Leg, name: &str, number: &str) {
    leg.session.verto(ServerVerto::Display(ServerDisplay {
        call_id: leg.id.clone(),
        display_name: Some(name.to_owned()),
        display_number: Some(number.to_owned()),
    }));
}

/// Legs that are over and still remembered, so that late requests about them are answered.
const KEPT: usize = 16;
