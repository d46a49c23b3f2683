//! The Calling API over sockets: a client is rung, sees and hears what a document plays, and the project's server is told.

use crate::client::{Client, LONG, answer, config, offer, space, token};
use crate::film::{self, Audience};
use crate::http::post;
use ahoy_model::{CallId, HangupCause};
use ahoy_space::{Space, SpaceConfig};
use ahoy_wire::{ClientVerto, EventBody, ModifyAction, SubscribeRequest};
use axum::Router;
use axum::extract::State;
use axum::routing::post as on_post;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Takes callbacks, and serves one document.
struct Receiver {
    callbacks: mpsc::Receiver<Value>,
    url: String,
}

impl Receiver {
    /// The first `refusals` callbacks are answered with 503.
    async fn open(refusals: usize, document: Value) -> Self {
        let (tell, callbacks) = mpsc::channel(64);
        let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(refusals));
        let take = async move |State(tell): State<mpsc::Sender<Value>>, body: String| {
            let order = std::sync::atomic::Ordering::SeqCst;
            if left.fetch_update(order, order, |left| left.checked_sub(1)).is_ok() {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            tell.send(serde_json::from_str(&body).expect("JSON")).await.expect("the test listens");
            StatusCode::OK
        };
        let document = document.to_string();
        let give = async move |_body: String| document.clone();
        let routes =
            Router::new().route("/status", on_post(take)).route("/document", on_post(give)).with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { callbacks, url }
    }

    fn status(&self) -> String {
        format!("{}/status", self.url)
    }

    async fn next(&mut self) -> Value {
        timeout(LONG, self.callbacks.recv()).await.expect("a callback comes").expect("the receiver lives")
    }

    /// The next state, with the whole callback.
    async fn state(&mut self) -> (String, Value) {
        let callback = self.next().await;
        (callback["params"]["call_state"].as_str().unwrap_or_default().to_owned(), callback)
    }
}

fn open_config(data: Option<&Path>) -> SpaceConfig {
    SpaceConfig { allow_private_fetch: true, data: data.map(Path::to_owned), ..config() }
}

async fn command(space: &Space, command: &str, id: Option<&str>, params: Value) -> (StatusCode, Value) {
    let url = format!("{}/api/calling/calls", space.rest_url());
    post(&url, json!({ "command": command, "id": id, "params": params })).await
}

fn document(steps: Value) -> Value {
    json!({ "version": "1.0.0", "sections": { "main": steps } })
}

/// Dials bob, and returns the call's id.
async fn dial(space: &Space, swml: Value, more: Value) -> String {
    let mut params = json!({ "from": "Test desk", "to": "/private/bob", "swml": swml });
    params.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, call) = command(space, "dial", None, params).await;
    assert_eq!(status, StatusCode::OK, "{call}");
    assert_eq!((call["status"].as_str(), call["direction"].as_str()), (Some("queued"), Some("outbound-api")));
    call["id"].as_str().expect("an id").to_owned()
}

