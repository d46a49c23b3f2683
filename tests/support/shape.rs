//! The shapes of captured messages: for each kind of message every path in it with its JSON types, and a `!` before those
//! that were there whenever the object around them was (`tests/referee/shapes.json`).

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub type Shape = BTreeMap<String, String>;

/// What was in every captured message of its kind, but need not be: the space says sound and picture apart (WIRE.md 16), and
/// a `null` says as much as nothing.
const MAY_BE_ABSENT: [&str; 3] =
    [".params.params.params.mediaParams.audio", ".params.params.params.mediaParams.video", ".error.data"];

pub fn captured() -> HashMap<String, Shape> {
    let text = include_str!("../referee/shapes.json");
    serde_json::from_str(text).expect("the captured shapes")
}

/// Compares all that the space sent with what was captured: what is other, and which kinds there were.
pub fn judge(frames: &[Value]) -> (Vec<String>, BTreeSet<String>) {
    let captured = captured();
    let (mut seen, mut wrong) = (BTreeSet::new(), BTreeSet::new());
    for (kind, message) in ours(frames) {
        if let Some(shape) = captured.get(&kind) {
            wrong.extend(compare(shape, &message).into_iter().map(|what| format!("{kind}: {what}")));
        }
        seen.insert(kind);
    }
    (wrong.into_iter().collect(), seen)
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
            None if wanted.starts_with('!')
                && found.contains_key(parent)
                && !MAY_BE_ABSENT.contains(&path.as_str()) =>
            {
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
