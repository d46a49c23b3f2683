//! An invite as a link: `ahoy:join?s=Anna%27s+space&a=192.168.1.20:7781&f=…&c=…&e=…`

use super::announcement::plain;
use ahoy_model::{Fingerprint, Secret};
use url::{Host, form_urlencoded};

/// Addresses in one invite; more would make a QR code that nobody can scan.
pub const MOST_HOSTS: usize = 6;
const START: &str = "ahoy:join?";
const LONGEST_LINK: usize = 2_048;
const LONGEST_CODE: usize = 128;
/// After the scheme, however systems hand it over.
const PATHS: [&str; 4] = ["join?", "//join?", "//join/?", "/join?"];

/// What lets one person join a space once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// What the space calls itself. Only the fingerprint says which one it is.
    pub space: String,
    /// `host:port`, the likeliest first.
    pub hosts: Vec<String>,
    pub fingerprint: Fingerprint,
    pub code: Secret,
    /// Unix seconds.
    pub expires_at: u64,
}

/// Why a text is no invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    #[error("this is no invite")]
    NotAnInvite,
    #[error("the invite is not complete")]
    Incomplete,
}

impl Invite {
    /// The link. It holds the code, so it is a secret until it was used.
    pub fn link(&self) -> Secret {
        let mut query = form_urlencoded::Serializer::for_suffix(String::from(START), START.len());
        query.append_pair("s", &plain(&self.space));
        for host in self.hosts.iter().take(MOST_HOSTS) {
            query.append_pair("a", host);
        }
        query.append_pair("f", &self.fingerprint.to_string());
        query.append_pair("c", self.code.expose());
        query.append_pair("e", &self.expires_at.to_string());
        Secret::new(query.finish())
    }

    /// Whether a link wants to be an invite, well made or not.
    pub fn is_meant(text: &str) -> bool {
        query_of(text).is_some()
    }

    /// Reads a link that anybody may have written.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        let query = query_of(text).ok_or(InviteError::NotAnInvite)?;
        let (mut space, mut hosts, mut fingerprint, mut code, mut expires_at) =
            (String::new(), Vec::new(), None, None, None);
        for (key, value) in form_urlencoded::parse(query.as_bytes()).take(64) {
            match &*key {
                "s" => space = plain(&value),
                "a" if hosts.len() < MOST_HOSTS => hosts.extend(authority(&value)),
                "f" => fingerprint = Fingerprint::parse(&value),
                "c" if is_code(&value) => code = Some(Secret::new(value)),
                "e" => expires_at = value.parse().ok(),
                _ => {}
            }
        }
        match (fingerprint, code, expires_at) {
            (Some(fingerprint), Some(code), Some(expires_at)) if !hosts.is_empty() => {
                Ok(Self { space, hosts, fingerprint, code, expires_at })
            }
            _ => Err(InviteError::Incomplete),
        }
    }
}

fn query_of(text: &str) -> Option<&str> {
    let text = text.trim();
    if text.len() > LONGEST_LINK {
        return None;
    }
    let scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("ahoy:"))?;
    let rest = text.get(scheme.len()..)?;
    PATHS.iter().find_map(|path| rest.strip_prefix(path))
}

fn is_code(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (16..=LONGEST_CODE).contains(&text.len()) && text.chars().all(fits)
}

/// `host:port` with nothing else around it.
fn authority(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    let host = Host::parse(host).ok()?;
    Some(format!("{host}:{port}"))
}
