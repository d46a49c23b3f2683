//! Every WebSocket message that the real SDK and its mock space exchanged is read, printed again and compared.

mod support;

use ahoy_wire::*;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use support::{difference, rest_bodies, transcripts};

/// The result of a reply, through the type that belongs to its method and back.
fn through_type(method: &str, result: Value) -> Result<Value, ReplyError> {
    fn typed<M: Method>(result: Value) -> Result<Value, ReplyError> {
        Ok(serde_json::to_value(read_reply::<M>(Ok(result))?).expect("printing"))
    }
    match method {
        "signalwire.connect" => typed::<Connect>(result),
        "signalwire.reauthenticate" => typed::<Reauthenticate>(result),
        "subscriber.online" => typed::<SubscriberOnline>(result),
        "subscriber.offline" => typed::<SubscriberOffline>(result),
        "webrtc.verto" => typed::<Verto>(result),
        "call.layout.list" => typed::<LayoutListMethod>(result),
        "signalwire.ping" => typed::<Ping>(result),
        other if other.starts_with("call.") => typed::<CallMethod>(result),
        _ => Ok(result),
    }
}

#[test]
fn the_messages_of_the_transcripts_survive_reading_and_printing() {
    let mut asked: HashMap<(String, bool, String), String> = HashMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let lines = transcripts();
    assert!(lines.len() > 700, "only {} messages", lines.len());
    for line in &lines {
        let place = format!("{}:{}", line.file, line.number);
        let text = line.message.to_string();
        let (printed, method, reply) = if line.from_client {
            let message = parse_client(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
            match &message {
                ClientMessage::Request { request: ClientRequest::Unknown { method, .. }, .. } => {
                    panic!("{place}: {method} is not known")
                }
                ClientMessage::Request {
                    request:
                        ClientRequest::Verto(VertoRequest {
                            message: ClientVerto::Unknown { method, .. }, ..
                        }),
                    ..
                } => panic!("{place}: {method} is not known"),
                ClientMessage::Request { request, .. } => {
                    (message.to_json(), Some(request.method().to_owned()), None)
                }
                ClientMessage::Reply(reply) => (message.to_json(), None, Some(reply.clone())),
            }
        } else {
            let message = parse_server(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
            match &message {
                ServerMessage::Request { request: ServerRequest::Unknown { method, .. }, .. } => {
                    panic!("{place}: {method} is not known")
                }
                ServerMessage::Request { request: ServerRequest::Event(event), .. } => {
                    if let EventBody::Unknown { event_type, .. } = &event.body {
                        assert_eq!(event_type, "my.custom.event", "{place}");
                    }
                    (message.to_json(), Some(event.body.event_type().to_owned()), None)
                }
                ServerMessage::Request { request, .. } => {
                    (message.to_json(), Some(request.method().to_owned()), None)
                }
                ServerMessage::Reply(reply) => (message.to_json(), None, Some(reply.clone())),
            }
        };
        let printed: Value = serde_json::from_str(&printed).expect("what we print is JSON");
        if let Some(difference) = difference(&line.message, &printed, "") {
            panic!("{place}: {difference}");
        }
        if let Some(method) = method {
            let id = line.message["id"].as_str().expect("an id").to_owned();
            *seen.entry(method.clone()).or_default() += 1;
            asked.insert((line.file.clone(), line.from_client, id), method);
        }
        if let Some(Reply { id, outcome: Ok(result) }) = reply {
            let key = (line.file.clone(), !line.from_client, id);
            let method = asked.get(&key).unwrap_or_else(|| panic!("{place}: a reply to nothing"));
            let back =
                through_type(method, result.clone()).unwrap_or_else(|e| panic!("{place}: {method}: {e}"));
            if let Some(difference) = difference(&result, &back, "") {
                panic!("{place}: {method}: {difference}");
            }
        }
    }
    for method in
        ["signalwire.connect", "webrtc.verto", "call.mute", "webrtc.message", "call.joined", "layout.changed"]
    {
        assert!(seen.contains_key(method), "{method} never came");
    }
}

#[test]
fn the_rest_bodies_of_the_transcripts_survive_too() {
    let mut seen = [0, 0];
    for body in rest_bodies() {
        let text = body.to_string();
        let printed = if body.get("links").is_some() {
            seen[0] += 1;
            rest::print(&rest::parse::<rest::AddressList>(&text).expect("a list"))
        } else {
            seen[1] += 1;
            rest::print(&rest::parse::<rest::SubscriberInfo>(&text).expect("a subscriber"))
        };
        let printed: Value = serde_json::from_str(&printed).expect("JSON");
        assert_eq!(difference(&body, &printed, ""), None);
    }
    assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
}
