//! Tokens live in the operating system's keychain; where there is none, in memory until the app ends.

use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_phone::KeyStore;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// The name under which people find us in their keychain.
const SERVICE: &str = "app.ahoy.phone";
/// A keychain may ask its user first; one that says nothing for this long counts as absent.
const PATIENCE: Duration = Duration::from_secs(20);

/// Some keychains take no more than about 1 200 characters at a time.
const PIECE: usize = 1_000;
/// Pieces of the device's key.
const PIECES: usize = 3;

/// Secrets of one profile.
#[derive(Clone, Debug)]
pub struct Keychain {
    profile: String,
    /// What the system's keychain would not take.
    memory: Arc<Mutex<HashMap<String, Secret>>>,
}

impl Keychain {
    /// `profile` keeps two phones on one machine apart.
    pub fn new(profile: impl Into<String>) -> Self {
        Self { profile: profile.into(), memory: Arc::default() }
    }

    /// Keeps a secret. After `KeychainUnavailable` it is kept all the same, in memory only.
    pub async fn keep(&self, name: &str, secret: &Secret) -> Result<(), Problem> {
        let text = secret.clone();
        let kept = self.ask(name, move |entry| entry.set_password(text.expose())).await;
        if kept.is_err() {
            self.in_memory().insert(name.to_owned(), secret.clone());
        }
        kept
    }

    /// The secret that was kept, if it is still there.
    pub async fn find(&self, name: &str) -> Option<Secret> {
        let memory = self.in_memory().get(name).cloned();
        match memory {
            Some(secret) => Some(secret),
            None => self.ask(name, |entry| entry.get_password()).await.ok().map(Secret::new),
        }
    }

    pub async fn forget(&self, name: &str) {
        self.in_memory().remove(name);
        let _ = self.ask(name, |entry| entry.delete_credential()).await;
    }

    /// Whether the system has a keychain.
    pub async fn is_there(&self) -> bool {
        let asked = tokio::task::spawn_blocking(|| keyring::v1::Entry::store_status().is_ok());
        timeout(PATIENCE, asked).await.is_ok_and(|answer| answer.unwrap_or(false))
    }

    fn in_memory(&self) -> std::sync::MutexGuard<'_, HashMap<String, Secret>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        name: &str,
        question: impl FnOnce(&keyring::v1::Entry) -> keyring::v1::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let user = format!("{} {name}", self.profile);
        let asked = tokio::task::spawn_blocking(move || question(&keyring::v1::Entry::new(SERVICE, &user)?));
        let unavailable = |why: String| Problem::new(ProblemCode::KeychainUnavailable).because(why);
        match timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => answer.map_err(|error| unavailable(error.to_string())),
            Ok(Err(_)) => Err(unavailable("asking it broke off".into())),
            Err(_) => Err(unavailable("it does not answer".into())),
        }
    }
}

/// The device's key, in pieces.
#[async_trait]
impl KeyStore for Keychain {
    async fn find(&self) -> Option<Secret> {
        let mut key = String::new();
        for number in 0..PIECES {
            match Keychain::find(self, &piece(number)).await {
                Some(text) => key.push_str(text.expose()),
                None => break,
            }
        }
        (!key.is_empty()).then(|| Secret::new(key))
    }

    async fn keep(&self, key: &Secret) -> Result<(), Problem> {
        let mut kept = Ok(());
        let mut rest = key.expose();
        for number in 0..PIECES {
            let (text, next) = rest.split_at(rest.len().min(PIECE));
            rest = next;
            if text.is_empty() {
                self.forget(&piece(number)).await;
            } else {
                kept = kept.and(Keychain::keep(self, &piece(number), &Secret::new(text)).await);
            }
        }
        kept
    }
}

fn piece(number: usize) -> String {
    format!("device key {number}")
}
