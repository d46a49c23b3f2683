use super::*;

fn token(header: &Header) -> Secret {
    Secret::new(format!("{}..iv.text.tag", header.encode()))
}

#[test]
fn the_header_chooses_the_hosts() {
    let hosts = |ch: Option<&str>| {
        let header = Header { ch: ch.map(str::to_owned), ..Header::default() };
        Header::of(&token(&header)).expect("a header").hosts()
    };
    let own = hosts(Some("puc.localhost:8443"));
    assert_eq!(
        (own.socket.as_str(), own.rest.as_str()),
        ("wss://puc.localhost:8443", "https://fabric.localhost:8443")
    );
    for ch in [None, Some("nodot"), Some("a."), Some("evil/../.x")] {
        assert_eq!(hosts(ch).socket, "wss://puc.signalwire.com", "{ch:?}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    assert_eq!(Header::of(&"".into()), Err(SatError::Empty));
    assert_eq!(Header::of(&"not a token".into()), Err(SatError::Header));
    assert_eq!(Header::of(&"e30".into()), Ok(Header::default()));
    assert_eq!(Header::of(&"x".repeat(MAX_TOKEN_BYTES + 1).into()), Err(SatError::TooLong));
}
