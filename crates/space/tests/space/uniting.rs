//! Two calls of one client become one: the far sides are connected, or everybody meets in a room.

use crate::client::{Client, config, offer, space};
use crate::guest::{Act, Guest};
use crate::media::End;
use ahoy_model::{CallId, HangupCause, MemberId};
use ahoy_space::{Space, SpaceConfig};
use ahoy_wire::{CallAction, CallJoined, EventBody, Layer, ModifyAction};
use std::time::Instant;

/// Alice talks with Carol and holds Bob.
struct Scene {
    space: Space,
    alice: Client,
    held: CallId,
    talking: CallId,
    own: MemberId,
    /// Alice's ends, with the marks 1.
    _ends: (End, Option<End>),
    bob: Guest,
    carol: Guest,
}

fn tone(sender: u16) -> f64 {
    Act::new(sender).tone
}

async fn dial(alice: &mut Client, to: &str) -> (CallId, MemberId, crate::client::Media) {
    let call = CallId::random();
    let (session, events, sdp) = offer("alice").await;
    let member = alice.dial(&call, to, &sdp).await.expect("dialled");
    session.accept(&alice.answered_for(&call).await).await.expect("accepted");
    alice.event(|body| joined(body, &call).map(|_| ())).await;
    (call, member, (session, events))
}

fn joined(body: &EventBody, call: &CallId) -> Option<CallJoined> {
    match body {
        EventBody::CallJoined(joined) if joined.call_id == *call => Some(joined.clone()),
        _ => None,
    }
}

async fn scene(config: SpaceConfig) -> Scene {
    let space = space(config).await;
    let (bob, carol) = (Client::online(&space, "bob").await, Client::online(&space, "carol").await);
    let mut alice = Client::online(&space, "alice").await;
    let (first, bob) =
        tokio::join!(dial(&mut alice, "/private/bob?channel=video"), Guest::answering(bob, Act::new(2)));
    let (held, _, media) = first;
    alice.modify(&held, ModifyAction::Hold).await.expect("held");
    let end = End::start(media, 1);
    let (second, carol) =
        tokio::join!(dial(&mut alice, "/private/carol?channel=video"), Guest::answering(carol, Act::new(3)));
    let (talking, own, media) = second;
    let ends = (end, Some(End::start(media, 1)));
    Scene { space, alice, held, talking, own, _ends: ends, bob, carol }
}

