//! Reads a foreign description without believing anything about it: whatever is not understood is left out, nothing panics.

use super::codec::Format;
use super::{Setup, TransportWords};
use crate::RtcError;
use ahoy_model::{Flow, MediaKind};

/// Longer than what any browser writes for two sections, with room.
const MAX_LENGTH: usize = 128 * 1024;
const MAX_SECTIONS: usize = 32;
const MAX_FORMATS: usize = 96;
const MAX_CANDIDATES: usize = 40;
pub(crate) const TWCC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    /// The mids of each `a=group:BUNDLE`.
    pub bundles: Vec<Vec<String>>,
    pub ice_lite: bool,
    pub sections: Vec<Section>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// `audio`, `video`, `application`…
    pub media: String,
    pub port: u16,
    pub protocol: String,
    /// The formats as written, for a rejection line.
    pub format_words: Vec<String>,
    pub mid: Option<String>,
    pub flow: Flow,
    pub bundle_only: bool,
    pub ufrag: Option<String>,
    pub pwd: Option<String>,
    pub fingerprint: Option<String>,
    pub setup: Option<Setup>,
    pub candidates: Vec<String>,
    pub formats: Vec<Format>,
    /// Header extension id of the transport-wide sequence number.
    pub twcc: Option<u8>,
}

impl Section {
    pub(crate) fn kind(&self) -> Option<MediaKind> {
        match self.media.as_str() {
            "audio" => Some(MediaKind::Audio),
            "video" => Some(MediaKind::Video),
            _ => None,
        }
    }

    /// Something that we could talk to: not rejected, RTP over DTLS, with ICE words and a fingerprint. A codec that FreeSWITCH lacks comes
    /// back as a made-up section without a fingerprint: that is a rejection too.
    pub(crate) fn usable(&self) -> bool {
        (self.port != 0 || self.bundle_only)
            && self.kind().is_some()
            && self.protocol.contains("RTP/SAVP")
            && self.words().is_some()
    }

    pub(crate) fn words(&self) -> Option<TransportWords> {
        Some(TransportWords {
            ufrag: self.ufrag.clone()?,
            pwd: self.pwd.clone()?,
            fingerprint: self.fingerprint.clone()?,
            setup: self.setup.unwrap_or(Setup::ActPass),
            candidates: self.candidates.clone(),
        })
    }

    fn format(&mut self, payload: u8) -> Option<&mut Format> {
        self.formats.iter_mut().find(|f| f.payload == payload)
    }
}

/// What stands above the first section and holds for all of them.
#[derive(Clone, Debug, Default)]
struct Defaults {
    ufrag: Option<String>,
    pwd: Option<String>,
    fingerprint: Option<String>,
    setup: Option<Setup>,
    flow: Flow,
}

impl Description {
    pub(crate) fn parse(text: &str) -> Result<Self, RtcError> {
        let malformed = |why: &str| Err(RtcError::MalformedSdp(why.to_owned()));
        if text.len() > MAX_LENGTH {
            return malformed("it is too long");
        }
        if !text.trim_start().starts_with("v=0") {
            return malformed("it does not start with v=0");
        }
        let mut out = Self::default();
        let mut defaults = Defaults::default();
        for line in text.lines() {
            let line = line.trim_end();
            // Parts of these lines are repeated in ours: nothing in them may break a line.
            if line.chars().any(char::is_control) {
                continue;
            }
            let Some((kind, value)) = line.split_once('=') else { continue };
            match (kind, out.sections.last_mut()) {
                ("m", _) => {
                    if out.sections.len() >= MAX_SECTIONS {
                        return malformed("it has too many sections");
                    }
                    out.sections.push(media_line(value, &defaults)?);
                }
                ("a", None) => session_attribute(value, &mut out, &mut defaults),
                ("a", Some(section)) => section_attribute(value, section),
                _ => {}
            }
        }
        if out.sections.is_empty() {
            return malformed("it has no media section");
        }
        Ok(out)
    }
}

fn media_line(value: &str, defaults: &Defaults) -> Result<Section, RtcError> {
    let mut words = value.split_ascii_whitespace();
    let (Some(media), Some(port), Some(protocol)) = (words.next(), words.next(), words.next()) else {
        return Err(RtcError::MalformedSdp("a media line is incomplete".to_owned()));
    };
    // `port/count` is allowed; only the first counts.
    let port = port.split('/').next().and_then(|p| p.parse().ok());
    let Some(port) = port else {
        return Err(RtcError::MalformedSdp("a media line has no port".to_owned()));
    };
    let format_words: Vec<String> = words.take(MAX_FORMATS).map(str::to_owned).collect();
    let formats =
        format_words.iter().filter_map(|w| w.parse().ok()).filter(|p| *p < 128).map(Format::bare).collect();
    Ok(Section {
        media: media.to_owned(),
        port,
        protocol: protocol.to_owned(),
        format_words,
        flow: defaults.flow,
        ufrag: defaults.ufrag.clone(),
        pwd: defaults.pwd.clone(),
        fingerprint: defaults.fingerprint.clone(),
        setup: defaults.setup,
        formats,
        ..Section::default()
    })
}

