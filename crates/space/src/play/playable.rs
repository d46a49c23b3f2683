//! What can be named in `url` and `urls` of SWML's `play`.

use super::ringing;
use std::path::{Component, Path};
use std::time::Duration;
use url::Url;

/// Longest text to be said, characters.
const LONGEST_TEXT: usize = 4_000;
/// Longest silence or ringing.
const LONGEST_TIME: f64 = 24.0 * 3_600.0;
const RING: f64 = 600.0;

/// One thing to play.
#[derive(Clone, Debug, PartialEq)]
pub enum Playable {
    /// http or https.
    Url(Url),
    /// A path inside the space's media folder, of plain names only.
    File(String),
    Silence(Duration),
    /// A country's ring tone; without a time, once.
    Ring {
        country: &'static str,
        time: Option<Duration>,
    },
    Say(String),
}

/// Why a text names nothing that can be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlayableError {
    #[error("is not an address")]
    NotAnAddress,
    #[error("must be http, https, file, silence, ring or say")]
    Scheme,
    #[error("must name a file inside the media folder, without `..`")]
    Path,
    #[error("must be a number of seconds, up to a day")]
    Time,
    #[error("must name a country: {0}")]
    Country(String),
    #[error("has no text, or too much of it")]
    Text,
}

impl Playable {
    /// `https://…`, `file:welcome.wav` (or just `welcome.wav`), `silence:2.5`, `ring:us`, `ring:10:us`, `say:Hello`.
    pub fn parse(text: &str) -> Result<Self, PlayableError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once(':') else { return Self::file(text) };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => {
                let url = Url::parse(text).ok().filter(Url::has_host);
                url.map(Self::Url).ok_or(PlayableError::NotAnAddress)
            }
            "file" => Self::file(rest),
            "silence" => Ok(Self::Silence(seconds(rest, LONGEST_TIME)?)),
            "ring" => match rest.split_once(':') {
                Some((time, country)) => Self::ring(country, Some(seconds(time, RING)?)),
                None => Self::ring(rest, None),
            },
            "say" => Self::say(rest),
            _ => Err(PlayableError::Scheme),
        }
    }

    pub fn file(path: &str) -> Result<Self, PlayableError> {
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        let fits = !path.is_empty()
            && path.len() <= 1_024
            && !path.contains(['\\', '\0', ':'])
            && Path::new(path).components().all(plain);
        if fits { Ok(Self::File(path.to_owned())) } else { Err(PlayableError::Path) }
    }

    pub fn ring(country: &str, time: Option<Duration>) -> Result<Self, PlayableError> {
        let country = ringing::country(country).ok_or_else(|| PlayableError::Country(ringing::known()))?;
        Ok(Self::Ring { country, time })
    }

    pub fn say(text: &str) -> Result<Self, PlayableError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST_TEXT {
            return Err(PlayableError::Text);
        }
        Ok(Self::Say(text.to_owned()))
    }

    /// Whether it may hold pictures, as far as its name tells.
    pub fn may_have_pictures(&self) -> bool {
        let path = match self {
            Self::Url(url) => url.path(),
            Self::File(path) => path,
            Self::Silence(_) | Self::Ring { .. } | Self::Say(_) => return false,
        };
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        !ending.is_some_and(|ending| ["wav", "mp3", "m4a", "aac"].contains(&ending.as_str()))
    }
}

/// A number of seconds, possibly with a fraction.
fn seconds(text: &str, most: f64) -> Result<Duration, PlayableError> {
    let number = text.trim().parse::<f64>().ok().filter(|number| (0.0..=most).contains(number));
    number.map(Duration::from_secs_f64).ok_or(PlayableError::Time)
}
