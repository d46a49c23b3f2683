//! Who may use the TURN server: credentials that prove themselves ("TURN REST"), nonces that need no memory.

use crate::turn::message::{Message, attribute};
use ahoy_model::Secret;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a nonce can be used.
const NONCE_LIFE: u64 = 3600;

/// Makes and checks credentials. All state is the secret, so forgotten clients cost nothing.
#[derive(Clone, Debug)]
pub struct Credentials {
    secret: Secret,
    realm: String,
}

/// Somebody whose request carried valid credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub username: String,
    /// The part of the username after the expiry.
    pub subscriber: String,
    /// What the integrity of requests and answers is made with.
    pub key: [u8; 16],
}

/// Why a request is not accepted. The numbers are those of RFC 8489 and RFC 8656.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    BadRequest,
    Unauthorized,
    Forbidden,
    Mismatch,
    StaleNonce,
    FamilyNotSupported,
    WrongCredentials,
    UnsupportedTransport,
    QuotaReached,
    NoCapacity,
}

impl Refusal {
    pub fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::Mismatch => 437,
            Self::StaleNonce => 438,
            Self::FamilyNotSupported => 440,
            Self::WrongCredentials => 441,
            Self::UnsupportedTransport => 442,
            Self::QuotaReached => 486,
            Self::NoCapacity => 508,
        }
    }

    pub fn reason(self) -> &'static str {
        match self {
            Self::BadRequest => "Bad Request",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::Mismatch => "Allocation Mismatch",
            Self::StaleNonce => "Stale Nonce",
            Self::FamilyNotSupported => "Address Family not Supported",
            Self::WrongCredentials => "Wrong Credentials",
            Self::UnsupportedTransport => "Unsupported Transport Protocol",
            Self::QuotaReached => "Allocation Quota Reached",
            Self::NoCapacity => "Insufficient Capacity",
        }
    }

    /// Whether the client needs a nonce to try again.
    pub fn challenges(self) -> bool {
        matches!(self, Self::Unauthorized | Self::StaleNonce)
    }
}

impl Credentials {
    pub fn new(secret: Secret, realm: String) -> Self {
        Self { secret, realm }
    }

    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// A username and password for `subscriber` until `now + life`.
    pub fn mint(&self, subscriber: &str, now: SystemTime, life: Duration) -> (String, Secret) {
        let username = format!("{}:{subscriber}", seconds(now) + life.as_secs());
        let password = self.password(&username);
        (username, password)
    }

    fn password(&self, username: &str) -> Secret {
        Secret::new(BASE64_STANDARD.encode(self.sum(&[username.as_bytes()])))
    }

    /// HMAC-SHA1 over the parts. The draft that everybody follows fixes this algorithm.
    fn sum(&self, parts: &[&[u8]]) -> [u8; 20] {
        // HMAC takes keys of any length; an error cannot happen, and an empty sum would fit no request.
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(self.secret.expose().as_bytes()) else {
            return [0; 20];
        };
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// Checks a request of somebody not known yet: credentials, their expiry and the nonce.
    pub fn check(&self, request: &Message<'_>, from: SocketAddr, now: SystemTime) -> Result<Known, Refusal> {
        let (username, nonce) = self.presented(request)?;
        let (expiry, subscriber) = username.split_once(':').ok_or(Refusal::Unauthorized)?;
        let expiry: u64 = expiry.parse().map_err(|_| Refusal::Unauthorized)?;
        let key = self.key(username);
        if expiry <= seconds(now) || subscriber.is_empty() || !request.proves(&key) {
            return Err(Refusal::Unauthorized);
        }
        self.check_nonce(nonce, from, now)?;
        Ok(Known { username: username.to_owned(), subscriber: subscriber.to_owned(), key })
    }

    /// Checks a later request of somebody who was let in. Credentials that ran out since then do not end a running call.
    pub fn check_again(
        &self,
        request: &Message<'_>,
        known: &Known,
        from: SocketAddr,
        now: SystemTime,
    ) -> Result<(), Refusal> {
        let (username, nonce) = self.presented(request)?;
        if username != known.username {
            return Err(Refusal::WrongCredentials);
        }
        if !request.proves(&known.key) {
            return Err(Refusal::Unauthorized);
        }
        self.check_nonce(nonce, from, now)
    }

    fn presented<'a>(&self, request: &Message<'a>) -> Result<(&'a str, &'a str), Refusal> {
        if request.get(attribute::MESSAGE_INTEGRITY).is_none() {
            return Err(Refusal::Unauthorized);
        }
        let field = |name| request.text(name).ok_or(Refusal::BadRequest);
        if field(attribute::REALM)? != self.realm {
            return Err(Refusal::Unauthorized);
        }
        Ok((field(attribute::USERNAME)?, field(attribute::NONCE)?))
    }

    /// The long-term key of RFC 8489 9.2.2.
    fn key(&self, username: &str) -> [u8; 16] {
        let password = self.password(username);
        Md5::digest(format!("{username}:{}:{}", self.realm, password.expose())).into()
    }

    /// A nonce for that client: when it ends, and a proof that we made it.
    pub fn nonce(&self, from: SocketAddr, now: SystemTime) -> String {
        let end = seconds(now) + NONCE_LIFE;
        format!("{end}-{}", self.nonce_proof(end, from))
    }

    fn nonce_proof(&self, end: u64, from: SocketAddr) -> String {
        let sum = self.sum(&[b"nonce ", &end.to_be_bytes(), from.to_string().as_bytes()]);
        BASE64_STANDARD.encode(sum)
    }

    fn check_nonce(&self, nonce: &str, from: SocketAddr, now: SystemTime) -> Result<(), Refusal> {
        let (end, proof) = nonce.split_once('-').ok_or(Refusal::StaleNonce)?;
        let end: u64 = end.parse().map_err(|_| Refusal::StaleNonce)?;
        if end <= seconds(now) || proof != self.nonce_proof(end, from) {
            return Err(Refusal::StaleNonce);
        }
        Ok(())
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
