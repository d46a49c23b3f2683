//! Which space we belong to and the token that proves it; and how a token that ends is replaced in time.

use ahoy_model::{Fingerprint, Problem, Secret};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Where fresh tokens come from: the built-in space, a sign-in server, a keychain.
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// A token for the same subscriber, with life left in it. May take as long as the network takes; the phone waits 30 s.
    async fn fresh_token(&self) -> Result<FreshToken, Problem>;
}

/// A token and, if its source knows, when it ends (Unix seconds). The space's word counts more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshToken {
    pub token: Secret,
    pub expires_at: Option<u64>,
}

impl From<Secret> for FreshToken {
    fn from(token: Secret) -> Self {
        Self { token, expires_at: None }
    }
}

/// One subscriber of one space.
#[derive(Clone)]
pub struct SpaceAccount {
    /// The space's WebSocket: `ws://host:port` or `wss://…`.
    pub url: String,
    /// Base of its REST interface: `http://host:port` or `https://…`, without `/api/fabric`.
    pub rest_url: String,
    /// Subscriber Access Token.
    pub token: Secret,
    /// The space's name as shown to the user; `None` shows its host.
    pub name: Option<String>,
    /// Asked for a new token before the old one ends, and once when the space refuses the one we have.
    pub tokens: Option<Arc<dyn TokenSource>>,
    /// The only certificate that counts; `None` trusts whom this computer trusts.
    pub pin: Option<Fingerprint>,
}

impl SpaceAccount {
    pub fn new(url: impl Into<String>, rest_url: impl Into<String>, token: Secret) -> Self {
        Self { url: url.into(), rest_url: rest_url.into(), token, name: None, tokens: None, pin: None }
    }

    /// What the user sees as the space.
    pub fn shown_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
            rest.split(['/', '?']).next().unwrap_or(rest).to_owned()
        })
    }
}

impl fmt::Debug for SpaceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpaceAccount")
            .field("url", &self.url)
            .field("rest_url", &self.rest_url)
            .finish_non_exhaustive()
    }
}

/// How long after `now` a token that ends at `expires_at` (both Unix seconds) should be replaced: a minute before its
/// end, or after nine tenths of a short life; never sooner than a second.
pub(crate) fn refresh_after(now: f64, expires_at: f64) -> Duration {
    let left = (expires_at - now).clamp(0.0, 365.0 * 86_400.0);
    let margin = (left / 10.0).clamp(0.0, 60.0);
    Duration::from_secs_f64((left - margin).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_replaced_before_they_end() {
        assert_eq!(refresh_after(0.0, 7200.0), Duration::from_secs(7140));
        assert_eq!(refresh_after(0.0, 30.0), Duration::from_secs(27));
        assert_eq!(refresh_after(100.0, 30.0), Duration::from_secs(1));
        assert_eq!(refresh_after(0.0, f64::MAX), refresh_after(0.0, 365.0 * 86_400.0));
    }

    #[test]
    fn an_account_never_prints_its_token() {
        let account =
            SpaceAccount::new("wss://space.example:8443/x", "https://space.example", "eyJhbGci".into());
        assert!(!format!("{account:?}").contains("eyJ"));
        assert_eq!(account.shown_name(), "space.example:8443");
    }
}
