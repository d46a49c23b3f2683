//! Tokens of every kind in the SDK's hands: client-bound ones that it renews by itself, guests', embeds'.

use super::proof::{browser_has_the_phone, phone_has_the_browser};
use super::stage::{BROWSER, PHONE_SENDER, PHONE_TONE, Stage, sound_only, with_video};
use crate::support::browser::{Browser, Sdk};
use crate::support::headless::HeadlessPhone;
use crate::support::process::PATIENCE;
use ahoy_model::Secret;
use ahoy_phone::{DeviceKeys, MemoryKeys, PhoneConfig, RegistrationStatus, SpaceAccount};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn sdks_use_client_bound_guest_and_embed_tokens() {
    let Some(stage) = Stage::open("access").await else { return };
    let mut browser = stage.empty_browser("alice", BROWSER).await;
    client_bound(&stage, &mut browser).await;
    let known = stage.space.token("bob", "Bob").await;
    let echo = stage.space.address_id(&known, "/public/echo").await;
    let allowed = json!({ "allowed_addresses": [echo] });

    let guest = stage.space.ask("guests/tokens", allowed.clone()).await;
    let guest = guest["token"].as_str().expect("a token");
    browser.connect(Sdk::V4, guest, json!({})).await;
    guest_calls(&mut browser, Sdk::V4).await;

    let embed = stage.space.ask("embeds", allowed).await;
    let host = format!("fabric.localhost:{}", stage.tls.port());
    let options = json!({ "embed": { "host": host, "token": embed["token"] } });
    browser.connect(Sdk::V4, "", options).await;
    guest_calls(&mut browser, Sdk::V4).await;

    browser.connect(Sdk::V3, guest, json!({})).await;
    guest_calls(&mut browser, Sdk::V3).await;
    browser.stop().await;
}

/// The phone's own key: its token is worth nothing without it, at a lost socket again.
#[tokio::test]
async fn a_phone_whose_token_is_bound_to_its_key_talks_with_sdk_v4() {
    let Some(stage) = Stage::open("bound-phone").await else { return };
    let keys = DeviceKeys::new(Arc::new(MemoryKeys::default()));
    let print = keys.own().await.expect("a key").fingerprint().to_owned();
    let request = json!({
        "reference": "bob", "display_name": "bob", "fingerprint": print, "scope": "sat:refresh",
    });
    let token = Secret::new(stage.space.token_with(request).await);
    let account = SpaceAccount::new(&stage.space.ws, &stage.space.rest, token);
    let with_key = |config: &mut PhoneConfig| config.keys = keys;
    let mut phone =
        HeadlessPhone::join(account, stage.folder(), "bob", PHONE_SENDER, PHONE_TONE, with_key).await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let here = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let there = phone.rings().await.id;
    phone.handle.answer(there.clone(), true).await.expect("it answers");
    browser.status(&here, "connected").await;
    browser_has_the_phone(&mut browser, true).await;
    stage.door.cut();
    phone_has_the_browser(&mut phone, &there, true).await;
    phone.until("online again", |snapshot| snapshot.registration == RegistrationStatus::Online).await;
    phone.handle.hang_up(there.clone()).await.expect("it hangs up");
    browser.status(&here, "over").await;
    phone.shut_down().await;
    browser.stop().await;
}

/// It binds its session, renews the token again and again, and comes back after a lost socket.
async fn client_bound(stage: &Stage, browser: &mut Browser) {
    let mint = json!({
        "url": format!("{}/api/fabric/subscribers/tokens", stage.space.rest),
        "credentials": stage.space.credentials(),
        "request": { "reference": "alice", "display_name": "Alice", "scope": "sat:refresh" },
    });
    browser.connect(Sdk::V4, "", json!({ "mint": mint })).await;
    let frames = until_renewed(browser, 3).await;
    let before = connected(&frames);
    browser.drop_socket().await;
    let frames = until_renewed(browser, 1).await;
    let request = requests(&frames, "signalwire.connect").next().expect("it connects again");
    assert_eq!(request["params"]["protocol"], before.as_str(), "with the session that it had");
    assert!(request["params"]["dpop_token"].is_string(), "a bound session proves itself again");
    assert_eq!(connected(&frames), before);
    calls_echo(browser, Sdk::V4).await;
    browser.sdk("disconnect", json!({})).await.expect("it disconnects");
}

/// One call that is allowed, and one that is not.
async fn guest_calls(browser: &mut Browser, sdk: Sdk) {
    calls_echo(browser, sdk).await;
    browser.frames().await;
    let refused = browser.dial("/private/bob", sound_only(sdk)).await;
    // v3 says so by the call's end.
    assert!(sdk == Sdk::V3 || refused.is_err(), "a guest reaches what is allowed: {refused:?}");
    let told = |frame: &Value| {
        frame["message"]["result"]["result"]["error"]["data"]["cause"] == "OUTGOING_CALL_BARRED"
    };
    until(browser, "why it was refused", |frames| frames.iter().any(told)).await;
    browser.sdk("disconnect", json!({})).await.expect("it disconnects");
}

async fn calls_echo(browser: &mut Browser, sdk: Sdk) {
    let call = browser.dial("/public/echo", sound_only(sdk)).await.expect("it dials");
    browser.status(&call, "connected").await;
    browser.sdk("hangup", json!({ "call": call })).await.expect("it hangs up");
    browser.status(&call, "over").await;
}

/// Collects frames until the space has taken so many new tokens.
async fn until_renewed(browser: &mut Browser, times: usize) -> Vec<Value> {
    let taken = |frames: &[Value]| {
        requests(frames, "signalwire.reauthenticate")
            .filter(|request| request["params"]["dpop_token"].is_string())
            .filter(|request| frames.iter().any(|frame| answers(&frame["message"], request)))
            .count()
    };
    until(browser, "that tokens are renewed", |frames| taken(frames) >= times).await
}

/// Collects what goes over the WebSocket until there is enough.
async fn until(browser: &mut Browser, what: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let mut frames = Vec::new();
    let collected = async {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        while !enough(&frames) {
            look.tick().await;
            frames.extend(browser.frames().await);
        }
    };
    let done = tokio::time::timeout(PATIENCE, collected).await;
    assert!(done.is_ok(), "not seen in {PATIENCE:?}: {what}: {frames:#?}");
    frames
}

fn requests<'a>(frames: &'a [Value], method: &'a str) -> impl Iterator<Item = &'a Value> {
    frames.iter().map(|frame| &frame["message"]).filter(move |message| message["method"] == method)
}

fn answers(reply: &Value, request: &Value) -> bool {
    reply["id"] == request["id"] && reply["result"].is_object()
}

/// The protocol of the last connect.
fn connected(frames: &[Value]) -> String {
    let mut protocols = frames.iter().filter_map(|frame| frame["message"]["result"]["protocol"].as_str());
    protocols.next_back().expect("a connect reply").to_owned()
}