fn session_attribute(value: &str, out: &mut Description, defaults: &mut Defaults) {
    let (name, rest) = value.split_once(':').unwrap_or((value, ""));
    match name {
        "group" => {
            if let Some(mids) = rest.strip_prefix("BUNDLE") {
                out.bundles
                    .push(mids.split_ascii_whitespace().take(MAX_SECTIONS).map(str::to_owned).collect());
            }
        }
        "ice-lite" => out.ice_lite = true,
        "ice-ufrag" => defaults.ufrag = token(rest, 256),
        "ice-pwd" => defaults.pwd = token(rest, 256),
        "fingerprint" => defaults.fingerprint = better_fingerprint(defaults.fingerprint.take(), rest),
        "setup" => defaults.setup = setup(rest),
        _ => {
            if let Some(flow) = flow(name) {
                defaults.flow = flow;
            }
        }
    }
}

fn section_attribute(value: &str, section: &mut Section) {
    let (name, rest) = value.split_once(':').unwrap_or((value, ""));
    match name {
        "mid" => section.mid = token(rest, 64),
        "bundle-only" => section.bundle_only = true,
        "ice-ufrag" => section.ufrag = token(rest, 256),
        "ice-pwd" => section.pwd = token(rest, 256),
        "fingerprint" => section.fingerprint = better_fingerprint(section.fingerprint.take(), rest),
        "setup" => section.setup = setup(rest),
        "candidate" => {
            if section.candidates.len() < MAX_CANDIDATES && candidate(rest) {
                section.candidates.push(rest.trim().to_owned());
            }
        }
        "extmap" => {
            let mut words = rest.split_ascii_whitespace();
            let id = words.next().and_then(|w| w.split('/').next()).and_then(|w| w.parse::<u8>().ok());
            if words.next() == Some(TWCC) {
                section.twcc = id.filter(|id| (1..=14).contains(id));
            }
        }
        "rtpmap" | "fmtp" | "rtcp-fb" => format_attribute(name, rest, section),
        _ => {
            if let Some(flow) = flow(name) {
                section.flow = flow;
            }
        }
    }
}

fn format_attribute(name: &str, rest: &str, section: &mut Section) {
    let Some((payload, value)) = rest.split_once(' ') else { return };
    let value = value.trim();
    if name == "rtcp-fb" && payload == "*" {
        for format in &mut section.formats {
            format.add_feedback(value);
        }
        return;
    }
    let Some(format) = payload.parse().ok().and_then(|p| section.format(p)) else { return };
    match name {
        "rtpmap" => format.read_map(value),
        "fmtp" => value.clone_into(&mut format.parameters),
        _ => format.add_feedback(value),
    }
}

fn flow(word: &str) -> Option<Flow> {
    match word {
        "sendrecv" => Some(Flow::SendRecv),
        "sendonly" => Some(Flow::SendOnly),
        "recvonly" => Some(Flow::RecvOnly),
        "inactive" => Some(Flow::Inactive),
        _ => None,
    }
}

fn setup(word: &str) -> Option<Setup> {
    match word.trim() {
        "active" => Some(Setup::Active),
        "passive" => Some(Setup::Passive),
        "actpass" => Some(Setup::ActPass),
        _ => None,
    }
}

/// One word of printable characters that fits on a line of ours.
fn token(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fine = !text.is_empty() && text.len() <= longest && text.bytes().all(|b| b.is_ascii_graphic());
    fine.then(|| text.to_owned())
}

/// Several may be given; SHA-256 is the one that our stack checks.
fn better_fingerprint(old: Option<String>, text: &str) -> Option<String> {
    let mut words = text.split_ascii_whitespace();
    let (Some(hash), Some(value)) = (words.next(), words.next()) else { return old };
    let hex = value.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    if !hex || value.len() > 256 {
        return old;
    }
    let hash = hash.to_ascii_lowercase();
    if hash == "sha-256" { Some(format!("{hash} {value}")) } else { old }
}

/// Component 1 over UDP with an address that the stack can read. Names (mDNS) and TCP are left out.
fn candidate(value: &str) -> bool {
    let words: Vec<&str> = value.split_ascii_whitespace().take(32).collect();
    let [_, component, protocol, priority, address, port, typ, kind, ..] = words.as_slice() else {
        return false;
    };
    *component == "1"
        && protocol.eq_ignore_ascii_case("udp")
        && priority.parse::<u32>().is_ok()
        && address.parse::<std::net::IpAddr>().is_ok()
        && port.parse::<u16>().is_ok_and(|p| p != 0)
        && *typ == "typ"
        && matches!(*kind, "host" | "srflx" | "prflx" | "relay")
        && value.is_ascii()
}