/// What `guest` sees in the one box of a call between two.
async fn sees(guest: &mut Guest, sender: u16) {
    let whole = Layer {
        x: 0.0,
        y: 0.0,
        width: 100.0,
        height: 100.0,
        ..serde_json::from_value(serde_json::json!({
            "x": 0.0, "y": 0.0, "width": 100.0, "height": 100.0
        }))
        .expect("a layer")
    };
    let end = Instant::now() + crate::client::LONG;
    while guest.sees(std::slice::from_ref(&whole)).await != Some(vec![Some(sender)]) {
        assert!(Instant::now() < end, "{sender} is not to be seen");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_far_sides_of_two_calls_talk_on_without_the_one_who_connects_them() {
    let Scene { space, mut alice, held, talking, mut bob, mut carol, .. } = Box::pin(scene(config())).await;
    let (wrong, own) =
        (ModifyAction::Replace { call: CallId::random() }, ModifyAction::Replace { call: held.clone() });
    alice.modify(&held, wrong).await.expect_err("there is no such call");
    alice.modify(&held, own).await.expect_err("a call is not another one");

    let connect = ModifyAction::Replace { call: talking.clone() };
    alice.modify(&held, connect).await.expect("connected");
    assert_eq!(alice.said_bye(&held).await, HangupCause::AttendedTransfer);
    assert_eq!(alice.said_bye(&talking).await, HangupCause::AttendedTransfer);
    bob.until_hears("Carol", &[tone(3)], &[]).await;
    carol.until_hears("Bob", &[tone(2)], &[]).await;
    sees(&mut bob, 3).await;
    sees(&mut carol, 2).await;
    assert_eq!(space.count().2, 1, "one call is left");

    // It is a call like any other: held, taken up, hung up.
    carol.client.modify(&carol.call.clone(), ModifyAction::Hold).await.expect("held");
    let member = carol.member.clone();
    let held =
        async |bob: &mut Guest| bob.updated(&member, "meta").await.meta.expect("a mark")["held"].as_bool();
    assert_eq!(held(&mut bob).await, Some(true));
    carol.client.modify(&carol.call.clone(), ModifyAction::Unhold).await.expect("taken up");
    assert_eq!(held(&mut bob).await, Some(false));
    bob.client.bye(&bob.call.clone(), None).await.expect("hung up");
    assert_eq!(carol.client.said_bye(&carol.call.clone()).await, HangupCause::NormalClearing);
    while space.count().2 > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut told: Vec<_> = space.calls(10).await.expect("records");
    told.sort_by(|a, b| (&a.caller, &a.callee).cmp(&(&b.caller, &b.callee)));
    let told: Vec<_> =
        told.iter().map(|r| (r.caller.as_str(), r.callee.split('?').next().unwrap_or(""), r.cause)).collect();
    assert_eq!(
        told,
        [
            ("/private/alice", "/private/bob", HangupCause::AttendedTransfer),
            ("/private/alice", "/private/carol", HangupCause::AttendedTransfer),
            ("/private/bob", "/private/carol", HangupCause::NormalClearing),
        ]
    );
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_calls_are_merged_into_a_room_whose_owner_is_the_one_who_merged() {
    let Scene { space, mut alice, held, talking, own, mut bob, mut carol, .. } =
        Box::pin(scene(config())).await;
    alice.modify(&talking, ModifyAction::Merge { call: held.clone() }).await.expect("merged");
    assert_eq!(alice.said_bye(&held).await, HangupCause::AttendedTransfer);
    let room = alice.event(|body| joined(body, &talking)).await;
    assert_eq!(room.member_id, own, "she is who she was");
    assert_eq!(room.room_session.display_name.as_deref(), Some("Alice, Carol, Bob"));
    assert!(room.capabilities.unwrap_or_default().contains(&"member".to_owned()), "she moderates");
    for guest in [&mut bob, &mut carol] {
        let (call, member) = (guest.call.clone(), guest.member.clone());
        let there = guest
            .client
            .event(|body| joined(body, &call).filter(|j| j.room_session_id == room.room_session_id))
            .await;
        assert_eq!(there.member_id, member);
        assert!(!there.capabilities.unwrap_or_default().contains(&"member".to_owned()));
    }
    bob.until_hears("Carol", &[tone(3)], &[tone(2)]).await;
    carol.until_hears("Bob", &[tone(2)], &[tone(3)]).await;
    let both = [(bob.member.clone(), Some(2)), (carol.member.clone(), Some(3)), (own.clone(), None)];
    bob.sees_layout("all three", &both, |layout| layout.layers.len() >= 3).await;

    // She may mute others, they may not.
    bob.moderate(&carol.member.clone(), CallAction::Mute(vec![ahoy_model::MediaKind::Audio]))
        .await
        .expect_err("Bob is a guest");
    let mute = CallAction::Mute(vec![ahoy_model::MediaKind::Audio]);
    let node = ahoy_model::NodeId::from("n");
    let request = ahoy_wire::CallRequest {
        own: Some(ahoy_wire::MemberRef::new(own.clone(), talking.clone(), node.clone())),
        targets: ahoy_wire::Targets::One(ahoy_wire::MemberRef::new(
            carol.member.clone(),
            talking.clone(),
            node,
        )),
        action: mute,
    };
    alice.ask(ahoy_wire::ClientRequest::Call(request)).await.expect("muted");
    bob.until_hears("nobody", &[], &[tone(3)]).await;

    // The room goes on without her, and the last two part like any two.
    alice.bye(&talking, None).await.expect("left");
    assert_eq!(bob.left(&own).await.as_deref(), Some("hangup"));
    carol.until_hears("Bob", &[tone(2)], &[]).await;
    bob.client.bye(&bob.call.clone(), None).await.expect("left");
    assert_eq!(carol.left(&bob.member).await.as_deref(), Some("hangup"));
    carol.client.bye(&carol.call.clone(), None).await.expect("left");
    while space.count().2 > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_more_comes_into_a_merged_call_and_a_far_side_that_has_gone_changes_nothing() {
    let Scene { space, mut alice, held, talking, bob, carol, _ends, .. } = Box::pin(scene(config())).await;
    alice.modify(&talking, ModifyAction::Merge { call: held }).await.expect("merged");
    alice.event(|body| joined(body, &talking)).await;
    let dora = Client::online(&space, "dora").await;
    let (third, dora) =
        tokio::join!(dial(&mut alice, "/private/dora?channel=video"), Guest::answering(dora, Act::new(4)));
    let (call, _, media) = third;
    let _end = End::start(media, 1);
    alice.modify(&talking, ModifyAction::Merge { call }).await.expect("merged, too");
    carol.until_hears("Bob and Dora", &[tone(2), tone(4)], &[tone(3)]).await;
    dora.until_hears("Bob and Carol", &[tone(2), tone(3)], &[tone(4)]).await;

    let erna = Client::online(&space, "erna").await;
    let (fourth, mut erna) =
        tokio::join!(dial(&mut alice, "/private/erna?channel=video"), Guest::answering(erna, Act::new(5)));
    let (call, _, media) = fourth;
    let _last = End::start(media, 1);
    erna.client.bye(&erna.call.clone(), None).await.expect("gone");
    alice.said_bye(&call).await;
    alice.modify(&talking, ModifyAction::Merge { call }).await.expect_err("there is nobody to merge");
    bob.until_hears("Carol all the same", &[tone(3)], &[]).await;
    space.shut_down().await;
}
