//! The one-section descriptions that the stack and we exchange. It negotiates nothing but ICE and DTLS in them.

use super::TransportWords;
use super::read::Description;
use crate::RtcError;

/// The payload type that the stack believes in. RTP does not pass its codec logic, so it never shows on the wire; 1 is reserved there.
pub(crate) const PAYLOAD: u8 = 1;

/// What the far side would have said if there were only this transport.
pub(crate) fn remote(words: &TransportWords, ice_lite: bool, version: u64) -> String {
    let mut out = format!("v=0\r\no=- 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n");
    if ice_lite {
        out.push_str("a=ice-lite\r\n");
    }
    out.push_str(&format!(
        "m=audio 9 UDP/TLS/RTP/SAVPF {PAYLOAD}\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:{}\r\na=setup:{}\r\na=mid:0\r\n\
         a=sendonly\r\na=rtcp-mux\r\na=rtpmap:{PAYLOAD} opus/48000/2\r\n",
        words.ufrag,
        words.pwd,
        words.fingerprint,
        words.setup.word()
    ));
    for candidate in &words.candidates {
        out.push_str("a=candidate:");
        out.push_str(candidate);
        out.push_str("\r\n");
    }
    out
}

/// Our end of a transport, out of the stack's own description. It repeats candidates for component 2, which `Description` drops.
pub(crate) fn local(sdp: &str) -> Result<TransportWords, RtcError> {
    let description = Description::parse(sdp)?;
    let mut words = description
        .sections
        .iter()
        .find_map(|s| s.words())
        .ok_or_else(|| RtcError::Stack("its description has no transport".to_owned()))?;
    let mut seen: Vec<String> = Vec::new();
    for candidate in std::mem::take(&mut words.candidates) {
        // A wildcard socket is what is left when no interface is up: nobody can send to it.
        let useless = candidate.split_ascii_whitespace().nth(4).is_none_or(|a| a == "0.0.0.0" || a == "::");
        if !useless && !seen.contains(&candidate) {
            seen.push(candidate);
        }
    }
    words.candidates = seen;
    Ok(words)
}
