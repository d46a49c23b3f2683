//! Proofs that a client holds the key which its token is bound to (WIRE.md 1.5; RFC 9449 with claims of its own for RPC).
//!
//! A proof is a JWT that is signed by the key and carries its public half. What is checked, cheapest first: size and
//! shape, what it was made for, its age, whose key it is, the signature, and that it was not used before.

mod replay;

use ahoy_model::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use replay::Used;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// Longer than a proof with an RSA-8192 key.
const LONGEST: usize = 6 << 10;
/// Longest id of a proof.
const LONGEST_JTI: usize = 128;
/// How old a proof may be, and how far a client's clock may be wrong, seconds.
const WINDOW: u64 = 300;
/// Length of an RFC 7638 thumbprint in base64url.
pub const THUMBPRINT: usize = 43;

/// What a proof has to have been made for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// A method on the WebSocket.
    Rpc(&'a str),
    /// A POST to a path.
    Post(&'a str),
    /// A POST to a path with a token, whose hash the proof has to name.
    PostWith(&'a str, &'a Secret),
}

/// Why a proof is worth nothing. The client learns no more than that it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("the proof of possession is missing")]
    Missing,
    #[error("this is not a proof of possession")]
    Malformed,
    #[error("the proof was made for something else")]
    Elsewhere,
    #[error("the proof is too old, or from the future")]
    Stale,
    #[error("the proof was made with another key")]
    WrongKey,
    #[error("the proof's signature is wrong")]
    Forged,
    #[error("the proof was used before")]
    Replayed,
    #[error("too many proofs in a short time")]
    TooMany,
}

/// Checks proofs and remembers those that were used. Cheap to clone.
#[derive(Clone, Default)]
pub struct Proofs(Arc<Mutex<Used>>);

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    n: String,
    e: String,
    /// The private half, which has no business here.
    d: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Payload {
    jti: String,
    iat: u64,
    rpc: Option<String>,
    mth: Option<String>,
    htm: Option<String>,
    htu: Option<String>,
    ath: Option<String>,
}

impl Proofs {
    /// Takes a proof once, at `now` (unix seconds). `key`: thumbprint of the only key that may have made it.
    /// The thumbprint of the key that made it.
    pub fn take(
        &self,
        proof: Option<&Secret>,
        purpose: Purpose<'_>,
        key: Option<&str>,
        now: u64,
    ) -> Result<String, ProofError> {
        let proof = proof.ok_or(ProofError::Missing)?.expose();
        if proof.len() > LONGEST {
            return Err(ProofError::Malformed);
        }
        let (signed, signature) = proof.rsplit_once('.').ok_or(ProofError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(ProofError::Malformed)?;
        let header: Header = read(header)?;
        let payload: Payload = read(payload)?;
        if header.typ != "dpop+jwt" || header.alg != "RS256" || payload.jti.is_empty() {
            return Err(ProofError::Malformed);
        }
        if payload.jti.len() > LONGEST_JTI || header.jwk.d.is_some() {
            return Err(ProofError::Malformed);
        }
        if !payload.fits(purpose) {
            return Err(ProofError::Elsewhere);
        }
        if payload.iat.abs_diff(now) > WINDOW {
            return Err(ProofError::Stale);
        }
        let thumbprint = header.jwk.thumbprint()?;
        if key.is_some_and(|key| key != thumbprint) {
            return Err(ProofError::WrongKey);
        }
        let (n, e) = (decode(&header.jwk.n)?, decode(&header.jwk.e)?);
        RsaPublicKeyComponents { n: &n, e: &e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)?)
            .map_err(|_| ProofError::Forged)?;
        // Every change of the memory is one insertion or removal, so a panic elsewhere leaves nothing half done.
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.note(&thumbprint, payload.jti, payload.iat + WINDOW, now)?;
        Ok(thumbprint)
    }
}

impl Payload {
    fn fits(&self, purpose: Purpose<'_>) -> bool {
        let is = |field: &Option<String>, wanted: &str| field.as_deref() == Some(wanted);
        match purpose {
            Purpose::Rpc(method) => is(&self.rpc, "request") && is(&self.mth, method),
            Purpose::Post(path) => is(&self.htm, "POST") && is(&self.htu, path),
            Purpose::PostWith(path, token) => {
                let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose()));
                is(&self.htm, "POST") && is(&self.htu, path) && is(&self.ath, &hash)
            }
        }
    }
}

impl Jwk {
    /// RFC 7638 of an RSA key: the hash of its members in alphabetical order.
    fn thumbprint(&self) -> Result<String, ProofError> {
        if self.kty != "RSA" {
            return Err(ProofError::Malformed);
        }
        // Both must be base64url, so nothing in them can be mistaken for JSON.
        decode(&self.n)?;
        decode(&self.e)?;
        let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, self.e, self.n);
        Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)))
    }
}

fn decode(text: &str) -> Result<Vec<u8>, ProofError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| ProofError::Malformed)
}

fn read<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, ProofError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| ProofError::Malformed)
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
