//! All moves of a call, in one place.
//!
//! ```text
//!   outbound                               inbound
//!   Gathering ── our SDP is made           RingingIn ── the user answers
//!       │ (invite)                             │        (declines, or it rings too long: Disconnecting)
//!   Inviting ─── CALL CREATED              Answering ── our SDP is made
//!       │                                      │ (answer)
//!   Trying ───── early media                   │
//!       │                                      │
//!   RingingOut ─ verto.answer                  │
//!       └───────────────┬──────────────────────┘
//!                   Connecting ──(no media in time)──┐
//!                       │ media flows                │
//!      hold     ┌── Connected ◄──────────────────┐   │
//!   Holding ◄───┘       │    contact lost        │   │
//!      │ ok             ▼                        │   │
//!     Held ────────► Wavering ── it came back ───┤   │
//!      │ resume         │ grace is over, or      │   │
//!   Resuming            │ contact is gone        │   │
//!      │ ok             ▼                        │   │
//!      └► Connected  Recovering ─ media is back ─┤ ◄─┘
//!                       │ the space forgot us    │
//!                       ▼ (from any of these)    │
//!                    Reattaching ─ media again ──┘
//!
//!   any of them ── the user hangs up ──► Disconnecting ── reply, bye or 2 s ──► Destroyed
//!   any of them ── bye ────────────────► (Disconnected) ────────────────────► Destroyed
//!   any of them ── refused, too late ──► (Failed) ───────────────────────────► Destroyed
//! ```
//!
//! `Wavering`, `Recovering` and `Reattaching` remember whether they go back to `Connected` or to `Held`. Disconnected and
//! Failed are told as a status and passed at once. What is not drawn changes nothing: a message that comes late,
//! twice or without meaning never ends a call.

use crate::call::{Call, Contact, Offer};
use crate::call_io::{Accepted, Asked, CallInput, CallMessage, CallOutput, MediaTask};
use crate::moves::Move;
use crate::phase::{End, Line, Phase};
use crate::session_io::RequestFailure;
use ahoy_model::{EndReason, HangupCause};
use std::time::Instant;

impl Call {
    pub(crate) fn step(&mut self, now: Instant, input: CallInput, out: &mut Vec<CallOutput>) {
        if self.phase == Phase::Destroyed {
            return;
        }
        if input != CallInput::Timer {
            let next = self.next(now, input, out);
            return self.carry_out(now, next, out);
        }
        if self.session_ends.is_some_and(|end| end <= now) {
            self.session_ends = None;
            let next = self.after_session_limit();
            self.carry_out(now, next, out);
        }
        if self.phase_ends.is_some_and(|end| end <= now) {
            self.phase_ends = None;
            let next = self.after_phase_limit(now);
            self.carry_out(now, next, out);
        }
        if self.again.is_some_and(|at| at <= now) {
            let restart = self.restart(now);
            self.again = matches!(self.phase, Phase::Recovering(_)).then(|| self.again_at(now));
            out.extend(restart);
        }
    }

