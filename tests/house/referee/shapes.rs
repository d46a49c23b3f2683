//! Every message that we send in a lively call has the shape that it has in the captured transcripts: the same keys, the
//! same types. `tests/referee/shapes.json` holds what was captured: for each kind of message every path in it with its
//! JSON types, and a `!` before those that were there whenever the object around them was.

use super::stage::{BROWSER, Stage, with_video};
use crate::support::browser::Sdk;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

type Shape = BTreeMap<String, String>;

/// Kinds that this call must have shown, so that the test cannot pass by seeing nothing.
const SEEN: [&str; 26] = [
    "event call.joined",
    "event call.state",
    "event call.updated",
    "event layout.changed",
    "event member.updated",
    "event signalwire.authorization.state",
    "event webrtc.message/verto.answer",
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

    let captured: HashMap<String, Shape> =
        serde_json::from_str(include_str!("../../referee/shapes.json")).expect("the captured shapes");
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (kind, message) in ours(&browser.frames().await) {
        if let Some(shape) = captured.get(&kind) {
            wrong.extend(compare(shape, &message).into_iter().map(|what| format!("{kind}: {what}")));
        }
        seen.insert(kind);
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "other than captured:\n{}", wrong.join("\n"));
    let missing: Vec<_> = SEEN.iter().filter(|kind| !seen.contains(**kind)).collect();
    assert!(missing.is_empty(), "never sent: {missing:?}; sent: {seen:#?}");
    phone.shut_down().await;
    browser.stop().await;
}

/// What the space sent, with the name of its kind.
fn ours(frames: &[Value]) -> Vec<(String, Value)> {
    let mut asked: HashMap<String, String> = HashMap::new();
    let mut out = Vec::new();
    for frame in frames {
        let message = &frame["message"];
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        if frame["dir"] == "out" {
            if let Some(method) = message["method"].as_str() {
                asked.insert(id, request_kind(method, message));
            }
        } else if let Some(method) = message["method"].as_str() {
            out.push((event_kind(method, message), message.clone()));
        } else if let Some(method) = asked.get(&id) {
            let kind = if message.get("error").is_some() { "error" } else { "reply" };
            let nested = if message["result"]["result"].get("error").is_some() { "nested " } else { "" };
            out.push((format!("{nested}{kind} to {method}"), message.clone()));
        }
    }
    out
}

fn request_kind(method: &str, message: &Value) -> String {
    if method != "webrtc.verto" {
        return method.to_owned();
    }
    let inner = &message["params"]["message"];
    let name = inner["method"].as_str().unwrap_or("result");
    match inner["params"]["action"].as_str() {
        Some(action) => format!("{method}/{name}/{action}"),
        None => format!("{method}/{name}"),
    }
}

fn event_kind(method: &str, message: &Value) -> String {
    let kind = message["params"]["event_type"].as_str().unwrap_or_default();
    match (method, kind) {
        ("signalwire.event", "webrtc.message") => {
            format!("event {kind}/{}", message["params"]["params"]["method"].as_str().unwrap_or_default())
        }
        ("signalwire.event", _) => format!("event {kind}"),
        _ => format!("request {method}"),
    }
}

/// What is other than captured: keys that are missing, and types that never were.
fn compare(shape: &Shape, message: &Value) -> Vec<String> {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    walk(message, String::new(), &mut found);
    let mut wrong = Vec::new();
    for (path, wanted) in shape {
        let types = wanted.trim_start_matches('!');
        let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
        match found.get(if path == "." { "" } else { path }) {
            Some(have) => wrong.extend(
                have.iter()
                    .filter(|have| !types.split('|').any(|known| known == **have))
                    .map(|have| format!("{path} is {have}, not {types}")),
            ),
            None if wanted.starts_with('!') && found.contains_key(parent) => {
                wrong.push(format!("{path} is missing"))
            }
            None => {}
        }
    }
    wrong
}

fn walk<'a>(value: &'a Value, path: String, out: &mut BTreeMap<String, BTreeSet<&'a str>>) {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            items.iter().for_each(|item| walk(item, format!("{path}[]"), out));
            "array"
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, field)| walk(field, format!("{path}.{key}"), out));
            "object"
        }
    };
    out.entry(path).or_default().insert(name);
}
