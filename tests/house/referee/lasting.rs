//! What a call must outlive: a lost socket on either side, and a page that is loaded again.

use super::proof::{browser_has_a_browser, browser_has_the_phone, phone_has_the_browser};
use super::stage::{BROWSER, OTHER_BROWSER, Stage, with_video};
use crate::support::browser::{Browser, Devices, Sdk};
use ahoy_model::CallStatus;
use serde_json::json;

#[tokio::test]
async fn a_call_of_sdk_v4_outlives_lost_sockets_of_both_sides() {
    let Some(stage) = Stage::open("v4-lost-sockets").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let here = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let there = phone.rings().await.id;
    phone.handle.answer(there.clone(), true).await.expect("it answers");
    browser.status(&here, "connected").await;
    browser_has_the_phone(&mut browser, true).await;

    browser.event("socket", |event| event["open"] == true).await;
    browser.drop_socket().await;
    browser.event("socket", |event| event["open"] == false).await;
    browser.event("socket", |event| event["open"] == true).await;
    stage.door.cut();
    browser_has_the_phone(&mut browser, true).await;
    phone_has_the_browser(&mut phone, &there, true).await;
    // Signalling works again both ways: the browser's mute is confirmed, the phone's end is told.
    let mute = json!({ "call": here, "what": "audio", "muted": true });
    browser.sdk("mute", mute).await.expect("it mutes");
    browser.until("member.updated", |calls| calls[0]["self"]["audioMuted"] == true).await;
    phone.status(&there, CallStatus::Connected).await;
    phone.handle.hang_up(there.clone()).await.expect("it hangs up");
    browser.status(&here, "over").await;
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn a_page_that_is_loaded_again_takes_its_call_up() {
    let Some(stage) = Stage::open("v4-reload").await else { return };
    let mut phone = stage.phone("bob").await;
    let again = json!({ "reconnectAttachedCalls": true });
    let mut browser = stage.browser_with("alice", Sdk::V4, BROWSER, again.clone()).await;
    let here = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let there = phone.rings().await.id;
    phone.handle.answer(there.clone(), true).await.expect("it answers");
    browser.status(&here, "connected").await;
    browser_has_the_phone(&mut browser, true).await;

    browser.reload().await;
    let token = stage.space.token("alice", "alice").await;
    browser.connect(Sdk::V4, &token, again).await;
    browser.status(&here, "connected").await;
    browser_has_the_phone(&mut browser, true).await;
    phone_has_the_browser(&mut phone, &there, true).await;
    browser.sdk("hangup", json!({ "call": here })).await.expect("it hangs up");
    phone.call_until(&there, "an end", |call| call.end.is_some()).await;
    phone.shut_down().await;
    browser.stop().await;
}

/// One SDK calls the other through our space, and hangs up.
async fn call(caller: (&mut Browser, Sdk, Devices), callee: (&mut Browser, Sdk, Devices), to: &str) {
    let here = caller.0.dial(to, with_video(caller.1)).await.expect("it dials");
    let incoming = callee.0.incoming().await;
    let answer = json!({ "call": incoming["call"], "options": with_video(callee.1) });
    callee.0.sdk("answer", answer).await.expect("it answers");
    let there = incoming["call"].as_str().expect("an id");
    caller.0.status(&here, "connected").await;
    callee.0.status(there, "connected").await;
    browser_has_a_browser(caller.0, callee.2, true).await;
    browser_has_a_browser(callee.0, caller.2, true).await;
    caller.0.sdk("hangup", json!({ "call": here })).await.expect("it hangs up");
    caller.0.status(&here, "over").await;
    callee.0.status(there, "over").await;
}

#[tokio::test]
async fn sdk_v4_calls_another_through_our_space() {
    let Some(stage) = Stage::open("v4-v4").await else { return };
    let mut bob = stage.browser("bob", Sdk::V4, OTHER_BROWSER).await;
    let mut alice = stage.browser("alice", Sdk::V4, BROWSER).await;
    let (one, other) = ((&mut alice, Sdk::V4, BROWSER), (&mut bob, Sdk::V4, OTHER_BROWSER));
    call(one, other, "/private/bob?channel=video").await;
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test]
async fn sdk_v3_and_sdk_v4_call_each_other_through_our_space() {
    let Some(stage) = Stage::open("v3-v4").await else { return };
    let mut bob = stage.browser("bob", Sdk::V4, OTHER_BROWSER).await;
    let mut alice = stage.browser("alice", Sdk::V3, BROWSER).await;
    let (old, new) = ((&mut alice, Sdk::V3, BROWSER), (&mut bob, Sdk::V4, OTHER_BROWSER));
    call(old, new, "/private/bob?channel=video").await;
    let (old, new) = ((&mut alice, Sdk::V3, BROWSER), (&mut bob, Sdk::V4, OTHER_BROWSER));
    call(new, old, "/private/alice?channel=video").await;
    alice.stop().await;
    bob.stop().await;
}
