//! Client preferences that change what the phone does in a call.

use crate::relay;
use crate::support::{TestPhone, space, talk};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{DeviceId, DeviceKind};
use ahoy_phone::Addresses;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// So many addresses (RFC 5737).
fn addresses(last: impl IntoIterator<Item = u8>) -> Addresses {
    last.into_iter().map(|last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))).collect()
}

/// What has been asked of the space by this name.
async fn asked(phone: &TestPhone, what: &str) -> usize {
    let lines = phone.handle.wire_log().await.unwrap();
    lines.iter().filter(|line| line.sent && line.text.contains(what)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_addresses_are_repaired_and_repeated_repairs_go_by_relays() {
    let space = relay::space().await;
    let start = |name: &'static str, sender, hertz, switched: bool| {
        let (change, told) = watch::channel(addresses(1..=9));
        let phone = TestPhone::start_with(
            &space,
            name,
            sender,
            hertz,
            Arc::new(FakeHardware::new()),
            move |config| {
                config.addresses = Some(told);
                config.settings.advanced.wire_log = true;
                config.settings.advanced.network_changes = switched;
            },
        );
        async { (phone.await, change) }
    };
    let ((alice, hers), (bob, his)) = tokio::join!(start("alice", 1, 440, true), start("bob", 2, 600, false));
    tokio::join!(alice.registered(), bob.registered());
    let (out, into) = talk(&alice, &bob, "bob").await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    let path = || {
        let snapshot = alice.handle.snapshot();
        let call = snapshot.calls.iter().find(|call| call.id == out);
        call.and_then(|call| call.stats.as_ref()?.path.clone())
    };
    assert_ne!(path().as_deref(), Some("relay"), "the way is short");
    // One more is no reason; one that is gone is.
    hers.send(addresses(0..=9)).unwrap();
    his.send(addresses(2..=9)).unwrap();
    alice.hears(600.0, 300).await;
    assert_eq!(asked(&alice, "verto.modify").await, 0);
    let mut rounds = 1..9;
    while path().as_deref() != Some("relay") {
        hers.send(addresses(rounds.next().expect("a way by a relay")..=9)).unwrap();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    assert!(asked(&alice, "verto.modify").await >= 2, "the first repair may go any way");
    tokio::join!(alice.hears(600.0, 300), bob.hears(440.0, 300));
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    assert_eq!(asked(&bob, "verto.modify").await, 0, "who does not look for changes does nothing about them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_may_go_on_with_the_device_it_has() {
    let space = space().await;
    let alice = TestPhone::start_with(&space, "alice", 1, 440, Arc::new(FakeHardware::new()), |config| {
        config.settings.advanced.devices_in_calls = false;
    })
    .await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    alice.registered().await;
    let (out, _) = talk(&alice, &bob, "bob").await;
    bob.hears(440.0, 300).await;
    alice.handle.choose_device(DeviceKind::Microphone, Some(DeviceId::new("test:tone=900"))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    bob.hears(440.0, 500).await;
    alice.handle.hang_up(out.clone()).await.unwrap();
    alice.ended(&out).await;
    talk(&alice, &bob, "bob").await;
    bob.hears(900.0, 300).await;
}
