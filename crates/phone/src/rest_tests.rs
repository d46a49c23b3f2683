use super::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every request with `answer` and hands out the requests' heads.
async fn server(answer: Vec<u8>) -> (String, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (tx, rx) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let n = tcp.read(&mut head).await.unwrap_or(0);
            head.truncate(n);
            let _ = tx.send(String::from_utf8_lossy(&head).into_owned()).await;
            let _ = tcp.write_all(&answer).await;
        }
    });
    (base, rx)
}

fn json(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

#[tokio::test]
async fn the_token_goes_in_the_header_and_to_this_host_only() {
    let (base, mut heads) = server(json("{\"data\":[]}")).await;
    let rest = Rest::new(&base, "secret".into(), None).unwrap();
    assert!(!format!("{rest:?}").contains("secret"));
    let _: Value = rest.get("https://elsewhere.example/api/fabric/addresses?page=2").await.unwrap();
    let head = heads.recv().await.unwrap();
    assert!(head.starts_with("GET /api/fabric/addresses?page=2 "), "{head}");
    assert!(head.to_lowercase().contains("authorization: bearer secret"));
    let _: Value = rest.find("/api/fabric/addresses", "name", "/private/bob").await.unwrap();
    assert!(heads.recv().await.unwrap().starts_with("GET /api/fabric/addresses?name=%2Fprivate%2Fbob "));
}

#[tokio::test]
async fn every_way_to_fail_has_its_own_word() {
    assert!(matches!(Rest::new("ws://x", "t".into(), None), Err(RestError::BadUrl)));
    assert!(matches!(Rest::new("nonsense", "t".into(), None), Err(RestError::BadUrl)));
    let code = |error: RestError| error.problem().code;
    let nobody = Rest::new("http://127.0.0.1:1", "t".into(), None).unwrap();
    assert_eq!(code(nobody.get::<Value>("/x").await.unwrap_err()), ProblemCode::SpaceUnreachable);

    for (answer, expected) in [
        (b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n".to_vec(), ProblemCode::TokenRefused),
        (
            b"HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec(),
            ProblemCode::ProtocolError,
        ),
        (json("{\"data\":"), ProblemCode::ProtocolError),
        (json(&format!("\"{}\"", "x".repeat(LARGEST))), ProblemCode::ProtocolError),
    ] {
        let (base, _heads) = server(answer).await;
        let rest = Rest::new(&base, "t".into(), None).unwrap();
        assert_eq!(code(rest.get::<Value>("/x").await.unwrap_err()), expected);
    }
}
