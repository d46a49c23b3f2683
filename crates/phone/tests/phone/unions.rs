//! Two calls of one phone become one.

use crate::support::{PATIENCE, TestPhone, space, talk};
use ahoy_model::{CallId, CallStatus, EndReason};
use ahoy_phone::TileId;

/// Waits for the first picture of `sender`; what was shown before may come once more.
async fn comes(phone: &TestPhone, call: &CallId, sender: u16) {
    let shown = async { while phone.codes(TileId::Remote(call.clone()), 1).await[0].sender != sender {} };
    tokio::time::timeout(PATIENCE, shown).await.expect("the picture changes over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_far_sides_are_connected_and_called_by_their_names() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let carol = TestPhone::start(&space, "carol", 3, 900).await;
    let (first, at_bob) = talk(&alice, &bob, "/private/bob").await;
    let alone = alice.handle.snapshot().calls[0].actions;
    assert!(!alone.connect && !alone.merge, "it takes two");
    assert!(alice.handle.connect_calls(first.clone()).await.is_err());

    let (second, at_carol) = talk(&alice, &carol, "/private/carol").await;
    alice
        .until("both can become one", |s| {
            let held = s.calls.iter().find(|c| c.id == first)?;
            (held.status == CallStatus::Held && held.actions.connect && held.actions.merge).then_some(())
        })
        .await;
    alice.handle.connect_calls(first.clone()).await.unwrap();
    for call in [&first, &second] {
        let end = alice.until("the end", |s| s.calls.iter().find(|c| c.id == *call)?.end).await;
        assert_eq!(end, EndReason::Transferred);
    }
    tokio::join!(comes(&bob, &at_bob, 3), comes(&carol, &at_carol, 2));
    tokio::join!(bob.sees(&at_bob, 3), carol.sees(&at_carol, 2));
    tokio::join!(bob.hears(900.0, 500), carol.hears(600.0, 500));
    let shown = |name: &'static str, address: &'static str| {
        move |s: &ahoy_phone::Snapshot| {
            let call = s.calls.first()?;
            (call.name == name && call.address == address && call.status == CallStatus::Connected)
                .then_some(())
        }
    };
    bob.until("Carol's name", shown("carol of Test", "/private/carol")).await;
    carol.until("Bob's name", shown("bob of Test", "/private/bob")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_calls_are_merged_and_everybody_sees_and_hears_everybody() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let carol = TestPhone::start(&space, "carol", 3, 900).await;
    let (first, at_bob) = talk(&alice, &bob, "/private/bob").await;
    let (second, _) = talk(&alice, &carol, "/private/carol").await;
    alice.status(&first, CallStatus::Held).await;
    alice.until("a merge", |s| s.calls.iter().any(|c| c.id == first && c.actions.merge).then_some(())).await;
    alice.handle.merge_calls(first.clone()).await.unwrap();
    let end = alice.until("the end", |s| s.calls.iter().find(|c| c.id == first)?.end).await;
    assert_eq!(end, EndReason::Transferred);
    for phone in [&alice, &bob, &carol] {
        phone
            .until("three in one room, with a picture", |s| {
                let call = s.calls.iter().find(|c| c.end.is_none())?;
                let room = call.room.as_ref()?;
                let people = room.members.iter().filter(|m| m.kind == "member").count();
                (people == 3 && room.layers.len() >= 3 && call.receives_video).then_some(())
            })
            .await;
    }
    let may =
        alice.until("rights", |s| Some(s.calls.iter().find(|c| c.id == second)?.room.as_ref()?.can)).await;
    assert!(may.mute_others && may.remove && may.set_layout, "she may do what a host may");
    let may =
        bob.until("rights", |s| Some(s.calls.iter().find(|c| c.id == at_bob)?.room.as_ref()?.can)).await;
    assert!(!may.mute_others && may.speak && may.share_screen);
    // Two tones at one time are no tone that can be counted: one of the two is silent.
    carol.handle.set_muted(carol.handle.snapshot().calls[0].id.clone(), true).await.unwrap();
    alice.hears(600.0, 300).await;
    bob.hears(440.0, 300).await;

    // Whoever merged can leave; the two others stay together.
    alice.handle.hang_up(second).await.unwrap();
    carol.hears(600.0, 300).await;
    bob.until("a call between two", |s| {
        let call = s.calls.iter().find(|c| c.id == at_bob)?;
        (call.room.is_none() && call.status == CallStatus::Connected).then_some(())
    })
    .await;
}
