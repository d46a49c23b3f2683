//! What a phone must live through with the official SDK at the other end.

use super::proof::{browser_has_the_phone, phone_has_the_browser};
use super::stage::{BROWSER, PHONE_SENDER, PHONE_TONE, Stage, sound_only, with_video};
use crate::support::browser::{Sdk, Seen};
use crate::support::headless::HeadlessPhone;
use ahoy_model::{CallId, CallStatus};
use ahoy_phone::{JsonCalls, PhoneConfig};
use serde_json::json;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// A runtime that ends without waiting, also inside another one.
struct World(Option<Runtime>);

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A phone in a runtime of its own, which can be taken from it at any moment.
async fn in_its_own_world(
    stage: &Stage,
    change: impl FnOnce(&mut PhoneConfig) + Send + 'static,
) -> (World, HeadlessPhone) {
    let world = Runtime::new().expect("a runtime");
    let (account, folder) = (HeadlessPhone::account(&stage.space, "bob").await, stage.folder().to_owned());
    let start =
        async move { HeadlessPhone::join(account, &folder, "bob", PHONE_SENDER, PHONE_TONE, change).await };
    let phone = world.spawn(start).await.expect("a phone");
    (World(Some(world)), phone)
}

fn keeping(file: PathBuf) -> impl FnOnce(&mut PhoneConfig) + Send + 'static {
    move |config| {
        let (keeper, kept) = JsonCalls::open(file);
        (config.keeper, config.kept) = (Box::new(keeper), kept);
    }
}

#[tokio::test]
async fn a_phone_that_is_killed_in_a_call_with_sdk_v4_takes_it_up_when_it_is_back() {
    let Some(stage) = Stage::open("v4-phone-killed").await else { return };
    let file = stage.folder().join("calls.json");
    let (world, mut phone) = in_its_own_world(&stage, keeping(file.clone())).await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let here = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let there = phone.rings().await.id;
    phone.handle.answer(there.clone(), true).await.expect("it answers");
    browser.status(&here, "connected").await;
    browser_has_the_phone(&mut browser, true).await;
    assert!(file.exists(), "the call is kept");
    let last = browser.see_plates(1).await.plates.last().map(|plate| plate.frame);
    // Nobody says good-bye.
    std::mem::forget(phone);
    drop(world);

    let (_world, mut phone) = in_its_own_world(&stage, keeping(file)).await;
    phone.status(&there, CallStatus::Connected).await;
    // The browser may be quicker to lose the phone than to show all that it sent. Then numbers begin anew.
    let anew = |seen: &Seen| seen.plates.last().map(|plate| plate.frame) < last;
    browser.see_until("pictures of the new run", anew).await;
    browser_has_the_phone(&mut browser, true).await;
    phone_has_the_browser(&mut phone, &there, true).await;
    browser.sdk("hangup", json!({ "call": here })).await.expect("it hangs up");
    phone.call_until(&there, "an end", |call| call.end.is_some()).await;
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn a_phone_that_only_uses_relays_talks_with_sdk_v4() {
    let Some(stage) = Stage::open("v4-phone-relay-only").await else { return };
    let (_world, mut phone) = in_its_own_world(&stage, |config| config.settings.relay_only = true).await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let there: CallId = phone.dial("/private/alice", true).await;
    let here = browser.incoming().await["call"].as_str().expect("an id").to_owned();
    browser.sdk("answer", json!({ "call": here, "options": with_video(Sdk::V4) })).await.expect("it answers");
    browser.status(&here, "connected").await;
    browser_has_the_phone(&mut browser, true).await;
    phone_has_the_browser(&mut phone, &there, true).await;
    let relayed = |call: &ahoy_phone::CallView| {
        call.stats.as_ref().and_then(|stats| stats.path.as_deref()) == Some("relay")
    };
    phone.call_until(&there, "a path", relayed).await;
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn sdk_v3_adds_a_picture_later_and_the_phone_shows_it() {
    let Some(stage) = Stage::open("v3-picture-later").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V3, BROWSER).await;
    let here = browser.dial("/private/bob", sound_only(Sdk::V3)).await.expect("it dials");
    let there = phone.rings().await.id;
    phone.handle.answer(there.clone(), true).await.expect("it answers");
    browser.status(&here, "connected").await;
    phone_has_the_browser(&mut phone, &there, false).await;
    browser.sdk("addPicture", json!({ "call": here })).await.expect("it adds a picture");
    phone_has_the_browser(&mut phone, &there, true).await;
    phone.shut_down().await;
    browser.stop().await;
}
