use super::*;
use axum::Router;
use axum::http::header::LOCATION;
use axum::routing::get;
use minisign::KeyPair;
use serde_json::json;
use std::io::Cursor;
use tokio::net::TcpListener;

fn base64(text: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(text)
}

/// The public half as a release's configuration has it.
fn public(keys: &KeyPair) -> String {
    base64(keys.pk.to_box().unwrap().to_string())
}

fn sign(keys: &KeyPair, text: &str) -> String {
    let signed = minisign::sign(None, &keys.sk, Cursor::new(text), Some("file:latest.json"), Some("a test"));
    base64(signed.unwrap().to_string())
}

fn keys() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn manifest(version: &str) -> String {
    let package = json!({ "url": "https://releases.example/ahoy.AppImage", "signature": "c2ln" });
    json!({ "version": version, "notes": "Calls are louder.", "platforms": { "linux-x86_64": package } })
        .to_string()
}

/// A house on this computer that serves these words; its address.
async fn serve(router: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/latest.json").parse().unwrap()
}

fn words(text: String, signature: Option<String>) -> Router {
    let router = Router::new().route("/latest.json", get(move || async move { text }));
    match signature {
        Some(signature) => router.route("/latest.json.sig", get(move || async move { signature })),
        None => router,
    }
}

async fn look(endpoint: Url, keys: &KeyPair) -> Result<Option<Release>, CheckError> {
    let source = Source { endpoints: vec![endpoint], pubkey: public(keys) };
    newest(&source, &Version::new(1, 2, 3)).await
}

#[tokio::test]
async fn a_newer_version_is_offered_and_an_equal_or_older_one_is_not() {
    let keys = keys();
    for (version, newer) in
        [("1.2.4", true), ("v2.0.0", true), ("1.2.3", false), ("1.2.3-beta", false), ("0.9.0", false)]
    {
        let text = manifest(version);
        let signature = sign(&keys, &text);
        let found = look(serve(words(text, Some(signature))).await, &keys).await.unwrap();
        assert_eq!(found.is_some(), newer, "{version}");
        if let Some(found) = found {
            assert_eq!(
                (found.version.to_string(), found.notes.as_str()),
                (version.trim_start_matches('v').to_owned(), "Calls are louder.")
            );
            assert_eq!(found.manifest["platforms"]["linux-x86_64"]["signature"], "c2ln");
        }
    }
    let nothing = Router::new().route("/latest.json", get(|| async { StatusCode::NO_CONTENT }));
    assert_eq!(look(serve(nothing).await, &keys).await.unwrap(), None);
}

#[tokio::test]
async fn whoever_has_not_our_key_is_not_believed() {
    let (ours, theirs) = (keys(), keys());
    let text = manifest("9.9.9");
    let good = sign(&ours, &text);
    let forged = [
        ("another key", words(text.clone(), Some(sign(&theirs, &text)))),
        ("another text", words(manifest("9.9.10"), Some(good.clone()))),
        ("a blank more", words(format!("{text} "), Some(good.clone()))),
        ("nothing", words(text.clone(), None)),
        ("no base64", words(text.clone(), Some("signed, honestly".to_owned()))),
        ("no minisign", words(text.clone(), Some(base64("signed, honestly")))),
        ("half of it", words(text.clone(), Some(good[..good.len() / 2].to_owned()))),
    ];
    for (why, router) in forged {
        let error = look(serve(router).await, &ours).await.unwrap_err();
        assert!(matches!(error, CheckError::Forged(_)), "{why}: {error}");
    }
    assert!(look(serve(words(text, Some(good))).await, &ours).await.unwrap().is_some());
}

#[tokio::test]
async fn a_redirect_to_elsewhere_without_tls_is_not_followed() {
    let keys = keys();
    let text = manifest("2.0.0");
    let elsewhere = serve(words(text.clone(), Some(sign(&keys, &text)))).await;
    let to = elsewhere.to_string();
    let away = |to: String| {
        Router::new().route("/latest.json", get(move || async move { (StatusCode::FOUND, [(LOCATION, to)]) }))
    };
    let error = look(serve(away(to)).await, &keys).await.unwrap_err();
    assert!(matches!(&error, CheckError::Unreachable(why) if why.contains("without TLS")), "{error}");
    // Within the house it is.
    let signature = sign(&keys, &text);
    let moved = away("/moved".to_owned())
        .route("/moved", get(move || async move { text }))
        .route("/latest.json.sig", get(move || async move { signature }));
    assert!(look(serve(moved).await, &keys).await.unwrap().is_some());
    // But not in circles.
    let error = look(serve(away("/latest.json".to_owned())).await, &keys).await.unwrap_err();
    assert!(matches!(error, CheckError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn what_is_no_manifest_and_who_does_not_answer_is_told_apart() {
    let keys = keys();
    for text in ["", "[]", "{}", r#"{"version":"the newest"}"#, "<html>"] {
        let signature = sign(&keys, text);
        let error = look(serve(words(text.to_owned(), Some(signature))).await, &keys).await.unwrap_err();
        assert!(matches!(error, CheckError::Malformed(_)), "{text:?}: {error}");
    }
    let endless = words("x".repeat(LARGEST + 1), Some(String::new()));
    assert!(matches!(look(serve(endless).await, &keys).await, Err(CheckError::Malformed(_))));
    let gone = look(serve(Router::new()).await, &keys).await.unwrap_err();
    assert!(matches!(&gone, CheckError::Unreachable(why) if why.contains("404")), "{gone}");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody: Url = format!("http://{closed}/latest.json").parse().unwrap();
    assert!(matches!(look(nobody.clone(), &keys).await, Err(CheckError::Unreachable(_))));
    // The next address helps.
    let text = manifest("2.0.0");
    let signature = sign(&keys, &text);
    let second = serve(words(text, Some(signature))).await;
    let source = Source { endpoints: vec![nobody, second], pubkey: public(&keys) };
    assert!(newest(&source, &Version::new(1, 0, 0)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_build_without_a_key_or_an_address_asks_nobody() {
    let text = manifest("2.0.0");
    let endpoint = serve(words(text, None)).await;
    let current = Version::new(1, 0, 0);
    for source in [
        Source::default(),
        Source::of(None),
        Source::of(Some(&json!({ "endpoints": [], "pubkey": "" }))),
        Source { endpoints: vec![endpoint.clone()], pubkey: " ".to_owned() },
    ] {
        assert!(matches!(newest(&source, &current).await, Err(CheckError::NotSetUp)));
    }
    let source = Source::of(Some(
        &json!({ "endpoints": [endpoint], "pubkey": "bm9uc2Vuc2U=", "requireSignedVersion": true }),
    ));
    assert!(matches!(newest(&source, &current).await, Err(CheckError::Forged(_))));
    let far = Source {
        endpoints: vec!["http://releases.example/latest.json".parse().unwrap()],
        pubkey: public(&keys()),
    };
    assert!(
        matches!(newest(&far, &current).await, Err(CheckError::Unreachable(why)) if why.contains("no TLS"))
    );
}
