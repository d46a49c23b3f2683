//! A space with words and media of its own: it lets the caller hear something before anybody answers, and says what our
//! media shall be like.

use crate::support::TestPhone;
use ahoy_media::fake::FakeHardware;
use ahoy_media::opus;
use ahoy_model::{AudioCodec, AudioPacket, CallId, CallStatus, EndReason, Secret};
use ahoy_phone::{Settings, SpaceAccount};
use ahoy_rtc::{Session, SessionConfig};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// 700 Hz in packets of 20 ms, until the session is gone.
async fn play(session: Session) {
    let mut encoder = opus::Encoder::new(opus::EncoderConfig::default()).unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for number in 0_u32.. {
        tick.tick().await;
        let sample = |n: u32| (f64::from(n) * 700.0 * std::f64::consts::TAU / 48_000.0).sin() as f32 * 0.4;
        let samples: Vec<f32> = (number * 960..(number + 1) * 960).map(sample).collect();
        let data = encoder.encode(&samples).unwrap();
        session.send_audio(AudioPacket {
            codec: AudioCodec::Opus,
            data,
            rtp_time: number * 960,
            sequence: 0,
            marker: number == 0,
            at: Instant::now(),
        });
    }
}

fn taken_up(invite: &Value) -> bool {
    let dialog = &invite["params"]["dialogParams"];
    dialog["attach"] == true && dialog["reattaching"] == true
}

/// Answers every call with `verto.media` and a tone, those that are taken up with `verto.answer`; what comes in `words` is said about the last call.
async fn space(mut words: mpsc::Receiver<(&'static str, Value)>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(tcp).await.unwrap();
        let mut call = String::new();
        let event = |method: &str, params: Value| {
            let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
            json!({"jsonrpc": "2.0", "id": method, "method": "signalwire.event",
                "params": {"event_type": "webrtc.message", "params": message}})
            .to_string()
        };
        loop {
            let request: Value = tokio::select! {
                text = socket.next() => match text {
                    Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
                    _ => return,
                },
                Some((method, mut params)) = words.recv() => {
                    if params["callID"].is_null() {
                        params["callID"] = json!(call);
                    }
                    socket.send(Message::text(event(method, params))).await.unwrap();
                    continue;
                }
            };
            let message = &request["params"]["message"];
            let result = match (request["method"].as_str(), message["method"].as_str()) {
                (None, _) => continue,
                (Some("signalwire.connect"), _) => json!({
                    "identity": "x", "protocol": "signalwire_1_2_3",
                    "authorization": {"jti": "1", "project_id": "2", "fabric_subscriber": {}}, "ice_servers": [],
                }),
                (_, Some("verto.invite")) => {
                    message["params"]["dialogParams"]["callID"].as_str().unwrap().clone_into(&mut call);
                    if !taken_up(message) {
                        assert_eq!(message["params"]["dialogParams"]["userVariables"]["ticket"], "T-1");
                        assert_eq!(message["params"]["dialogParams"]["userVariables"]["lang"], "en");
                        assert_eq!(request["params"]["node_id"], "a-node");
                    }
                    json!({"code": "200", "node_id": "n", "result": {"jsonrpc": "2.0", "id": message["id"],
                        "result": {"message": "CALL CREATED", "callID": call, "memberID": "m"}}})
                }
                (_, Some(_)) => json!({"code": "200", "node_id": "n",
                    "result": {"jsonrpc": "2.0", "id": message["id"], "result": {"callID": call}}}),
                _ => json!({"code": "200", "message": "OK"}),
            };
            let reply = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
            socket.send(Message::text(reply.to_string())).await.unwrap();
            if message["method"] == "verto.invite" {
                let mut config = SessionConfig::sound_and_picture("early");
                config.addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
                let offer = message["params"]["sdp"].as_str().unwrap();
                let (session, mut events, sdp) = Session::answer(config, offer).await.unwrap();
                tokio::spawn(async move { while events.recv().await.is_some() {} });
                tokio::spawn(play(session));
                let method = if taken_up(message) { "verto.answer" } else { "verto.media" };
                let text = event(method, json!({"callID": call, "sdp": sdp}));
                socket.send(Message::text(text)).await.unwrap();
            }
        }
    });
    address
}

/// Alice, registered with that space.
async fn alice(address: SocketAddr, adjust: impl FnOnce(&mut Settings)) -> TestPhone {
    let token = Secret::new("eyJhbGciOiJkaXIifQ..x.y.z");
    let account = SpaceAccount::new(format!("ws://{address}"), "http://127.0.0.1:1", token);
    let hardware = Arc::new(FakeHardware::new());
    let alice = TestPhone::signed_in(account, 1, 440, hardware, |config| adjust(&mut config.settings));
    alice.registered().await;
    alice
}

