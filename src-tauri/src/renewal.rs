//! How a token that ends is replaced, as the user set it. Refresh tokens live in the keychain.

use crate::keychain::Keychain;
use ahoy_model::{Problem, Secret};
use ahoy_phone::{CommandSource, DeviceKeys, TokenSource, UrlSource};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where fresh tokens come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "by", content = "of")]
pub enum Renewal {
    /// Nowhere: when the token ends, the user signs in again.
    #[default]
    Nothing,
    /// A command line that prints a token.
    Command(String),
    /// An address that is asked by POST.
    Address(String),
    /// A refresh token of the space.
    RefreshToken,
}

impl Renewal {
    /// What the phone asks. `space`: under which name the refresh token is kept.
    pub async fn source(
        &self,
        space: &str,
        rest_url: &str,
        keychain: &Keychain,
        keys: &DeviceKeys,
    ) -> Option<Arc<dyn TokenSource>> {
        Some(match self {
            Self::Nothing => return None,
            Self::Command(line) => Arc::new(CommandSource::new(line, Some(keys.clone()))),
            Self::Address(url) => Arc::new(UrlSource::new(url, Some(keys.clone()))),
            Self::RefreshToken => {
                let name = kept_as(space);
                let token = keychain.find(&name).await?;
                let keychain = keychain.clone();
                let keep = move |next: &Secret| {
                    let (keychain, name, next) = (keychain.clone(), name.clone(), next.clone());
                    tokio::spawn(async move {
                        if let Err(problem) = keychain.keep(&name, &next).await {
                            tracing::warn!(%problem, "the refresh token is kept in memory only");
                        }
                    });
                };
                Arc::new(UrlSource::refreshing(rest_url, token, Some(Box::new(keep))))
            }
        })
    }

    /// Without blanks around it; nothing in it is nothing.
    pub fn tidy(self) -> Self {
        match self {
            Self::Command(line) if line.trim().is_empty() => Self::Nothing,
            Self::Address(url) if url.trim().is_empty() => Self::Nothing,
            Self::Command(line) => Self::Command(line.trim().to_owned()),
            Self::Address(url) => Self::Address(url.trim().to_owned()),
            other => other,
        }
    }
}

/// Keeps the refresh token of a space. A missing keychain is told; the token is kept in memory then.
pub async fn keep(keychain: &Keychain, space: &str, token: &Secret) -> Result<(), Problem> {
    keychain.keep(&kept_as(space), token).await
}

pub async fn forget(keychain: &Keychain, space: &str) {
    keychain.forget(&kept_as(space)).await;
}

fn kept_as(space: &str) -> String {
    format!("{space} refresh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_set_becomes_a_source_and_no_secret_is_written() {
        let (keychain, keys) = (Keychain::new("test of renewal"), DeviceKeys::default());
        let source = |renewal: Renewal| {
            let (keychain, keys) = (keychain.clone(), keys.clone());
            async move { renewal.tidy().source("ws://a", "http://a", &keychain, &keys).await }
        };
        assert!(source(Renewal::Nothing).await.is_none());
        assert!(source(Renewal::Command("  ".into())).await.is_none());
        let command = source(Renewal::Command(" echo eyJ.token ".into())).await.expect("a source");
        assert_eq!(command.fresh_token().await.unwrap().token.expose(), "eyJ.token");
        let prints = source(Renewal::Command("echo $AHOY_FINGERPRINT".into())).await.expect("a source");
        let print = keys.own().await.unwrap().fingerprint().to_owned();
        assert!(cfg!(windows) || prints.fresh_token().await.unwrap().token.expose() == print);
        assert!(source(Renewal::RefreshToken).await.is_none(), "there is none yet");
        let written =
            serde_json::to_string(&[Renewal::RefreshToken, Renewal::Address("http://x".into())]).unwrap();
        assert_eq!(written, r#"[{"by":"refresh_token"},{"by":"address","of":"http://x"}]"#);
    }
}
