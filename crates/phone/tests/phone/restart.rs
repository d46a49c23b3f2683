//! A phone that is killed in a call, and the next one that takes the call up.

use crate::support::{self, TestPhone, account, space};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{CallStatus, EndReason};
use ahoy_phone::{JsonCalls, PhoneConfig};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn keeping(file: &Path) -> impl FnOnce(&mut PhoneConfig) {
    move |config| {
        let (keeper, kept) = JsonCalls::open(file);
        (config.keeper, config.kept) = (Box::new(keeper), kept);
    }
}

#[test]
fn a_call_outlives_its_phone_and_what_is_kept_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.json");
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (ours, theirs) = (runtime(), runtime());
    let (space, bob) = theirs.block_on(async {
        let space = space().await;
        let bob = TestPhone::start(&space, "bob", 2, 600).await;
        (space, bob)
    });
    let (out, into, first) = ours.block_on(async {
        let account = account(&space, "alice").await;
        let secret = account.token.expose().to_owned();
        let alice = TestPhone::signed_in(account, 1, 440, Arc::new(FakeHardware::new()), keeping(&file));
        alice.registered().await;
        let (out, into) = support::talk(&alice, &bob, "bob").await;
        alice.handle.set_muted(out.clone(), true).await.unwrap();
        alice.sees(&out, 2).await;
        let kept = async {
            while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains("\"muted\":true")) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(support::PATIENCE, kept).await.expect("the call is kept");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            !text.contains(&secret) && !text.contains("sdp") && !text.contains("userVariables"),
            "{text}"
        );
        let first = alice.handle.snapshot().calls[0].clone();
        // Nobody says good-bye.
        std::mem::forget(alice);
        (out, into, first)
    });
    ours.shutdown_timeout(Duration::ZERO);

    let next = runtime();
    next.block_on(async {
        let account = account(&space, "alice").await;
        let alice = TestPhone::signed_in(account, 5, 500, Arc::new(FakeHardware::new()), keeping(&file));
        let call = alice.status(&out, CallStatus::Connected).await;
        assert!(call.muted && call.with_video);
        assert_eq!(
            (call.name, call.started_at, call.connected_at),
            (first.name, first.started_at, first.connected_at)
        );
        alice.handle.set_muted(out.clone(), false).await.unwrap();
        tokio::join!(alice.sees(&out, 2), bob.sees(&into, 5));
        tokio::join!(alice.hears(600.0, 500), bob.hears(500.0, 500));
        assert_eq!(bob.handle.snapshot().calls.len(), 1, "the same call");
        bob.handle.hang_up(into).await.unwrap();
        assert_eq!(alice.ended(&out).await, EndReason::FarHungUp);
        alice.handle.shut_down().await.unwrap();
        assert!(!file.exists(), "nothing is left to take up");
    });
}