/// Her call to a desk, which rings.
async fn rings_at_the_desk(
    address: SocketAddr,
    video: bool,
    adjust: impl FnOnce(&mut Settings),
) -> (TestPhone, CallId) {
    let alice = alice(address, |settings| {
        settings.user_variables = [("ticket".to_owned(), "T-1".to_owned())].into();
        adjust(settings);
    })
    .await;
    let mut request =
        ahoy_phone::DialRequest::new("/public/desk?lang=en".to_owned().try_into().unwrap(), video);
    request.options.node = Some("a-node".into());
    let call = alice.handle.dial(request).await.unwrap();
    alice.status(&call, CallStatus::Ringing).await;
    (alice, call)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_network_plays_before_the_answer_is_heard_and_media_is_as_the_space_asks() {
    let (say, words) = mpsc::channel(8);
    let address = space(words).await;
    let (alice, call) = rings_at_the_desk(address, true, |_| {}).await;
    // Its tone and nothing of ours: a ring-back would be mixed into it.
    alice.hears(700.0, 1500).await;
    let view = alice.status(&call, CallStatus::Ringing).await;
    assert!(view.connected_at.is_none() && view.stats.is_none_or(|stats| stats.video_out == 0));

    say.send(("verto.answer", json!({}))).await.unwrap();
    alice.status(&call, CallStatus::Connected).await;
    let size = |width, height| {
        move |s: &ahoy_phone::Snapshot| {
            let sent = s.calls[0].stats.as_ref()?.size_out?;
            (sent == (width, height)).then_some(())
        }
    };
    alice.until("our picture", size(640, 360)).await;
    let params = json!({"mediaParams": {"video": {"width": {"ideal": 320}, "height": {"ideal": 180},
        "frameRate": {"min": 5, "ideal": 10, "max": 10}}}});
    say.send(("verto.mediaParams", params)).await.unwrap();
    alice.until("a smaller picture", size(320, 180)).await;
    alice
        .until("fewer pictures", |s| {
            let fps = s.calls[0].stats.as_ref()?.fps_out;
            (fps > 0.0 && fps < 15.0).then_some(())
        })
        .await;
    say.send(("verto.bye", json!({"cause": "LOSE_RACE", "causeCode": 702}))).await.unwrap();
    assert!(matches!(alice.ended(&call).await, EndReason::FarHungUp | EndReason::AnsweredElsewhere));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_only_the_space_knows_is_taken_up_and_nothing_of_ours_is_sent_unasked() {
    let (say, words) = mpsc::channel(8);
    let address = space(words).await;
    let alice = alice(address, |_| {}).await;
    let attach = json!({"callID": "lost-call", "sdp": "m=video 9 x\r\n", "display_direction": "outbound",
        "caller_id_name": "Alice", "caller_id_number": "/private/alice",
        "callee_id_name": "Help desk", "callee_id_number": "/public/desk?channel=video"});
    say.send(("verto.attach", attach.clone())).await.unwrap();
    let call = "lost-call".into();
    let view = alice.status(&call, CallStatus::Connected).await;
    assert_eq!((view.name.as_str(), view.address.as_str()), ("Help desk", "/public/desk"));
    assert!(view.muted && view.camera_off && !alice.handle.snapshot().camera_running);
    alice.hears(700.0, 1500).await;
    // Said again, it changes nothing.
    say.send(("verto.attach", attach)).await.unwrap();
    alice.handle.set_muted(call.clone(), false).await.unwrap();
    alice.until("a voice", |s| (!s.calls[0].muted && s.calls.len() == 1).then_some(())).await;
    say.send(("verto.bye", json!({"cause": "NORMAL_CLEARING", "causeCode": 16}))).await.unwrap();
    assert_eq!(alice.ended(&call).await, EndReason::FarHungUp);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_the_space_ended_for_want_of_media_is_asked_for_again_where_that_is_wanted() {
    for wanted in [true, false] {
        let (say, words) = mpsc::channel(8);
        let address = space(words).await;
        let (alice, call) = rings_at_the_desk(address, false, |settings| {
            settings.advanced.ask_again = wanted;
            settings.advanced.wire_log = true;
        })
        .await;
        say.send(("verto.answer", json!({}))).await.unwrap();
        alice.status(&call, CallStatus::Connected).await;
        say.send(("verto.bye", json!({"cause": "MEDIA_TIMEOUT", "causeCode": 804}))).await.unwrap();
        if wanted {
            let invited =
                |s: &ahoy_phone::Snapshot| (s.calls[0].status == CallStatus::Recovering).then_some(());
            alice.until("it is being asked for", invited).await;
            alice.status(&call, CallStatus::Connected).await;
            alice.hears(700.0, 1000).await;
            say.send(("verto.bye", json!({"cause": "NORMAL_CLEARING", "causeCode": 16}))).await.unwrap();
            assert_eq!(alice.ended(&call).await, EndReason::FarHungUp);
        } else {
            assert_eq!(alice.ended(&call).await, EndReason::ConnectionLost);
        }
        let lines = alice.handle.wire_log().await.unwrap();
        let invites = lines.iter().filter(|line| line.sent && line.text.contains("verto.invite")).count();
        assert_eq!(invites, if wanted { 2 } else { 1 });
    }
}
