//! Phones call each other through a real space.

use crate::support::{self, TestPhone, space, talk};
use ahoy_model::{CallStatus, EndReason};
use ahoy_phone::{Event, RegistrationStatus, TileId};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_echo_brings_back_our_own_picture_and_tone() {
    let space = space().await;
    let phone = TestPhone::start(&space, "alice", 7, 440).await;
    let call = phone.dial("/public/echo", true).await;
    phone.status(&call, CallStatus::Connected).await;
    phone.sees(&call, 7).await;
    phone.hears(440.0, 500).await;
    let own = phone.codes(TileId::SelfView, 3).await;
    assert!(own.iter().all(|code| code.sender == 7));
    phone.handle.hang_up(call.clone()).await.unwrap();
    assert_eq!(phone.ended(&call).await, EndReason::HungUp);
    phone.until("the camera to stop", |s| (!s.camera_running).then_some(())).await;
    let last = phone.handle.snapshot().history.first().cloned().unwrap();
    assert_eq!((last.id, last.end, last.missed), (call, EndReason::HungUp, false));
    assert!(last.duration > 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_phones_see_and_hear_each_other() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let mut bob = TestPhone::start(&space, "bob", 2, 600).await;
    let out = alice.dial("/private/bob", true).await;
    alice.status(&out, CallStatus::Ringing).await;
    let rings = bob.rings().await;
    assert_eq!((rings.name.as_str(), rings.address.as_str()), ("alice of Test", "/private/alice"));
    assert!(rings.with_video && rings.gives_up_at.is_some());
    assert!(!bob.handle.snapshot().camera_running, "nothing is recorded while it rings");
    assert_eq!(bob.event(|e| if let Event::IncomingCall(id) = e { Some(id) } else { None }).await, rings.id);
    bob.handle.answer(rings.id.clone(), true).await.unwrap();
    assert_eq!(
        bob.event(|e| if let Event::RingingStopped(id) = e { Some(id) } else { None }).await,
        rings.id
    );
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&rings.id, 1));
    tokio::join!(alice.hears(600.0, 500), bob.hears(440.0, 500));
    let stats = alice
        .until("statistics", |s| s.calls[0].stats.clone().filter(|s| s.fps_in > 0.0 && s.video_in > 0))
        .await;
    assert!(stats.mos.is_some() && stats.audio_in > 0 && stats.size_in == Some((640, 360)), "{stats:?}");

    bob.handle.hang_up(rings.id.clone()).await.unwrap();
    assert_eq!(alice.ended(&out).await, EndReason::FarHungUp);
    assert_eq!(bob.ended(&rings.id).await, EndReason::HungUp);
    assert_eq!(alice.handle.snapshot().missed, 0);
    alice.handle.dismiss(out.clone()).await.unwrap();
    assert!(
        alice.handle.snapshot().calls.is_empty() && alice.handle.pictures(&TileId::Remote(out)).is_none()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_not_answered_say_why() {
    let mut config = support::space_config();
    config.ring_timeout = std::time::Duration::from_secs(2);
    support::logs();
    let space = ahoy_space::Space::start(config).await.unwrap();
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;

    // Declined.
    let out = alice.dial("bob", true).await;
    let rings = bob.rings().await;
    bob.handle.decline(rings.id.clone()).await.unwrap();
    assert!(matches!(alice.ended(&out).await, EndReason::Rejected | EndReason::Busy));
    assert_eq!(bob.ended(&rings.id).await, EndReason::Declined);
    bob.handle.dismiss(rings.id).await.unwrap();

    // Cancelled: missed at the other side.
    let out = alice.dial("bob", true).await;
    let rings = bob.rings().await;
    alice.handle.hang_up(out.clone()).await.unwrap();
    assert_eq!(alice.ended(&out).await, EndReason::Cancelled);
    assert_eq!(bob.ended(&rings.id).await, EndReason::Cancelled);
    assert_eq!(bob.handle.snapshot().missed, 1);
    assert!(bob.handle.snapshot().history[0].missed);
    bob.handle.mark_missed_seen().await.unwrap();
    assert_eq!(bob.handle.snapshot().missed, 0);
    bob.handle.dismiss(rings.id).await.unwrap();

    // Nobody answers.
    let out = alice.dial("bob", false).await;
    let rings = bob.rings().await;
    assert!(!rings.with_video);
    assert_eq!(alice.ended(&out).await, EndReason::NoAnswer);
    assert!(bob.ended(&rings.id).await.is_missed());

    // Nobody is there.
    bob.handle.set_online(false).await.unwrap();
    bob.registration(RegistrationStatus::Offline).await;
    let out = alice.dial("bob", true).await;
    assert_eq!(alice.ended(&out).await, EndReason::Offline);
    // Nobody ever was.
    let out = alice.dial("/private/nobody", true).await;
    assert_eq!(alice.ended(&out).await, EndReason::UnknownAddress);
    assert_eq!(alice.handle.snapshot().history.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_rings_for_long_connects_all_the_same() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let out = alice.dial("bob", true).await;
    let rings = bob.rings().await;
    // Longer than any check of the prepared answer lives.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    bob.handle.answer(rings.id.clone(), true).await.unwrap();
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&rings.id, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_have_limits_and_a_phone_may_be_busy() {
    let mut config = support::space_config();
    config.calls_per_device = Some(1);
    support::logs();
    let space = ahoy_space::Space::start(config).await.unwrap();
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let carol = TestPhone::start(&space, "carol", 3, 800).await;
    talk(&alice, &bob, "bob").await;
    let out = carol.dial("bob", true).await;
    assert_eq!(carol.ended(&out).await, EndReason::Busy);
    assert_eq!(bob.handle.snapshot().calls.len(), 1);
}
