//! Damaged messages: the transcripts with bytes and values changed at random (seeded). Nothing may panic, and whatever
//! can still be read must print to something that reads as the same.

mod support;

use ahoy_wire::*;
use fastrand::Rng;
use serde_json::{Value, json};
use support::{difference, transcripts};

/// Bytes flipped, cut out, doubled, or the end cut off.
fn damage_text(rng: &mut Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.usize(1..4) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.usize(..bytes.len());
        match rng.u8(..6) {
            0 => bytes[at] = rng.u8(..),
            1 => bytes[at] = *rng.choice(br#"{}[]":,0-e\n"#).expect("a sign"),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => {
                let end = (at + rng.usize(1..40)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let end = (at + rng.usize(1..40)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(fields) => fields.values().map(nodes).sum(),
        _ => 0,
    }
}

/// Replaces the `at`th value of the tree.
fn replace(value: &mut Value, at: &mut usize, new: &Value) -> bool {
    if *at == 0 {
        *value = new.clone();
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, at, new)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, at, new)),
        _ => false,
    }
}

fn odd_value(rng: &mut Rng) -> Value {
    match rng.u8(..14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1e300),
        5 => json!(""),
        6 => json!("verto.bye"),
        7 => json!([]),
        8 => json!({}),
        9 => json!([[[[null]]]]),
        10 => json!({"method": "verto.invite", "id": 1, "params": {}}),
        11 => json!("\u{0}\u{202e}ﷺ"),
        12 => json!("9".repeat(40)),
        _ => json!({"target": {"member_id": "all"}}),
    }
}

/// Returns whether it could be read.
fn check(text: &str) -> bool {
    let mut read = false;
    let second = |printed: &str| serde_json::from_str::<Value>(printed).expect("we print JSON");
    if let Ok(message) = parse_client(text) {
        let printed = message.to_json();
        let again = parse_client(&printed).unwrap_or_else(|error| panic!("{error}: {printed}")).to_json();
        assert_eq!(difference(&second(&printed), &second(&again), ""), None);
        read = true;
    }
    match parse_server(text) {
        Ok(message) => {
            let printed = message.to_json();
            let again = parse_server(&printed).unwrap_or_else(|error| panic!("{error}: {printed}")).to_json();
            assert_eq!(difference(&second(&printed), &second(&again), ""), None);
            if let ServerMessage::Reply(Reply { outcome, .. }) = message {
                let _ = read_reply::<Connect>(outcome.clone());
                let _ = read_reply::<LayoutListMethod>(outcome.clone());
                let _ = read_reply::<Verto>(outcome).map(VertoReply::into_result);
            }
            read = true;
        }
        Err(error) => {
            if let Some(reply) = error.reply() {
                assert!(parse_client(&reply.to_json()).is_ok());
            }
        }
    }
    let _ = rest::parse::<rest::SubscriberInfo>(text);
    let _ = rest::parse::<rest::AddressList>(text);
    let _ = sat::Header::of(&text.into());
    read
}

#[test]
fn damaged_messages_are_refused_or_read_but_never_panic() {
    let mut rng = Rng::with_seed(0x00A4_0150);
    let messages: Vec<Value> = transcripts().into_iter().map(|line| line.message).collect();
    let texts: Vec<String> = messages.iter().map(Value::to_string).collect();
    let (mut tried, mut readable) = (0, 0);
    for _ in 0..15_000 {
        let at = rng.usize(..messages.len());
        let text = if rng.bool() {
            damage_text(&mut rng, &texts[at])
        } else {
            let mut message = messages[at].clone();
            for _ in 0..rng.usize(1..4) {
                let (mut node, new) = (rng.usize(..nodes(&message)), odd_value(&mut rng));
                replace(&mut message, &mut node, &new);
            }
            message.to_string()
        };
        tried += 1;
        readable += usize::from(check(&text));
    }
    assert!(tried >= 5_000 && readable > tried / 20, "{readable} of {tried} were readable");
}