    /// What an input means in the present phase. Pushes what changes no phase.
    fn next(&mut self, now: Instant, input: CallInput, out: &mut Vec<CallOutput>) -> Move {
        use CallInput as I;
        use Phase as P;
        match input {
            I::Answer => match (self.phase, self.invitation.take()) {
                (P::RingingIn, Some(offer)) => {
                    Move::To(P::Answering, vec![CallOutput::StartMedia(MediaTask::Answer { offer })])
                }
                _ => Move::Stay,
            },
            I::Decline if self.phase == P::RingingIn => {
                Move::leave(EndReason::Declined, Some(HangupCause::UserBusy))
            }
            I::HangUp => self.hang_up(),
            I::Silence => {
                self.stop_ringing(out);
                Move::Stay
            }
            I::Hold if self.phase == P::Connected => {
                Move::To(P::Holding, vec![CallOutput::Send(CallMessage::Hold)])
            }
            I::Resume if self.phase == P::Held => {
                Move::To(P::Resuming, vec![CallOutput::Send(CallMessage::Unhold)])
            }
            I::Digits(digits) if self.status().can_send_digits() && !digits.is_empty() => {
                out.push(CallOutput::Send(CallMessage::Digits(digits)));
                Move::Stay
            }
            I::Transfer { destination }
                if matches!(self.phase, P::Connected | P::Holding | P::Held | P::Resuming) =>
            {
                out.push(CallOutput::Send(CallMessage::Transfer { destination }));
                Move::Stay
            }
            I::Unite { other, merge }
                if matches!(self.phase, P::Connected | P::Holding | P::Held | P::Resuming) =>
            {
                out.push(CallOutput::Send(CallMessage::Unite { other, merge }));
                Move::Stay
            }
            I::ChangeMedia => {
                if self.phase.is_answered() {
                    self.change(out);
                }
                Move::Stay
            }
            I::Decline | I::Hold | I::Resume | I::Digits(_) | I::Transfer { .. } | I::Unite { .. } => {
                Move::Stay
            }

            I::Reply { to, outcome: Ok(accepted) } => self.accepted(to, accepted, out),
            I::Reply { to, outcome: Err(failure) } => self.not_accepted(to, failure, out),
            I::FarMedia { sdp } => {
                let accept = self.accept(Offer::Invited, Some(sdp));
                match self.phase {
                    P::Inviting | P::Trying => Move::To(P::RingingOut, accept.into_iter().collect()),
                    _ => {
                        out.extend(accept);
                        Move::Stay
                    }
                }
            }
            I::FarAnswered { sdp } => {
                let accept = self.accept(Offer::Invited, sdp);
                let next = match (self.phase, self.contact) {
                    (P::Inviting | P::Trying | P::RingingOut, Contact::None) => P::Connecting,
                    (P::Inviting | P::Trying | P::RingingOut, Contact::Up) => P::Connected,
                    (P::Inviting | P::Trying | P::RingingOut, Contact::Down) => P::Wavering(Line::Open),
                    _ => {
                        out.extend(accept);
                        return Move::Stay;
                    }
                };
                Move::To(next, accept.into_iter().collect())
            }
            I::FarBye { cause } => self.far_bye(cause),
            I::FarPing(ping) => {
                if !matches!(self.phase, P::Disconnecting(_)) {
                    out.push(CallOutput::Send(CallMessage::Pong(ping)));
                }
                Move::Stay
            }
            I::FarAttach => match self.phase {
                P::Wavering(line) | P::Recovering(line) => self.reattach(line),
                _ => Move::Stay,
            },
            I::Other => Move::Stay,

            I::SdpReady(sdp) => self.sdp_ready(now, sdp, out),
            I::SdpRefused => self.sdp_refused(out),
            I::MediaConnected => {
                self.contact = Contact::Up;
                self.had_contact = true;
                self.repairs.helped();
                match self.phase {
                    P::Connecting => Move::to(P::Connected),
                    P::Wavering(line) | P::Recovering(line) => Move::to(line.connected()),
                    // Before the new answer is in, this can only be about the old peer connection.
                    P::Reattaching(line) if self.offer == Offer::Settled => {
                        self.given_up = None;
                        Move::to(line.connected())
                    }
                    _ => Move::Stay,
                }
            }
            I::MediaDisconnected => {
                self.contact = Contact::Down;
                match self.phase {
                    P::Connected | P::Holding | P::Held | P::Resuming => {
                        Move::to(P::Wavering(self.phase.line()))
                    }
                    _ => Move::Stay,
                }
            }
            I::MediaFailed => {
                self.contact = Contact::Down;
                match self.phase {
                    P::Connecting | P::Connected | P::Holding | P::Held | P::Resuming | P::Wavering(_) => {
                        self.recover(now)
                    }
                    _ => Move::Stay,
                }
            }

            // Whether the path is broken shows when it is made anew; the call goes on meanwhile.
            I::MediaSilent => {
                if self.phase == P::Connected {
                    out.extend(self.restart_soon(now));
                }
                Move::Stay
            }

            I::SessionLost => {
                if self.phase.needs_session() {
                    self.session_ends.get_or_insert(now + self.times.without_session);
                }
                Move::Stay
            }
            I::SessionBack { resumed } => self.session_back(now, resumed, out),
            I::SessionGone => match self.phase {
                P::Disconnecting(end) => Move::over(end),
                _ => Move::failed(EndReason::ConnectionLost, None),
            },
            I::Timer => Move::Stay,
        }
    }

    fn hang_up(&self) -> Move {
        match self.phase {
            // Nobody knows of it yet.
            Phase::Gathering => Move::over(End { reason: EndReason::Cancelled, cause: None }),
            Phase::Inviting | Phase::Trying | Phase::RingingOut => {
                Move::leave(EndReason::Cancelled, Some(HangupCause::OriginatorCancel))
            }
            Phase::RingingIn => Move::leave(EndReason::Declined, Some(HangupCause::UserBusy)),
            Phase::Disconnecting(_) | Phase::Destroyed => Move::Stay,
            _ => Move::leave(EndReason::HungUp, None),
        }
    }

