//! The key that binds a token to this device, and the proofs that are made with it (DPoP as WIRE.md 1.5 has it).

use ahoy_model::{CallId, Problem, ProblemCode, Secret};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graviola::signing::rsa::{KeySize, SigningKey};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as Turn;
use zeroize::Zeroizing;

/// Room for a key of 2048 bits in its stored form.
const PKCS8: usize = 2048;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("no key could be made")]
    Making,
    #[error("the stored key cannot be read")]
    Unreadable,
    #[error("the proof could not be signed")]
    Signing,
    #[error("making the key broke off")]
    Interrupted,
}

/// An RSA key pair that signs proofs. It never prints its private half.
pub struct DeviceKey {
    pair: KeyPair,
    modulus: String,
    exponent: String,
    fingerprint: String,
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({})", self.fingerprint)
    }
}

impl DeviceKey {
    /// A new key and its stored form. Takes up to some seconds of one processor.
    pub fn generate() -> Result<(Self, Secret), KeyError> {
        let key = SigningKey::generate(KeySize::Rsa2048).map_err(|_| KeyError::Making)?;
        let mut document = Zeroizing::new([0; PKCS8]);
        let document = key.to_pkcs8_der(&mut *document).map_err(|_| KeyError::Making)?;
        let stored = Secret::new(STANDARD.encode(document));
        Ok((Self::from_stored(&stored)?, stored))
    }

    /// From what `generate` gave: PKCS#8 in base64.
    pub fn from_stored(stored: &Secret) -> Result<Self, KeyError> {
        let document = STANDARD.decode(stored.expose()).map_err(|_| KeyError::Unreadable)?;
        let pair = KeyPair::from_pkcs8(&document).map_err(|_| KeyError::Unreadable)?;
        let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        let (modulus, exponent) = (URL_SAFE_NO_PAD.encode(&public.n), URL_SAFE_NO_PAD.encode(&public.e));
        // RFC 7638: members in this order, without blanks.
        let canonical = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        let fingerprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        Ok(Self { pair, modulus, exponent, fingerprint })
    }

    /// RFC 7638 thumbprint, 43 characters: what a token is bound to.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Proof for a request on the socket. `at`: Unix seconds.
    pub(crate) fn for_rpc(&self, method: &str, at: u64) -> Result<Secret, KeyError> {
        self.sign(&json!({ "jti": jti(), "rpc": "request", "mth": method, "iat": at }))
    }

    /// Proof for a POST; `token`: the one that is to be replaced.
    pub(crate) fn for_post(&self, path: &str, token: Option<&Secret>, at: u64) -> Result<Secret, KeyError> {
        let mut payload = json!({ "jti": jti(), "htm": "POST", "htu": path, "iat": at });
        if let (Some(token), Some(fields)) = (token, payload.as_object_mut()) {
            let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.expose().as_bytes()));
            fields.insert("ath".to_owned(), Value::String(hash));
        }
        self.sign(&payload)
    }

    fn sign(&self, payload: &Value) -> Result<Secret, KeyError> {
        let jwk = json!({
            "kty": "RSA", "alg": "RS256", "e": self.exponent, "n": self.modulus, "ext": true, "key_ops": ["verify"],
        });
        let header = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": jwk });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(payload));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| KeyError::Signing)?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

fn jti() -> String {
    CallId::random().to_string()
}

/// Where the device's key is kept: the OS keychain, or memory.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    async fn find(&self) -> Option<Secret>;
    async fn keep(&self, key: &Secret) -> Result<(), Problem>;
}

/// Forgets the key when the phone ends.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<Option<Secret>>);

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn find(&self) -> Option<Secret> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn keep(&self, key: &Secret) -> Result<(), Problem> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        Ok(())
    }
}

/// The device's key, made when it is first needed. Cheap to clone.
#[derive(Clone)]
pub struct DeviceKeys {
    store: Arc<dyn KeyStore>,
    known: Arc<Turn<Option<Arc<DeviceKey>>>>,
}

impl Default for DeviceKeys {
    fn default() -> Self {
        Self::new(Arc::new(MemoryKeys::default()))
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKeys")
    }
}

impl DeviceKeys {
    pub fn new(store: Arc<dyn KeyStore>) -> Self {
        Self { store, known: Arc::default() }
    }

    /// The key, if one has ever been made here.
    pub async fn existing(&self) -> Option<Arc<DeviceKey>> {
        let mut known = self.known.lock().await;
        if known.is_none() {
            let stored = self.store.find().await?;
            match DeviceKey::from_stored(&stored) {
                Ok(key) => *known = Some(Arc::new(key)),
                Err(error) => tracing::warn!(%error, "the device's key is made anew"),
            }
        }
        known.clone()
    }

    /// The key; made now if there is none. A store that will not keep it costs a new key after the next start.
    pub async fn own(&self) -> Result<Arc<DeviceKey>, Problem> {
        if let Some(key) = self.existing().await {
            return Ok(key);
        }
        let mut known = self.known.lock().await;
        if let Some(key) = known.as_ref() {
            return Ok(key.clone());
        }
        let made = tokio::task::spawn_blocking(DeviceKey::generate).await;
        let (key, stored) = made
            .unwrap_or(Err(KeyError::Interrupted))
            .map_err(|error| Problem::new(ProblemCode::Internal).because(error))?;
        if let Err(problem) = self.store.keep(&stored).await {
            tracing::warn!(%problem, "the device's key is kept in memory only");
        }
        let key = Arc::new(key);
        *known = Some(key.clone());
        Ok(key)
    }
}

#[cfg(test)]
#[path = "device_key_tests.rs"]
mod tests;
