//! The key that seals tokens.

use ahoy_model::Secret;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Length of the salt that lies beside the database. It is not secret.
pub const SALT_BYTES: usize = 32;

/// 256 bits that only this space knows. Never written anywhere; wiped when dropped.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<[u8; 32]>);

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("the system's random source failed")]
    NoRandomness,
    #[error("the key cannot be derived")]
    Derivation,
}

impl TokenKey {
    /// The key that belongs to a secret and a stored salt (HKDF-SHA-256, RFC 5869). The same two give the same key.
    ///
    /// The secret has to be long and random: whoever holds a token could otherwise guess it.
    pub fn derive(secret: &Secret, salt: &[u8]) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        Hkdf::<Sha256>::new(Some(salt), secret.expose().as_bytes())
            .expand(b"ahoy space: subscriber access tokens, 1", key.as_mut_slice())
            .map_err(|_| KeyError::Derivation)?;
        Ok(Self(key))
    }

    /// A key for this run only: tokens end with it.
    pub fn random() -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        fill(key.as_mut_slice())?;
        Ok(Self(key))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// Fills `bytes` from the system's random source.
pub fn fill(bytes: &mut [u8]) -> Result<(), KeyError> {
    getrandom::fill(bytes).map_err(|_| KeyError::NoRandomness)
}