    fn accepted(&mut self, to: Asked, accepted: Accepted, out: &mut Vec<CallOutput>) -> Move {
        let Accepted { node_id, result } = accepted;
        match (to, self.phase) {
            (Asked::Invite, phase) => {
                self.node_id = node_id.or(self.node_id.take());
                self.member_id = result.member_id.or(self.member_id.take());
                if phase == Phase::Inviting { Move::to(Phase::Trying) } else { Move::Stay }
            }
            (Asked::Hold, Phase::Holding) => Move::to(Phase::Held),
            (Asked::Unhold, Phase::Resuming) => Move::to(Phase::Connected),
            (Asked::Hold, _) => self.remember(Line::Held),
            (Asked::Unhold, _) => self.remember(Line::Open),
            (Asked::UpdateMedia, _) => {
                match self.accept(Offer::Updating, result.sdp) {
                    Some(accept) => {
                        out.push(accept);
                        self.change_if_waiting(out);
                    }
                    None => self.withdraw(out),
                }
                Move::Stay
            }
            (Asked::Bye, Phase::Disconnecting(end)) => Move::over(end),
            _ => Move::Stay,
        }
    }

    fn not_accepted(&mut self, to: Asked, failure: RequestFailure, out: &mut Vec<CallOutput>) -> Move {
        use Phase as P;
        use RequestFailure as F;
        let refusal = |failure: &F| match failure {
            F::Refused(refused) => Some(refused.cause),
            _ => None,
        };
        match (to, self.phase) {
            (Asked::Bye, P::Disconnecting(end)) => Move::over(end),
            (_, P::Disconnecting(_)) => Move::Stay,
            (Asked::Invite, P::Inviting) => match failure {
                F::Refused(refused) => match refused.cause {
                    Some(cause) => {
                        let reason = EndReason::from_cause(cause, self.direction, false);
                        Move::over(End { reason, cause: Some(cause) })
                    }
                    None => Move::failed(EndReason::Failed, None),
                },
                F::TimedOut => Move::failed_with_bye(EndReason::TimedOut, HangupCause::RecoveryOnTimerExpire),
                // The space may have it: the answer, or the limit of dialling, will tell.
                F::Lost => Move::Stay,
                F::NotConnected | F::QueueFull => Move::failed(EndReason::ConnectionLost, None),
            },
            (Asked::Invite, P::Reattaching(line)) => {
                self.offer = Offer::Settled;
                match failure {
                    F::Refused(refused) => {
                        Move::failed(EndReason::ConnectionLost, self.given_up.or(refused.cause))
                    }
                    F::TimedOut => {
                        let Move::To(_, again) = self.reattach(line) else { return Move::Stay };
                        out.extend(again);
                        Move::Stay
                    }
                    // When the session is back, it is tried again.
                    F::Lost | F::NotConnected | F::QueueFull => Move::Stay,
                }
            }
            (Asked::Invite, _) => Move::Stay,
            (Asked::Answer, phase) if phase.is_answered() => match refusal(&failure) {
                Some(Some(cause)) => {
                    let reason = EndReason::from_cause(cause, self.direction, false);
                    Move::over(End { reason, cause: Some(cause) })
                }
                // The caller was faster.
                Some(None) if failure.call_is_gone() => {
                    Move::over(End { reason: EndReason::Cancelled, cause: None })
                }
                Some(None) => Move::failed(EndReason::Failed, None),
                None => Move::Stay,
            },
            (_, phase) if phase.is_answered() && failure.call_is_gone() => {
                Move::failed(EndReason::ConnectionLost, Some(HangupCause::InvalidCallReference))
            }
            (Asked::Hold, P::Holding) => {
                // Unless it was refused it may have been carried out, so the space is told where we stand.
                let contrary = refusal(&failure).is_none().then_some(CallMessage::Unhold);
                Self::back_to(P::Connected, Asked::Hold, contrary)
            }
            (Asked::Unhold, P::Resuming) => {
                let contrary = refusal(&failure).is_none().then_some(CallMessage::Hold);
                Self::back_to(P::Held, Asked::Unhold, contrary)
            }
            (Asked::UpdateMedia, _) => {
                let left = !matches!(failure, F::NotConnected | F::QueueFull | F::Lost);
                if !left && !self.changing {
                    self.repairs.never_left();
                }
                self.withdraw(out);
                Move::Stay
            }
            (Asked::Transfer | Asked::Unite | Asked::Digits, phase) if phase.is_answered() => {
                out.push(CallOutput::Refused(to));
                Move::Stay
            }
            _ => Move::Stay,
        }
    }

    /// Hold or resume came to nothing.
    fn back_to(phase: Phase, asked: Asked, contrary: Option<CallMessage>) -> Move {
        let refused = [CallOutput::Refused(asked)];
        Move::To(phase, refused.into_iter().chain(contrary.map(CallOutput::Send)).collect())
    }

    /// Hold or resume took effect while media was being repaired. No deadline changes.
    fn remember(&mut self, line: Line) -> Move {
        match &mut self.phase {
            Phase::Wavering(old) | Phase::Recovering(old) | Phase::Reattaching(old) => *old = line,
            _ => {}
        }
        Move::Stay
    }

