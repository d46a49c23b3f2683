//! Secrets that we give out and recognise again: `<id>.<random>`. Only a digest is kept; the id says which one to compare with.

use crate::key::{self, KeyError};
use ahoy_model::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const RANDOM: usize = 24;
const LONGEST: usize = 200;

pub type TicketDigest = [u8; 32];

/// A new secret and what is kept of it.
pub fn make(id: &str) -> Result<(Secret, TicketDigest), KeyError> {
    let mut random = [0; RANDOM];
    key::fill(&mut random)?;
    let text = format!("{id}.{}", URL_SAFE_NO_PAD.encode(random));
    let digest = digest(&text);
    Ok((Secret::new(text), digest))
}

/// Which one it claims to be.
pub fn id_of(secret: &Secret) -> Option<&str> {
    let (id, random) = secret.expose().split_once('.')?;
    (secret.expose().len() <= LONGEST && !id.is_empty() && !random.is_empty()).then_some(id)
}

/// Takes as long for a wrong one as for the right one.
pub fn is(secret: &Secret, kept: &[u8]) -> bool {
    digest(secret.expose()).ct_eq(kept).into()
}

/// A short id.
pub fn fresh_id() -> Result<String, KeyError> {
    let mut random = [0; 6];
    key::fill(&mut random)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

fn digest(text: &str) -> TicketDigest {
    Sha256::digest(text).into()
}
