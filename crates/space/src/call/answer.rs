//! From the first answer to two that talk.

use super::leg::{Leg, Prepared, Stage};
use super::outlet::SourceId;
use super::pump::{MediaNews, Route};
use super::wishes::Wishes;
use super::{Announcement, Call, CallCommand, CallerAnswer, Done, Phase, sketch};
use crate::session::{Dialect, VertoReplyTo};
use crate::{chat, clock};
use ahoy_model::{CallId, HangupCause};
use ahoy_rtc::RtcError;
use ahoy_wire::{BodyWithSdp, ClientVerto, Member, RpcError, ServerInfo, ServerVerto, VertoResult};
use serde_json::Value;
use std::sync::Arc;
use tokio::time::Instant;

/// Requests that wait for the other end's description; more are refused.
const EARLY: usize = 32;

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
            leg.say_answered(None);
        }
        // Now the device's connectivity checks may be answered (WIRE.md 7.4).
        rtc.release_checks();
        let wanted = Wishes::mirroring(&sketch::read(&body.sdp));
        self.aside(async move { Done::Accepted { result: rtc.accept(&body.sdp).await } });

        let fits = match &self.answer {
            CallerAnswer::Ready(ready) => Some(wanted.fit(&ready.session.negotiated(), &self.sketch)),
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
        if self.has_one_leg() {
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
        self.caller.say_answered(Some(sdp));
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
        let ready = matches!(self.answer, CallerAnswer::Sent) && (self.has_one_leg() || self.accepted);
        if self.phase != Phase::Ringing || !ready {
            return;
        }
        self.phase = Phase::Talking;
        if self.place.is_some() {
            self.enter_room();
        } else {
            self.set_routes();
            let ids: Vec<CallId> = self.talking().map(|leg| leg.id.clone()).collect();
            for id in &ids {
                self.tell_joined(id);
            }
        }
        if !self.transferred {
            let (core, session, to) =
                (Arc::clone(&self.core), self.caller.session.clone(), self.room.to.clone());
            tokio::spawn(async move { chat::tell_joined(&core, &session, &to).await });
        }
        for command in std::mem::take(&mut self.early) {
            self.take(command);
        }
    }

    /// Whoever has his answer may ask for things although the other end is not there yet: they wait until it is. Gives
    /// back what need not wait, or cannot.
    pub(super) fn put_off(&mut self, command: CallCommand) -> Option<CallCommand> {
        let leg = match &command {
            CallCommand::Method { leg, .. } | CallCommand::Far { by: leg, .. } => leg,
            CallCommand::Unite(wish) => &wish.by,
            CallCommand::Client { leg, message, .. } if matches!(**message, ClientVerto::Modify(_)) => leg,
            _ => return Some(command),
        };
        let answered = self.leg(leg).is_some_and(|leg| leg.stage == Stage::Answered);
        if self.phase != Phase::Ringing || self.transferred || !answered || self.early.len() >= EARLY {
            return Some(command);
        }
        self.early.push(command);
        None
    }

    /// `call.state` → `call.joined` → `layout.changed` → `member.*` (WIRE.md 6).
    pub(super) fn tell_joined(&self, id: &CallId) {
        let (Some(leg), Some(other)) = (self.leg(id), self.other(id)) else { return };
        match self.transferred && self.is_caller(id) {
            true => self.tell_met(leg, other),
            false => self.tell_whole(leg, other),
        }
    }

    pub(super) fn tell_whole(&self, leg: &Leg, other: &Leg) {
        let members = self.members();
        leg.event(self.room.call_state(leg, "answered"));
        let alone = other.id == leg.id || other.session.is_machine();
        leg.event(self.room.joined(leg, members, alone));
        leg.event(self.room.layout_changed(&self.presented_by(other).member.member_id));
        if other.id != leg.id {
            leg.event(self.room.member_joined(&other.member));
        }
    }

    /// The same again for a client that began anew.
    pub(super) fn tell_again(&self, id: &CallId) {
        if let (Some(leg), Some(other)) = (self.leg(id), self.other(id)) {
            self.tell_whole(leg, other);
            let is_off = |flag: Option<bool>| flag == Some(false);
            let member = &leg.member;
            if [member.echo_cancellation, member.auto_gain, member.noise_suppression].into_iter().any(is_off)
            {
                self.tell_media_params(leg);
            }
        }
    }

    /// Everybody there, with what belongs to them.
    pub(super) fn members(&self) -> Vec<Member> {
        let children = self.shown_children().map(|child| &child.leg);
        self.talking().chain(children).map(|leg| leg.member.clone()).collect()
    }

    /// The legs that have been answered.
    pub(super) fn talking(&self) -> impl Iterator<Item = &Leg> {
        self.legs().filter(|leg| leg.stage == Stage::Answered)
    }

    /// Sends every leg's media where it belongs, as hold and mute allow.
    pub(super) fn set_routes(&self) {
        if self.phase != Phase::Talking || self.place.is_some() {
            return;
        }
        for leg in self.talking() {
            if let Some(other) = self.other(&leg.id) {
                self.connect(leg, other);
            }
        }
    }

    /// From `leg` and what belongs to it to `other`, unless one of them holds.
    fn connect(&self, leg: &Leg, other: &Leg) {
        let Some(outlet) = &other.outlet else { return };
        let open = !leg.held && !other.held;
        let is = |flag: Option<bool>| flag == Some(true);
        let shown = self.presented_by(leg);
        let full = Route::to(outlet);
        let video = full.video.filter(|_| open && !is(shown.member.video_muted));
        let audio = full.audio.filter(|_| open && !is(other.member.deaf));
        outlet.show(shown.feed().filter(|_| video.is_some()));
        let children = self.children.iter().filter(|child| child.parent == leg.id).map(|child| &child.leg);
        let further = self.voices_beside(leg).filter(|leg| !is(leg.member.audio_muted));
        let voices: Vec<SourceId> = Some(leg)
            .filter(|leg| !is(leg.member.audio_muted))
            .into_iter()
            .chain(further)
            .filter(|_| audio.is_some())
            .map(|leg| leg.source)
            .collect();
        outlet.listen_to(&voices);
        for source in std::iter::once(leg).chain(children) {
            let route = Route {
                to: Arc::clone(outlet),
                audio: audio.filter(|_| voices.contains(&source.source)),
                video: video.filter(|_| source.id == shown.id),
            };
            source.route.send_replace(open.then_some(route));
        }
    }

    pub(super) fn media(&mut self, id: &CallId, news: MediaNews) {
        if self.child(id).is_some() {
            return self.child_media(id, news);
        }
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
        let other = self.other(id).filter(|other| other.id != *id && other.stage == Stage::Answered);
        match what {
            Announcement::Play { control_id, state } => {
                if let Some(other) = other {
                    other.event(self.room.play(other, &control_id, &state));
                }
            }
            Announcement::UserEvent(event) => self.tell_subscribers("user_event", &event),
        }
    }

    /// Tells the other side what was dialled in the call.
    pub(super) fn digits(&self, id: &CallId, digits: String) {
        self.inform(id, Some(digits), None);
    }

    /// Digits or text for the other side.
    pub(super) fn inform(&self, id: &CallId, dtmf: Option<String>, msg: Option<Value>) {
        if let Some(other) = self.other(id).filter(|_| self.phase == Phase::Talking) {
            let call_id = other.id.clone();
            other.session.verto(ServerVerto::Info(ServerInfo { call_id, dtmf, msg }));
        }
    }
}
