//! Fresh tokens from outside: a command of the user's, an address of the user's, or a refresh token.

use crate::account::{FreshToken, TokenSource};
use crate::device_key::DeviceKeys;
use crate::rest::{Poster, RestError};
use ahoy_model::{Fingerprint, Problem, ProblemCode, Secret};
use ahoy_wire::lan::paths;
use async_trait::async_trait;
use serde::Deserialize;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// More is no token.
const LARGEST: u64 = 64 << 10;
/// Where a space gives a token for a refresh token.
const REFRESH: &str = "/api/fabric/subscribers/tokens/refresh";

/// What sources answer: a token alone, or JSON in one of the shapes that sign-in servers use.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "access_token")]
    token: Secret,
    refresh_token: Option<Secret>,
    /// Unix seconds.
    expires_at: Option<f64>,
    /// Unix milliseconds.
    expiry_at: Option<f64>,
    /// Seconds from now.
    expires_in: Option<f64>,
}

impl Answer {
    fn read(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.starts_with('{') {
            // Not its text: there may be a token in it.
            return serde_json::from_str(text).map_err(|_| wrong("the answer has no token"));
        }
        let token = text.lines().next().unwrap_or_default().trim();
        if token.is_empty() || token.contains(char::is_whitespace) {
            return Err(wrong("the answer is no token"));
        }
        let token = Secret::new(token);
        Ok(Self { token, refresh_token: None, expires_at: None, expiry_at: None, expires_in: None })
    }

    fn fresh(&self) -> FreshToken {
        let now = crate::clock::unix_millis() / 1000.0;
        let at = self.expires_at.or(self.expiry_at.map(|ms| ms / 1000.0));
        let at = at.or(self.expires_in.map(|seconds| now + seconds));
        let at = at.filter(|at| at.is_finite() && *at > 0.0).map(|at| at as u64);
        FreshToken { token: self.token.clone(), expires_at: at }
    }
}

fn wrong(why: &str) -> Problem {
    Problem::new(ProblemCode::TokenMalformed).because(why)
}

/// A command line for the system's shell; it prints the token, or JSON with `token` in it.
#[derive(Clone, Debug)]
pub struct CommandSource {
    line: String,
    keys: Option<DeviceKeys>,
}

impl CommandSource {
    /// `keys`: the command finds this device's fingerprint in `AHOY_FINGERPRINT`.
    pub fn new(line: impl Into<String>, keys: Option<DeviceKeys>) -> Self {
        Self { line: line.into(), keys }
    }
}

#[async_trait]
impl TokenSource for CommandSource {
    async fn fresh_token(&self) -> Result<FreshToken, Problem> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = Command::new(shell);
        command.arg(flag).arg(&self.line).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(keys) = &self.keys {
            command.env("AHOY_FINGERPRINT", keys.own().await?.fingerprint());
        }
        let failed = |why: &dyn std::fmt::Display| {
            Problem::new(ProblemCode::TokenRefused).about("command").because(why)
        };
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let mut text = String::new();
        if let Some(out) = child.stdout.take() {
            out.take(LARGEST).read_to_string(&mut text).await.map_err(|error| failed(&error))?;
        }
        let status = child.wait().await.map_err(|error| failed(&error))?;
        if !status.success() {
            return Err(failed(&format_args!("it ended with {status}")));
        }
        Ok(Answer::read(&text)?.fresh())
    }
}

/// Hears of a refresh token that takes the place of the one before.
pub type Rotated = Box<dyn Fn(&Secret) + Send + Sync>;

/// An address that is asked by POST. What is sent: `refresh_token` and `fingerprint`, where there are such.
pub struct UrlSource {
    url: String,
    refresh_token: Mutex<Option<Secret>>,
    keys: Option<DeviceKeys>,
    rotated: Option<Rotated>,
    /// Of a space on this network: its certificate.
    pin: Option<Fingerprint>,
}

impl UrlSource {
    /// The user's own sign-in server.
    pub fn new(url: impl Into<String>, keys: Option<DeviceKeys>) -> Self {
        Self { url: url.into(), refresh_token: Mutex::new(None), keys, rotated: None, pin: None }
    }

    /// The space itself, for who has a refresh token. Each answer brings the next one; `rotated` keeps it.
    pub fn refreshing(rest_url: &str, refresh_token: Secret, rotated: Option<Rotated>) -> Self {
        let url = format!("{}{REFRESH}", rest_url.trim_end_matches('/'));
        Self { url, refresh_token: Mutex::new(Some(refresh_token)), keys: None, rotated, pin: None }
    }

    /// A space on this network, for one of its users. What they ask with stays the same until the owner takes it back.
    pub fn member(rest_url: &str, refresh_token: Secret, pin: Fingerprint) -> Self {
        let url = format!("{}{}", rest_url.trim_end_matches('/'), paths::RENEW);
        let refresh_token = Mutex::new(Some(refresh_token));
        Self { url, refresh_token, keys: None, rotated: None, pin: Some(pin) }
    }

    fn refresh_token(&self) -> std::sync::MutexGuard<'_, Option<Secret>> {
        self.refresh_token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenSource for UrlSource {
    async fn fresh_token(&self) -> Result<FreshToken, Problem> {
        let mut body = serde_json::Map::new();
        if let Some(token) = &*self.refresh_token() {
            body.insert("refresh_token".into(), token.expose().into());
        }
        if let Some(keys) = &self.keys {
            body.insert("fingerprint".into(), keys.own().await?.fingerprint().into());
        }
        let asked = async { Poster::new(&self.url, self.pin)?.post(&serde_json::Value::Object(body)).await };
        let text = asked.await.map_err(|error: RestError| match error {
            RestError::Status(401) if self.pin.is_some() => Problem::new(ProblemCode::MembershipEnded),
            error => error.problem(),
        })?;
        let answer = Answer::read(&text)?;
        if let Some(next) = &answer.refresh_token {
            *self.refresh_token() = Some(next.clone());
            if let Some(rotated) = &self.rotated {
                rotated(next);
            }
        }
        Ok(answer.fresh())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_several_shapes_and_nonsense_never_shows_its_text() {
        let read = |text: &str| Answer::read(text).map(|answer| answer.fresh());
        assert_eq!(read(" eyJ.x \n# done\n").unwrap().token.expose(), "eyJ.x");
        let json = r#"{"token":"t","expires_at":1700000000}"#;
        assert_eq!(read(json).unwrap().expires_at, Some(1_700_000_000));
        let json = r#"{"access_token":"t","expiry_at":1700000000000,"refresh_token":"r","other":[]}"#;
        assert_eq!(read(json).unwrap().expires_at, Some(1_700_000_000));
        let soon = read(r#"{"token":"t","expires_in":600}"#).unwrap().expires_at.unwrap();
        assert!(soon as f64 > crate::clock::unix_millis() / 1000.0 + 500.0);
        for bad in ["", "two words", r#"{"tok":"secret-thing"}"#, "{secret-thing"] {
            let problem = read(bad).unwrap_err();
            assert!(!format!("{problem:?}").contains("secret-thing"), "{problem:?}");
        }
    }

    #[tokio::test]
    async fn a_command_prints_a_token_or_says_that_it_failed() {
        let run = |line: &str| {
            let source = CommandSource::new(line, None);
            async move { source.fresh_token().await }
        };
        assert_eq!(run("echo eyJ.token").await.unwrap().token.expose(), "eyJ.token");
        assert_eq!(run("exit 3").await.unwrap_err().code, ProblemCode::TokenRefused);
        assert_eq!(run("echo two words").await.unwrap_err().code, ProblemCode::TokenMalformed);
    }
}