    fn sdp_ready(&mut self, now: Instant, sdp: String, out: &mut Vec<CallOutput>) -> Move {
        if self.phase == Phase::Answering {
            return Move::To(Phase::Connecting, vec![CallOutput::Send(CallMessage::Answer { sdp })]);
        }
        if self.offer != Offer::Making || matches!(self.phase, Phase::Disconnecting(_)) {
            return Move::Stay;
        }
        self.offer = match self.phase {
            Phase::Gathering | Phase::Reattaching(_) => Offer::Invited,
            _ => Offer::Updating,
        };
        match self.phase {
            Phase::Gathering => {
                Move::To(Phase::Inviting, vec![CallOutput::Send(CallMessage::Invite { sdp })])
            }
            Phase::Reattaching(_) => {
                out.push(CallOutput::Send(CallMessage::Reattach { sdp }));
                Move::Stay
            }
            _ => {
                if !self.changing {
                    self.repairs.sent(now);
                }
                out.push(CallOutput::Send(CallMessage::UpdateMedia { sdp }));
                Move::Stay
            }
        }
    }

    fn sdp_refused(&mut self, out: &mut Vec<CallOutput>) -> Move {
        match self.phase {
            Phase::Gathering => Move::failed(EndReason::Incompatible, None),
            Phase::Inviting
            | Phase::Trying
            | Phase::RingingOut
            | Phase::Answering
            | Phase::Connecting
            | Phase::Reattaching(_) => {
                Move::failed_with_bye(EndReason::Incompatible, HangupCause::IncompatibleDestination)
            }
            // A running call outlives a repair that came to nothing.
            _ => {
                self.offer = Offer::Settled;
                self.withdraw(out);
                Move::Stay
            }
        }
    }

    fn session_back(&mut self, now: Instant, resumed: bool, out: &mut Vec<CallOutput>) -> Move {
        self.session_ends = None;
        match self.phase {
            Phase::Recovering(_) if resumed => {
                out.extend(self.restart_soon(now));
                Move::Stay
            }
            Phase::Reattaching(line) if self.offer == Offer::Settled && self.contact != Contact::Up => {
                self.reattach(line)
            }
            _ if resumed => Move::Stay,
            Phase::Trying | Phase::RingingOut | Phase::RingingIn | Phase::Answering => {
                Move::failed(EndReason::ConnectionLost, None)
            }
            Phase::Connecting
            | Phase::Connected
            | Phase::Holding
            | Phase::Held
            | Phase::Resuming
            | Phase::Wavering(_)
            | Phase::Recovering(_) => self.reattach(self.phase.line()),
            Phase::Gathering
            | Phase::Inviting
            | Phase::Reattaching(_)
            | Phase::Disconnecting(_)
            | Phase::Destroyed => Move::Stay,
        }
    }

    /// The session did not come back.
    fn after_session_limit(&self) -> Move {
        match self.phase {
            Phase::Trying | Phase::RingingOut => {
                Move::failed_with_bye(EndReason::ConnectionLost, HangupCause::OriginatorCancel)
            }
            // No bye: it may be ringing elsewhere.
            Phase::RingingIn => Move::failed(EndReason::ConnectionLost, None),
            _ => Move::Stay,
        }
    }

    fn after_phase_limit(&mut self, now: Instant) -> Move {
        match self.phase {
            Phase::Gathering => Move::failed(EndReason::Incompatible, None),
            Phase::Inviting => Move::failed_with_bye(EndReason::TimedOut, HangupCause::RecoveryOnTimerExpire),
            Phase::Trying | Phase::RingingOut | Phase::RingingIn => {
                Move::leave(EndReason::NoAnswer, Some(HangupCause::NoAnswer))
            }
            Phase::Answering => {
                Move::failed_with_bye(EndReason::Incompatible, HangupCause::IncompatibleDestination)
            }
            Phase::Connecting | Phase::Wavering(_) => self.recover(now),
            Phase::Holding => Self::back_to(Phase::Connected, Asked::Hold, Some(CallMessage::Unhold)),
            Phase::Resuming => Self::back_to(Phase::Held, Asked::Unhold, Some(CallMessage::Hold)),
            Phase::Recovering(_) | Phase::Reattaching(_) => {
                Move::failed_with_bye(EndReason::ConnectionLost, HangupCause::MediaTimeout)
            }
            Phase::Disconnecting(end) => Move::over(end),
            Phase::Connected | Phase::Held | Phase::Destroyed => Move::Stay,
        }
    }
}

#[cfg(test)]
#[path = "transition_tests.rs"]
mod tests;
