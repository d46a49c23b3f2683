//! Requests that wait for a connection.

use crate::session_io::Ticket;
use ahoy_model::CallId;
use ahoy_wire::{ClientRequest, ClientVerto};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Requests of calls that may be unanswered at once, sent or not.
pub(crate) const CAPACITY: usize = 64;
/// What could not be sent for this long is no longer worth sending.
pub(crate) const LIFE: Duration = Duration::from_secs(30);

/// A request of a call.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub ticket: Ticket,
    pub request: ClientRequest,
    /// When it was first asked for.
    pub since: Instant,
}

impl Waiting {
    /// Saying it twice does no harm, not saying it does: a missed pong ends the call (WIRE.md 16), and so should a bye.
    pub fn is_worth_repeating(&self) -> bool {
        matches!(self.verto(), Some(ClientVerto::Pong(_) | ClientVerto::Bye(_)))
    }

    fn verto(&self) -> Option<&ClientVerto> {
        match &self.request {
            ClientRequest::Verto(request) => Some(&request.message),
            _ => None,
        }
    }

    fn leg(&self) -> Option<CallId> {
        match &self.request {
            ClientRequest::Verto(request) => request.leg(),
            _ => None,
        }
    }
}

/// First in, first out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Waiting>,
}

impl Outbox {
    pub fn push(&mut self, waiting: Waiting) {
        self.queue.push_back(waiting);
    }

    /// What a lost socket gave back goes before what came later.
    pub fn push_front(&mut self, earlier: Vec<Waiting>) {
        for waiting in earlier.into_iter().rev() {
            self.queue.push_front(waiting);
        }
    }

    /// For a bye of a leg whose invite never left: takes out all that waits for this leg. Empty when the space may know of it.
    pub fn take_unsaid(&mut self, bye: &Waiting) -> Vec<Waiting> {
        let is_bye = matches!(bye.verto(), Some(ClientVerto::Bye(_)));
        let leg = bye.leg();
        let unsaid = |waiting: &Waiting| {
            waiting.leg() == leg && matches!(waiting.verto(), Some(ClientVerto::Invite(_)))
        };
        if !is_bye || leg.is_none() || !self.queue.iter().any(unsaid) {
            return Vec::new();
        }
        let (out, kept) =
            std::mem::take(&mut self.queue).into_iter().partition(|waiting| waiting.leg() == leg);
        self.queue = kept;
        Vec::from(out)
    }

    pub fn take_all(&mut self) -> Vec<Waiting> {
        std::mem::take(&mut self.queue).into()
    }

    pub fn take_expired(&mut self, now: Instant) -> Vec<Waiting> {
        let (out, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.queue).into_iter().partition(|waiting| waiting.since + LIFE <= now);
        self.queue = kept;
        out.into()
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.queue.iter().map(|waiting| waiting.since + LIFE).min()
    }
}
