//! Members that vanish, freeze, talk rubbish or sit behind a thin path, and everything that one may ask of a room.

use crate::client::{Client, LONG, config, space, verto};
use crate::guest::{Act, Guest};
use ahoy_model::{CallId, MediaKind, MemberId};
use ahoy_space::Space;
use ahoy_wire::{AudioFlags, CallAction, EventBody, Member, ServerVerto};
use serde_json::{Value, json};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const LOBBY: &str = "/public/lobby";

/// Three in the lobby of a space that gives up soon.
async fn three() -> (Space, Guest, Guest, Guest) {
    let mut config = config();
    config.timers.resume_grace = Duration::from_secs(1);
    config.timers.media = Duration::from_secs(6);
    config.timers.call_ping = Duration::from_secs(4);
    let space = space(config).await;
    let (ada, _) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    let (bob, _) = Guest::join(&space, "bob", LOBBY, Act::new(2)).await;
    let (eve, _) = Guest::join(&space, "eve", LOBBY, Act::new(3)).await;
    (space, ada, bob, eve)
}

/// Ada still sees and hears Eve, and the room answers her.
async fn goes_on(ada: &mut Guest, eve: &Guest, what: &str) {
    let eves = eve.member.clone();
    ada.own(CallAction::LayoutSet { layout: "2x2".into(), positions: Default::default() }).await.expect(what);
    ada.own(CallAction::LayoutSet { layout: "3x3".into(), positions: Default::default() }).await.expect(what);
    let layout = ada
        .client
        .event(|body| match body {
            EventBody::LayoutChanged(changed) if changed.layout.id == "3x3" => Some(changed.layout.clone()),
            _ => None,
        })
        .await;
    let own: Vec<_> = layout.layers.into_iter().filter(|l| l.member_id.as_ref() == Some(&eves)).collect();
    assert_eq!(own.len(), 1, "{what}");
    let end = Instant::now() + LONG;
    while ada.sees(&own).await != Some(vec![Some(3)]) {
        assert!(Instant::now() < end, "{what}: Eve is not seen");
    }
    ada.until_hears(what, &[Act::new(3).tone], &[Act::new(1).tone]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_vanishes_is_gone_after_a_while_and_nobody_else_is() {
    let (space, mut ada, bob, eve) = Box::pin(three()).await;
    let bobs = bob.member.clone();
    // As when a process is killed: socket and media end in the same moment, without a word.
    bob.vanish();
    goes_on(&mut ada, &eve, "just after").await;
    assert!(ada.left(&bobs).await.is_some());
    goes_on(&mut ada, &eve, "when he is given up").await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_reads_no_more_is_let_go_and_nobody_waits_for_him() {
    let (space, mut ada, bob, mut eve) = Box::pin(three()).await;
    let bobs = bob.member.clone();
    // Bob's client reads nothing from here on. His share of this is more than any buffer between here and there holds.
    let ballast = "x".repeat(12_000);
    let begun = Instant::now();
    for n in 0..900 {
        let meta = json!({ "n": n, "ballast": ballast }).as_object().cloned().expect("an object");
        ada.own(CallAction::RoomMeta { meta, merge: false }).await.expect("the room answers at once");
        ada.client.forget();
        if n % 20 == 0 {
            // Eve reads, as every client does.
            eve.own(CallAction::MemberList).await.expect("a list");
            eve.client.forget();
        }
    }
    assert!(begun.elapsed() < LONG * 2, "nobody waited for him");
    goes_on(&mut ada, &eve, "with one that reads nothing").await;
    eve.own(CallAction::MemberList).await.expect("a list");
    // One missed ping ends his call, if the flood has not.
    assert!(ada.left(&bobs).await.is_some());
    goes_on(&mut ada, &eve, "without him").await;
    drop(bob);
    space.shut_down().await;
}

/// Where the space takes a leg's media.
fn doors(sdp: &str) -> Vec<SocketAddr> {
    let candidates = sdp.lines().filter_map(|line| line.trim().strip_prefix("a=candidate:"));
    candidates
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            format!("{}:{}", words.get(4)?, words.get(5)?).parse().ok()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_on_every_door_hurts_nobody() {
    let (space, mut ada, mut bob, eve) = Box::pin(three()).await;
    // One more, whose answer tells where the space takes media.
    let mut zoe = Client::online(&space, "zoe").await;
    let (session, _events, sdp) = crate::client::offer("zoe").await;
    let call = CallId::random();
    zoe.dial(&call, LOBBY, &sdp).await.expect("dialled");
    let answer = zoe.answered().await;
    session.accept(&answer).await.expect("accepted");
    let doors = doors(&answer);
    assert!(!doors.is_empty(), "{answer}");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let mut random = fastrand::Rng::with_seed(4);
    for n in 0..3_000_usize {
        let mut bytes: Vec<u8> = (0..random.usize(0..1_400)).map(|_| random.u8(..)).collect();
        // RTP, RTCP, STUN and DTLS by their first bytes (RFC 7983), and whatever else.
        if let Some(first) = bytes.first_mut() {
            *first = [0x80, 0x81, 0x00, 0x01, 0x16, 0x14, 0x40, *first][n % 8];
        }
        let _ = socket.send_to(&bytes, doors[n % doors.len()]);
    }
    // Rubbish inside well-formed packets of one who is let in.
    for n in 0..100_u32 {
        bob.session.send_audio(crate::media::packet(7, n));
        bob.session.send_video(crate::media::frame(7, n, n % 5 == 0));
    }
    // And on his socket.
    for text in ["", "{", "[]", "null", "{\"jsonrpc\":\"2.0\"}", "\u{0}\u{1}", "{\"id\":{},\"method\":7}"] {
        bob.client.send_text(text).await;
    }
    let nobody = MemberId::from("no-such-member");
    let strange = vec![
        CallAction::LayoutSet { layout: "\u{202e}".into(), positions: Default::default() },
        CallAction::PositionSet { position: Some("reserved-999999".into()) },
        CallAction::MicrophoneVolume(f64::MAX),
    ];
    for action in strange {
        let _ = bob.own(action).await;
    }
    assert!(bob.moderate(&nobody, CallAction::RaiseHand).await.is_err());
    // Whoever talks rubbish can be muted as anybody else.
    let bobs = bob.member.clone();
    ada.moderate(&bobs, CallAction::Mute(vec![MediaKind::Audio])).await.expect("muted");
    goes_on(&mut ada, &eve, "after rubbish").await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thin_path_gets_a_smaller_picture_and_the_others_keep_theirs() {
    let space = space(config()).await;
    let (mut ada, _) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    let (mut bob, _) = Guest::join(&space, "bob", LOBBY, Act::new(2)).await;
    widths(&mut ada, "ada", 1_280).await;
    widths(&mut bob, "bob", 1_280).await;
    // Bob's side says what his path carries.
    bob.session.limit_receive(250_000);
    widths(&mut bob, "bob's path is thin", 640).await;
    widths(&mut ada, "ada keeps hers", 1_280).await;
    bob.session.limit_receive(60_000);
    widths(&mut bob, "bob's path is very thin", 320).await;
    widths(&mut ada, "ada keeps hers still", 1_280).await;
    bob.session.limit_receive(3_000_000);
    widths(&mut bob, "bob's path is wide again", 1_280).await;
    // Whoever asks for little gets little.
    ada.own(CallAction::LowBitrate(true)).await.expect("frugal");
    widths(&mut ada, "ada asked for little", 320).await;
    widths(&mut bob, "bob did not", 1_280).await;
    space.shut_down().await;
}

/// Waits until what comes is so wide.
async fn widths(guest: &mut Guest, what: &str, wanted: u32) {
    let end = Instant::now() + LONG * 2;
    loop {
        let picture = tokio::time::timeout(LONG, guest.pictures.next()).await.expect("a picture comes");
        let width = picture.expect("the decoder lives").width();
        if width == wanted {
            return;
        }
        assert!(Instant::now() < end, "{what}: {width} pixels wide, not {wanted}");
    }
}

/// Every verb of WIRE.md 5 that changes a member: what is asked, and the field that must say so.
fn verbs() -> Vec<(CallAction, &'static str, Value)> {
    let flags =
        AudioFlags { echo_cancellation: Some(false), auto_gain: Some(true), noise_suppression: Some(false) };
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    vec![
        (CallAction::Mute(vec![MediaKind::Audio]), "audio_muted", json!(true)),
        (CallAction::Unmute(vec![MediaKind::Audio]), "audio_muted", json!(false)),
        (CallAction::Mute(vec![MediaKind::Video]), "video_muted", json!(true)),
        (CallAction::Unmute(vec![MediaKind::Video]), "video_muted", json!(false)),
        (CallAction::Deaf, "deaf", json!(true)),
        (CallAction::Undeaf, "deaf", json!(false)),
        (CallAction::RaiseHand, "handraised", json!(true)),
        (CallAction::LowerHand, "handraised", json!(false)),
        (CallAction::MicrophoneVolume(5.0), "input_volume", json!(5.0)),
        (CallAction::SpeakerVolume(-5.0), "output_volume", json!(-5.0)),
        (CallAction::MicrophoneSensitivity(20.0), "input_sensitivity", json!(20.0)),
        (CallAction::AudioFlags(flags), "noise_suppression", json!(false)),
        (CallAction::LowBitrate(true), "lowbitrate", json!(true)),
        (CallAction::MemberMeta { meta: object(json!({ "a": 1 })), merge: false }, "meta", json!({ "a": 1 })),
        (
            CallAction::MemberMeta { meta: object(json!({ "b": 2 })), merge: true },
            "meta",
            json!({ "a": 1, "b": 2 }),
        ),
        (
            CallAction::PositionSet { position: Some("standard-2".into()) },
            "requested_position",
            json!("standard-2"),
        ),
        (CallAction::Demote, "isAudience", json!(true)),
        (CallAction::Promote, "isAudience", json!(false)),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_verb_is_done_and_told_for_oneself_and_for_others() {
    let space = space(config()).await;
    let (mut ada, _) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    let (mut bob, _) = Guest::join(&space, "bob", LOBBY, Act::new(2)).await;
    for target in [ada.member.clone(), bob.member.clone()] {
        // Whoever has sent himself to the audience has no right to come back.
        let others_only = |action: &CallAction| matches!(action, CallAction::Demote | CallAction::Promote);
        let own = target == ada.member;
        for (action, field, wanted) in verbs().into_iter().filter(|(verb, ..)| !(own && others_only(verb))) {
            let name = action.method();
            let reply = ada.moderate(&target, action).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                (reply["code"].as_str(), reply["message"].as_str()),
                (Some("200"), Some("OK")),
                "{name}"
            );
            // Both are told, with the whole member and the name of what changed.
            for guest in [&mut ada, &mut bob] {
                let told: Member = guest.updated(&target, field).await;
                let told = serde_json::to_value(&told).expect("JSON");
                assert_eq!(told[field], wanted, "{name}: {told}");
                assert!(told["name"].is_string() && told["room_session_id"].is_string(), "{told}");
            }
        }
    }
    let list = ada.own(CallAction::MemberList).await.expect("a list");
    let names: Vec<&str> =
        list["members"].as_array().into_iter().flatten().filter_map(|m| m["name"].as_str()).collect();
    assert_eq!(names, ["Ada", "Bob"]);
    let layouts = ada.own(CallAction::LayoutList).await.expect("a list");
    for layout in [
        "grid-responsive",
        "grid",
        "highlight-1-responsive",
        "full-screen",
        "screen-share",
        "5up",
        "1x1",
        "2x1",
    ] {
        assert!(layouts["layouts"].as_array().is_some_and(|all| all.contains(&json!(layout))), "{layout}");
    }

    // What concerns the room comes with all of it (WIRE.md 6, `call.updated`).
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    let of_room = [
        (CallAction::Lock, "locked", json!(true)),
        (CallAction::Unlock, "locked", json!(false)),
        (CallAction::HideVideoMuted(true), "hide_video_muted", json!(true)),
        (CallAction::HideVideoMuted(false), "hide_video_muted", json!(false)),
        (CallAction::PrioritizeHandraise(true), "prioritize_handraise", json!(true)),
        (CallAction::RoomMeta { meta: object(json!({ "a": 1 })), merge: false }, "meta", json!({ "a": 1 })),
        (
            CallAction::RoomMeta { meta: object(json!({ "b": 2 })), merge: true },
            "meta",
            json!({ "a": 1, "b": 2 }),
        ),
    ];
    for (action, field, wanted) in of_room {
        let name = action.method();
        ada.own(action).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = bob
            .client
            .event(|body| match body {
                EventBody::CallUpdated(change) => {
                    let session = serde_json::to_value(&change.room_session).ok()?;
                    (session[field] == wanted).then_some(session)
                }
                _ => None,
            })
            .await;
        for part in [
            "locked",
            "recording",
            "streaming",
            "meta",
            "prioritize_handraise",
            "hide_video_muted",
            "members",
        ] {
            assert!(!told[part].is_null(), "{name}: {part}");
        }
    }

    // A raised hand comes first where places are short.
    ada.own(CallAction::LayoutSet { layout: "1x1".into(), positions: Default::default() })
        .await
        .expect("set");
    bob.own(CallAction::RaiseHand).await.expect("up");
    let bobs = bob.member.clone();
    ada.client
        .event(|body| match body {
            EventBody::LayoutChanged(changed) => (changed.layout.id == "1x1"
                && changed.layout.layers.first()?.member_id.as_ref() == Some(&bobs))
            .then_some(()),
            _ => None,
        })
        .await;

    // The end for everybody.
    let all = MemberId::from("all");
    ada.moderate(&all, CallAction::End).await.expect("ended");
    for guest in [&mut ada, &mut bob] {
        let call = guest.call.clone();
        guest.client.event(|body| matches!(body, EventBody::CallLeft(_)).then_some(())).await;
        guest
            .client
            .event(|body| match verto(body) {
                Some(ServerVerto::Bye(bye)) => (bye.call_id == call).then_some(()),
                _ => None,
            })
            .await;
    }
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_is_told_in_the_services_order() {
    let space = space(config()).await;
    let (mut ada, _) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    ada.client.forget();
    let mut bob = Client::online(&space, "bob").await;
    let (session, _events, sdp) = crate::client::offer("bob").await;
    let call = CallId::random();
    bob.dial(&call, LOBBY, &sdp).await.expect("dialled");
    let told = |name: &'static str| move |body: &EventBody| (body.event_type() == name).then_some(());
    // Waiting for the last one leaves the others where they are.
    bob.event(told("layout.changed")).await;
    let seen = bob.seen();
    let at = |name: &str| {
        seen.iter().position(|event| event == name).unwrap_or_else(|| panic!("{name}: {seen:?}"))
    };
    assert!(at("verto.answer") < at("call.joined") && at("call.state") < at("call.joined"), "{seen:?}");
    // Who was here before hears of the newcomer first, and then where he sits.
    ada.client
        .event(|body| match body {
            EventBody::LayoutChanged(changed) => (changed.layout.layers.len() == 2).then_some(()),
            _ => None,
        })
        .await;
    assert!(ada.client.seen().iter().any(|event| event == "member.joined"), "{:?}", ada.client.seen());
    // A leave: `call.left` before the reply, and the others are told why.
    bob.bye(&call, None).await.expect("bye");
    bob.event(told("call.left")).await;
    ada.client.event(told("member.left")).await;
    drop(session);
    space.shut_down().await;
}
