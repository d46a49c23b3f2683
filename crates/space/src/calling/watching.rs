//! What the task hears: from the calls, from media, from its side tasks, from the clock.

use super::line::{self, LineStage};
use super::listener::MediaWord;
use super::machine::Word;
use super::scripted::{Made, Origin, Scripted, State};
use ahoy_model::{CallId, HangupCause};
use ahoy_rtc::{RtcError, Session, SessionEvent};
use ahoy_wire::{BodyWithSdp, ClientVerto, DialogParams};
use tokio::sync::mpsc;
use tokio::time::Instant;

type Ready = Result<(Session, mpsc::Receiver<SessionEvent>, String), RtcError>;

impl Scripted {
    pub(super) fn hear(&mut self, word: Word) {
        match word {
            Word::Ring { leg, call } => {
                self.main = line::Line::new(leg, Some(call));
                self.main.stage = LineStage::Ringing;
            }
            Word::Invite(invite) => self.invited(invite),
            Word::Created(leg) => {
                if leg == self.main.id {
                    self.tell_state("created", None);
                }
            }
            Word::Refused(leg, cause) | Word::Bye { leg, cause } => self.gone(&leg, cause),
            Word::Rings(leg) => self.rings(&leg),
            Word::Answered { leg, sdp } => self.answered(leg, sdp),
            Word::Digits { leg, digits } => self.pass_digits(&leg, digits),
            Word::Held(held) => self.pause_playing(held),
            Word::Back => self.back_from_room(),
            Word::Ping { leg, ping } => {
                let calls = [Some(&self.main), self.peer.as_ref().map(|(line, _)| line)];
                let line = calls.into_iter().flatten().find(|line| line.id == leg);
                if let Some(call) = line.and_then(|line| line.call.as_ref()) {
                    self.machine.say(call, &leg, ClientVerto::Pong(ping));
                }
            }
            // A bye came before, or the call ended before it rang.
            Word::Ended(leg) => self.gone(&leg, HangupCause::NormalClearing),
        }
    }

    fn invited(&mut self, invite: Box<ahoy_wire::ServerInvite>) {
        if self.main.id != invite.call_id {
            return;
        }
        self.from = invite.caller_id_number.clone().unwrap_or_default();
        self.invite = Some(invite);
        // A script that does not answer leaves it ringing; the caller's own time-out ends that.
        self.ring_until = None;
        self.state = State::Ready;
        self.advance();
    }

    fn rings(&mut self, leg: &CallId) {
        if *leg == self.main.id && self.main.stage == LineStage::Beginning {
            self.main.stage = LineStage::Ringing;
            self.tell_state("ringing", None);
        }
    }

    /// A leg is over, or never was.
    fn gone(&mut self, leg: &CallId, cause: HangupCause) {
        if *leg == self.main.id {
            self.over(cause);
        } else if self.peer.as_ref().is_some_and(|(line, _)| line.id == *leg) {
            self.peer_gone(None);
        } else {
            self.target_gone(leg);
        }
    }

    fn answered(&mut self, leg: CallId, sdp: Option<String>) {
        let line = if leg == self.main.id { Some(&mut self.main) } else { self.ringing_line(&leg) };
        let Some(line) = line else { return };
        line.stage = line.stage.max(LineStage::Answered);
        let Some((rtc, sdp)) = line.rtc.clone().zip(sdp) else { return };
        self.aside(async move { Made::Accepted(leg, rtc.accept(&sdp).await) });
    }

    fn pass_digits(&mut self, leg: &CallId, digits: String) {
        let Some((peer, _)) = &self.peer else { return };
        let to = if *leg == self.main.id { peer } else { &self.main };
        if let Some(call) = &to.call {
            self.machine.digits(call, &to.id, digits);
        }
    }

    /// Answers a call that was dialled, once.
    pub(super) fn answer_invite(&mut self) {
        if self.main.stage != LineStage::Ringing || self.main.rtc.is_some() || self.origin == Origin::Api {
            return;
        }
        let Some(invite) = &self.invite else { return };
        self.main.stage = LineStage::Answered;
        let (leg, offer) = (self.main.id.clone(), invite.sdp.clone());
        let config = line::media(&self.core, true);
        self.aside(async move { Made::Answer(leg, Box::pin(Session::answer(config, &offer)).await) });
    }

