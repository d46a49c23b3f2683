//! Every way a call ends. A leg always ends with a `verto.bye` from one side (WIRE.md 8).

use super::leg::{Leg, Stage};
use super::{Call, CallCommand, CallerAnswer, Done, Phase};
use crate::session::VertoReplyTo;
use crate::store::CallRecord;
use crate::{chat, clock};
use ahoy_model::{CallId, HangupCause};
use ahoy_rtc::Session;
use ahoy_wire::{Reply, RpcError, ServerVerto, VertoPing, VertoResult};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// Closing media takes this long at most; then the sockets go with their tasks.
const CLOSING: Duration = Duration::from_secs(2);

impl Call {
    /// A client says bye. `cause`: what it named.
    pub(super) fn leaves(&mut self, id: &CallId, cause: Option<HangupCause>, reply: VertoReplyTo) {
        let ended = VertoResult::ended(id.clone(), HangupCause::NormalClearing);
        if self.phase == Phase::Talking || self.winner.is_some() {
            if let Some(leg) = self.leg(id) {
                leg.event(self.room.left(leg, "hangup"));
            }
            reply.ok(ended);
            self.part(id, cause.unwrap_or(HangupCause::NormalClearing), false);
        } else if self.is_caller(id) {
            reply.ok(ended);
            self.cancel(HangupCause::OriginatorCancel);
        } else {
            reply.ok(ended);
            self.device_gone(id, cause.unwrap_or(HangupCause::CallRejected));
        }
    }

    /// The caller gave up, or is gone, before an answer.
    fn cancel(&mut self, cause: HangupCause) {
        let ringing: Vec<CallId> =
            self.devices.iter().filter(|leg| leg.stage != Stage::Over).map(|leg| leg.id.clone()).collect();
        for id in ringing {
            self.bye(&id, cause);
        }
        if let Some(invite) = self.invite.take() {
            invite.failed(RpcError::call_error(cause));
        }
        self.over(cause);
    }

    /// A device rejected, failed or vanished before an answer. The last one decides what the caller hears.
    pub(super) fn device_gone(&mut self, id: &CallId, cause: HangupCause) {
        let Some(leg) = self.leg_mut(id) else { return };
        let media = leg.release();
        self.close(media);
        // A device that says "busy" or "no" says more than one that has merely gone.
        let spoke =
            |cause| !matches!(cause, HangupCause::DestinationOutOfOrder | HangupCause::SubscriberAbsent);
        if spoke(cause) || !spoke(self.cause) || self.cause == HangupCause::NormalClearing {
            self.cause = cause;
        }
        if self.devices.iter().all(|leg| leg.stage == Stage::Over) {
            self.end_everybody(self.cause);
        }
    }

    /// One of two that talk has gone; the other is told. `tell`: the one that goes does not know yet.
    fn part(&mut self, id: &CallId, cause: HangupCause, tell: bool) {
        let others: Vec<CallId> = self.legs().filter(|leg| leg.id != *id).map(|leg| leg.id.clone()).collect();
        if let Some(leaver) = self.leg(id) {
            for other in others.iter().filter_map(|other| self.leg(other)) {
                other.event(self.room.member_left(&leaver.member, "hangup"));
            }
        }
        for other in &others {
            self.depart(other, cause);
        }
        if tell {
            self.depart(id, cause);
        }
        self.over(cause);
    }

    /// Ends one leg of a call from here, and with it the call.
    pub(super) fn hang_up(&mut self, id: &CallId, cause: HangupCause) {
        self.part(id, cause, true);
    }

    /// `call.left`, `call.state`, bye.
    pub(super) fn depart(&mut self, id: &CallId, cause: HangupCause) {
        if let Some(leg) = self.leg(id).filter(|leg| leg.stage == Stage::Answered) {
            leg.event(self.room.left(leg, "hangup"));
            leg.event(self.room.call_state(leg, "ended"));
        }
        self.bye(id, cause);
    }

    /// Says bye to one leg and lets it go.
    pub(super) fn bye(&mut self, id: &CallId, cause: HangupCause) {
        let caller = self.is_caller(id);
        // A device that does not ring yet knows nothing of the call.
        if let Some(leg) = self.leg(id).filter(|leg| caller || leg.stage != Stage::Preparing) {
            leg.bye(cause);
        }
        let media = self.leg_mut(id).and_then(Leg::release);
        self.close(media);
    }

    /// The end for everybody at one time: nobody answered, nobody is there, the space stops.
    pub(super) fn end_everybody(&mut self, cause: HangupCause) {
        if let Some(invite) = self.invite.take() {
            invite.failed(RpcError::call_error(cause));
            return self.over(cause);
        }
        let ids: Vec<CallId> = self.legs().map(|leg| leg.id.clone()).collect();
        for id in ids {
            self.depart(&id, cause);
        }
        self.over(cause);
    }

    fn over(&mut self, cause: HangupCause) {
        self.cause = cause;
        self.release_all();
        self.phase = Phase::Over;
    }

    pub(super) fn release_all(&mut self) {
        self.release_children(self.cause);
        self.place = None;
        let legs = std::iter::once(&mut self.caller).chain(&mut self.devices);
        let media: Vec<_> = legs.filter(|leg| leg.stage != Stage::Over).filter_map(Leg::release).collect();
        self.close(media);
    }

