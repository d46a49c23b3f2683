//! The way to the space: cut, taken up again, and a space that talks nonsense.

use crate::support::{TestPhone, account, space, talk};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{CallStatus, EndReason, ProblemCode, Secret};
use ahoy_phone::{Event, RegistrationStatus, SpaceAccount};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

/// Passes connections on to `target` until cut; cut ones die at once.
async fn wire(target: SocketAddr) -> (SocketAddr, watch::Sender<u32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (cut, cuts) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut cuts = cuts.clone();
            cuts.borrow_and_update();
            tokio::spawn(async move {
                let Ok(mut far) = TcpStream::connect(target).await else { return };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = cuts.changed() => {}
                }
            });
        }
    });
    (address, cut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_outlives_its_socket() {
    let space = space().await;
    let (address, cut) = wire(space.address()).await;
    let mut through = account(&space, "alice").await;
    through.url = format!("ws://{address}");
    let alice = TestPhone::signed_in(through, 1, 440, Arc::new(FakeHardware::new()), |_| {});
    alice.registered().await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (out, into) = talk(&alice, &bob, "bob").await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    for _ in 0..3 {
        cut.send_modify(|count| *count += 1);
        alice
            .until("reconnecting", |s| (s.registration == RegistrationStatus::Reconnecting).then_some(()))
            .await;
        alice.registered().await;
    }
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    // The space still knows us.
    alice.handle.hold(out.clone()).await.unwrap();
    alice.status(&out, CallStatus::Held).await;
    bob.handle.hang_up(into).await.unwrap();
    assert_eq!(alice.ended(&out).await, EndReason::FarHungUp);
}

/// Answers what a phone asks at first, then says what it likes.
async fn odd_space(words: Vec<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let words = words.clone();
            tokio::spawn(async move {
                let Ok(mut socket) = tokio_tungstenite::accept_async(tcp).await else { return };
                while let Some(Ok(Message::Text(text))) = socket.next().await {
                    let request: serde_json::Value = serde_json::from_str(&text).unwrap();
                    let result = match request["method"].as_str() {
                        Some("signalwire.connect") => serde_json::json!({
                            "identity": "x", "protocol": "signalwire_1_2_3",
                            "authorization": {"jti": "1", "project_id": "2", "fabric_subscriber": {}}, "ice_servers": [],
                        }),
                        Some(_) => serde_json::json!({"code": "200", "message": "OK"}),
                        None => continue,
                    };
                    let reply = serde_json::json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
                    socket.send(Message::text(reply.to_string())).await.unwrap();
                    if request["method"] == "subscriber.online" {
                        for word in &words {
                            socket.send(Message::text(word.clone())).await.unwrap();
                        }
                    }
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_told_once_and_does_no_harm() {
    let invite = |id: &str, sdp: &str| {
        serde_json::json!({"jsonrpc": "2.0", "id": format!("e{id}"), "method": "signalwire.event", "params": {
            "event_type": "webrtc.message", "params": {"jsonrpc": "2.0", "id": 1, "method": "verto.invite", "params": {
                "callID": id, "sdp": sdp, "caller_id_name": "Eve", "caller_id_number": "/private/eve"}}}})
        .to_string()
    };
    let words = vec![
        "{nonsense".to_owned(),
        "[]".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"x\"}".to_owned(),
        format!("{{\"a\":{}1{}}}", "[".repeat(60), "]".repeat(60)),
        "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"method\":\"signalwire.event\",\"params\":{\"event_type\":5}}"
            .to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":\"2\",\"method\":\"no.such\",\"params\":null}".to_owned(),
        invite("odd", "this is no description"),
    ];
    let address = odd_space(words).await;
    let token = Secret::new("eyJhbGciOiJkaXIifQ..x.y.z");
    let account = SpaceAccount::new(format!("ws://{address}"), "http://127.0.0.1:1", token);
    let mut phone = TestPhone::signed_in(account, 1, 440, Arc::new(FakeHardware::new()), |_| {});
    let notice = |event| if let Event::Notice(problem) = event { Some(problem.code) } else { None };
    assert_eq!(phone.event(notice).await, ProblemCode::ProtocolError);
    // It rings with what cannot be answered; answering ends in words, and the phone lives.
    let rings = phone.rings().await;
    phone.handle.answer(rings.id.clone(), true).await.unwrap();
    assert!(matches!(phone.ended(&rings.id).await, EndReason::Incompatible | EndReason::Failed));
    phone.registered().await;
}
