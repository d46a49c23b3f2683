//! Tokens: compact JWE, `dir` with A256GCM (RFC 7516), the shape the real service uses (WIRE.md 1.1, 16).
//!
//! The client can read the protected header and nothing else; only the holder of the key can make or open one.

use crate::key::{self, KeyError, TokenKey};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use ahoy_model::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Longer than any token that we mint.
const MAX_LENGTH: usize = 8 << 10;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A subscriber access token.
    Subscriber,
    /// The same, got with a proof of possession and renewed with one (WIRE.md 1.5).
    Device,
    /// Buys a new pair at `subscribers/tokens/refresh`.
    Refresh,
    /// A guest who may call `allowed` only.
    Guest,
    /// Buys a new pair for a guest.
    GuestRefresh,
}

impl TokenKind {
    /// With which one may connect and ask.
    pub const ACCESS: &[Self] = &[Self::Subscriber, Self::Device, Self::Guest];
    pub const REFRESHES: &[Self] = &[Self::Refresh, Self::GuestRefresh];
}

/// The scope that lets a token be exchanged for a client-bound one (WIRE.md 1.5).
pub const REFRESH_SCOPE: &str = "sat:refresh";

/// What a token says. All of it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Id of this token.
    pub jti: String,
    /// Subscriber id.
    pub sub: String,
    /// Project id.
    pub project: String,
    pub kind: TokenKind,
    /// Unix seconds.
    pub iat: u64,
    /// Unix seconds; the token is worth nothing from then on.
    pub exp: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    /// Thumbprint of the client key the token is bound to (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<String>,
    /// Address ids a guest may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// The embed a guest came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embed: Option<String>,
}

impl Claims {
    /// Whether it says `sat:refresh`.
    pub fn may_be_bound(&self) -> bool {
        self.scope.iter().any(|scope| scope == REFRESH_SCOPE)
    }

    pub fn is_guest(&self) -> bool {
        matches!(self.kind, TokenKind::Guest | TokenKind::GuestRefresh)
    }
}

/// Why a token is refused. The client learns no more than "unauthorised".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("this is not a token")]
    Malformed,
    #[error("this token is not from this space")]
    Foreign,
    #[error("this token has expired")]
    Expired,
    #[error("this token is of another kind")]
    WrongKind,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    enc: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ch: Option<&'a str>,
}

/// Mints and opens tokens.
#[derive(Clone, Debug)]
pub struct Mint {
    key: TokenKey,
    /// Cluster host for the header (WIRE.md 1.3).
    ch: Option<String>,
}

impl Mint {
    pub fn new(key: TokenKey, ch: Option<String>) -> Self {
        Self { key, ch }
    }

    /// Seals `claims`. `ch`: a cluster host other than this space's own.
    pub fn seal(&self, claims: &Claims, ch: Option<&str>) -> Result<Secret, KeyError> {
        let header = Header { alg: "dir", enc: "A256GCM", typ: "SAT", ch: ch.or(self.ch.as_deref()) };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).map_err(|_| KeyError::Derivation)?);
        let plain = Zeroizing::new(serde_json::to_vec(claims).map_err(|_| KeyError::Derivation)?);
        let mut nonce = [0_u8; NONCE_BYTES];
        key::fill(&mut nonce)?;
        let mut sealed = Aes256Gcm::new(self.key.bytes().into())
            .encrypt(&Nonce::from(nonce), Payload { msg: &plain, aad: header.as_bytes() })
            .map_err(|_| KeyError::Derivation)?;
        let tag = sealed.split_off(sealed.len().saturating_sub(TAG_BYTES));
        let parts = [nonce.as_slice(), &sealed, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(Secret::new(format!("{header}..{}", parts.join("."))))
    }

    /// Opens a token of `kinds` that is valid at `now` (unix seconds).
    pub fn open(&self, token: &str, kinds: &[TokenKind], now: u64) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Malformed);
        }
        let mut parts = token.split('.');
        let mut part = || parts.next().ok_or(TokenError::Malformed);
        let (header, wrapped, nonce, sealed, tag) = (part()?, part()?, part()?, part()?, part()?);
        if parts.next().is_some() || !wrapped.is_empty() {
            return Err(TokenError::Malformed);
        }
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Malformed);
        let nonce: [u8; NONCE_BYTES] = decode(nonce)?.try_into().map_err(|_| TokenError::Malformed)?;
        let (mut sealed, tag) = (decode(sealed)?, decode(tag)?);
        if tag.len() != TAG_BYTES {
            return Err(TokenError::Malformed);
        }
        sealed.extend_from_slice(&tag);
        let plain = Aes256Gcm::new(self.key.bytes().into())
            .decrypt(&Nonce::from(nonce), Payload { msg: &sealed, aad: header.as_bytes() })
            .map_err(|_| TokenError::Foreign)?;
        let plain = Zeroizing::new(plain);
        let claims: Claims = serde_json::from_slice(&plain).map_err(|_| TokenError::Foreign)?;
        if now >= claims.exp {
            return Err(TokenError::Expired);
        }
        if !kinds.contains(&claims.kind) {
            return Err(TokenError::WrongKind);
        }
        Ok(claims)
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
