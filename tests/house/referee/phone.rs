//! Each SDK calls a phone and is called by it.

use super::proof::{browser_has_the_phone, phone_has_the_browser};
use super::stage::{BROWSER, Stage, sound_only, with_video};
use crate::support::browser::{Browser, Sdk};
use crate::support::headless::HeadlessPhone;
use ahoy_model::{CallId, CallStatus, EndReason};
use ahoy_phone::Event;
use serde_json::{Value, json};

pub struct Pair {
    pub browser: Browser,
    pub phone: HeadlessPhone,
    /// The call as the browser names it.
    pub here: String,
    /// The call as the phone names it.
    pub there: CallId,
    pub stage: Stage,
}

/// The browser dials, the phone answers.
pub async fn browser_calls(test: &str, sdk: Sdk, video: bool) -> Option<Pair> {
    browser_calls_with(test, sdk, video, json!({})).await
}

/// The same with options for the SDK's client.
pub async fn browser_calls_with(test: &str, sdk: Sdk, video: bool, options: Value) -> Option<Pair> {
    let stage = Stage::open(test).await?;
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser_with("alice", sdk, BROWSER, options).await;
    let (to, options) = match video {
        true => ("/private/bob?channel=video", with_video(sdk)),
        false => ("/private/bob", sound_only(sdk)),
    };
    let here = browser.dial(to, options).await.expect("it dials");
    let ringing = phone.rings().await;
    assert_eq!((ringing.name.as_str(), ringing.address.as_str()), ("alice", "/private/alice"));
    assert_eq!(ringing.with_video, video);
    phone.handle.answer(ringing.id.clone(), video).await.expect("it answers");
    browser.status(&here, "connected").await;
    phone.status(&ringing.id, CallStatus::Connected).await;
    Some(Pair { browser, phone, here, there: ringing.id, stage })
}

/// The phone dials, the browser answers.
async fn phone_calls(test: &str, sdk: Sdk, video: bool) -> Option<Pair> {
    let stage = Stage::open(test).await?;
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", sdk, BROWSER).await;
    let there = phone.dial("/private/alice", video).await;
    let incoming = browser.incoming().await;
    assert_eq!(incoming["from"], "/private/bob");
    assert_eq!(incoming["name"], "bob");
    let here = incoming["call"].as_str().expect("an id").to_owned();
    let options = if video { with_video(sdk) } else { sound_only(sdk) };
    browser.sdk("answer", json!({ "call": here, "options": options })).await.expect("it answers");
    browser.status(&here, "connected").await;
    phone.status(&there, CallStatus::Connected).await;
    Some(Pair { browser, phone, here, there, stage })
}

impl Pair {
    /// Both see and hear the other.
    pub async fn prove(&mut self, video: bool) {
        browser_has_the_phone(&mut self.browser, video).await;
        phone_has_the_browser(&mut self.phone, &self.there, video).await;
    }

    pub async fn browser_hangs_up(mut self) {
        self.browser.sdk("hangup", json!({ "call": self.here })).await.expect("it hangs up");
        self.browser.status(&self.here, "over").await;
        let call = self.phone.call_until(&self.there, "an end", |call| call.end.is_some()).await;
        assert_eq!(call.end, Some(EndReason::FarHungUp));
        self.close().await;
    }

    async fn phone_hangs_up(mut self) {
        self.phone.handle.hang_up(self.there.clone()).await.expect("it hangs up");
        self.browser.status(&self.here, "over").await;
        let call = self.phone.call_until(&self.there, "an end", |call| call.end.is_some()).await;
        assert_eq!(call.end, Some(EndReason::HungUp));
        self.close().await;
    }

    pub async fn close(self) {
        self.phone.shut_down().await;
        self.browser.stop().await;
    }
}