    pub(super) fn take_made(&mut self, made: Made) {
        match made {
            Made::Offer(leg, ready) => self.offered(leg, ready),
            Made::Answer(leg, ready) => self.answer_ready(leg, ready),
            Made::Accepted(leg, Ok(())) => {
                if leg == self.main.id {
                    self.note_answer();
                } else {
                    self.target_answered(&leg);
                }
            }
            Made::Accepted(leg, Err(error)) => {
                tracing::warn!(%error, "an answer cannot be used by a machine");
                self.fail(&leg);
            }
            Made::Document(document) => self.document(document),
            Made::Lodged(lodged) => self.lodged(lodged),
        }
    }

    fn document(&mut self, document: Option<std::sync::Arc<crate::swml::Document>>) {
        if self.state != State::Fetching {
            return;
        }
        self.state = State::Ready;
        match document.map(|document| self.script.fetched(document)) {
            Some(Ok(())) => self.advance(),
            Some(Err(error)) => {
                tracing::warn!(%error, "a script was stopped");
                self.end(HangupCause::NormalTemporaryFailure);
            }
            None => self.end(HangupCause::NormalTemporaryFailure),
        }
    }

    /// A line cannot be used.
    fn fail(&mut self, leg: &CallId) {
        if *leg == self.main.id {
            return self.end(HangupCause::IncompatibleDestination);
        }
        let call = self.ringing_line(leg).and_then(|line| line.call.clone());
        if let Some(call) = call {
            self.machine.bye(&call, leg, HangupCause::IncompatibleDestination);
        }
        self.target_gone(leg);
    }

    fn offered(&mut self, leg: CallId, ready: Ready) {
        let (session, events, sdp) = match ready {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(%error, "no offer could be made by a machine");
                return self.fail(&leg);
            }
        };
        let news = self.news();
        if leg == self.main.id {
            self.main.attach(session, events, news);
            self.main.call = self.machine.dial(&leg, &self.to, sdp, None);
            return;
        }
        let party = self.shown_caller();
        let Some(line) = self.ringing_line(&leg) else { return };
        line.attach(session, events, news);
        let to = line.dialled.clone();
        let call = self.machine.dial(&leg, &to, sdp, Some(party));
        if let Some(line) = self.ringing_line(&leg) {
            line.call = call;
        }
    }

    fn answer_ready(&mut self, leg: CallId, ready: Ready) {
        let (session, events, sdp) = match ready {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(%error, "a machine cannot answer an offer");
                return self.end(HangupCause::IncompatibleDestination);
            }
        };
        let news = self.news();
        let (Some(invite), Some(call)) = (&self.invite, self.main.call.clone()) else { return };
        let dialog = DialogParams::inbound(invite);
        self.main.attach(session, events, news);
        self.machine.say(&call, &leg, ClientVerto::Answer(BodyWithSdp { dialog, sdp, sessid: None }));
        self.note_answer();
        self.bridge();
    }

    pub(super) fn media(&mut self, leg: &CallId, word: MediaWord) {
        let main = *leg == self.main.id;
        match word {
            MediaWord::Connected if main => {
                self.main.stage = LineStage::Connected;
                if self.state == State::Waiting {
                    self.state = State::Ready;
                    self.advance();
                }
            }
            MediaWord::KeyFrameWanted if main => {
                if let Some(playing) = &self.playing {
                    playing.player.request_key_frame();
                }
            }
            MediaWord::Bitrate(bitrate) if main => {
                if let Some(playing) = &self.playing {
                    playing.player.set_bitrate(bitrate);
                }
            }
            // The call notices a transport that is gone, and gives it time to come back.
            MediaWord::Connected | MediaWord::KeyFrameWanted | MediaWord::Bitrate(_) | MediaWord::Failed => {}
        }
    }

    /// Whatever is due.
    pub(super) fn tick(&mut self, now: Instant) {
        let due = |at: Option<Instant>| at.is_some_and(|at| now >= at);
        if due(self.end_at) {
            return self.end(HangupCause::AllottedTimeout);
        }
        if due(self.ring_until) && self.main.stage < LineStage::Answered {
            return self.unanswered();
        }
        self.give_up(now);
        if due(self.peer.as_ref().and_then(|(_, until)| *until)) {
            self.peer_gone(Some(HangupCause::AllottedTimeout));
        }
        if let State::Sleeping(until) = self.state
            && now >= until
        {
            self.state = State::Ready;
            self.advance();
        }
    }
}
