//! The short code with which two people see that nobody stands between their computers.
//!
//! Both sides make it of the certificate that they see and of one random number each. The joiner is bound to theirs
//! before the space tells its own (a commitment), and the space's is told before the joiner's is shown: so whoever sits
//! between and shows each side something else has one guess in a million, and cannot try beforehand.

use ahoy_model::Fingerprint;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const BYTES: usize = 16;
const DIGEST: usize = 32;

/// A random number of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce([u8; BYTES]);

/// What binds the joiner to a number that it has not told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commitment([u8; DIGEST]);

impl Nonce {
    pub const LENGTH: usize = BYTES;

    pub const fn new(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    pub fn commitment(&self) -> Commitment {
        let digest = Sha256::new().chain_update(b"ahoy join commitment 1\0").chain_update(self.0).finalize();
        Commitment(digest.into())
    }
}

/// Six digits in two groups: `123 456`.
pub fn verification_code(seen: &Fingerprint, space: &Nonce, joiner: &Nonce) -> String {
    let digest = Sha256::new()
        .chain_update(b"ahoy join code 1\0")
        .chain_update(seen.bytes())
        .chain_update(space.0)
        .chain_update(joiner.0)
        .finalize();
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % 1_000_000;
    format!("{:03} {:03}", number / 1_000, number % 1_000)
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        URL_SAFE_NO_PAD.encode(nonce.0)
    }
}

impl TryFrom<String> for Nonce {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        read(&text).map(Self).ok_or("this is no nonce")
    }
}

impl From<Commitment> for String {
    fn from(commitment: Commitment) -> Self {
        URL_SAFE_NO_PAD.encode(commitment.0)
    }
}

impl TryFrom<String> for Commitment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        read(&text).map(Self).ok_or("this is no commitment")
    }
}

fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}
