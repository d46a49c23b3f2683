//! Handing the other party over to somebody else (`verto.modify transfer`).
//!
//! The new party is looked up before anything is let go: where nobody can be rung, the call stays as it was. From then on the
//! one who handed over is out, and the one who was handed over waits in the caller's place until the new party answers.

use super::leg::{Leg, Stage};
use super::{Call, CallerAnswer, Destination, Done, Phase, ring};
use crate::session::{SessionHandle, VertoReplyTo};
use crate::{calling, chat, clock};
use ahoy_model::{CallId, DialTarget, HangupCause};
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
    Devices { name: String, subscriber: String, devices: Vec<SessionHandle> },
}

impl Call {
    pub(super) fn transfer(&mut self, by: &CallId, to: String, reply: VertoReplyTo) {
        let talking = self.phase == Phase::Talking && !self.echo && self.other(by).is_some();
        if !talking {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        }
        let core = std::sync::Arc::clone(&self.core);
        let handover = Handover { by: by.clone(), to: to.clone(), reply };
        self.aside(async move {
            let result = ring::resolve(&core, &to).await;
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
            Destination::Room(settings) => {
                let party = self.leg(stays).map(|leg| leg.party().clone());
                // Who may not come in by himself is not brought there by others.
                let party = party.filter(|party| settings.role_of(&party.subscriber_id).is_some());
                let party = party.ok_or(HangupCause::OutgoingCallBarred)?;
                let room = DialTarget::parse(to).map_err(|_| HangupCause::InvalidNumberFormat)?;
                // A machine between him and the room: his client goes on with the media that it has.
                let machine =
                    calling::bring(&self.core, party, room).ok_or(HangupCause::NormalTemporaryFailure)?;
                let subscriber = machine.party().subscriber_id.clone();
                Ok(Next::Devices { name: settings.display_name, subscriber, devices: vec![machine] })
            }
            // Nobody is given a place before he is there.
            Destination::Place(_) => Err(HangupCause::OutgoingCallBarred),
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
        let (number, party) = (to.split('?').next().unwrap_or(&to).to_owned(), self.caller.party().clone());
        self.room.begin_again(party.uri, to);
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
    fn seat_as_caller(&mut self, stays: &CallId) {
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
    fn cut(&self, id: &CallId) {
        let own = self.leg(id);
        let children = self.children.iter().filter(|child| child.parent == *id).map(|child| &child.leg);
        for leg in own.into_iter().chain(children) {
            leg.route.send_replace(None);
        }
        if let Some(outlet) = own.and_then(|leg| leg.outlet.as_ref()) {
            outlet.show(None);
            outlet.listen_to(&[]);
        }
    }

    /// Tells the waiting one whom he will talk to.
    fn display(&self, number: &str) {
        self.caller.session.verto(ServerVerto::Display(ServerDisplay {
            call_id: self.caller.id.clone(),
            display_name: Some(self.room.name.clone()),
            display_number: Some(number.to_owned()),
        }));
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

/// Legs that are over and still remembered, so that late requests about them are answered.
const KEPT: usize = 16;
