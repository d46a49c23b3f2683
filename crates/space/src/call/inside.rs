//! What clients say about a leg they are in: answer, hold, digits, new media, bye.

use super::leg::{Prepared, Stage};
use super::ring::prepared;
use super::wishes::Wishes;
use super::{Call, Done, Phase};
use crate::session::VertoReplyTo;
use ahoy_model::{CallId, HangupCause};
use ahoy_rtc::{RtcError, Session};
use ahoy_wire::{BodyWithSdp, ClientVerto, ModifyAction, RpcError, VertoResult};
use serde_json::json;
use std::sync::Arc;

/// Longest run of digits taken at one time.
const DIGITS: usize = 64;
/// Longest text of `verto.info` that is passed on, bytes of JSON.
const TEXT: usize = 4_096;

impl Call {
    pub(super) fn client(&mut self, id: &CallId, message: ClientVerto, reply: VertoReplyTo) {
        if self.child(id).is_some() {
            return self.child_client(id, message, reply);
        }
        if self.leg(id).is_none() {
            return reply.failed(RpcError::call_does_not_exist());
        }
        match message {
            ClientVerto::Answer(body) => self.device_answers(id, body, reply),
            ClientVerto::Bye(bye) => {
                let named = bye.cause.is_some() || bye.cause_code.is_some();
                self.leaves(id, named.then(|| bye.read_cause()), reply);
            }
            ClientVerto::Pong(_) => {
                if let Some(leg) = self.leg_mut(id) {
                    leg.ping_unanswered = false;
                }
                reply.ok(VertoResult::ok(id.clone()));
            }
            ClientVerto::Modify(modify) => match modify.action {
                ModifyAction::Hold => self.hold(id, true, reply),
                ModifyAction::Unhold => self.hold(id, false, reply),
                ModifyAction::UpdateMedia { sdp } => self.update_media(id, sdp, reply),
                ModifyAction::Transfer { destination } => self.transfer(id, destination, reply),
                // Taken by the session, which knows both calls.
                ModifyAction::Replace { .. } | ModifyAction::Merge { .. } => {
                    reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
                }
                ModifyAction::Other(action) => reply.failed(RpcError::method_not_found(&action)),
            },
            ClientVerto::Info(info) => {
                if let Some(digits) = info.dtmf {
                    let known = |c: char| {
                        c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D' | 'a'..='d' | 'w' | 'W' | ',')
                    };
                    let digits: String = digits.chars().filter(|c| known(*c)).take(DIGITS).collect();
                    if !digits.is_empty() {
                        self.digits(id, digits);
                    }
                }
                if let Some(text) = info.msg.or(info.txt).filter(|text| text.to_string().len() <= TEXT) {
                    self.inform(id, None, Some(text));
                }
                reply.ok(VertoResult::ok(id.clone()));
            }
            ClientVerto::Invite(body) => self.reattach(id, body, reply),
            ClientVerto::Subscribe(wanted) => {
                if let Some(leg) = self.leg_mut(id) {
                    leg.subscribe(wanted.event_channel);
                }
                reply.ok(VertoResult::ok(id.clone()));
            }
            ClientVerto::Attach(_) | ClientVerto::Result(_) => reply.ok(VertoResult::ok(id.clone())),
            ClientVerto::Unknown { method, .. } => reply.failed(RpcError::method_not_found(&method)),
        }
    }

