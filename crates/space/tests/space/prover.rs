//! Proofs of possession as the SDK makes them (WIRE.md 1.5), with keys that were made for these tests and guard nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub struct Prover(RsaKeyPair);

impl Prover {
    pub fn alice() -> Self {
        Self::new(include_bytes!("../../testdata/proof-key-a.pk8"))
    }

    pub fn mallory() -> Self {
        Self::new(include_bytes!("../../testdata/proof-key-b.pk8"))
    }

    fn new(key: &[u8]) -> Self {
        Self(RsaKeyPair::from_pkcs8(key).expect("a key"))
    }

    pub fn jwk(&self) -> Value {
        let public: PublicKeyComponents<Vec<u8>> = self.0.public().into();
        let [n, e] = [public.n, public.e].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "alg": "RS256", "e": e, "ext": true, "key_ops": ["verify"], "kty": "RSA", "n": n })
    }

    /// RFC 7638.
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let canonical = json!({ "e": jwk["e"], "kty": "RSA", "n": jwk["n"] }).to_string();
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    pub fn rpc(&self, method: &str, now: u64) -> String {
        self.sign(&json!({ "jti": fresh(), "rpc": "request", "mth": method, "iat": now }))
    }

    /// `token`: the one whose hash is named.
    pub fn http(&self, path: &str, token: Option<&str>, now: u64) -> String {
        let mut payload = json!({ "jti": fresh(), "htm": "POST", "htu": path, "iat": now });
        if let Some(token) = token {
            payload["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
        }
        self.sign(&payload)
    }

    pub fn sign(&self, payload: &Value) -> String {
        self.sign_with(&json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": self.jwk() }), payload)
    }

    pub fn sign_with(&self, header: &Value, payload: &Value) -> String {
        let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{payload}");
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn fresh() -> String {
    uuid::Uuid::new_v4().to_string()
}
