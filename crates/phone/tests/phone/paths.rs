//! The way that media takes: through a relay only, cut for a while, and silent.

use crate::relay::{self, Door, Relay};
use crate::support::{TestPhone, talk};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{CallId, CallStatus, ProblemCode};
use ahoy_phone::PhoneConfig;
use ahoy_phone::settings::OwnIceServer;
use ahoy_space::Space;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn relay_only(config: &mut PhoneConfig) {
    config.settings.relay_only = true;
}

async fn phone(
    space: &Space,
    name: &str,
    sender: u16,
    hertz: u32,
    change: impl FnOnce(&mut PhoneConfig),
) -> TestPhone {
    let phone =
        TestPhone::start_with(space, name, sender, hertz, Arc::new(FakeHardware::new()), change).await;
    phone.registered().await;
    phone
}

async fn path_of(phone: &TestPhone, call: &CallId) -> String {
    phone
        .until("the path", |s| {
            s.calls
                .iter()
                .find(|c| &c.id == call)?
                .stats
                .as_ref()?
                .path
                .clone()
                .filter(|path| !path.is_empty())
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_that_only_use_relays_see_and_hear_the_echo_and_each_other() {
    let space = relay::space().await;
    let alice = phone(&space, "alice", 1, 440, relay_only).await;
    let echo = alice.dial("/public/echo", true).await;
    alice.status(&echo, CallStatus::Connected).await;
    alice.sees(&echo, 1).await;
    alice.hears(440.0, 500).await;
    assert_eq!(path_of(&alice, &echo).await, "relay");
    alice.handle.hang_up(echo.clone()).await.unwrap();
    alice.ended(&echo).await;

    let bob = phone(&space, "bob", 2, 600, relay_only).await;
    let (out, into) = talk(&alice, &bob, "bob").await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    tokio::join!(alice.hears(600.0, 500), bob.hears(440.0, 500));
    assert_eq!(path_of(&alice, &out).await, "relay");
    assert_eq!(path_of(&bob, &into).await, "relay");
}

/// Alice behind a wire to the relay, talking with Bob, without pictures.
async fn behind_a_wire() -> (Space, Relay, TestPhone, TestPhone, CallId) {
    let space = relay::space().await;
    let (wire, door) = relay::wire(relay::door(&space).await).await;
    let Door { url, username, credential } = door;
    let alice = phone(&space, "alice", 1, 440, |config| {
        config.settings.relay_only = true;
        config.settings.ice_servers =
            vec![OwnIceServer { url: url.clone(), username: Some(username.clone()) }];
        config.network.ice_credentials.insert(url, credential);
    })
    .await;
    let bob = phone(&space, "bob", 2, 600, |_| {}).await;
    let call = alice.dial("bob", false).await;
    let rings = bob.rings().await;
    bob.handle.answer(rings.id, false).await.unwrap();
    alice.status(&call, CallStatus::Connected).await;
    tokio::join!(alice.hears(600.0, 300), bob.hears(440.0, 300));
    (space, wire, alice, bob, call)
}

async fn outage(seconds: f32) {
    let (_space, wire, alice, bob, call) = behind_a_wire().await;
    wire.cut();
    tokio::time::sleep(Duration::from_secs_f32(seconds)).await;
    if seconds > 10.0 {
        alice.status(&call, CallStatus::Recovering).await;
    }
    wire.mend();
    let since = Instant::now();
    tokio::join!(alice.hears(600.0, 300), bob.hears(440.0, 300));
    println!(
        "after {seconds} s without a path: sound again {:.2} s after it came back",
        since.elapsed().as_secs_f32()
    );
    let view = alice.status(&call, CallStatus::Connected).await;
    assert!(view.connected_at.is_some());
    assert_eq!(alice.handle.snapshot().calls.len(), 1, "the same call");
    alice.until("no complaint", |s| s.calls[0].problem.is_none().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_gone_for_a_blink_costs_nothing() {
    outage(0.8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_gone_for_5_seconds_comes_back() {
    outage(5.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_gone_for_15_seconds_is_repaired() {
    outage(15.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_gone_for_30_seconds_is_repaired() {
    outage(30.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_falls_silent_says_so_and_is_repaired() {
    let (_space, wire, alice, _bob, call) = behind_a_wire().await;
    wire.deafen();
    alice
        .until("a word about it", |s| {
            let problem = s.calls.iter().find(|c| c.id == call)?.problem.as_ref()?;
            (problem.code == ProblemCode::MediaFailed).then_some(())
        })
        .await;
    // The old path stays silent; only a new one brings sound.
    alice.hears(600.0, 500).await;
    alice.until("no complaint", |s| s.calls[0].problem.is_none().then_some(())).await;
    alice.status(&call, CallStatus::Connected).await;
}
