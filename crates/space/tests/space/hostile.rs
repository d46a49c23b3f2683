//! Clients that mean no good, or are broken.

use crate::client::{Client, config, space, token};
use ahoy_model::{CallId, Secret};
use ahoy_space::Rate;
use ahoy_wire::{
    BodyWithSdp, CallAction, CallRequest, ClientBye, ClientMessage, ClientRequest, ClientVerto,
    ConnectParams, DialogParams, MemberRef, VertoRequest,
};
use futures_util::SinkExt;
use std::time::Duration;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// One of each kind of message.
fn messages(token: &Secret) -> Vec<String> {
    let call = CallId::from("b7df7dba-0000");
    let member = MemberRef::new("fa87".into(), call.clone(), "n".into());
    let verto = |message| {
        ClientRequest::Verto(VertoRequest {
            call_id: Some(call.clone()),
            node_id: None,
            subscribe: None,
            message_id: 7.into(),
            message,
        })
    };
    let invite = BodyWithSdp {
        dialog: DialogParams::outbound(call.clone(), "/public/echo"),
        sdp: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n".into(),
        sessid: None,
    };
    [
        ClientRequest::Connect(ConnectParams::fresh(token.clone(), "fuzz")),
        ClientRequest::SubscriberOnline,
        verto(ClientVerto::Invite(invite.clone())),
        verto(ClientVerto::Answer(invite)),
        verto(ClientVerto::Bye(ClientBye::new(DialogParams::bare(call.clone()), None))),
        ClientRequest::Call(CallRequest::on_self(member, CallAction::Deaf)),
    ]
    .map(|request| ClientMessage::request("1", request).to_json())
    .to_vec()
}

fn mutate(random: &mut fastrand::Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(0..bytes.len().max(1));
        match random.u8(0..6) {
            0 if at < bytes.len() => bytes[at] = random.u8(..),
            1 if at < bytes.len() => {
                bytes.remove(at);
            }
            2 => bytes.insert(at.min(bytes.len()), b"{}[]\",:0\\n"[random.usize(0..10)]),
            3 => bytes.truncate(at),
            4 => bytes.extend_from_within(at.min(bytes.len())..),
            _ => bytes.splice(at..at, *b"[[[[[[[[").for_each(drop),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_messages_leave_the_space_alive() {
    let mut config = config();
    config.limits.messages = Rate { burst: 100_000, per_second: 100_000.0 };
    config.limits.requests = Rate { burst: 100_000, per_second: 100_000.0 };
    config.limits.failures = Rate { burst: 100_000, per_second: 100_000.0 };
    let space = space(config).await;
    let token = token(&space, "mallory").await;
    let seeds = messages(&token);
    let mut random = fastrand::Rng::with_seed(42);
    let (mut sent, mut sockets) = (0, 0);
    while sent < 2_000 {
        let mut client = Client::open(&space, token.clone()).await;
        sockets += 1;
        if random.bool() {
            client.connect(None).await.expect("connected");
        }
        for _ in 0..100 {
            let seed = random.usize(0..seeds.len());
            let text = mutate(&mut random, &seeds[seed]);
            sent += 1;
            if !client.send_text(&text).await {
                break;
            }
        }
        client.vanish();
    }
    println!("{sent} messages on {sockets} sockets");
    let mut alice = Client::online(&space, "alice").await;
    alice.ask(ClientRequest::SubscriberOnline).await.expect("the space answers");
    space.shut_down().await;
}

#[tokio::test]
async fn raw_bytes_and_strange_http_are_no_harm() {
    use tokio::io::AsyncWriteExt;
    let space = space(config()).await;
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..100_usize {
        let mut stream = tokio::net::TcpStream::connect(space.address()).await.expect("a connection");
        let mut bytes: Vec<u8> = (0..random.usize(1..400)).map(|_| random.u8(..)).collect();
        if round % 2 == 0 {
            let head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            bytes.splice(0..0, head.iter().copied());
        }
        let _ = stream.write_all(&bytes).await;
    }
    Client::online(&space, "alice").await;
    space.shut_down().await;
}

#[tokio::test]
async fn a_client_that_never_connects_is_let_go() {
    let mut config = config();
    config.timers.connect = Duration::from_millis(200);
    let space = space(config).await;
    let mut idle = Client::open(&space, Secret::new("x")).await;
    assert!(idle.is_closed().await);
    let (mut socket, _) = connect_async(space.url()).await.expect("a socket");
    socket.send(Message::binary(vec![1, 2, 3])).await.expect("sent");
    space.shut_down().await;
}

#[tokio::test]
async fn messages_that_are_too_long_end_the_socket_and_nothing_else() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let bob = Client::online(&space, "bob").await;
    alice.send_text(&"x".repeat(3 << 20)).await;
    assert!(alice.is_closed().await);
    alice.resume(&space).await;
    drop(bob);
    space.shut_down().await;
}

#[tokio::test]
async fn a_client_that_is_too_fast_is_slowed_down_not_dropped() {
    let mut config = config();
    config.limits.messages = Rate { burst: 10, per_second: 50.0 };
    let space = space(config).await;
    let mut alice = Client::online(&space, "alice").await;
    let begun = std::time::Instant::now();
    for _ in 0..40 {
        alice.ask(ClientRequest::SubscriberOnline).await.expect("online");
    }
    assert!(begun.elapsed() > Duration::from_millis(400), "{:?}", begun.elapsed());
    space.shut_down().await;
}

#[tokio::test]
async fn connections_of_one_address_are_counted() {
    let mut config = config();
    config.limits.connections_per_address = 2;
    let space = space(config).await;
    let one = Client::online(&space, "alice").await;
    let _two = Client::online(&space, "bob").await;
    assert!(connect_async(space.url()).await.is_err(), "full");
    one.close().await;
    let mut patience = 200;
    while connect_async(space.url()).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        patience -= 1;
        assert!(patience > 0, "room is made again");
    }
    space.shut_down().await;
}

#[tokio::test]
async fn guessing_tokens_gets_slow() {
    let mut config = config();
    config.limits.failures = Rate { burst: 5, per_second: 0.01 };
    let space = space(config).await;
    let good = token(&space, "alice").await;
    let mut client = Client::open(&space, Secret::new("guess")).await;
    for _ in 0..6 {
        client.connect(None).await.expect_err("refused");
    }
    client.token = good;
    client.connect(None).await.expect_err("nobody from here is looked at for a while");
    space.shut_down().await;
}
