//! What tells one self-made certificate from another.

use serde::{Deserialize, Serialize};
use std::fmt;

const BYTES: usize = 32;

/// SHA-256 of a certificate in DER. It is no secret: people compare it.
///
/// Written as 64 hexadecimal digits; read with or without colons and blanks between them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct Fingerprint([u8; BYTES]);

impl Fingerprint {
    pub fn new(digest: [u8; BYTES]) -> Self {
        Self(digest)
    }

    pub fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// `None` when it is not 32 bytes in hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let mut digits = text.chars().filter(|c| !matches!(c, ':' | ' ' | '\u{a0}'));
        for byte in &mut bytes {
            let (high, low) = (digits.next()?.to_digit(16)?, digits.next()?.to_digit(16)?);
            *byte = u8::try_from(high << 4 | low).ok()?;
        }
        digits.next().is_none().then_some(Self(bytes))
    }

    /// In groups of four digits, for people.
    pub fn grouped(&self) -> String {
        let groups: Vec<String> =
            self.0.as_chunks::<2>().0.iter().map(|[a, b]| format!("{a:02X}{b:02X}")).collect();
        groups.join(" ")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a fingerprint has 64 hexadecimal digits")
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn it_is_read_as_people_write_it() {
        let print = Fingerprint::new(std::array::from_fn(|at| at as u8 * 7));
        assert_eq!(Fingerprint::parse(&print.to_string()), Some(print));
        assert_eq!(Fingerprint::parse(&print.grouped()), Some(print));
        assert_eq!(Fingerprint::parse(&print.grouped().replace(' ', ":").to_lowercase()), Some(print));
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(64)] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
        let json = serde_json::to_string(&print).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), print);
    }
}