    fn hold(&mut self, id: &CallId, held: bool, reply: VertoReplyTo) {
        let talking = self.phase == Phase::Talking;
        let Some(leg) = self.leg_mut(id).filter(|leg| talking && leg.stage == Stage::Answered) else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        };
        leg.held = held;
        leg.member.meta = Some(json!({ "held": held }));
        reply.ok(VertoResult::hold(id.clone(), held));
        if self.place.is_some() {
            return self.hold_in_room(id, held);
        }
        self.set_routes();
        if let (Some(leg), Some(other)) = (self.leg(id), self.other(id).filter(|other| other.id != *id)) {
            other.event(self.room.member_updated(&leg.member, &["meta"]));
        }
    }

    /// A new offer on a running leg (ICE restart, added or removed media); the answer is in the reply.
    fn update_media(&mut self, id: &CallId, sdp: String, reply: VertoReplyTo) {
        let rtc = self.leg(id).filter(|leg| leg.stage == Stage::Answered).and_then(|leg| leg.rtc.clone());
        let Some(rtc) = rtc.filter(|_| self.phase == Phase::Talking) else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        };
        self.reanswer(id, Some(rtc), &self.wishes_for(id), sdp, reply);
    }

    /// Answers a new offer of a leg that has its media.
    pub(super) fn reanswer(
        &self,
        id: &CallId,
        rtc: Option<Arc<Session>>,
        wishes: &Wishes,
        sdp: String,
        reply: VertoReplyTo,
    ) {
        let Some(rtc) = rtc else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        };
        let config = wishes.config(&self.core.config, self.room.session_id.as_str(), false);
        let leg = id.clone();
        self.aside(async move {
            let result = Box::pin(rtc.reanswer(config, &sdp)).await;
            Done::Updated { leg, reply, result }
        });
    }

    pub(super) fn updated(&mut self, id: &CallId, reply: VertoReplyTo, result: Result<String, RtcError>) {
        match result {
            Ok(sdp) => {
                reply.ok(VertoResult::updated_media(id.clone(), sdp));
                self.set_routes();
                self.tell_picture(id);
                self.new_media_in_room(id, false);
            }
            Err(error) => {
                tracing::warn!(%error, "new media cannot be agreed on");
                reply.failed(RpcError::call_error(HangupCause::IncompatibleDestination));
            }
        }
    }

    /// A leg that has a picture now may not have had one before: the others can ask for it.
    fn tell_picture(&self, id: &CallId) {
        let shows = |rtc: &Arc<Session>| rtc.negotiated().video.is_some_and(|(_, flow)| flow.receives());
        let Some(leg) = self.leg(id).filter(|leg| leg.rtc.as_ref().is_some_and(shows)) else { return };
        if let Some(other) = self.other(id).filter(|other| other.id != *id) {
            other.event(self.room.member_updated(&leg.member, &["video_muted", "visible"]));
        }
    }

    /// What this leg may have, given what the other one has. A picture may be new: the other one is told of it.
    fn wishes_for(&self, id: &CallId) -> Wishes {
        let facing = |other: &super::Leg| {
            let wishes = other.rtc.as_ref().map(|rtc| Wishes::facing(&rtc.negotiated()))?;
            Some(Wishes { video: wishes.video.or(Wishes::everything().video), ..wishes })
        };
        match self.other(id) {
            Some(other) if other.id != *id => facing(other).unwrap_or_else(Wishes::everything),
            _ => Wishes::everything(),
        }
    }

    /// The client lost its media session (a page was reloaded) and takes the leg up with a new one (WIRE.md 11).
    fn reattach(&mut self, id: &CallId, body: BodyWithSdp, reply: VertoReplyTo) {
        let Some(leg) = self
            .leg(id)
            .filter(|leg| (self.phase == Phase::Talking || self.transferred) && leg.stage == Stage::Answered)
        else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        };
        let member = leg.member.member_id.clone();
        reply.ok(VertoResult::created(id.clone(), member, self.room.session_id.as_str()));
        let config = self.wishes_for(id).config(&self.core.config, self.room.session_id.as_str(), false);
        let leg = id.clone();
        self.aside(async move {
            let result = Box::pin(Session::answer(config, &body.sdp)).await;
            Done::Reattached { leg, result: result.map(prepared) }
        });
    }

    pub(super) fn reattached(&mut self, id: &CallId, result: Result<Prepared, RtcError>) {
        let ready = match result {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(%error, "a leg cannot be taken up again");
                return self.hang_up(id, HangupCause::IncompatibleDestination);
            }
        };
        // What a page shared is gone with it.
        self.end_children_of(id, HangupCause::NormalClearing);
        let Some(leg) = self.leg_mut(id) else { return };
        leg.held = false;
        let old = leg.detach();
        self.close(old);
        let sdp = ready.sdp.clone();
        self.attach(id, ready);
        let timers = self.core.config.timers.clone();
        if let Some(leg) = self.leg_mut(id) {
            leg.answered(tokio::time::Instant::now(), timers.call_ping, timers.media);
            leg.say_answered(Some(sdp));
        }
        if self.place.is_some() {
            return self.new_media_in_room(id, true);
        }
        self.set_routes();
        self.tell_again(id);
    }
}
