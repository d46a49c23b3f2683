//! Screens that are shown in a call.

use crate::support::{TestPhone, space, talk};
use ahoy_model::{CallId, CallStatus, DeviceId, EndReason};
use ahoy_phone::TileId;

/// Waits until the call shows this sender's pictures, in this size.
async fn shows(phone: &TestPhone, call: &CallId, sender: u16, size: (u32, u32)) {
    for _ in 0..40 {
        let codes = phone.codes(TileId::Remote(call.clone()), 8).await;
        if codes.iter().all(|code| code.sender == sender) {
            let fits = |size_in| size_in == Some(size);
            let what = format!("pictures of {size:?}");
            phone
                .until(&what, |s| {
                    let call = s.calls.iter().find(|one| one.id == *call)?;
                    fits(call.stats.as_ref()?.size_in).then_some(())
                })
                .await;
            return;
        }
    }
    panic!("{sender} is never seen; {:#?}", phone.handle.snapshot().calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_its_screen_and_its_camera_again() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (out, incoming) = talk(&alice, &bob, "bob").await;
    shows(&bob, &incoming, 1, (640, 360)).await;
    alice.until("the right to share", |s| s.calls[0].actions.share.then_some(())).await;

    let screens = alice.handle.screens().await.expect("screens");
    assert!(screens.last().is_some_and(|screen| screen.id.is_made_up()), "{screens:?}");
    let screen = |sender: u16| DeviceId::new(format!("test:picture=1280x720@15,sender={sender}"));
    alice.handle.share_screen(out.clone(), screen(9), false).await.expect("it shares");
    assert!(alice.handle.snapshot().calls[0].sharing);
    assert_eq!(alice.handle.snapshot().calls.len(), 1, "it is no call of its own");
    shows(&bob, &incoming, 9, (1280, 720)).await;
    bob.until("that it is a screen", |s| (s.calls[0].far_shares && s.calls[0].receives_video).then_some(()))
        .await;
    tokio::join!(alice.hears(600.0, 500), bob.hears(440.0, 500));
    // The camera may rest meanwhile.
    alice.handle.set_camera(out.clone(), false).await.expect("off");
    shows(&bob, &incoming, 9, (1280, 720)).await;
    assert!(bob.handle.snapshot().calls[0].receives_video);
    alice.handle.set_camera(out.clone(), true).await.expect("on");

    // Another screen in its place.
    alice.handle.share_screen(out.clone(), screen(8), false).await.expect("it shares another");
    shows(&bob, &incoming, 8, (1280, 720)).await;

    alice.handle.stop_sharing(out.clone()).await.expect("it stops");
    shows(&bob, &incoming, 1, (640, 360)).await;
    bob.until("no screen", |s| (!s.calls[0].far_shares).then_some(())).await;
    assert!(!alice.handle.snapshot().calls[0].sharing);
    assert_eq!(alice.handle.snapshot().calls[0].status, CallStatus::Connected);

    alice.handle.share_screen(out.clone(), screen(9), false).await.expect("once more");
    shows(&bob, &incoming, 9, (1280, 720)).await;
    bob.handle.hang_up(incoming.clone()).await.expect("it hangs up");
    assert_eq!(alice.ended(&out).await, EndReason::FarHungUp);
    alice.until("nothing shared", |s| s.calls.iter().all(|call| !call.sharing).then_some(())).await;
    assert_eq!(alice.handle.snapshot().history.len(), 1, "history knows one call");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_cannot_be_shown_costs_no_call() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    assert!(alice.handle.share_screen(CallId::random(), DeviceId::new("test:picture"), false).await.is_err());
    let (out, incoming) = talk(&alice, &bob, "bob").await;
    alice.until("the right to share", |s| s.calls[0].actions.share.then_some(())).await;
    alice.handle.share_screen(out.clone(), DeviceId::new("no such screen"), false).await.expect("it tries");
    alice.until("that it is over", |s| s.calls.iter().all(|call| !call.sharing).then_some(())).await;
    bob.sees(&incoming, 1).await;
    assert_eq!(alice.handle.snapshot().calls[0].status, CallStatus::Connected);
}
