//! From the first answer to two that talk.

use super::leg::{Leg, Prepared, Stage, Wishes};
use super::pump::{MediaNews, Route};
use super::{Announcement, Call, CallerAnswer, Done, Phase, sketch};
use crate::clock;
use crate::session::{Dialect, VertoReplyTo};
use ahoy_model::{CallId, Direction, HangupCause};
use ahoy_rtc::RtcError;
use ahoy_wire::{BodyWithSdp, RpcError, ServerAnswer, ServerInfo, ServerVerto, VertoResult};
use std::sync::Arc;
use tokio::time::Instant;

impl Call {
    /// A device answers.
    pub(super) fn device_answers(&mut self, id: &CallId, body: BodyWithSdp, reply: VertoReplyTo) {
        let ringing = self.phase == Phase::Ringing && self.winner.is_none();
        let Some(rtc) =
            self.leg(id).filter(|leg| ringing && leg.stage == Stage::Ringing).and_then(|leg| leg.rtc.clone())
        else {
            return reply.failed(RpcError::call_error(HangupCause::LoseRace));
        };
        reply.ok(VertoResult::answered(id.clone()));
        self.winner = Some(id.clone());
        self.room.answered = Some(clock::unix_ms());
        let losers: Vec<CallId> = self
            .devices
            .iter()
            .filter(|leg| leg.id != *id && leg.stage != Stage::Over)
            .map(|leg| leg.id.clone())
            .collect();
        for loser in losers {
            self.bye(&loser, HangupCause::LoseRace);
        }
        self.answered(id);
        if let Some(leg) = self.leg(id).filter(|leg| leg.session.dialect() == Dialect::V3) {
            // v3 shows an inbound call as active only after this (WIRE.md 8).
            leg.session.verto(ServerVerto::Answer(ServerAnswer {
                call_id: id.clone(),
                sdp: None,
                user_variables: None,
            }));
        }
        // Now the device's connectivity checks may be answered (WIRE.md 7.4).
        rtc.release_checks();
        let wanted = Wishes::mirroring(&sketch::read(&body.sdp));
        self.aside(async move { Done::Accepted { result: rtc.accept(&body.sdp).await } });

        let fits = match &self.answer {
            CallerAnswer::Ready(ready) => Some(wanted.fit(&ready.session.negotiated())),
            CallerAnswer::Making | CallerAnswer::Sent => None,
        };
        match fits {
            Some(true) => self.answer_caller(),
            // The device wants less than everything: the caller is told what is left.
            Some(false) => self.prepare_answer(wanted),
            None => {}
        }
    }

    fn answered(&mut self, id: &CallId) {
        let timers = self.core.config.timers.clone();
        if let Some(leg) = self.leg_mut(id) {
            leg.answered(Instant::now(), timers.call_ping, timers.media);
        }
    }

    pub(super) fn caller_ready(&mut self, generation: u32, result: Result<Prepared, RtcError>) {
        if generation != self.generation || !matches!(self.answer, CallerAnswer::Making) {
            return;
        }
        match result {
            Ok(ready) => self.answer = CallerAnswer::Ready(ready),
            Err(error) => {
                tracing::warn!(%error, "the caller's offer cannot be answered");
                return self.end_everybody(HangupCause::IncompatibleDestination);
            }
        }
        if self.echo {
            self.room.answered = Some(clock::unix_ms());
            self.answer_caller();
        } else if self.winner.is_some() {
            self.answer_caller();
        }
    }

    /// Sends the caller its SDP, once.
    fn answer_caller(&mut self) {
        let CallerAnswer::Ready(ready) = std::mem::replace(&mut self.answer, CallerAnswer::Sent) else {
            return;
        };
        let (id, sdp) = (self.caller.id.clone(), ready.sdp.clone());
        self.attach(&id, ready);
        self.answered(&id);
        self.caller.session.verto(ServerVerto::Answer(ServerAnswer {
            call_id: id,
            sdp: Some(sdp),
            user_variables: None,
        }));
        self.join();
    }

