//! A test call: the project's server has people rung, and plays them a film.

use super::proof::assert_in_order;
use super::stage::{BROWSER, Stage, with_video};
use crate::support::browser::Sdk;
use crate::support::clip;
use crate::support::http_ear::HttpEar;
use ahoy_model::EndReason;
use serde_json::json;

const SENDER: u16 = 9;
const TONE: u32 = 700;
const SECONDS: u32 = 8;
/// Pictures to look at: a second of them.
const LOOK: usize = 30;

#[tokio::test]
async fn a_film_is_played_to_sdk_v4_and_to_a_phone() {
    let Some(stage) = Stage::open_with("film", &["--allow-private-fetch"]).await else { return };
    clip::numbered_film(&stage.media().join("film.mp4"), SENDER, TONE, SECONDS).await;
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let mut ear = HttpEar::open().await;
    let swml =
        json!({ "version": "1.0.0", "sections": { "main": [{ "play": { "url": "file:film.mp4" } }] } });
    let dial = |to: &str, status_url: Option<&str>| {
        json!({
            "from": "Test desk", "caller_id": "Test film", "to": to, "swml": swml,
            "status_url": status_url, "status_events": ["created", "ringing", "answered", "ended"],
        })
    };

    let called = stage.space.calling("dial", None, dial("/private/alice", Some(&ear.url))).await;
    let incoming = browser.incoming().await;
    assert_eq!(incoming["name"], "Test film");
    let here = incoming["call"].as_str().expect("an id").to_owned();
    browser.sdk("answer", json!({ "call": here, "options": with_video(Sdk::V4) })).await.expect("it answers");
    browser.status(&here, "connected").await;
    let seen = browser.see_plates(LOOK).await;
    assert_in_order(&seen, SENDER);
    browser.hear_tone(f64::from(TONE)).await;
    // It hangs up by itself.
    browser.status(&here, "over").await;
    for state in ["created", "ringing", "answered", "ended"] {
        let told = ear.next().await;
        assert_eq!(told["params"]["call_state"], state, "{told}");
        assert_eq!(told["params"]["call_id"], called["id"]);
    }

    stage.space.calling("dial", None, dial("/private/bob", None)).await;
    let there = phone.rings().await;
    assert_eq!(there.name, "Test film");
    phone.handle.answer(there.id.clone(), true).await.expect("it answers");
    let plates = phone.see_plates(&there.id, LOOK).await;
    assert!(
        plates.iter().all(|plate| plate.sender == SENDER) && plates.is_sorted_by_key(|plate| plate.frame)
    );
    phone.hear_tone(f64::from(TONE)).await;
    let call = phone.call_until(&there.id, "an end", |call| call.end.is_some()).await;
    assert_eq!(call.end, Some(EndReason::FarHungUp));
    phone.shut_down().await;
    browser.stop().await;
}
