//! How a move is carried out: which outputs leaving and entering a phase means. Which move it is, `transition.rs` says.

use crate::call::{Call, Offer};
use crate::call_io::{Asked, CallMessage, CallOutput, MediaTask};
use crate::phase::{End, Phase};
use ahoy_model::{CallStatus, EndReason, HangupCause};
use std::time::Instant;

/// Where an input leads.
pub(crate) enum Move {
    Stay,
    /// Another phase, and what follows from it.
    To(Phase, Vec<CallOutput>),
    /// We end it: bye, and a moment for the space to confirm.
    Leave(End),
    /// It is over now. With a last bye, where the space may still have the call.
    Over {
        status: CallStatus,
        end: End,
        bye: Option<HangupCause>,
    },
}

impl Move {
    pub fn to(phase: Phase) -> Self {
        Self::To(phase, Vec::new())
    }

    pub fn leave(reason: EndReason, cause: Option<HangupCause>) -> Self {
        Self::Leave(End { reason, cause })
    }

    pub fn failed(reason: EndReason, cause: Option<HangupCause>) -> Self {
        Self::Over { status: CallStatus::Failed, end: End { reason, cause }, bye: None }
    }

    pub fn failed_with_bye(reason: EndReason, bye: HangupCause) -> Self {
        Self::Over { status: CallStatus::Failed, end: End { reason, cause: Some(bye) }, bye: Some(bye) }
    }

    pub fn over(end: End) -> Self {
        Self::Over { status: CallStatus::Disconnected, end, bye: None }
    }
}

impl Call {
    /// The far side's answer, if an offer of ours waits for one that comes this way.
    pub(crate) fn accept(&mut self, awaited: Offer, sdp: Option<String>) -> Option<CallOutput> {
        let open = self.offer == awaited && !matches!(self.phase, Phase::Disconnecting(_));
        let sdp = sdp.filter(|_| open)?;
        self.offer = Offer::Settled;
        self.changing = false;
        Some(CallOutput::AcceptAnswer(sdp))
    }

    /// The last update of media got no answer; the next one may be made.
    pub(crate) fn withdraw(&mut self, out: &mut Vec<CallOutput>) {
        if self.offer == Offer::Updating {
            self.offer = Offer::Settled;
        }
        if std::mem::take(&mut self.changing) {
            out.push(CallOutput::Refused(Asked::UpdateMedia));
        }
        self.change_if_waiting(out);
    }

    /// Other media, now or as soon as it is possible.
    pub(crate) fn change(&mut self, out: &mut Vec<CallOutput>) {
        self.change_waits = true;
        self.change_if_waiting(out);
    }

    pub(crate) fn change_if_waiting(&mut self, out: &mut Vec<CallOutput>) {
        let talks = matches!(self.phase, Phase::Connected | Phase::Holding | Phase::Held | Phase::Resuming);
        if talks && self.offer == Offer::Settled && std::mem::take(&mut self.change_waits) {
            self.offer = Offer::Making;
            self.changing = true;
            out.push(CallOutput::StartMedia(MediaTask::Change));
        }
    }

    pub(crate) fn stop_ringing(&mut self, out: &mut Vec<CallOutput>) {
        if std::mem::take(&mut self.rings) {
            out.push(CallOutput::StopRinging);
        }
    }

    pub(crate) fn carry_out(&mut self, now: Instant, next: Move, out: &mut Vec<CallOutput>) {
        match next {
            Move::Stay => {}
            Move::To(phase, then) => {
                self.enter(now, phase, out);
                out.extend(then);
            }
            Move::Leave(end) => {
                self.stop_ringing(out);
                out.push(CallOutput::Send(CallMessage::Bye { cause: end.cause }));
                out.push(CallOutput::CloseMedia);
                self.enter(now, Phase::Disconnecting(end), out);
            }
            Move::Over { status, end, bye } => {
                self.stop_ringing(out);
                if let Some(cause) = bye {
                    out.push(CallOutput::Send(CallMessage::Bye { cause: Some(cause) }));
                }
                if !matches!(self.phase, Phase::Disconnecting(_)) {
                    out.push(CallOutput::CloseMedia);
                }
                out.push(CallOutput::Status(status));
                out.push(CallOutput::Ended { reason: end.reason, cause: end.cause });
                self.enter(now, Phase::Destroyed, out);
            }
        }
    }

    pub(crate) fn enter(&mut self, now: Instant, phase: Phase, out: &mut Vec<CallOutput>) {
        let before = std::mem::replace(&mut self.phase, phase);
        if phase != Phase::RingingIn {
            self.stop_ringing(out);
        }
        if !phase.needs_session() {
            self.session_ends = None;
        }
        // Dialling has one limit for both of its phases, and so has waiting for an answer.
        let goes_on = matches!(
            (before, phase),
            (Phase::Gathering, Phase::Inviting) | (Phase::Trying, Phase::RingingOut)
        );
        if !goes_on {
            // What has never worked is not waited for as long as what has.
            let never = matches!(phase, Phase::Recovering(_)) && !self.had_contact;
            let limit = if never { Some(self.times.connecting) } else { phase.limit(&self.times) };
            self.phase_ends = limit.map(|limit| now + limit);
        }
        self.again = matches!(phase, Phase::Recovering(_)).then(|| self.again_at(now));
        if before.status() != phase.status() {
            out.push(CallOutput::Status(phase.status()));
        }
        self.change_if_waiting(out);
    }
}
