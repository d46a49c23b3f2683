//! What others in the house ask the space.

use super::{Asker, Registration, Routed};
use ahoy_signaling::{RequestFailure, SessionInput, Ticket};
use ahoy_wire::ClientRequest;
use std::time::Instant;

impl Registration {
    /// Does not wait any longer, and sees whether a session that seems to stand still does.
    pub(crate) fn hurry(&mut self, now: Instant) -> Vec<Routed> {
        self.drive(now, SessionInput::Hurry)
    }

    /// Sends a request; its answer comes as `Routed::Reply` with the same asker.
    pub(crate) fn request(&mut self, now: Instant, asker: Asker, request: ClientRequest) -> Vec<Routed> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.askers.insert(ticket, asker.clone());
        if self.session.is_none() {
            self.askers.remove(&ticket);
            return vec![Routed::Reply(asker, Err(RequestFailure::NotConnected))];
        }
        self.drive(now, SessionInput::Request { ticket, request })
    }

    /// Asks for what is so already, to see how long the answer takes.
    pub(crate) fn probe(&mut self, now: Instant) -> Vec<Routed> {
        let same =
            if self.online { ClientRequest::SubscriberOnline } else { ClientRequest::SubscriberOffline };
        self.request(now, Asker::Probe, same)
    }
}
