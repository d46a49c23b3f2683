use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    (listener, url)
}

async fn closed(events: &mut mpsc::Receiver<(u64, SocketEvent)>) -> SocketError {
    loop {
        if let (7, SocketEvent::Closed(error)) = events.recv().await.expect("an event") {
            return error;
        }
    }
}

#[tokio::test]
async fn texts_go_both_ways_and_a_good_bye_is_heard() {
    let (listener, url) = listener().await;
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut ws = tokio_tungstenite::accept_async(tcp).await.unwrap();
        let mut got = Vec::new();
        while let Some(Ok(message)) = ws.next().await {
            if let Message::Text(text) = message {
                got.push(text.to_string());
                ws.send(Message::text(format!("echo {text}"))).await.unwrap();
            }
        }
        got
    });
    let (out, mut events) = mpsc::channel(1);
    let socket = Socket::open(url, None, 7, out);
    assert!(matches!(events.recv().await, Some((7, SocketEvent::Opened))));
    for n in 0..20 {
        assert!(socket.send(n.to_string()));
    }
    for n in 0..20 {
        let (_, event) = events.recv().await.unwrap();
        assert!(matches!(event, SocketEvent::Text(t) if t == format!("echo {n}")));
    }
    assert!(socket.send("last".into()));
    socket.close().await;
    assert_eq!(server.await.unwrap().last().map(String::as_str), Some("last"));
}

#[tokio::test]
async fn every_way_to_fail_has_its_own_word() {
    let (out, mut events) = mpsc::channel(4);
    let _bad = Socket::open("http://127.0.0.1:1".into(), None, 7, out.clone());
    assert!(matches!(closed(&mut events).await, SocketError::BadUrl));
    let _nobody = Socket::open("ws://127.0.0.1:1".into(), None, 7, out.clone());
    assert!(matches!(closed(&mut events).await, SocketError::Unreachable(_)));

    let (web, url) = listener().await;
    tokio::spawn(async move {
        let (mut tcp, _) = web.accept().await.unwrap();
        let mut buffer = [0; 1024];
        let _ = tcp.read(&mut buffer).await;
        tcp.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    });
    let _refused = Socket::open(url, None, 7, out.clone());
    assert!(matches!(closed(&mut events).await, SocketError::Refused(401)));

    let (drops, url) = listener().await;
    tokio::spawn(async move {
        let (tcp, _) = drops.accept().await.unwrap();
        drop(tokio_tungstenite::accept_async(tcp).await);
    });
    let _lost = Socket::open(url, None, 7, out);
    assert!(matches!(closed(&mut events).await, SocketError::Unreachable(_) | SocketError::Lost(_)));
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_the_socket() {
    let (listener, url) = listener().await;
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut ws = tokio_tungstenite::accept_async(tcp).await.unwrap();
        let _ = ws.send(Message::text("x".repeat(LARGEST + 1))).await;
        let _ = ws.next().await;
    });
    let (out, mut events) = mpsc::channel(4);
    let _socket = Socket::open(url, None, 7, out);
    assert!(matches!(closed(&mut events).await, SocketError::Lost(_)));
}
