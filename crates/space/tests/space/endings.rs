//! Calls that end, or never begin.

use crate::client::{Client, answer, config, offer, space, talk};
use ahoy_model::{CallId, HangupCause};
use ahoy_space::{Rate, Space};
use std::pin::Pin;
use std::time::Duration;

type Ringing = (Client, CallId, Client, ahoy_wire::ServerInvite, ahoy_rtc::Session);

/// Alice dials Bob, whose phone rings.
fn ringing(space: &Space) -> Pin<Box<dyn Future<Output = Ringing> + Send + '_>> {
    Box::pin(async move {
        let (mut alice, mut bob) = (Client::online(space, "alice").await, Client::online(space, "bob").await);
        let call = CallId::random();
        let (session, _events, sdp) = offer("alice").await;
        alice.dial(&call, "/private/bob", &sdp).await.expect("dialled");
        let invite = bob.invited().await;
        (alice, call, bob, invite, session)
    })
}

async fn nothing_left(space: &Space) {
    let mut patience = 500;
    while space.count().2 > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        patience -= 1;
        assert!(patience > 0, "a call hangs");
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_inside_the_reply() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let (_session, _events, sdp) = offer("alice").await;
    for (to, cause) in [
        ("/private/nobody", HangupCause::UnallocatedNumber),
        ("/public/no-such-room", HangupCause::NoRouteDestination),
        ("+15550100199", HangupCause::NoRouteDestination),
        ("sip:bob@example.test", HangupCause::NoRouteDestination),
        ("", HangupCause::InvalidNumberFormat),
        ("/a/b/c", HangupCause::InvalidNumberFormat),
    ] {
        let refusal = alice.dial(&CallId::random(), to, &sdp).await.expect_err("refused");
        assert_eq!((refusal.cause, refusal.error.message.as_str()), (Some(cause), "CALL ERROR"), "{to}");
    }
    let junk = alice.dial(&CallId::random(), "/public/echo", "v=0").await.expect_err("no media");
    assert_eq!(junk.cause, Some(HangupCause::IncompatibleDestination));
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test]
async fn those_who_are_away_are_told_apart() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let (_session, _events, sdp) = offer("alice").await;
    crate::client::token(&space, "bob").await;
    let call = CallId::random();
    alice.dial(&call, "/private/bob", &sdp).await.expect("created");
    assert_eq!(alice.said_bye(&call).await, HangupCause::UserNotRegistered);
    let bob = Client::online(&space, "bob").await;
    bob.vanish();
    let call = CallId::random();
    loop {
        // The space sees the loss a moment later.
        let call = CallId::random();
        alice.dial(&call, "/private/bob", &sdp).await.expect("created");
        tokio::time::sleep(Duration::from_millis(50)).await;
        if alice.bye(&call, None).await.is_err() {
            assert_eq!(alice.said_bye(&call).await, HangupCause::SubscriberAbsent);
            break;
        }
    }
    alice.dial(&call, "/private/alice", &sdp).await.expect("created");
    assert_eq!(alice.said_bye(&call).await, HangupCause::UserBusy, "oneself");
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test]
async fn a_rejection_is_passed_on() {
    let space = space(config()).await;
    for (said, heard) in [
        (Some(HangupCause::UserBusy), HangupCause::UserBusy),
        (Some(HangupCause::CallRejected), HangupCause::CallRejected),
        (None, HangupCause::CallRejected),
    ] {
        let (mut alice, call, mut bob, invite, _session) = ringing(&space).await;
        let ended = bob.bye(&invite.call_id, said).await.expect("ended");
        assert_eq!(ended.message.as_deref(), Some("CALL ENDED"));
        assert_eq!(alice.said_bye(&call).await, heard);
        assert!(bob.bye(&invite.call_id, None).await.is_err(), "it is over");
        alice.close().await;
        bob.vanish();
        nothing_left(&space).await;
    }
    space.shut_down().await;
}

#[tokio::test]
async fn only_when_all_devices_have_rejected_does_the_caller_hear_of_it() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let (mut desk, mut pocket) = (Client::online(&space, "bob").await, Client::online(&space, "bob").await);
    let call = CallId::random();
    let (_session, _events, sdp) = offer("alice").await;
    alice.dial(&call, "/private/bob", &sdp).await.expect("dialled");
    let (at_desk, in_pocket) = (desk.invited().await, pocket.invited().await);
    desk.bye(&at_desk.call_id, Some(HangupCause::UserBusy)).await.expect("ended");
    alice
        .method(&call, &ahoy_model::MemberId::from("x"), ahoy_wire::CallAction::LayoutList)
        .await
        .expect_err("still ringing");
    pocket.bye(&in_pocket.call_id, Some(HangupCause::CallRejected)).await.expect("ended");
    assert_eq!(alice.said_bye(&call).await, HangupCause::CallRejected);
    space.shut_down().await;
}

