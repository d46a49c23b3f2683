//! How media is made anew: how often, how soon again, and what happens when the space gives a call up for want of media.

use crate::call::{Call, Contact, Offer};
use crate::call_io::{CallOutput, CallTimes, MediaTask};
use crate::moves::Move;
use crate::phase::{End, Line, Phase};
use ahoy_model::{EndReason, HangupCause};
use std::time::Instant;

/// Offers of repairs that have left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repairs {
    /// Since media last flowed.
    sent: u32,
    last: Option<Instant>,
}

impl Repairs {
    pub fn sent(&mut self, now: Instant) {
        self.sent += 1;
        self.last = Some(now);
    }

    /// The last one never left: it was no try.
    pub fn never_left(&mut self) {
        self.sent = self.sent.saturating_sub(1);
        self.last = None;
    }

    /// Media flows. The pause stays: a path that comes and goes is not to be made anew all the time.
    pub fn helped(&mut self) {
        self.sent = 0;
    }

    /// Until when no other may be made.
    fn rests_until(&self, now: Instant, times: &CallTimes) -> Option<Instant> {
        self.last.map(|last| last + times.repair_pause).filter(|end| *end > now)
    }

    fn are_over(&self, times: &CallTimes) -> bool {
        times.repair_tries.is_some_and(|tries| self.sent >= tries.get())
    }
}

impl Call {
    /// A media restart, unless an offer is out, the last one left a moment ago, or there were as many as may be.
    pub(crate) fn restart(&mut self, now: Instant) -> Option<CallOutput> {
        let waits = self.repairs.rests_until(now, &self.times).is_some();
        if self.offer != Offer::Settled || waits || self.repairs.are_over(&self.times) {
            return None;
        }
        self.offer = Offer::Making;
        Some(CallOutput::StartMedia(MediaTask::Restart))
    }

    /// A media restart as soon as there may be one.
    pub(crate) fn restart_soon(&mut self, now: Instant) -> Option<CallOutput> {
        let restart = self.restart(now);
        self.again = match self.phase {
            Phase::Recovering(_) => Some(self.again_at(now)),
            _ if self.offer == Offer::Settled => self.repairs.rests_until(now, &self.times),
            _ => None,
        };
        restart
    }

    /// When a repair that has not helped is tried again.
    pub(crate) fn again_at(&self, now: Instant) -> Instant {
        let rests = self.repairs.rests_until(now, &self.times).filter(|_| self.offer == Offer::Settled);
        rests.unwrap_or(now + self.times.again)
    }

    pub(crate) fn recover(&mut self, now: Instant) -> Move {
        Move::To(Phase::Recovering(self.phase.line()), self.restart(now).into_iter().collect())
    }

    pub(crate) fn reattach(&mut self, line: Line) -> Move {
        self.offer = Offer::Making;
        self.changing = false;
        self.contact = Contact::Down;
        Move::To(Phase::Reattaching(line), vec![CallOutput::StartMedia(MediaTask::Replace)])
    }

    /// The space has ended the call. When it did so for want of media that has flowed before, it is asked for the call once.
    pub(crate) fn far_bye(&mut self, cause: HangupCause) -> Move {
        if let Phase::Disconnecting(end) = self.phase {
            return Move::over(end);
        }
        let answered = self.phase.is_answered();
        let lost = answered && self.had_contact && cause == HangupCause::MediaTimeout;
        if lost && self.times.ask_again && self.dialog.screen_share != Some(true) {
            match self.phase {
                // It is being asked for already: that bye is about what was before.
                Phase::Reattaching(_) if matches!(self.offer, Offer::Making | Offer::Invited) => {
                    self.given_up = Some(cause);
                    return Move::Stay;
                }
                phase if self.given_up.is_none() => {
                    self.given_up = Some(cause);
                    return self.reattach(phase.line());
                }
                _ => {}
            }
        }
        Move::over(End { reason: EndReason::from_cause(cause, self.direction, answered), cause: Some(cause) })
    }
}
