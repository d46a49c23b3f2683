//! The space's TURN server, as Chromium uses it.

use crate::support::browser::{self, Browser, Devices};
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
