use super::*;

fn claims() -> Claims {
    Claims {
        jti: "c802a22c".into(),
        sub: "bbfe57a5".into(),
        project: "223ce3a6".into(),
        kind: TokenKind::Subscriber,
        iat: 1_000,
        exp: 8_200,
        scope: vec!["sat:refresh".into()],
        cnf: None,
        allowed: Vec::new(),
        embed: None,
    }
}

fn mint(secret: &str) -> Mint {
    Mint::new(
        TokenKey::derive(&Secret::new(secret), &[7; key::SALT_BYTES]).expect("a key"),
        Some("puc.localhost:8443".into()),
    )
}

const ANY: &[TokenKind] = &[TokenKind::Subscriber];

#[test]
fn a_token_opens_again_and_only_its_header_can_be_read() {
    let token = mint("a secret").seal(&claims(), None).expect("a token");
    let parts: Vec<&str> = token.expose().split('.').collect();
    assert_eq!(parts.len(), 5);
    let header = URL_SAFE_NO_PAD.decode(parts[0]).expect("base64url");
    assert_eq!(
        String::from_utf8(header).expect("text"),
        r#"{"alg":"dir","enc":"A256GCM","typ":"SAT","ch":"puc.localhost:8443"}"#
    );
    assert_eq!(parts[1], "", "dir has no wrapped key");
    for part in &parts[2..] {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        assert!(!String::from_utf8_lossy(&bytes).contains("bbfe"), "the claims are sealed");
    }
    assert_eq!(
        mint("a secret").open(token.expose(), ANY, 1_500),
        Ok(claims()),
        "the same secret and salt, another run"
    );
}

#[test]
fn nobody_else_can_make_or_change_one() {
    let token = mint("a secret").seal(&claims(), None).expect("a token");
    assert_eq!(mint("another").open(token.expose(), ANY, 1_500), Err(TokenError::Foreign));
    let text = token.expose();
    for at in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes).expect("ASCII");
        assert!(mint("a secret").open(&forged, ANY, 1_500).is_err(), "changed at {at}");
    }
}

#[test]
fn expiry_and_kind_are_honoured() {
    let mint = mint("a secret");
    let token = mint.seal(&claims(), None).expect("a token");
    assert_eq!(mint.open(token.expose(), ANY, 8_200), Err(TokenError::Expired));
    assert!(mint.open(token.expose(), ANY, 8_199).is_ok());
    assert_eq!(mint.open(token.expose(), &[TokenKind::Refresh], 1_500), Err(TokenError::WrongKind));
}

#[test]
fn another_cluster_host_may_be_named() {
    let token = mint("a secret").seal(&claims(), Some("puc.example.test")).expect("a token");
    let header = ahoy_wire::sat::Header::of(&token).expect("a header");
    assert_eq!(header.ch.as_deref(), Some("puc.example.test"));
    assert!(mint("a secret").open(token.expose(), ANY, 1_500).is_ok());
}

#[test]
fn junk_is_refused() {
    let mint = mint("a secret");
    for junk in ["", ".", "....", "a.b.c.d.e", "eyJhbGciOiJkaXIifQ..x.y.z", "a.b.c.d.e.f", "ü..ü.ü.ü"] {
        assert!(mint.open(junk, ANY, 0).is_err(), "{junk}");
    }
    assert_eq!(mint.open(&"x".repeat(1 << 20), ANY, 0), Err(TokenError::Malformed));
}
