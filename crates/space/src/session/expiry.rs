//! What the end of a token means for a session.
//!
//! Nobody is rung by it and it begins no more calls; the calls it is in go on. Without a call its socket is closed. A
//! client that got a new token meanwhile comes back with it and finds its session (both SDKs do so by themselves);
//! another one is told that the token has expired.

use super::Session;
use crate::clock;
use crate::token::Claims;
use std::time::Duration;
use tokio::time::Instant;

/// Further away than any token's end that matters; far from where clocks overflow.
const FOREVER: u64 = 10 * 365 * 86_400;

/// When these claims end.
pub fn deadline(claims: &Claims) -> Instant {
    let left = claims.exp.saturating_sub(clock::unix_seconds()).min(FOREVER);
    Instant::now() + Duration::from_secs(left)
}

impl Session {
    /// Takes up a token that has been checked.
    pub(super) fn hold(&mut self, claims: Claims) {
        self.valid_until = deadline(&claims);
        self.expired = claims.exp <= clock::unix_seconds();
        self.claims = claims;
    }

    pub(super) fn expire(&mut self) {
        tracing::info!(subscriber = self.handle.party().subscriber_id, "a session's token has expired");
        self.expired = true;
        self.set_presence(true);
    }

    /// The token has expired and no call is left.
    pub(super) fn is_over(&self) -> bool {
        self.expired && self.legs.is_empty()
    }

    /// Guests are online like others, and nobody can call them.
    pub(super) fn can_be_rung(&self) -> bool {
        self.online && !self.expired && !self.handle.party().is_guest()
    }
}