#[tokio::test]
async fn sdk_v4_calls_the_phone_and_hangs_up() {
    let Some(mut pair) = browser_calls("v4-calls", Sdk::V4, true).await else { return };
    pair.prove(true).await;
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn the_phone_calls_sdk_v4_and_hangs_up() {
    let Some(mut pair) = phone_calls("v4-called", Sdk::V4, true).await else { return };
    pair.prove(true).await;
    pair.phone_hangs_up().await;
}

#[tokio::test]
async fn sdk_v4_calls_with_sound_only_and_the_phone_hangs_up() {
    let Some(mut pair) = browser_calls("v4-calls-sound", Sdk::V4, false).await else { return };
    pair.prove(false).await;
    pair.phone_hangs_up().await;
}

#[tokio::test]
async fn the_phone_calls_sdk_v4_with_sound_only_and_sdk_hangs_up() {
    let Some(mut pair) = phone_calls("v4-called-sound", Sdk::V4, false).await else { return };
    pair.prove(false).await;
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn sdk_v3_calls_the_phone_and_hangs_up() {
    let Some(mut pair) = browser_calls("v3-calls", Sdk::V3, true).await else { return };
    pair.prove(true).await;
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn the_phone_calls_sdk_v3_and_hangs_up() {
    let Some(mut pair) = phone_calls("v3-called", Sdk::V3, true).await else { return };
    pair.prove(true).await;
    pair.phone_hangs_up().await;
}

async fn browser_rejects(test: &str, sdk: Sdk) {
    let Some(stage) = Stage::open(test).await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", sdk, BROWSER).await;
    let there = phone.dial("/private/alice", true).await;
    let incoming = browser.incoming().await;
    browser.sdk("reject", json!({ "call": incoming["call"] })).await.expect("it rejects");
    let call = phone.call_until(&there, "an end", |call| call.end.is_some()).await;
    // The SDK says USER_BUSY when it means no (WIRE.md 4.3).
    assert!(matches!(call.end, Some(EndReason::Busy | EndReason::Rejected)), "{call:?}");
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn sdk_v4_rejects() {
    browser_rejects("v4-rejects", Sdk::V4).await;
}

#[tokio::test]
async fn sdk_v3_rejects() {
    browser_rejects("v3-rejects", Sdk::V3).await;
}

#[tokio::test]
async fn the_phone_declines_a_call_of_sdk_v4() {
    let Some(stage) = Stage::open("v4-declined").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let here = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let ringing = phone.rings().await;
    phone.handle.decline(ringing.id.clone()).await.expect("it declines");
    browser.status(&here, "over").await;
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn sdk_v4_gives_up_before_the_phone_answers() {
    let Some(stage) = Stage::open("v4-cancels").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let here = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let ringing = phone.rings().await;
    browser.sdk("hangup", json!({ "call": here })).await.expect("it gives up");
    let call = phone.call_until(&ringing.id, "an end", |call| call.end.is_some()).await;
    assert_eq!(call.end, Some(EndReason::Cancelled));
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn the_phone_gives_up_before_sdk_v4_answers() {
    let Some(stage) = Stage::open("v4-cancelled").await else { return };
    let phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let there = phone.dial("/private/alice", true).await;
    let incoming = browser.incoming().await;
    phone.handle.hang_up(there.clone()).await.expect("it gives up");
    browser.status(incoming["call"].as_str().expect("an id"), "over").await;
    phone.shut_down().await;
    browser.stop().await;
}

#[tokio::test]
async fn sdk_v4_holds_and_resumes() {
    let Some(mut pair) = browser_calls("v4-holds", Sdk::V4, true).await else { return };
    pair.prove(true).await;
    pair.browser.sdk("hold", json!({ "call": pair.here })).await.expect("it holds");
    pair.phone.hear_nothing().await;
    pair.browser.hear_nothing().await;
    pair.browser.sdk("unhold", json!({ "call": pair.here })).await.expect("it resumes");
    pair.prove(true).await;
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn the_phone_holds_and_resumes_a_call_with_sdk_v4() {
    let Some(mut pair) = browser_calls("v4-held", Sdk::V4, true).await else { return };
    pair.phone.handle.hold(pair.there.clone()).await.expect("it holds");
    pair.browser.hear_nothing().await;
    pair.phone.handle.resume(pair.there.clone()).await.expect("it resumes");
    pair.prove(true).await;
    pair.phone_hangs_up().await;
}

async fn digits(test: &str, sdk: Sdk) {
    let Some(mut pair) = browser_calls(test, sdk, false).await else { return };
    pair.browser.sdk("digits", json!({ "call": pair.here, "digits": "12#" })).await.expect("digits are sent");
    for wanted in ["1", "2", "#"] {
        let digit = pair.phone.event("a digit", |event| match event {
            Event::DigitReceived { digit, .. } => Some(digit.clone()),
            _ => None,
        });
        assert_eq!(digit.await, wanted);
    }
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn digits_of_sdk_v4_reach_the_phone() {
    digits("v4-digits", Sdk::V4).await;
}

#[tokio::test]
async fn digits_of_sdk_v3_reach_the_phone() {
    digits("v3-digits", Sdk::V3).await;
}

async fn mute(test: &str, sdk: Sdk) {
    let Some(mut pair) = browser_calls(test, sdk, true).await else { return };
    pair.prove(true).await;
    for muted in [true, false] {
        pair.browser
            .sdk("mute", json!({ "call": pair.here, "what": "audio", "muted": muted }))
            .await
            .expect("it mutes");
        let what = format!("member.updated with audio_muted {muted}");
        pair.browser.until(&what, |calls| calls[0]["self"]["audioMuted"] == muted).await;
        match muted {
            true => pair.phone.hear_nothing().await,
            false => pair.phone.hear_tone(f64::from(BROWSER.tone)).await,
        }
    }
    for muted in [true, false] {
        pair.browser
            .sdk("mute", json!({ "call": pair.here, "what": "video", "muted": muted }))
            .await
            .expect("it mutes");
        let what = format!("member.updated with video_muted {muted}");
        pair.browser.until(&what, |calls| calls[0]["self"]["videoMuted"] == muted).await;
    }
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn sdk_v4_mutes_and_is_told() {
    mute("v4-mutes", Sdk::V4).await;
}

#[tokio::test]
async fn sdk_v3_mutes_and_is_told() {
    mute("v3-mutes", Sdk::V3).await;
}
