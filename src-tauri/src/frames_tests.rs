use super::*;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

fn request(origin: Option<&str>, protocols: Option<&str>) -> Request {
    let mut request = "ws://127.0.0.1:1/".into_client_request().unwrap();
    for (name, value) in [(header::ORIGIN, origin), (header::SEC_WEBSOCKET_PROTOCOL, protocols)] {
        if let Some(value) = value {
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    request
}

#[test]
fn only_our_page_with_a_fresh_secret_comes_in_and_only_once() {
    let (frames, _listener) = Frames::bind().unwrap();
    let door = frames.door("main");
    assert!(door.secret.len() >= 32 && door.secret.chars().all(|c| c.is_ascii_hexdigit()));
    let protocols = format!("{PROTOCOL}, {}", door.secret);
    let ours = Some(ORIGINS[0]);
    for stranger in [None, Some("http://evil.example"), Some("null"), Some("http://127.0.0.1")] {
        assert_eq!(frames.check(&request(stranger, Some(&protocols))), None, "{stranger:?}");
    }
    for wrong in [None, Some(PROTOCOL), Some("ahoy-frames, 0000"), Some("chat")] {
        assert_eq!(frames.check(&request(ours, wrong)), None, "{wrong:?}");
    }
    assert_eq!(frames.check(&request(ours, Some(&protocols))).as_deref(), Some("main"));
    assert_eq!(frames.check(&request(ours, Some(&protocols))), None, "a secret opens once");
}

#[test]
fn secrets_do_not_pile_up() {
    let (frames, _listener) = Frames::bind().unwrap();
    let first = frames.door("main").secret;
    for _ in 0..MOST_SECRETS {
        frames.door("main");
    }
    assert_eq!(frames.guests().passes.len(), MOST_SECRETS);
    assert!(frames.guests().passes.iter().all(|pass| pass.secret != first));
}

#[test]
fn a_picture_is_packed_no_larger_than_its_tile() {
    let picture = Picture::new(1280, 720, vec![90u8; 1280 * 720 * 3 / 2], Instant::now()).unwrap();
    let mut scaler = Scaler::new();
    let bytes = pack(&mut scaler, 7, &picture, (320, 320)).unwrap();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((number(0), number(4), number(8)), (7, 320, 180));
    assert_eq!(bytes.len(), 12 + 320 * 180 * 3 / 2);
    let whole = pack(&mut scaler, 7, &picture, (5000, 5000)).unwrap();
    assert_eq!(whole.len(), 12 + 1280 * 720 * 3 / 2, "never enlarged");
}
