//! VP8 and G.711 with Chromium: forwarded where both sides have them, transcoded where they do not.

use super::proof::{browser_has_a_browser, browser_has_the_phone, phone_has_the_browser};
use super::stage::{BROWSER, Stage, with_video};
use crate::support::browser::{Browser, Sdk};
use crate::support::headless::HeadlessPhone;
use ahoy_model::{AudioCodec, CallId, CallStatus, VideoCodec};
use ahoy_phone::{AudioPreference, Settings, VideoPreference};
use serde_json::{Value, json};

/// As an application asks that leaves the choice of codecs to the browser.
fn any_codec() -> Value {
    let mut options = with_video(Sdk::V4);
    options["preferredVideoCodecs"] = json!([]);
    options
}

/// A browser that has VP8 and PCMU only.
async fn old_browser(stage: &Stage) -> Browser {
    let only = json!({ "video": ["VP8"], "audio": ["PCMU"] });
    stage.browser_that_speaks("alice", Sdk::V4, BROWSER, only).await
}

async fn prove(
    browser: &mut Browser,
    phone: &mut HeadlessPhone,
    call: &CallId,
    codecs: (AudioCodec, VideoCodec),
) {
    browser_has_the_phone(browser, true).await;
    phone_has_the_browser(phone, call, true).await;
    let agreed = |call: &ahoy_phone::CallView| {
        call.stats.as_ref().and_then(|stats| stats.audio_codec.zip(stats.video_codec))
    };
    phone.call_until(call, "these codecs", |call| agreed(call) == Some(codecs)).await;
}

#[tokio::test]
async fn the_echo_speaks_vp8_and_pcmu() {
    let Some(stage) = Stage::open("codecs-echo").await else { return };
    let mut browser = old_browser(&stage).await;
    let call = browser.dial("/public/echo?channel=video", any_codec()).await.expect("it dials");
    browser.status(&call, "connected").await;
    browser_has_a_browser(&mut browser, BROWSER, true).await;
    browser.stop().await;
}

#[tokio::test]
async fn vp8_and_pcmu_are_forwarded() {
    let Some(stage) = Stage::open("codecs-phone").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = old_browser(&stage).await;

    // The phone has everything: one codec each for both.
    let call = browser.dial("/private/bob?channel=video", any_codec()).await.expect("it dials");
    let ringing = phone.rings().await;
    phone.handle.answer(ringing.id.clone(), true).await.expect("it answers");
    browser.status(&call, "connected").await;
    phone.status(&ringing.id, CallStatus::Connected).await;
    prove(&mut browser, &mut phone, &ringing.id, (AudioCodec::Pcmu, VideoCodec::Vp8)).await;
    assert!(!stage.space_log().contains("transcoding"), "forwarded");
    phone.handle.hang_up(ringing.id.clone()).await.expect("it hangs up");
    browser.status(&call, "over").await;
    phone.shut_down().await;
    browser.stop().await;
}

/// The phone has what the browser lacks, and calls.
#[tokio::test]
async fn h264_and_opus_are_transcoded() {
    let Some(stage) = Stage::open("codecs-transcoded").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = old_browser(&stage).await;
    let settings = Settings {
        video_codecs: VideoPreference::H264Only,
        audio_codecs: AudioPreference::OpusOnly,
        ..phone.handle.snapshot().settings.clone()
    };
    phone.handle.update_settings(settings).await.expect("new settings");
    let there = phone.dial("/private/alice", true).await;
    let incoming = browser.incoming().await;
    let answer = json!({ "call": incoming["call"], "options": any_codec() });
    browser.sdk("answer", answer).await.expect("it answers");
    phone.status(&there, CallStatus::Connected).await;
    prove(&mut browser, &mut phone, &there, (AudioCodec::Opus, VideoCodec::H264)).await;
    let log = stage.space_log();
    assert!(log.contains("no picture codec") && log.contains("no sound codec"), "transcoded");
    phone.shut_down().await;
    browser.stop().await;
}
