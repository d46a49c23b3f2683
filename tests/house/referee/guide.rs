//! As the SDK's own guides and demos do it: `audio: true, video: true` when dialling, and nothing at all when answering.

use super::proof::{browser_has_the_phone, phone_sees};
use super::stage::{BROWSER, PHONE_TONE, Stage};
use crate::support::browser::Sdk;
use ahoy_model::CallStatus;
use serde_json::json;

#[tokio::test]
async fn what_guides_say_is_enough_to_dial_and_to_answer_with_sdk_v4() {
    let Some(stage) = Stage::open("v4-guide").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let plain = json!({ "audio": true, "video": true });
    let here = browser.dial("/private/bob", plain).await.expect("it dials");
    let there = phone.rings().await;
    assert!(there.with_video);
    phone.handle.answer(there.id.clone(), true).await.expect("it answers");
    browser.status(&here, "connected").await;
    phone.status(&there.id, CallStatus::Connected).await;
    // Such a call only sends its picture (WIRE.md 7.1).
    phone_sees(&mut phone, &there.id, BROWSER.sender).await;
    browser.hear_tone(f64::from(PHONE_TONE)).await;
    browser.sdk("hangup", json!({ "call": here })).await.expect("it hangs up");
    browser.status(&here, "over").await;
    phone.call_until(&there.id, "an end", |call| call.end.is_some()).await;

    let there = phone.dial("/private/alice", true).await;
    let incoming = browser.incoming().await;
    browser.sdk("answer", json!({ "call": incoming["call"] })).await.expect("it answers");
    let here = incoming["call"].as_str().expect("an id");
    browser.status(here, "connected").await;
    phone.status(&there, CallStatus::Connected).await;
    browser_has_the_phone(&mut browser, true).await;
    phone_sees(&mut phone, &there, BROWSER.sender).await;
    phone.handle.hang_up(there.clone()).await.expect("it hangs up");
    browser.status(here, "over").await;
    phone.shut_down().await;
    browser.stop().await;
}
