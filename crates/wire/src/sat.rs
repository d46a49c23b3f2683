//! The protected header of a Subscriber Access Token (1.1) and the hosts it names (1.3).

use ahoy_model::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

object! {
    /// The first part of the token: base64url JSON. The rest is for the space only.
    pub struct Header {
        optional: {
            alg: String,
            enc: String,
            /// `SAT`; absent means `VRT`.
            typ: String,
            /// "Cluster host": chooses the hosts.
            ch: String,
            kid: String,
        },
    }
}

/// Why a text cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SatError {
    #[error("the token is empty")]
    Empty,
    #[error("the token is too long")]
    TooLong,
    #[error("the token's header is not base64url JSON")]
    Header,
}

/// Where a token's space lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// `wss://…`
    pub socket: String,
    /// `https://…`, without a slash at the end.
    pub rest: String,
}

const MAX_TOKEN_BYTES: usize = 16 * 1024;

impl Header {
    /// Reads the header of a token.
    pub fn of(token: &Secret) -> Result<Self, SatError> {
        let text = token.expose().trim();
        if text.is_empty() {
            return Err(SatError::Empty);
        }
        if text.len() > MAX_TOKEN_BYTES {
            return Err(SatError::TooLong);
        }
        let first = text.split('.').next().unwrap_or_default().trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD.decode(first).map_err(|_| SatError::Header)?;
        serde_json::from_slice(&bytes).map_err(|_| SatError::Header)
    }

    /// The header as the first part of a token.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(crate::json::value(self).to_string())
    }

    /// Hosts by v4's rule: `ch` is split at the first dot into host and domain; without one, SignalWire's own.
    pub fn hosts(&self) -> Hosts {
        let plain = |host: &str| {
            host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_'))
        };
        match self.ch.as_deref().filter(|ch| plain(ch)).and_then(|ch| ch.split_once('.')) {
            Some((host, domain)) if !host.is_empty() && !domain.is_empty() => {
                Hosts { socket: format!("wss://{host}.{domain}"), rest: format!("https://fabric.{domain}") }
            }
            _ => Hosts {
                socket: "wss://puc.signalwire.com".into(),
                rest: "https://fabric.signalwire.com".into(),
            },
        }
    }
}

#[cfg(test)]
#[path = "sat_tests.rs"]
mod tests;
