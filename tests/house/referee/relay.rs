//! The space's TURN server, as Chromium and the SDK use it.

use super::proof::browser_has_a_browser;
use super::stage::{BROWSER, Stage, with_video};
use crate::support::browser::{self, Browser, Devices, Sdk};
use ahoy_space::turn::{Turn, TurnConfig};
use serde_json::json;
use std::time::{Duration, SystemTime};

const DEVICES: Devices = Devices { sender: 1, tone: 600 };

#[tokio::test]
async fn chromium_meets_itself_through_our_relay() {
    if !browser::is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let turn = Turn::start(TurnConfig::new(([127, 0, 0, 1], 0).into(), "made up for this test".into()))
        .await
        .expect("a TURN server");
    let mut browser = Browser::start("relay", folder.path(), folder.path(), DEVICES).await;
    let access = turn.ice_servers("chromium", SystemTime::now(), Duration::from_secs(600));
    for url in &access.urls {
        let server = json!({
            "urls": [url], "username": access.username, "credential": access.credential.expose(),
        });
        let met = browser.order("relay", json!({ "iceServers": [server] })).await.expect("they meet");
        assert_eq!(met["message"], "there and back");
        assert_eq!(met["candidate"], "relay");
        assert!(url.ends_with(met["protocol"].as_str().expect("a protocol")), "{met} by {url}");
    }
    browser.stop().await;
    turn.shut_down().await;
}

#[tokio::test]
async fn sdk_v4_calls_through_the_relay_only() {
    let Some(stage) = Stage::open("v4-relay-only").await else { return };
    let options = json!({ "preferences": { "relayOnly": true } });
    let mut browser = stage.browser_with("alice", Sdk::V4, BROWSER, options).await;
    let call = browser.dial("/public/echo?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    browser.status(&call, "connected").await;
    browser_has_a_browser(&mut browser, BROWSER, true).await;
    let ways = browser.sdk("ways", json!({ "call": call })).await.expect("it tells its ways");
    assert_eq!(ways, json!(["relay", "relay"]), "one transport for sound, one for the picture");
    browser.sdk("hangup", json!({ "call": call })).await.expect("it hangs up");
    browser.status(&call, "over").await;
    browser.stop().await;
}
