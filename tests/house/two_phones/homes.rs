//! Two phones in two homes, each behind a router that translates addresses and lets nothing in.

use crate::support::headless::HeadlessPhone;
use crate::support::machine::{Inhabitant, Machine};
use crate::support::space::SpaceProcess;
use crate::support::street::{Opening, Street};
use ahoy_model::{CallId, CallStatus, Secret};
use ahoy_phone::SpaceAccount;
use std::path::Path;

const PORT: u16 = 7370;
const TURN: u16 = 3478;

/// A phone on that machine, which reaches the space at `host`.
async fn phone(
    machine: &Machine,
    space: &SpaceProcess,
    host: &str,
    folder: &Path,
    (name, sender, hertz): (&'static str, u16, u32),
) -> (HeadlessPhone, Inhabitant) {
    let token = Secret::new(space.token(name, name).await);
    let account = SpaceAccount::new(format!("ws://{host}:{PORT}"), format!("http://{host}:{PORT}"), token);
    let folder = folder.to_owned();
    machine
        .inhabit(async move || HeadlessPhone::join(account, &folder, name, sender, hertz, |_| {}).await)
        .await
}

/// The way that media takes.
async fn path(phone: &mut HeadlessPhone, call: &CallId) -> String {
    let of = |call: &ahoy_phone::CallView| call.stats.as_ref().and_then(|stats| stats.path.clone());
    let call = phone.call_until(call, "the path", |call| of(call).is_some_and(|path| !path.is_empty())).await;
    of(&call).unwrap_or_default()
}

/// One calls the other: each sees and hears the other. The paths of both.
async fn talk(caller: &mut HeadlessPhone, callee: &mut HeadlessPhone, hertz: (f64, f64)) -> (String, String) {
    let out = caller.dial(&format!("/private/{}", callee.name), true).await;
    let call = callee.rings().await.id;
    callee.handle.answer(call.clone(), true).await.expect("it rings");
    tokio::join!(caller.status(&out, CallStatus::Connected), callee.status(&call, CallStatus::Connected));
    tokio::join!(caller.see_plates(&out, 30), callee.see_plates(&call, 30));
    tokio::join!(caller.hear_tone(hertz.1), callee.hear_tone(hertz.0));
    let paths = (path(caller, &out).await, path(callee, &call).await);
    caller.handle.hang_up(out.clone()).await.expect("it talks");
    tokio::join!(
        caller.call_until(&out, "the end", |call| call.end.is_some()),
        callee.call_until(&call, "the end", |call| call.end.is_some())
    );
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn two_homes_meet_on_a_public_space() {
    let street = Street::build(None).await;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let public = &street.public;
    let space = SpaceProcess::start_on(public, PORT, folder.path(), &["--host", &public.address]).await;
    let phone = |machine, who| phone(machine, &space, &public.address, folder.path(), who);
    let (mut anna, _at_annas) = phone(&street.left.inside, ("anna", 1, 440)).await;
    let (mut bruno, _at_brunos) = phone(&street.right.inside, ("bruno", 2, 660)).await;
    talk(&mut anna, &mut bruno, (440.0, 660.0)).await;
    talk(&mut bruno, &mut anna, (660.0, 440.0)).await;
    anna.shut_down().await;
    bruno.shut_down().await;
}

/// A space at somebody's home, whose router leads two ports to it: the one that it listens at and the one of its TURN server.
#[tokio::test(flavor = "multi_thread")]
async fn a_space_at_home_is_reached_by_two_open_ports() {
    let street = Street::build(Some(Opening { tcp: PORT, udp: TURN })).await;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let home = &street.left;
    let turn = TURN.to_string();
    let extra = ["--host", &home.outside, "--turn-port", &turn, "--turn-address", &home.outside];
    let space = SpaceProcess::start_on(&home.inside, PORT, folder.path(), &extra).await;
    // One at home with the space, one who is not.
    let (mut anna, _at_annas) =
        phone(&home.inside, &space, &home.inside.address, folder.path(), ("anna", 1, 440)).await;
    let (mut bruno, _at_brunos) =
        phone(&street.right.inside, &space, &home.outside, folder.path(), ("bruno", 2, 660)).await;
    let (_, far) = talk(&mut anna, &mut bruno, (440.0, 660.0)).await;
    assert_eq!(far, "relay", "there is no other way in");
    talk(&mut bruno, &mut anna, (660.0, 440.0)).await;
    anna.shut_down().await;
    bruno.shut_down().await;
}
