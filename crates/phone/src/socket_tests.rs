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
async fn what_was_said_before_the_end_is_heard_although_nothing_can_be_answered() {
    let (listener, url) = listener().await;
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut ws = tokio_tungstenite::accept_async(tcp).await.unwrap();
        for text in ["one", "two", "bye"] {
            ws.send(Message::text(text)).await.unwrap();
        }
        let _ = ws.close(None).await;
    });
    // Room for all, so that the task ends by itself.
    let (out, mut events) = mpsc::channel(8);
    let mut socket = Socket::open(url, None, 7, out);
    server.await.unwrap();
    (&mut socket.task).await.unwrap();
    assert!(socket.send("an answer to one".into()), "the end is told by its event");
    assert!(matches!(events.recv().await, Some((7, SocketEvent::Opened))));
    for text in ["one", "two", "bye"] {
        let (_, event) = events.recv().await.unwrap();
        assert!(matches!(&event, SocketEvent::Text(heard) if heard == text), "{event:?} instead of {text}");
    }
    assert!(matches!(closed(&mut events).await, SocketError::Lost(_)));
}

/// The end of the other side's socket is noticed by a write before the rest has been read.
#[tokio::test]
async fn a_write_that_fails_does_not_swallow_what_has_arrived() {
    let (listener, url) = listener().await;
    let (gone, mut goes) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut ws = tokio_tungstenite::accept_async(tcp).await.unwrap();
        for n in 0..50 {
            ws.send(Message::text(n.to_string())).await.unwrap();
        }
        drop(ws);
        let _ = gone.send(());
    });
    // One at a time is taken: while we wait, nothing is read.
    let (out, mut events) = mpsc::channel(1);
    let socket = Socket::open(url, None, 7, out);
    assert!(matches!(events.recv().await, Some((7, SocketEvent::Opened))));
    (&mut goes).await.unwrap();
    for n in 0..50 {
        assert!(socket.send("is anybody there?".into()));
        let (_, event) = events.recv().await.unwrap();
        assert!(
            matches!(&event, SocketEvent::Text(heard) if *heard == n.to_string()),
            "{event:?} instead of {n}"
        );
    }
    closed(&mut events).await;
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