/// Bob answers what rings.
async fn pick_up(bob: &mut Client) -> (CallId, Audience) {
    let invite = bob.invited().await;
    let (session, events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
    bob.accept(&invite, &sdp).await.expect("answered");
    (invite.call_id, Audience::seat(session, events))
}

async fn played(bob: &mut Client, call: &CallId) -> String {
    bob.event(|body| match body {
        EventBody::CallPlay(play) if play.call_id == *call => play.state.clone(),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_film_is_played_in_sync_and_the_call_ends_by_itself() {
    for profile in ["baseline", "high"] {
        let folder = tempfile::tempdir().expect("a folder");
        let media = folder.path().join("media");
        std::fs::create_dir(&media).expect("made");
        if !film::make(&media.join("film.mp4"), profile) {
            return;
        }
        let space = space(open_config(Some(folder.path()))).await;
        let mut receiver = Receiver::open(1, Value::Null).await;
        let mut bob = Client::online(&space, "bob").await;
        let status = json!({
            "status_url": receiver.status(),
            "status_events": ["created", "ringing", "answered", "ended"],
            "caller_id": "Test film",
            "tag": "mine",
        });
        let id = dial(&space, document(json!([{ "play": { "url": "file:film.mp4" } }])), status).await;
        let invite = bob.invited().await;
        assert_eq!(invite.caller_id_name.as_deref(), Some("Test film"));
        assert!(invite.sdp.contains("m=video"));
        let (session, events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
        bob.accept(&invite, &sdp).await.expect("answered");
        let audience = Audience::seat(session, events);
        assert_eq!(played(&mut bob, &invite.call_id).await, "playing");
        assert_eq!(played(&mut bob, &invite.call_id).await, "finished");
        assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::NormalClearing);

        let seen = audience.leave().await;
        assert!(seen.frames.len() > film::FRAMES * 8 / 10, "{profile}: {} pictures", seen.frames.len());
        assert!(seen.frames.is_sorted_by_key(|(number, _)| *number));
        let beeps = seen.beeps();
        assert!(beeps.len() >= 2, "{profile}: {beeps:?}");
        for offset in seen.lip_sync(&beeps) {
            assert!(offset.abs() < 0.060, "{profile}: sound and picture are {offset} s apart");
        }

        for wanted in ["created", "ringing", "answered", "ended"] {
            let (state, callback) = receiver.state().await;
            assert_eq!(state, wanted, "{callback}");
            assert_eq!(callback["event_type"], "calling.call.state");
            assert_eq!(
                (&callback["params"]["call_id"], &callback["params"]["tag"]),
                (&json!(id), &json!("mine"))
            );
            if state == "ended" {
                let params = &callback["params"];
                assert_eq!(
                    (&params["cause"], &params["end_reason"]),
                    (&json!("NORMAL_CLEARING"), &json!("hangup"))
                );
                assert!(params["answer_time"].as_u64() < params["end_time"].as_u64());
            }
        }
        let (status, _) = command(&space, "calling.end", Some(&id), json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "it is over");
        space.shut_down().await;
    }
}

#[tokio::test]
async fn playing_is_paused_resumed_made_louder_and_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("media")).expect("made");
    film::write_tone(&folder.path().join("media/tone.wav"), 30);
    let space = space(open_config(Some(folder.path()))).await;
    let mut bob = Client::online(&space, "bob").await;
    let steps =
        json!([{ "play": { "url": "tone.wav" } }, { "send_digits": { "digits": "7" } }, { "sleep": 60_000 }]);
    let id = dial(&space, document(steps), json!({})).await;
    let id = Some(id.as_str());
    let (early, _) = command(&space, "calling.play", id, json!({ "url": "tone.wav" })).await;
    assert_eq!(early, StatusCode::UNPROCESSABLE_ENTITY, "not answered yet");
    let (leg, mut audience) = pick_up(&mut bob).await;
    audience.hears("the tone", |level| level > 0.1).await;
    assert_eq!(played(&mut bob, &leg).await, "playing");

    let (status, call) = command(&space, "calling.play.pause", id, json!({})).await;
    assert_eq!((status, &call["status"]), (StatusCode::OK, &json!("answered")));
    let control = call["control_id"].clone();
    assert_eq!(played(&mut bob, &leg).await, "paused");
    audience.is_silent().await;
    let (status, _) = command(&space, "calling.play.resume", id, json!({ "control_id": control })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(played(&mut bob, &leg).await, "playing");
    audience.hears("the tone again", |level| level > 0.1).await;
    let (status, _) = command(&space, "calling.play.volume", id, json!({ "volume": -30 })).await;
    assert_eq!(status, StatusCode::OK);
    audience.hears("the tone, quieter", |level| level < 0.05).await;
    for (what, params, attribute) in [
        ("calling.play.volume", json!({ "volume": 90 }), "volume"),
        ("calling.play.pause", json!({ "control_id": "other" }), "control_id"),
    ] {
        let (status, said) = command(&space, what, id, params).await;
        assert_eq!(
            (status, &said["errors"][0]["attribute"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(attribute))
        );
    }
    // Something else in its place, then nothing: the script goes on.
    let silence =
        json!({ "play": [{ "type": "silence", "params": { "duration": 60 } }], "control_id": "mine" });
    let (status, call) = command(&space, "calling.play", id, silence).await;
    assert_eq!((status, &call["control_id"]), (StatusCode::OK, &json!("mine")));
    assert_eq!(played(&mut bob, &leg).await, "finished");
    assert_eq!(played(&mut bob, &leg).await, "playing");
    let (status, _) = command(&space, "calling.play.stop", id, json!({ "control_id": "mine" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(played(&mut bob, &leg).await, "finished");
    let digits = bob.event(|body| match crate::client::verto(body) {
        Some(ahoy_wire::ServerVerto::Info(info)) => info.dtmf.clone(),
        _ => None,
    });
    assert_eq!(digits.await, "7");

    // Only those hear it who asked for it.
    let wanted =
        SubscribeRequest { event_channel: vec!["user_event".into()], sessid: Some(leg.as_str().into()) };
    bob.verto(&leg, ClientVerto::Subscribe(wanted)).await.expect("subscribed");
    let event = json!({ "event": { "type": "display_content", "title": "Hello" } });
    assert_eq!(command(&space, "calling.user_event", id, event).await.0, StatusCode::OK);
    let title = bob.event(|body| match body {
        EventBody::Unknown { event_type, params } if event_type == "user_event" => {
            assert_eq!(params["call_id"], json!(leg));
            Some(params["title"].clone())
        }
        _ => None,
    });
    assert_eq!(title.await, "Hello");
    let (status, call) = command(&space, "calling.end", id, json!({ "reason": "busy" })).await;
    assert_eq!((status, &call["status"]), (StatusCode::OK, &json!("ended")));
    assert_eq!(bob.said_bye(&leg).await, HangupCause::UserBusy);
    space.shut_down().await;
}

#[tokio::test]
async fn who_does_not_answer_is_reported() {
    let space = space(open_config(None)).await;
    let mut receiver = Receiver::open(0, Value::Null).await;
    let mut bob = Client::online(&space, "bob").await;
    let quiet = document(json!([{ "play": { "url": "silence:1" } }]));
    let status = |more: Value| {
        let mut all = json!({ "status_url": receiver.status() });
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        all
    };
    let (patient, impatient) = (status(json!({})), status(json!({ "timeout": 1 })));
    dial(&space, quiet.clone(), impatient).await;
    let invite = bob.invited().await;
    assert!(!invite.sdp.contains("m=video"), "a document of sounds rings without picture");
    let (state, callback) = receiver.state().await;
    assert_eq!((state.as_str(), &callback["params"]["cause"]), ("ended", &json!("NO_ANSWER")));
    assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::OriginatorCancel);

    let id = dial(&space, quiet.clone(), patient.clone()).await;
    let invite = bob.invited().await;
    let (status, _) = command(&space, "calling.end", Some(&id), json!({ "reason": "cancel" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::OriginatorCancel);
    let (_, callback) = receiver.state().await;
    assert_eq!(callback["params"]["end_reason"], "cancel");

    dial(&space, quiet.clone(), patient.clone()).await;
    let invite = bob.invited().await;
    bob.bye(&invite.call_id, Some(HangupCause::UserBusy)).await.expect("rejected");
    let (_, callback) = receiver.state().await;
    assert_eq!(
        (&callback["params"]["cause"], &callback["params"]["end_reason"]),
        (&json!("USER_BUSY"), &json!("busy"))
    );

    bob.close().await;
    token(&space, "carol").await;
    let params = json!({ "from": "x", "to": "carol", "swml": quiet, "status_url": receiver.status() });
    assert_eq!(command(&space, "dial", None, params).await.0, StatusCode::OK);
    let (_, callback) = receiver.state().await;
    assert_eq!(callback["params"]["cause"], "USER_NOT_REGISTERED");
    space.shut_down().await;
}

#[tokio::test]
async fn a_document_that_is_dialled_answers_and_connects() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("swml")).expect("made");
    let text = "version: 1.0.0
sections:
  main:
    - play: { url: 'ring:2:us' }
    - connect:
        serial: [{ to: /private/nobody }, { to: /private/bob, timeout: 30 }]
        result: { case: { connected: [{ send_digits: { digits: '5' } }] }, default: [hangup] }
    - sleep: 60000
";
    std::fs::write(folder.path().join("swml/help.yaml"), text).expect("written");
    std::fs::write(folder.path().join("swml/broken.json"), "{}").expect("written");
    let space = space(open_config(Some(folder.path()))).await;
    let (mut alice, mut bob) = (Client::online(&space, "alice").await, Client::online(&space, "bob").await);
    let a = CallId::random();
    let (session, events, sdp) = offer("alice").await;
    alice.dial(&a, "/public/help?channel=video", &sdp).await.expect("dialled");
    session.accept(&alice.answered().await).await.expect("accepted");
    let mut here = Audience::seat(session, events);
    here.hears("a ring", |level| level > 0.02).await;

    let invite = bob.invited().await;
    assert_eq!(invite.caller_id_name.as_deref(), Some("Alice"));
    assert_eq!(invite.caller_id_number.as_deref(), Some("/private/alice"));
    let (session, events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
    bob.accept(&invite, &sdp).await.expect("answered");
    let mut there = Audience::seat(session, events);
    here.speak();
    there.hears("alice", |level| level > 0.1).await;
    there.speak();
    here.hears("bob", |level| level > 0.1).await;
    alice.digits(&a, "9").await.expect("sent");
    let digit = |body: &EventBody| match crate::client::verto(body) {
        Some(ahoy_wire::ServerVerto::Info(info)) => info.dtmf.clone(),
        _ => None,
    };
    assert_eq!(bob.event(digit).await, "9");
    bob.bye(&invite.call_id, None).await.expect("left");
    assert_eq!(alice.event(digit).await, "5", "the script goes on with its branch");
    alice.modify(&a, ModifyAction::Hold).await.expect("held");
    alice.bye(&a, None).await.expect("left");

    let (_session, _events, sdp) = offer("alice").await;
    let b = CallId::random();
    alice.dial(&b, "/public/broken", &sdp).await.expect("dialled");
    assert_eq!(alice.said_bye(&b).await, HangupCause::DestinationOutOfOrder);
    space.shut_down().await;
}

#[tokio::test]
async fn documents_come_from_elsewhere_and_take_each_others_place() {
    let other = document(json!([{ "send_digits": { "digits": "2" } }, { "sleep": 60_000 }]));
    let receiver = Receiver::open(0, other).await;
    let space = space(open_config(None)).await;
    let mut bob = Client::online(&space, "bob").await;
    let fetched = format!("{}/document", receiver.url);
    let (status, call) =
        command(&space, "dial", None, json!({ "from": "x", "to": "bob", "url": format!("{}/nowhere", receiver.url), "fallback_url": fetched })).await;
    assert_eq!((status, call["url"].as_str()), (StatusCode::OK, Some(fetched.as_str())), "{call}");
    let id = call["id"].as_str();
    let (leg, _audience) = pick_up(&mut bob).await;
    let digit = |body: &EventBody| match crate::client::verto(body) {
        Some(ahoy_wire::ServerVerto::Info(info)) => info.dtmf.clone(),
        _ => None,
    };
    assert_eq!(bob.event(digit).await, "2");
    let third = json!({ "dest": document(json!([{ "send_digits": { "digits": "3" } }, { "transfer": { "dest": fetched } }])) });
    assert_eq!(command(&space, "calling.transfer", id, third).await.0, StatusCode::OK);
    assert_eq!((bob.event(digit).await.as_str(), bob.event(digit).await.as_str()), ("3", "2"));
    let (status, said) = command(&space, "calling.transfer", id, json!({ "dest": "nowhere" })).await;
    assert_eq!((status, &said["errors"][0]["attribute"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("dest")));
    let (status, _) = command(&space, "update", None, json!({ "id": id, "status": "completed" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bob.said_bye(&leg).await, HangupCause::NormalClearing);
    space.shut_down().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anybody_is_rung() {
    let closed = SpaceConfig { allow_private_fetch: false, ..open_config(None) };
    let space = space(closed).await;
    let mut bob = Client::online(&space, "bob").await;
    let fine = document(json!(["answer"]));
    let good = json!({ "from": "x", "to": "/private/bob", "swml": fine });
    let with = |name: &str, value: Value| {
        let mut params = good.clone();
        params[name] = value;
        params
    };
    let only_url = |url: &str| json!({ "from": "x", "to": "/private/bob", "url": url });
    let steps = |steps: Value| with("swml", document(steps));
    let cases = [
        (with("to", json!("/private/nobody")), "to", "nobody"),
        (with("to", json!("+15550100199")), "to", "address of this space"),
        (with("from", json!("")), "from", "1 to 255"),
        (with("timeout", json!(0)), "timeout", "from 1 to 600"),
        (with("url", json!("https://example.org/x")), "swml", "together"),
        (with("status_url", json!("http://127.0.0.1:1/")), "status_url", "private network"),
        (with("status_events", json!(["started"])), "status_events", "started"),
        (json!({ "from": "x", "to": "/private/bob" }), "swml", "missing"),
        (json!({ "to": "/private/bob" }), "params", "from"),
        (only_url("http://169.254.169.254/latest"), "url", "private network"),
        (only_url("http://localhost:1/x"), "url", "private network"),
        (only_url("file:///etc/passwd"), "url", "http"),
        (steps(json!([{ "ai": {} }])), "swml", "the verb ai is not supported (at /sections/main/0/ai)"),
        (steps(json!([{ "play": { "url": "http://10.0.0.1/a.mp4" } }])), "swml", "private network"),
        (steps(json!([{ "play": { "url": "say:hello" } }])), "swml", "--tts-command"),
        (steps(json!([{ "play": { "url": "a.wav" } }])), "swml", "--data"),
        (with("swml", json!("sections: {main: [")), "swml", "YAML"),
    ];
    for (params, attribute, words) in cases {
        let (status, said) = command(&space, "dial", None, params.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{params}: {said}");
        let error = &said["errors"][0];
        assert_eq!(
            (&error["type"], error["attribute"].as_str()),
            (&json!("validation_error"), Some(attribute)),
            "{said}"
        );
        assert!(error["message"].as_str().is_some_and(|message| message.contains(words)), "{said}");
    }
    assert_eq!(
        command(&space, "calling.record", Some("x"), json!({})).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(command(&space, "calling.end", Some("x"), json!({})).await.0, StatusCode::NOT_FOUND);
    assert_eq!(command(&space, "calling.end", None, json!({})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!bob.seen().iter().any(|event| event == "verto.invite"));
    let id = dial(&space, fine, json!({})).await;
    bob.invited().await;
    // The space stops: everybody is told.
    tokio::time::timeout(Duration::from_secs(15), space.shut_down()).await.expect("it stops");
    assert!(!id.is_empty());
}
