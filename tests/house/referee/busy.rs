//! Nobody may be in two calls here: whoever calls one who talks is told so, and says so.

use super::stage::{BROWSER, Stage, sound_only};
use crate::support::browser::{Browser, Sdk};
use ahoy_model::{CallStatus, EndReason};
use serde_json::{Value, json};

/// The SDK calls a phone that talks; v4 does not pass the cause on to the page, so the socket tells.
async fn browser_finds_the_phone_busy(browser: &mut Browser, sdk: Sdk) {
    browser.frames().await;
    // v4 may lose the call before it has dialled to the end.
    let called = browser.dial("/private/bob", sound_only(sdk)).await;
    if let Ok(call) = &called {
        browser.status(call, "over").await;
    }
    let frames = browser.frames().await;
    let busy = |frame: &Value| {
        let params = &frame["message"]["params"]["params"];
        params["method"] == "verto.bye" && params["params"]["cause"] == "USER_BUSY"
    };
    assert!(frames.iter().any(busy), "{called:?}: {frames:#?}");
}

#[tokio::test]
async fn sdks_and_the_phone_are_busy_and_hear_it_of_others() {
    let Some(stage) = Stage::open_with("busy", &["--calls-per-device", "1"]).await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let echo = phone.dial("/public/echo", false).await;
    phone.status(&echo, CallStatus::Connected).await;
    browser_finds_the_phone_busy(&mut browser, Sdk::V4).await;
    assert_eq!(phone.handle.snapshot().calls.len(), 1, "it has not rung");

    phone.handle.hang_up(echo.clone()).await.expect("it hangs up");
    phone.call_until(&echo, "an end", |call| call.end.is_some()).await;
    let call = browser.dial("/public/echo", sound_only(Sdk::V4)).await.expect("it dials");
    browser.status(&call, "connected").await;
    let there = phone.dial("/private/alice", false).await;
    let call = phone.call_until(&there, "an end", |call| call.end.is_some()).await;
    assert_eq!(call.end, Some(EndReason::Busy));

    browser.sdk("disconnect", json!({})).await.expect("it disconnects");
    let echo = phone.dial("/public/echo", false).await;
    phone.status(&echo, CallStatus::Connected).await;
    let token = stage.space.token("carol", "carol").await;
    browser.connect(Sdk::V3, &token, json!({})).await;
    browser_finds_the_phone_busy(&mut browser, Sdk::V3).await;
    phone.shut_down().await;
    browser.stop().await;
}
