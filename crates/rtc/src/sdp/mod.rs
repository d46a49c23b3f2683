//! Session descriptions: read what others write, split it into transports, write our own.
//!
//! The stack below never sees a foreign description: it gets one of our own making with a single section
//! (`inner`), and only its ICE and DTLS words come back. Codecs, directions, mids and roles are settled here.

pub(crate) mod codec;
pub(crate) mod inner;
pub(crate) mod merge;
pub(crate) mod read;
pub(crate) mod split;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

/// `a=setup` (RFC 4145, RFC 5763): who starts DTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Active,
    Passive,
    ActPass,
}

impl Setup {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
        }
    }

    /// The answer to this word. To `actpass` we say active: then the first DTLS flight leaves with the ICE nomination.
    pub(crate) fn answer(self) -> Self {
        match self {
            Self::Active => Self::Passive,
            Self::Passive | Self::ActPass => Self::Active,
        }
    }
}

/// What ICE and DTLS need to know about one end of a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransportWords {
    pub ufrag: String,
    pub pwd: String,
    /// `sha-256 AB:CD…`.
    pub fingerprint: String,
    pub setup: Setup,
    /// Values of `a=candidate`, without the attribute's name.
    pub candidates: Vec<String>,
}
