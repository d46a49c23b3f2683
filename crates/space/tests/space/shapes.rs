//! Every kind of message that was captured and that this space sends has the captured shape. The referee's test of the same
//! name looks at what the real SDK provokes; this one at all the rest.

use crate::client::{Client, config, offer, space, talk};
use crate::shape::{captured, judge};
use ahoy_model::{CallId, MediaKind, Secret};
use ahoy_wire::{AudioFlags, CallAction, ClientRequest, ClientVerto, ModifyAction, SubscribeRequest};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Captured kinds that this space does not send, and why.
const NEVER: [(&str, &str); 4] = [
    (
        "error to webrtc.verto/verto.invite",
        "refusals of calls lie inside, where the SDK finds them (WIRE.md 4.1)",
    ),
    ("event webrtc.message/verto.media", "the SDP goes with the answer, once (WIRE.md 8)"),
    ("event member.talking", "said in rooms; two that talk know who does"),
    ("event my.custom.event", "only documents that run in a call say things of their own"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_captured_kinds_are_sent_in_their_shapes() {
    let mut config = config();
    config.timers.call_ping = Duration::from_secs(2);
    config.timers.socket_ping = Duration::from_secs(1);
    let space = space(config).await;
    let mut frames: Vec<Value> = Vec::new();

    let mut stranger = Client::open(&space, Secret::new("no token")).await;
    assert!(stranger.connect(None).await.is_err());
    frames.append(&mut stranger.frames);

    // Everything that can be done in a call; the one who is called hears of it.
    let mut both = talk(&space).await;
    let (alice, a, member) = (&mut both.alice, both.a.clone(), both.a_member.clone());
    let layout = CallAction::LayoutSet { layout: "full-screen".into(), positions: BTreeMap::new() };
    let flags = AudioFlags { echo_cancellation: Some(false), ..AudioFlags::default() };
    for action in [
        CallAction::LayoutList,
        CallAction::Mute(vec![MediaKind::Audio]),
        CallAction::Unmute(vec![MediaKind::Audio]),
        CallAction::Deaf,
        CallAction::Undeaf,
        CallAction::RaiseHand,
        CallAction::LowerHand,
        CallAction::Lock,
        CallAction::Unlock,
        layout,
        CallAction::PositionSet { position: Some("auto".into()) },
        CallAction::MicrophoneVolume(5.0),
        CallAction::MicrophoneSensitivity(20.0),
        CallAction::SpeakerVolume(5.0),
        CallAction::AudioFlags(flags),
    ] {
        let what = format!("{action:?}");
        alice.method(&a, &member, action).await.expect(&what);
    }
    alice.modify(&a, ModifyAction::Hold).await.expect("held");
    alice.modify(&a, ModifyAction::Unhold).await.expect("back");
    alice.digits(&a, "12#").await.expect("digits");
    let wanted =
        SubscribeRequest { event_channel: vec!["my.custom.event".into()], sessid: Some(a.as_str().into()) };
    alice.verto(&a, ClientVerto::Subscribe(wanted)).await.expect("subscribed");
    // A ping of the call, one of the socket, and the reply to a pong.
    while !is_in(&alice.frames, "verto.ping") || !is_in(&alice.frames, "signalwire.ping") {
        alice.event(|_| Some(())).await;
    }
    alice
        .modify(&a, ModifyAction::Transfer { destination: "/public/echo".into() })
        .await
        .expect("handed over");
    alice.said_bye(&a).await;
    alice.ask(ClientRequest::SubscriberOffline).await.expect("offline");
    both.bob.bye(&both.b, None).await.expect("ended");
    let refused = {
        let (_session, _events, sdp) = offer("alice").await;
        alice.dial(&CallId::random(), "/private/nobody", &sdp).await
    };
    assert!(refused.is_err());
    frames.append(&mut alice.frames);
    frames.append(&mut both.bob.frames);

    for action in [CallAction::End, CallAction::MemberRemove] {
        let mut both = talk(&space).await;
        both.alice.method(&both.a, &both.a_member, action).await.expect("ended");
        both.alice.said_bye(&both.a).await;
        frames.append(&mut both.alice.frames);
        both.alice.close().await;
        both.bob.close().await;
    }

    let (wrong, seen) = judge(&frames);
    assert!(wrong.is_empty(), "other than captured:\n{}", wrong.join("\n"));
    let never = |kind: &String| NEVER.iter().any(|(name, _)| name == kind);
    let missing: Vec<String> =
        captured().into_keys().filter(|kind| !seen.contains(kind) && !never(kind)).collect();
    assert!(missing.is_empty(), "never sent: {missing:?}; sent: {seen:#?}");
    let sent: Vec<_> = NEVER.iter().filter(|(kind, _)| seen.contains(*kind)).collect();
    assert!(sent.is_empty(), "sent after all: {sent:?}");
    space.shut_down().await;
}

fn is_in(frames: &[Value], what: &str) -> bool {
    frames.iter().any(|frame| {
        let message = &frame["message"];
        message["method"] == what || message["params"]["params"]["method"] == what
    })
}
