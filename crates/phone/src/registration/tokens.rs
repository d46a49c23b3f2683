//! Tokens that end are replaced in time: by the account's own source, or by the space when they are bound to this device.

use super::{AccountNews, Registration, Routed};
use crate::account::{FreshToken, refresh_after};
use crate::binding::{self, renew_after};
use crate::clock::unix_millis;
use crate::rest::Rest;
use ahoy_model::{Problem, ProblemCode};
use ahoy_signaling::SessionInput;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Longest wait for a token source.
const TOKEN_PATIENCE: Duration = Duration::from_secs(30);
/// A token whose end nobody knows is replaced after this time.
const TOKEN_UNKNOWN: Duration = Duration::from_secs(50 * 60);

impl Registration {
    pub(super) fn take_token(&mut self, now: Instant, fresh: FreshToken) -> Vec<Routed> {
        (self.fresh_ends, self.token_failed) = (fresh.expires_at, false);
        if let Some(account) = &mut self.account {
            account.token = fresh.token.clone();
            self.rest = Rest::new(&account.rest_url, fresh.token.clone(), account.pin).ok();
        }
        self.drive(now, SessionInput::NewToken(fresh.token))
    }

    /// Binding or renewing failed: again, or by the account's own source.
    pub(super) fn not_bound(&mut self, now: Instant, problem: Problem) -> Vec<Routed> {
        tracing::warn!(%problem, bound = self.binding.bound, "no token for this device");
        match self.binding.failed() {
            Some(pause) => self.refresh_at = Some(now + pause),
            None => {
                let bound = std::mem::take(&mut self.binding.bound);
                match self.account.as_ref().is_some_and(|account| account.tokens.is_some()) {
                    true if bound => self.fetch_token(),
                    true => {}
                    false => return vec![Routed::Notice(problem.worth_retrying())],
                }
            }
        }
        Vec::new()
    }

    pub(super) fn plan_refresh(&mut self, now: Instant, expires_at: Option<u64>) {
        let has_source = self.account.as_ref().is_some_and(|account| account.tokens.is_some());
        let today = unix_millis() / 1000.0;
        // What the space says counts, except of a token that it gave us itself for a shorter time.
        let ends =
            if self.binding.bound { self.fresh_ends.or(expires_at) } else { expires_at.or(self.fresh_ends) };
        self.refresh_at = match ends {
            Some(at) if self.binding.bound => Some(now + renew_after(today, at as f64)),
            Some(at) if has_source => Some(now + refresh_after(today, at as f64)),
            None if has_source => Some(now + TOKEN_UNKNOWN),
            _ => None,
        };
    }

    /// The token ends soon, or another try is due.
    pub(super) fn renew_token(&mut self) {
        if !self.binding.bound {
            let binds = self.own.wants_binding && self.binding.is_trying();
            return if binds { self.bind() } else { self.fetch_token() };
        }
        let (rest, key) = (self.rest.clone(), self.binding.key.clone());
        let token = self.account.as_ref().map(|account| account.token.clone());
        let (Some(rest), Some(key), Some(token)) = (rest, key, token) else { return };
        self.errand(async move { AccountNews::Bound(binding::renew(rest, key, token).await) });
    }

    /// Asks for a token that only this device can use.
    pub(super) fn bind(&mut self) {
        let Some(rest) = self.rest.clone() else { return };
        let keys = self.keys.clone();
        self.errand(async move { AccountNews::Bound(binding::bind(rest, keys).await) });
    }

    /// The space does not take our token: a fresh one is asked for, once until it took one.
    pub(super) fn token_refused(&mut self) {
        let first = self.first_token.clone().filter(|_| std::mem::take(&mut self.binding.bound));
        if let Some(first) = first {
            // A bound token lives for minutes (the machine may have slept); the one that it came from lives longer.
            self.own.wants_binding = false;
            return self.errand(async move { AccountNews::Token(Ok(first.into())) });
        }
        if !std::mem::replace(&mut self.asked_for_token, true) {
            self.fetch_token();
        }
    }

    pub(super) fn fetch_token(&mut self) {
        let Some(source) = self.account.as_ref().and_then(|account| account.tokens.clone()) else { return };
        self.errand(async move {
            let late = || Problem::new(ProblemCode::SpaceTimeout).because("the token source did not answer");
            AccountNews::Token(
                timeout(TOKEN_PATIENCE, source.fresh_token()).await.unwrap_or_else(|_| Err(late())),
            )
        });
    }
}
