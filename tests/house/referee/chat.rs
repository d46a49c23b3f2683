//! The SDK's chat: what it says is told to others, what others say it hears, and calls stand in its history.

use super::stage::{BROWSER, Stage, sound_only};
use crate::support::browser::Sdk;
use serde_json::{Value, json};

#[tokio::test]
async fn sdk_v4_chats_and_keeps_a_history() {
    let Some(stage) = Stage::open("chat").await else { return };
    let bob = stage.space.token("bob", "Bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    browser.sdk("openChat", json!({ "with": "/private/bob" })).await.expect("a conversation");
    browser.sdk("say", json!({ "text": "Ahoy, Bob!" })).await.expect("it is said");
    browser.event("texts", |event| event["texts"] == json!(["Ahoy, Bob!"])).await;

    let own = stage.space.address_id(&bob, "/private/bob").await;
    let (status, list) = stage.space.as_client(&bob, "conversations", None).await;
    assert!(status.is_success(), "{list}");
    let group = &list["data"][0]["group_id"];
    let said = json!({ "group_id": group, "from_fabric_address_id": own, "text": "Ahoy, Alice!" });
    let (status, reply) = stage.space.as_client(&bob, "messages", Some(said)).await;
    assert!(status.is_success(), "{reply}");
    let both = json!(["Ahoy, Bob!", "Ahoy, Alice!"]);
    browser.event("texts", |event| event["texts"] == both).await;

    // Bob is not online: the call is over at once, and stands in the history.
    let _ = browser.dial("/private/bob", sound_only(Sdk::V4)).await;
    let missed = |event: &Value| event["calls"] == json!([{ "kind": "outbound_call", "status": "missed" }]);
    browser.event("history", missed).await;
    browser.stop().await;
}
