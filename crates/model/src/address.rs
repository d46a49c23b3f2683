//! What a person can dial (WIRE.md 4.2).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The channel of an address: what a call to it starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Audio,
    Video,
    Messaging,
}

/// Why a text cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum TargetProblem {
    Empty,
    TooLong,
    /// A control character, a blank or something else that no address holds.
    ForbiddenCharacter,
    /// Neither a name, a path, a phone number nor a SIP address.
    Unrecognised,
}

/// A dialable address in its canonical form: `/context/name`, `+E164` or `sip:user@host`, with the query parameters that were given.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct DialTarget {
    path: String,
    query: Option<String>,
}

/// Longer than any address that a space hands out.
const MAX_LENGTH: usize = 512;

impl DialTarget {
    /// Reads what a person typed: `bob` → `/private/bob`, `+1 (555) 010-0199` → `+15550100199`; paths and SIP addresses stay as they are.
    ///
    /// Bare digits stay digits (a space decides what they mean). Deep-link schemes are not read here.
    pub fn parse(text: &str) -> Result<Self, TargetProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetProblem::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(TargetProblem::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(TargetProblem::ForbiddenCharacter);
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned()).filter(|q| !q.is_empty())),
            None => (text, None),
        };
        let path = if path.starts_with('/') {
            Self::read_path(path)?
        } else if let Some(rest) = path.strip_prefix("sip:").or_else(|| path.strip_prefix("sips:")) {
            let whole = rest.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
            if !whole || path.contains(char::is_whitespace) {
                return Err(TargetProblem::Unrecognised);
            }
            path.to_owned()
        } else if let Some(number) = Self::read_number(path) {
            number
        } else {
            Self::read_path(&format!("/private/{path}"))?
        };
        Ok(Self { path, query })
    }

    fn read_path(path: &str) -> Result<String, TargetProblem> {
        if path.chars().any(|c| c.is_whitespace() || matches!(c, '#' | '\\' | '<' | '>' | '"')) {
            return Err(TargetProblem::ForbiddenCharacter);
        }
        let mut parts = path[1..].split('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(context), Some(name), None) if !context.is_empty() && !name.is_empty() && name != ".." => {
                Ok(path.to_owned())
            }
            _ => Err(TargetProblem::Unrecognised),
        }
    }

    /// Digits, with the signs people put between them.
    fn read_number(text: &str) -> Option<String> {
        let (plus, rest) = match text.strip_prefix('+') {
            Some(rest) => ("+", rest),
            None => ("", text),
        };
        if !rest
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '*' | '#'))
        {
            return None;
        }
        let digits: String = rest.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#')).collect();
        (digits.len() >= 2).then(|| format!("{plus}{digits}"))
    }

    /// Without query parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last part, for people: `bob` of `/private/bob`.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().flat_map(|q| q.split('&')).filter_map(|pair| pair.split_once('='))
    }

    /// What `?channel=` says, if anything.
    pub fn channel(&self) -> Option<Channel> {
        self.query().find(|(key, _)| *key == "channel").and_then(|(_, value)| match value {
            "audio" => Some(Channel::Audio),
            "video" => Some(Channel::Video),
            "messaging" => Some(Channel::Messaging),
            _ => None,
        })
    }

    /// The same address with `?channel=` set.
    pub fn with_channel(&self, channel: Channel) -> Self {
        let word = match channel {
            Channel::Audio => "audio",
            Channel::Video => "video",
            Channel::Messaging => "messaging",
        };
        let others: Vec<String> =
            self.query().filter(|(k, _)| *k != "channel").map(|(k, v)| format!("{k}={v}")).collect();
        let query = others.into_iter().chain([format!("channel={word}")]).collect::<Vec<_>>().join("&");
        Self { path: self.path.clone(), query: Some(query) }
    }
}

impl fmt::Display for DialTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for DialTarget {
    type Error = TargetProblem;
    fn try_from(text: String) -> Result<Self, TargetProblem> {
        Self::parse(&text)
    }
}

impl From<DialTarget> for String {
    fn from(target: DialTarget) -> Self {
        target.to_string()
    }
}

impl fmt::Display for TargetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the address is empty",
            Self::TooLong => "the address is too long",
            Self::ForbiddenCharacter => "the address holds a character that no address can hold",
            Self::Unrecognised => "this is neither a name, a path, a phone number nor a SIP address",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_addresses_in_many_ways() {
        for (typed, dialled) in [
            ("bob", "/private/bob"),
            ("  /public/echo ", "/public/echo"),
            ("/public/room?channel=video&ticket=7", "/public/room?channel=video&ticket=7"),
            ("+1 (555) 010-0199", "+15550100199"),
            ("sip:bob@example.test", "sip:bob@example.test"),
            ("*97", "*97"),
        ] {
            assert_eq!(DialTarget::parse(typed).map(|t| t.to_string()), Ok(dialled.to_owned()), "{typed}");
        }
        for (typed, problem) in [
            ("", TargetProblem::Empty),
            ("/public/", TargetProblem::Unrecognised),
            ("/a/b/c", TargetProblem::Unrecognised),
            ("two words", TargetProblem::ForbiddenCharacter),
            ("sip:@host", TargetProblem::Unrecognised),
            ("a\u{7}b", TargetProblem::ForbiddenCharacter),
        ] {
            assert_eq!(DialTarget::parse(typed), Err(problem), "{typed}");
        }
        assert_eq!(DialTarget::parse(&"x".repeat(600)), Err(TargetProblem::TooLong));
    }

    #[test]
    fn the_channel_is_read_and_replaced() {
        let target = DialTarget::parse("/private/bob?ticket=7&channel=audio").expect("an address");
        assert_eq!(target.channel(), Some(Channel::Audio));
        assert_eq!(target.with_channel(Channel::Video).to_string(), "/private/bob?ticket=7&channel=video");
        assert_eq!(target.name(), "bob");
    }
}