    pub(super) fn accepted(&mut self, result: Result<(), RtcError>) {
        match result {
            Ok(()) => {
                self.accepted = true;
                self.join();
            }
            Err(error) => {
                tracing::warn!(%error, "a device's answer cannot be used");
                self.end_everybody(HangupCause::IncompatibleDestination);
            }
        }
    }

    /// Both ends have their descriptions: media flows, and everybody is told who is there.
    fn join(&mut self) {
        let ready = matches!(self.answer, CallerAnswer::Sent) && (self.echo || self.accepted);
        if self.phase != Phase::Ringing || !ready {
            return;
        }
        self.phase = Phase::Talking;
        self.set_routes();
        let ids: Vec<CallId> = self.talking().map(|leg| leg.id.clone()).collect();
        for id in &ids {
            self.tell_joined(id);
        }
    }

    /// `call.state` → `call.joined` → `layout.changed` → `member.*` (WIRE.md 6).
    pub(super) fn tell_joined(&self, id: &CallId) {
        let (Some(leg), Some(other)) = (self.leg(id), self.other(id)) else { return };
        let direction = if self.is_caller(id) { Direction::Outbound } else { Direction::Inbound };
        let members = self.talking().map(|leg| leg.member.clone()).collect();
        leg.event(self.room.call_state(leg, direction, "answered"));
        leg.event(self.room.joined(leg, members));
        leg.event(self.room.layout_changed(&other.member.member_id));
        if other.id != leg.id {
            leg.event(self.room.member_joined(&other.member));
        }
    }

    /// The legs that have been answered.
    pub(super) fn talking(&self) -> impl Iterator<Item = &Leg> {
        self.legs().filter(|leg| leg.stage == Stage::Answered)
    }

    /// Sends every leg's media where it belongs, as hold and mute allow.
    pub(super) fn set_routes(&self) {
        if self.phase != Phase::Talking {
            return;
        }
        for leg in self.talking() {
            let route = self.other(&leg.id).and_then(|other| route(leg, other));
            leg.route.send_replace(route);
        }
    }

    pub(super) fn media(&mut self, id: &CallId, news: MediaNews) {
        let grace = self.core.config.timers.media;
        match news {
            MediaNews::Connected => {
                if let Some(leg) = self.leg_mut(id) {
                    leg.media_by = None;
                }
            }
            MediaNews::Disconnected(_) | MediaNews::Failed(_) => {
                if let Some(leg) = self.leg_mut(id).filter(|leg| leg.stage == Stage::Answered) {
                    leg.media_by.get_or_insert_with(|| Instant::now() + grace);
                }
            }
            MediaNews::Digit(digit) => self.digits(id, digit.to_string()),
        }
    }

    /// Passes on what a machine in the call has to tell.
    pub(super) fn announce(&self, id: &CallId, what: Announcement) {
        if let Some(other) = self.other(id).filter(|other| other.id != *id && other.stage == Stage::Answered)
        {
            other.event(self.room.announced(other, &what));
        }
    }

    /// Tells the other side what was dialled in the call.
    pub(super) fn digits(&self, id: &CallId, digits: String) {
        if let Some(other) = self.other(id).filter(|_| self.phase == Phase::Talking) {
            let call_id = other.id.clone();
            other.session.verto(ServerVerto::Info(ServerInfo { call_id, dtmf: Some(digits), msg: None }));
        }
    }
}

/// From `leg` to `other`, unless one of them holds.
fn route(leg: &Leg, other: &Leg) -> Option<Route> {
    if leg.held || other.held {
        return None;
    }
    let mut route = Route::to(other.rtc.as_ref()?);
    let is = |flag: Option<bool>| flag == Some(true);
    if is(leg.member.audio_muted) || is(other.member.deaf) {
        route.audio = None;
    }
    if is(leg.member.video_muted) {
        route.video = None;
    }
    debug_assert!(leg.rtc.as_ref().is_none_or(|own| leg.id == other.id || !Arc::ptr_eq(own, &route.to)));
    Some(route)
}
