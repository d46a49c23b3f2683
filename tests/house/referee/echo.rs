//! The shortest way: each SDK calls the space's echo and gets itself back.

use super::proof::browser_has_a_browser;
use super::stage::{BROWSER, Stage, sound_only, with_video};
use crate::support::browser::Sdk;
use serde_json::{Value, json};

async fn echo(test: &str, sdk: Sdk, options: Value, video: bool) {
    let Some(stage) = Stage::open(test).await else { return };
    let mut browser = stage.browser("alice", sdk, BROWSER).await;
    let call = browser.dial("/public/echo?channel=video", options).await.expect("it dials");
    browser.status(&call, "connected").await;
    browser_has_a_browser(&mut browser, BROWSER, video).await;
    browser.sdk("hangup", json!({ "call": call })).await.expect("it hangs up");
    browser.status(&call, "over").await;
    browser.stop().await;
}

#[tokio::test]
async fn sdk_v4_hears_and_sees_its_echo() {
    echo("echo-v4", Sdk::V4, with_video(Sdk::V4), true).await;
}

#[tokio::test]
async fn sdk_v4_hears_its_echo() {
    echo("echo-v4-sound", Sdk::V4, sound_only(Sdk::V4), false).await;
}

#[tokio::test]
async fn sdk_v3_hears_and_sees_its_echo() {
    echo("echo-v3", Sdk::V3, with_video(Sdk::V3), true).await;
}
