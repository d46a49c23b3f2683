//! Every message that we send to the SDK in a lively call has the shape that it has in the captured transcripts: the same
//! keys, the same types. The space's own tests look at the kinds that are rare.

use super::stage::{BROWSER, Stage, with_video};
use crate::support::browser::Sdk;
use crate::support::shape::judge;
use serde_json::{Value, json};

/// Kinds that this call must have shown, so that the test cannot pass by seeing nothing.
const SEEN: [&str; 27] = [
    "event call.joined",
    "event call.state",
    "event call.updated",
    "event layout.changed",
    "event member.updated",
    "event signalwire.authorization.state",
    "event webrtc.message/verto.answer",
    "event webrtc.message/verto.mediaParams",
    "reply to call.audioflags.set",
    "reply to call.deaf",
    "reply to call.layout.list",
    "reply to call.layout.set",
    "reply to call.lock",
    "reply to call.lowerhand",
    "reply to call.microphone.sensitivity.set",
    "reply to call.microphone.volume.set",
    "reply to call.mute",
    "reply to call.raisehand",
    "reply to call.speaker.volume.set",
    "reply to call.unmute",
    "reply to signalwire.connect",
    "reply to subscriber.online",
    "reply to webrtc.verto/verto.bye",
    "reply to webrtc.verto/verto.info",
    "reply to webrtc.verto/verto.invite",
    "reply to webrtc.verto/verto.modify/hold",
    "reply to webrtc.verto/verto.modify/unhold",
];

#[tokio::test]
async fn our_messages_have_the_captured_shapes() {
    let Some(stage) = Stage::open("shapes").await else { return };
    let mut phone = stage.phone("bob").await;
    let mut browser = stage.browser("alice", Sdk::V4, BROWSER).await;
    let call = browser.dial("/private/bob?channel=video", with_video(Sdk::V4)).await.expect("it dials");
    let ringing = phone.rings().await.id;
    phone.handle.answer(ringing.clone(), true).await.expect("it answers");
    browser.status(&call, "connected").await;
    browser.until("its own member", |calls| calls[0]["self"].is_object()).await;

    let orders: [(&str, &str, Value); 14] = [
        ("self", "mute", json!([])),
        ("self", "unmute", json!([])),
        ("self", "toggleDeaf", json!([])),
        ("self", "toggleDeaf", json!([])),
        ("self", "toggleHandraise", json!([])),
        ("self", "toggleHandraise", json!([])),
        ("self", "setAudioInputVolume", json!([5])),
        ("self", "setAudioOutputVolume", json!([5])),
        ("self", "setAudioInputSensitivity", json!([20])),
        ("self", "toggleNoiseSuppression", json!([])),
        ("call", "toggleLock", json!([])),
        ("call", "setLayout", json!(["full-screen", {}])),
        ("call", "toggleHold", json!([])),
        ("call", "toggleHold", json!([])),
    ];
    for (on, method, args) in orders {
        let order = json!({ "call": call, "on": on, "method": method, "args": args });
        browser.sdk("ask", order).await.unwrap_or_else(|error| panic!("{method}: {error}"));
        if method == "toggleHandraise" {
            // The SDK toggles what it was last told.
            let raised = browser.calls()[0]["self"]["raised"].clone();
            browser.until("a hand", |calls| calls[0]["self"]["raised"] != raised || raised == true).await;
        }
    }
    browser.sdk("digits", json!({ "call": call, "digits": "12#" })).await.expect("digits are sent");
    browser.sdk("hangup", json!({ "call": call })).await.expect("it hangs up");
    browser.status(&call, "over").await;

    let (wrong, seen) = judge(&browser.frames().await);
    assert!(wrong.is_empty(), "other than captured:\n{}", wrong.join("\n"));
    let missing: Vec<_> = SEEN.iter().filter(|kind| !seen.contains(**kind)).collect();
    assert!(missing.is_empty(), "never sent: {missing:?}; sent: {seen:#?}");
    phone.shut_down().await;
    browser.stop().await;
}
