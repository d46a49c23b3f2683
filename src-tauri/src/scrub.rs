//! Takes secrets out of text before it leaves this computer. What a log line must never hold is taken out all the same:
//! a support file is read by strangers.

use regex::Regex;
use std::sync::LazyLock;

const HIDDEN: &str = "…";

/// What to look for, and how much of it stays.
static SECRETS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = [
        // JSON Web Tokens: SATs, proofs, refresh tokens.
        (r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}", HIDDEN),
        (r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}", "$1 …"),
        (
            r#"(?i)("?(?:password|passwd|credential|secret|token|refresh_token|dpop_token|authorization_state|api_token)"?\s*[:=]\s*"?)[^\s",}&]+"#,
            "$1…",
        ),
        // Invites hold a code.
        (r"(?i)(ahoy:/{0,2}join/?\?)\S+", "$1…"),
        // The parts of a description that open a media path.
        (r#"(?i)(ice-pwd|ice-ufrag|fingerprint):[^\s"][^"\n]*"#, "$1:…"),
        (r"(?i)([a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@", "$1…@"),
        (r"-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----", HIDDEN),
    ];
    patterns.into_iter().filter_map(|(pattern, kept)| Some((Regex::new(pattern).ok()?, kept))).collect()
});

pub fn scrub(text: &str) -> String {
    SECRETS.iter().fold(text.to_owned(), |text, (secret, kept)| secret.replace_all(&text, *kept).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_stays() {
        assert_eq!(SECRETS.len(), 7, "every pattern is one");
        let jwt = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..abcDEF-_123.xyz.q";
        for (text, secret) in [
            (format!("signed in with {jwt} at last"), jwt),
            ("Authorization: Bearer abc.def-123456".into(), "abc.def-123456"),
            ("authorization: basic aG9tZTpzZWNyZXQ=".into(), "aG9tZTpzZWNyZXQ"),
            (r#"{"credential":"hunter2","username":"a"}"#.into(), "hunter2"),
            ("GET /x?token=s3cr3t&page=2".into(), "s3cr3t"),
            ("refresh_token = zzzzzz".into(), "zzzzzz"),
            ("a=ice-pwd:asd88fgpdd777uzjYhagZg".into(), "asd88fgpdd777uzjYhagZg"),
            ("a=fingerprint:sha-256 4A:AD:B9".into(), "4A:AD:B9"),
            ("opened ahoy:join?s=A&c=k3.0f4TQmW2".into(), "0f4TQmW2"),
            ("wss://anna:hunter2@example.org/".into(), "hunter2"),
            ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----".into(), "MIIB"),
        ] {
            let clean = scrub(&text);
            assert!(!clean.contains(secret), "{clean}");
        }
    }

    #[test]
    fn what_helps_to_find_a_fault_stays() {
        for text in [
            "2026-05-20T15:02:11Z  INFO ahoy_phone: session status=Online",
            "the camera is used by another program",
            "ws://192.168.1.20:7780",
            "/private/bob?channel=video",
        ] {
            assert_eq!(scrub(text), text);
        }
        assert!(scrub("GET /x?token=abc&page=2").ends_with("&page=2"));
    }
}