    /// A client did not come back in time.
    pub(super) fn session_ended(&mut self, id: &CallId) {
        if self.leg(id).is_none() {
            return;
        }
        if self.phase == Phase::Talking || self.winner.is_some() {
            self.part(id, HangupCause::NetworkOutOfOrder, false);
        } else if self.is_caller(id) {
            self.cancel(HangupCause::OriginatorCancel);
        } else {
            self.device_gone(id, HangupCause::SubscriberAbsent);
        }
    }

    /// Whatever is due.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.ring_deadline().is_some_and(|at| now >= at) {
            return self.end_everybody(HangupCause::NoAnswer);
        }
        let late = self.legs().find(|leg| leg.media_by.is_some_and(|by| now >= by)).map(|leg| leg.id.clone());
        if let Some(id) = late {
            return self.hang_up(&id, HangupCause::MediaTimeout);
        }
        let late: Vec<CallId> = self
            .children
            .iter()
            .filter(|child| child.leg.media_by.is_some_and(|by| now >= by))
            .map(|child| child.leg.id.clone())
            .collect();
        for id in late {
            self.end_child(&id, HangupCause::MediaTimeout);
        }
        let due: Vec<CallId> = self
            .legs()
            .filter(|leg| leg.next_ping.is_some_and(|at| now >= at))
            .map(|leg| leg.id.clone())
            .collect();
        for id in due {
            self.ping(&id, now);
        }
    }

    /// One missed ping ends the call, one interval later (WIRE.md 16).
    fn ping(&mut self, id: &CallId, now: Instant) {
        let interval = self.core.config.timers.call_ping;
        let Some(leg) = self.leg_mut(id) else { return };
        if leg.ping_unanswered {
            return self.hang_up(id, HangupCause::RecoveryOnTimerExpire);
        }
        leg.ping_unanswered = true;
        leg.next_ping = Some(now + interval);
        leg.session.verto(ServerVerto::Ping(VertoPing::new(id)));
    }

    /// Closes media, answers what still comes in, and writes the call down.
    pub(super) async fn finish(mut self, mut inbox: mpsc::Receiver<CallCommand>) {
        self.stop_side_tasks.cancel();
        self.core.switchboard.stops_ringing(&self.caller.id);
        inbox.close();
        for command in std::mem::take(&mut self.early) {
            self.turn_away(command);
        }
        while let Some(command) = inbox.recv().await {
            self.turn_away(command);
        }
        if let CallerAnswer::Ready(ready) = std::mem::replace(&mut self.answer, CallerAnswer::Sent) {
            self.close([Arc::new(ready.session)]);
        }
        let closed = async { while self.closing.join_next().await.is_some() {} };
        if timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("a call's media takes long to close");
        }
        self.write_down().await;
    }

    /// Nothing waits for its reply for ever.
    fn turn_away(&self, command: CallCommand) {
        match command {
            CallCommand::Client { reply, .. } => reply.failed(RpcError::call_does_not_exist()),
            CallCommand::Method { leg, id, .. } => self.no_such_call(&leg, &id),
            CallCommand::Done(Done::Updated { reply, .. }) => reply.failed(RpcError::call_does_not_exist()),
            CallCommand::Done(Done::TransferResolved { handover, .. }) => {
                handover.reply.failed(RpcError::call_does_not_exist())
            }
            CallCommand::Unite(wish)
            | CallCommand::Done(Done::Given { wish, .. } | Done::Gathered { wish, .. }) => {
                wish.reply.failed(RpcError::call_does_not_exist())
            }
            CallCommand::Child(invite) => invite.reply.failed(RpcError::call_does_not_exist()),
            // Media sessions in here close when they are dropped.
            CallCommand::SessionEnded { .. }
            | CallCommand::DeviceOnline(_)
            | CallCommand::Announce { .. }
            | CallCommand::Recall { .. }
            // Whoever waits for these learns that nobody answers.
            | CallCommand::Far { .. }
            | CallCommand::Give { .. }
            | CallCommand::Lodge { .. }
            | CallCommand::Dismiss { .. }
            | CallCommand::Media(_)
            | CallCommand::Done(_) => {}
        }
    }

    /// Closes media sessions in the background; the call waits for them when it ends.
    pub(super) fn close(&mut self, sessions: impl IntoIterator<Item = Arc<Session>>) {
        for session in sessions {
            self.closing.spawn(async move { session.close().await });
        }
        // Those that are done need not be remembered.
        while self.closing.try_join_next().is_some() {}
    }

    /// Answers a request about a leg that is over.
    pub(super) fn no_such_call(&self, leg: &CallId, request: &str) {
        let all = std::iter::once(&self.caller).chain(&self.devices);
        if let Some(leg) = all.into_iter().find(|known| known.id == *leg) {
            leg.session.reply(Reply::error(request, RpcError::call_does_not_exist()));
        }
    }

    /// The call so far.
    pub(super) fn record(&self) -> CallRecord {
        let seconds = |ms: u64| i64::try_from(ms / 1_000).unwrap_or(i64::MAX);
        CallRecord {
            id: Uuid::new_v4().to_string(),
            caller: self.room.from.clone(),
            caller_name: self.room.from_name.clone(),
            callee: self.room.to.clone(),
            started_at: seconds(self.room.started),
            answered_at: self.room.answered.map(seconds),
            ended_at: seconds(clock::unix_ms()),
            cause: self.cause,
        }
    }

    async fn write_down(&self) {
        chat::write_down(&self.core, self.record()).await;
    }
}
