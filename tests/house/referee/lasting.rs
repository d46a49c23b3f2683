//! What a call must outlive: a lost socket on either side, and a page that is loaded again.

use super::proof::{browser_has_a_browser, browser_has_the_phone, phone_has_the_browser};
use super::stage::{BROWSER, OTHER_BROWSER, Stage, with_video};
use crate::support::browser::Sdk;
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

/// One SDK calls the other through our space.
async fn between(test: &str, caller_sdk: Sdk, callee_sdk: Sdk) {
    let Some(stage) = Stage::open(test).await else { return };
    let mut callee = stage.browser("bob", callee_sdk, OTHER_BROWSER).await;
    let mut caller = stage.browser("alice", caller_sdk, BROWSER).await;
    let here = caller.dial("/private/bob?channel=video", with_video(caller_sdk)).await.expect("it dials");
    let incoming = callee.incoming().await;
    let answer = json!({ "call": incoming["call"], "options": with_video(callee_sdk) });
    callee.sdk("answer", answer).await.expect("it answers");
    caller.status(&here, "connected").await;
    callee.status(incoming["call"].as_str().expect("an id"), "connected").await;
    browser_has_a_browser(&mut caller, OTHER_BROWSER, true).await;
    browser_has_a_browser(&mut callee, BROWSER, true).await;
    caller.sdk("hangup", json!({ "call": here })).await.expect("it hangs up");
    callee.status(incoming["call"].as_str().expect("an id"), "over").await;
    caller.stop().await;
    callee.stop().await;
}

#[tokio::test]
async fn sdk_v4_calls_another_through_our_space() {
    between("v4-v4", Sdk::V4, Sdk::V4).await;
}

#[tokio::test]
async fn sdk_v3_calls_sdk_v4_through_our_space() {
    between("v3-v4", Sdk::V3, Sdk::V4).await;
}