#[tokio::test]
async fn a_cancel_stops_the_ringing() {
    let space = space(config()).await;
    let (mut alice, call, mut bob, invite, _session) = ringing(&space).await;
    alice.bye(&call, None).await.expect("ended");
    assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::OriginatorCancel);
    let (_b, _events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
    assert!(bob.accept(&invite, &sdp).await.is_err(), "too late");
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test]
async fn nobody_answers_for_ever() {
    let mut config = config();
    config.ring_timeout = Duration::from_millis(600);
    let space = space(config).await;
    let (mut alice, call, mut bob, invite, _session) = ringing(&space).await;
    assert_eq!(alice.said_bye(&call).await, HangupCause::NoAnswer);
    assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::NoAnswer);
    nothing_left(&space).await;
    assert_eq!(space.calls(1).await.expect("records")[0].cause, HangupCause::NoAnswer);
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_side_may_hang_up() {
    let space = space(config()).await;
    let mut both = talk(&space).await;
    both.bob.bye(&both.b, None).await.expect("ended");
    assert_eq!(both.alice.said_bye(&both.a).await, HangupCause::NormalClearing);
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_device_is_busy_when_it_may_have_one_call_only() {
    let mut config = config();
    config.calls_per_device = Some(1);
    let space = space(config).await;
    let both = talk(&space).await;
    let mut carol = Client::online(&space, "carol").await;
    let (_session, _events, sdp) = offer("carol").await;
    let call = CallId::random();
    carol.dial(&call, "/private/bob", &sdp).await.expect("created");
    assert_eq!(carol.said_bye(&call).await, HangupCause::UserBusy);
    drop(both);
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_waiting_rings_a_device_that_talks() {
    let space = space(config()).await;
    let mut both = talk(&space).await;
    let mut carol = Client::online(&space, "carol").await;
    let (_session, _events, sdp) = offer("carol").await;
    let call = CallId::random();
    carol.dial(&call, "/private/bob", &sdp).await.expect("created");
    let second = both.bob.invited().await;
    assert_eq!(second.caller_id_name.as_deref(), Some("Carol"));
    both.bob.bye(&second.call_id, Some(HangupCause::UserBusy)).await.expect("declined");
    assert_eq!(carol.said_bye(&call).await, HangupCause::UserBusy);
    both.alice.bye(&both.a, None).await.expect("the first call is untouched");
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_ping_ends_the_call_one_interval_later() {
    let mut config = config();
    config.timers.call_ping = Duration::from_millis(300);
    let space = space(config).await;
    let mut both = talk(&space).await;
    both.bob.pong = false;
    let (a, b) = (both.a.clone(), both.b.clone());
    let (alice, bob) = tokio::join!(both.alice.said_bye(&a), both.bob.said_bye(&b));
    assert_eq!((alice, bob), (HangupCause::RecoveryOnTimerExpire, HangupCause::RecoveryOnTimerExpire));
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_come_back_has_left() {
    let mut config = config();
    config.timers.resume_grace = Duration::from_millis(300);
    let space = space(config).await;
    let mut both = talk(&space).await;
    both.alice.vanish();
    assert_eq!(both.bob.said_bye(&both.b).await, HangupCause::NetworkOutOfOrder);
    nothing_left(&space).await;

    let (alice, _call, mut bob, invite, _session) = ringing(&space).await;
    alice.vanish();
    assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::OriginatorCancel);
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_media_is_given_up() {
    let mut config = config();
    config.timers.media = Duration::from_millis(500);
    let space = space(config).await;
    let (mut alice, call, mut bob, invite, session) = ringing(&space).await;
    let (b_session, _events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
    b_session.close().await;
    session.close().await;
    bob.accept(&invite, &sdp).await.expect("answered");
    assert_eq!(alice.said_bye(&call).await, HangupCause::MediaTimeout);
    assert_eq!(bob.said_bye(&invite.call_id).await, HangupCause::MediaTimeout);
    nothing_left(&space).await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_space_that_stops_says_bye() {
    let space = space(config()).await;
    let mut both = talk(&space).await;
    let (a, b) = (both.a.clone(), both.b.clone());
    let (_, alice, bob) = tokio::join!(space.shut_down(), both.alice.said_bye(&a), both.bob.said_bye(&b));
    assert_eq!((alice, bob), (HangupCause::ManagerRequest, HangupCause::ManagerRequest));
    assert!(both.alice.is_closed().await);
}

#[tokio::test]
async fn one_person_cannot_place_calls_without_end() {
    let mut config = config();
    config.limits.calls = Rate { burst: 3, per_second: 0.01 };
    let space = space(config).await;
    let mut alice = Client::online(&space, "alice").await;
    let (_session, _events, sdp) = offer("alice").await;
    for _ in 0..3 {
        alice.dial(&CallId::random(), "/private/nobody", &sdp).await.expect_err("unknown");
    }
    let refusal = alice.dial(&CallId::random(), "/private/nobody", &sdp).await.expect_err("too many");
    assert_eq!(refusal.cause, Some(HangupCause::SwitchCongestion));
    space.shut_down().await;
}
