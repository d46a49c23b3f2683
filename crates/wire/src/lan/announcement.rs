//! What a space says of itself in DNS-SD (RFC 6763): TXT records that anybody on the network can forge.

use ahoy_model::Fingerprint;

/// The service type that spaces announce and phones look for.
pub const SERVICE: &str = "_ahoy._tcp.local.";
/// Of what is said to a space that was found so.
pub const VERSION: u32 = 1;
/// Longest name of a space or a person, characters.
pub const LONGEST_NAME: usize = 64;
/// Longest value that we read, bytes; a TXT string has 255 at most, its key included.
const LONGEST: usize = 250;
const LONGEST_ID: usize = 64;

/// The TXT records of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub space_id: String,
    /// What people call the space.
    pub name: String,
    /// The computer it runs on, as people know it.
    pub host: String,
    pub fingerprint: Fingerprint,
}

/// Why what was found is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementError {
    #[error("it says no version that we speak")]
    Version,
    #[error("it has no id, or one that is none")]
    Id,
    #[error("it has no name")]
    Name,
    #[error("it has no fingerprint, or one that is none")]
    Fingerprint,
}

impl Announcement {
    /// Keys and values, each pair short enough for one TXT string.
    pub fn to_txt(&self) -> [(&'static str, String); 5] {
        [
            ("v", VERSION.to_string()),
            ("id", self.space_id.clone()),
            ("n", plain(&self.name)),
            ("h", plain(&self.host)),
            ("f", self.fingerprint.to_string()),
        ]
    }

    /// Reads what somebody announces; `value` looks a key up. Higher versions are read as far as they are ours.
    pub fn from_txt<'a>(value: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Self, AnnouncementError> {
        let text = |key: &str| {
            let bytes = value(key).filter(|bytes| bytes.len() <= LONGEST)?;
            std::str::from_utf8(bytes).ok()
        };
        let version = text("v").and_then(|version| version.parse::<u32>().ok());
        if version.is_none_or(|version| version < VERSION) {
            return Err(AnnouncementError::Version);
        }
        let fits = |id: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(plain)
        };
        let space_id = text("id").filter(fits).ok_or(AnnouncementError::Id)?.to_owned();
        let name = text("n").map(plain).filter(|name| !name.is_empty()).ok_or(AnnouncementError::Name)?;
        let fingerprint = text("f").and_then(Fingerprint::parse).ok_or(AnnouncementError::Fingerprint)?;
        Ok(Self { space_id, name, host: text("h").map(plain).unwrap_or_default(), fingerprint })
    }
}

/// A name of somebody else's, fit to be shown in a line: no control characters, none that turn the line around, no
/// blanks at the ends, not too long in characters and bytes.
pub fn plain(name: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut out = String::new();
    for letter in name.trim().chars().filter(|c| !c.is_control() && !turns(*c)).take(LONGEST_NAME) {
        if out.len() + letter.len_utf8() > LONGEST - 10 {
            break;
        }
        out.push(letter);
    }
    out.trim().to_owned()
}
