//! What is told of the newest version: a manifest with a signature beside it, fetched with limits and believed only when our
//! key has signed it.
//!
//! The manifest is Tauri's (`version`, `notes`, `platforms`); its signature stands at the same address with `.sig` behind it,
//! in the form that `tauri signer sign` writes: minisign's, in base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minisign_verify::{PublicKey, Signature};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use semver::Version;
use serde::Deserialize;
use serde_json::Value;
use std::net::IpAddr;
use std::time::Duration;
use thiserror::Error;
use url::{Host, Url};

/// A manifest of ours has a few kilobytes.
const LARGEST: usize = 256 << 10;
const PATIENCE: Duration = Duration::from_secs(20);
/// Where releases are kept there is a redirect or two.
const REDIRECTS: usize = 5;
/// What people want to read of a version.
const NOTES: usize = 4_000;

/// Where to look, and whom to believe: `plugins.updater` of `tauri.conf.json`, filled in by whoever makes a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Source {
    pub endpoints: Vec<Url>,
    /// As `tauri signer generate` writes it into `*.pub`.
    pub pubkey: String,
}

impl Source {
    pub fn of(config: Option<&Value>) -> Self {
        config.and_then(|value| Self::deserialize(value).ok()).unwrap_or_default()
    }

    /// Somebody has said where to look and whom to believe.
    pub fn is_set_up(&self) -> bool {
        !self.endpoints.is_empty() && !self.pubkey.trim().is_empty()
    }
}

/// A version that our key has signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    pub version: Version,
    pub notes: String,
    /// The manifest, for whoever installs it.
    pub manifest: Value,
}

#[derive(Debug, Error)]
pub enum CheckError {
    #[error("this build does not know where to look")]
    NotSetUp,
    #[error("nobody answers: {0}")]
    Unreachable(String),
    /// Somebody who is not our key says that there is a version, or nobody has signed it.
    #[error("the signature is wrong: {0}")]
    Forged(String),
    #[error("the answer is no manifest: {0}")]
    Malformed(String),
}

#[derive(Deserialize)]
struct Head {
    version: String,
    #[serde(default)]
    notes: Option<String>,
}

/// The newest version, if it is newer than `current`. Addresses are asked one after the other until one answers.
pub async fn newest(source: &Source, current: &Version) -> Result<Option<Release>, CheckError> {
    if !source.is_set_up() {
        return Err(CheckError::NotSetUp);
    }
    let key = key(&source.pubkey)?;
    let client = client()?;
    let mut last = CheckError::NotSetUp;
    for endpoint in &source.endpoints {
        match read(&client, endpoint, &key).await {
            Ok(release) => return Ok(release.filter(|release| release.version > *current)),
            // Another address is no way around a wrong signature.
            Err(CheckError::Unreachable(why)) => last = CheckError::Unreachable(why),
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn client() -> Result<Client, CheckError> {
    // Another part of the app may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().timeout(PATIENCE).redirect(Policy::custom(|attempt| {
        let from = attempt.previous().last();
        if attempt.previous().len() > REDIRECTS {
            attempt.error("too many redirects")
        } else if attempt.url().scheme() == "https"
            || from.is_some_and(|from| from.origin() == attempt.url().origin())
        {
            attempt.follow()
        } else {
            attempt.error("a redirect to an address without TLS")
        }
    }));
    builder.build().map_err(|error| CheckError::Unreachable(error.to_string()))
}

async fn read(client: &Client, endpoint: &Url, key: &PublicKey) -> Result<Option<Release>, CheckError> {
    if !is_safe(endpoint) {
        return Err(CheckError::Unreachable(format!("{endpoint} has no TLS")));
    }
    let Some(manifest) = fetch(client, endpoint.clone()).await? else { return Ok(None) };
    let mut beside = endpoint.clone();
    beside.set_path(&format!("{}.sig", endpoint.path()));
    let signature = match fetch(client, beside).await {
        Ok(Some(signature)) => signature,
        Ok(None) => return Err(CheckError::Forged("nobody has signed it".to_owned())),
        Err(CheckError::Unreachable(why)) => return Err(CheckError::Forged(format!("no signature: {why}"))),
        Err(error) => return Err(error),
    };
    verify(key, &manifest, &signature)?;
    let malformed = |why: String| CheckError::Malformed(why);
    let manifest: Value = serde_json::from_slice(&manifest).map_err(|error| malformed(error.to_string()))?;
    let head = Head::deserialize(&manifest).map_err(|error| malformed(error.to_string()))?;
    let version = head.version.trim_start_matches('v');
    let version = Version::parse(version).map_err(|error| malformed(error.to_string()))?;
    let notes = head.notes.unwrap_or_default().chars().take(NOTES).collect();
    Ok(Some(Release { version, notes, manifest }))
}

/// With TLS, or within this computer.
fn is_safe(url: &Url) -> bool {
    let own = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    url.scheme() == "https" || (own && url.scheme() == "http")
}

/// `None`: the address says that there is nothing.
async fn fetch(client: &Client, url: Url) -> Result<Option<Vec<u8>>, CheckError> {
    let unreachable = |error: reqwest::Error| CheckError::Unreachable(whole(&error));
    let mut answer: Response = client.get(url).send().await.map_err(unreachable)?;
    if answer.status() == StatusCode::NO_CONTENT {
        return Ok(None);
    }
    if !answer.status().is_success() {
        return Err(CheckError::Unreachable(answer.status().to_string()));
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&part);
        if body.len() > LARGEST {
            return Err(CheckError::Malformed("it does not end".to_owned()));
        }
    }
    Ok(Some(body))
}

/// With the reasons behind it.
fn whole(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut because = std::error::Error::source(error);
    while let Some(error) = because {
        words = format!("{words}: {error}");
        because = error.source();
    }
    words
}

/// Base64 around minisign's own words, as Tauri has it.
fn unwrapped(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.trim();
    String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()
}

fn key(text: &str) -> Result<PublicKey, CheckError> {
    let wrong = |why: &str| CheckError::Forged(format!("our own key cannot be read: {why}"));
    let words = unwrapped(text.as_bytes()).ok_or_else(|| wrong("it is not in base64"))?;
    PublicKey::decode(&words).map_err(|error| wrong(&error.to_string()))
}

fn verify(key: &PublicKey, manifest: &[u8], signature: &[u8]) -> Result<(), CheckError> {
    let words = unwrapped(signature).ok_or_else(|| CheckError::Forged("it is not in base64".to_owned()))?;
    let signature = Signature::decode(&words).map_err(|error| CheckError::Forged(error.to_string()))?;
    key.verify(manifest, &signature, false).map_err(|error| CheckError::Forged(error.to_string()))
}

#[cfg(test)]
#[path = "release_tests.rs"]
mod tests;
