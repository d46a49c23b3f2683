//! A string that must not reach a log, an error or a file.

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// Text whose `Debug` and `Display` hide it, wiped from memory when dropped. `expose` is the only way in.
///
/// It serialises to its plain text, because tokens have to travel in messages; whoever writes files must not.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(from = "String", into = "String")]
#[specta(type = String)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The plain text. Never format what this returns.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.expose().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("eyJhbGciOi");
        assert!(!format!("{secret} {secret:?} {:?}", Some(&secret)).contains("eyJ"));
        assert_eq!(secret.expose(), "eyJhbGciOi");
    }
}
