//! Who can be called, whose calls are answered by themselves, and many calls one after another.

use crate::support::{TestPhone, space, talk};
use ahoy_model::{CallStatus, EndReason};
use ahoy_phone::{OwnContact, Presence, Settings};
use std::time::Duration;

async fn sees(phone: &TestPhone, who: &str, presence: Presence) {
    phone
        .until(&format!("{who} as {presence:?}"), |now| {
            let contact = now.contacts.iter().find(|contact| contact.address == who)?;
            (contact.presence == Some(presence)).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_is_pushed() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    // Alice read the directory before there was a Bob.
    sees(&alice, "/private/bob", Presence::Online).await;
    sees(&bob, "/private/alice", Presence::Online).await;

    bob.handle.set_online(false).await.unwrap();
    sees(&alice, "/private/bob", Presence::DoNotDisturb).await;
    bob.handle.set_online(true).await.unwrap();
    sees(&alice, "/private/bob", Presence::Online).await;

    // A third who comes later learns it at once.
    let (out, _) = talk(&alice, &bob, "bob").await;
    let carol = TestPhone::start(&space, "carol", 3, 800).await;
    sees(&carol, "/private/bob", Presence::Busy).await;
    alice.handle.hang_up(out).await.unwrap();
    sees(&carol, "/private/bob", Presence::Online).await;
    bob.handle.shut_down().await.unwrap();
    sees(&carol, "/private/bob", Presence::Offline).await;
    let room = carol.handle.snapshot().contacts.iter().find(|contact| contact.kind == "room").cloned();
    assert_eq!(room.expect("the lobby").presence, None, "a room is neither here nor there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_whom_the_user_chose_is_answered_by_itself_and_never_in_a_call() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let carol = TestPhone::start(&space, "carol", 3, 800).await;
    let settings = Settings {
        auto_answer: vec!["/private/bob".into()],
        own_contacts: vec![OwnContact { name: "Dora".into(), address: "sip:dora@example.org".into() }],
        ..alice.handle.snapshot().settings.clone()
    };
    alice.handle.update_settings(settings).await.unwrap();
    let own = |now: &ahoy_phone::Snapshot| now.contacts.iter().find(|contact| contact.own).cloned();
    assert_eq!(own(&alice.handle.snapshot()).expect("Dora").name, "Dora");

    let first = bob.dial("alice", true).await;
    bob.status(&first, CallStatus::Connected).await;
    assert!(alice.handle.snapshot().calls[0].camera_off, "with sound only");
    let second = carol.dial("alice", false).await;
    carol.status(&second, CallStatus::Ringing).await;
    alice.rings().await;
    bob.handle.hang_up(first).await.unwrap();
    carol.handle.hang_up(second).await.unwrap();
    alice.until("quiet", |now| now.calls.iter().all(|call| call.end.is_some()).then_some(())).await;
    let third = carol.dial("alice", false).await;
    alice.rings().await;
    carol.handle.hang_up(third).await.unwrap();
}

/// What becomes of a call that rings.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    Declined,
    Cancelled,
    TimedOut,
    Elsewhere,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_calls_in_any_order_leave_no_ring_behind_and_lose_no_line() {
    const CALLS: usize = 50;
    let space = space().await;
    let caller = TestPhone::start(&space, "caller", 1, 440).await;
    let mut phone = TestPhone::start(&space, "both", 2, 600).await;
    let other = TestPhone::start(&space, "both", 3, 800).await;
    let short = Settings { ring_seconds: 5, ..phone.handle.snapshot().settings.clone() };
    let mut random = fastrand::Rng::with_seed(0x50_ca115);
    let mut expected = Vec::new();
    for _ in 0..CALLS {
        // Those that nobody answers take 5 s each.
        let fate = match random.u8(0..100) {
            0..30 => Fate::Answered,
            30..55 => Fate::Declined,
            55..75 => Fate::Cancelled,
            75..80 => Fate::TimedOut,
            _ => Fate::Elsewhere,
        };
        let patient = Settings { ring_seconds: 60, ..short.clone() };
        let timed = matches!(fate, Fate::TimedOut);
        phone.handle.update_settings(if timed { short.clone() } else { patient.clone() }).await.unwrap();
        other.handle.set_online(!timed).await.unwrap();

        let out = caller.dial("both", random.bool()).await;
        let rings = phone.rings().await;
        let here = rings.id.clone();
        let end = match fate {
            Fate::Answered => {
                phone.handle.answer(here.clone(), random.bool()).await.unwrap();
                caller.status(&out, CallStatus::Connected).await;
                caller.handle.hang_up(out.clone()).await.unwrap();
                EndReason::FarHungUp
            }
            Fate::Declined => {
                phone.handle.decline(here.clone()).await.unwrap();
                EndReason::Declined
            }
            Fate::Cancelled => {
                caller.handle.hang_up(out.clone()).await.unwrap();
                EndReason::Cancelled
            }
            Fate::TimedOut => EndReason::NoAnswer,
            Fate::Elsewhere => {
                let there = other.rings().await.id;
                other.handle.answer(there.clone(), false).await.unwrap();
                phone.ended(&here).await;
                other.handle.hang_up(there).await.unwrap();
                EndReason::AnsweredElsewhere
            }
        };
        expected.push((fate, end));
        // The noise stops for every one of them, and nothing rings on anywhere.
        let stopped = phone.event(|event| match event {
            ahoy_phone::Event::RingingStopped(call) if call == here => Some(()),
            _ => None,
        });
        stopped.await;
        // Where it was turned away it may ring on elsewhere.
        let _ = caller.handle.hang_up(out).await;
        for one in [&phone, &other, &caller] {
            one.until("the end of all calls", |now| {
                now.calls.iter().all(|call| call.end.is_some()).then_some(())
            })
            .await;
            let over: Vec<_> = one.handle.snapshot().calls.iter().map(|call| call.id.clone()).collect();
            for call in over {
                let _ = one.handle.dismiss(call).await;
            }
        }
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        phone.until("every line of the history", |now| (now.history.len() == CALLS).then_some(())).await;
    })
    .await
    .unwrap_or_else(|_| panic!("{} of {CALLS} lines", phone.handle.snapshot().history.len()));
    let history = phone.handle.snapshot().history.clone();
    for (line, (fate, end)) in history.iter().rev().zip(&expected) {
        assert_eq!(line.end, *end, "{fate:?}");
        assert_eq!(line.missed, matches!(fate, Fate::Cancelled | Fate::TimedOut), "{fate:?}");
    }
    let ids: std::collections::BTreeSet<_> = history.iter().map(|line| &line.id).collect();
    assert_eq!(ids.len(), CALLS, "each once");
}
