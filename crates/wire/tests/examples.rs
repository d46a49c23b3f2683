//! The example of each message in the protocol's description, among them v3's words and shapes that no transcript has.

mod support;

use ahoy_wire::*;
use serde_json::{Value, json};
use support::difference;

fn examples() -> Vec<(String, bool, Value)> {
    include_str!("examples.jsonl")
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).expect("a JSON line");
            let name = line["name"].as_str().expect("a name").to_owned();
            (name, line["client"] == true, line["msg"].take())
        })
        .collect()
}

fn example(name: &str) -> Value {
    examples().into_iter().find(|example| example.0 == name).expect("an example of that name").2
}

#[test]
fn every_example_survives_reading_and_printing() {
    let examples = examples();
    assert!(examples.len() > 80);
    for (name, client, message) in examples {
        let text = message.to_string();
        let printed = if client {
            parse_client(&text).unwrap_or_else(|error| panic!("{name}: {error}")).to_json()
        } else {
            parse_server(&text).unwrap_or_else(|error| panic!("{name}: {error}")).to_json()
        };
        let printed: Value = serde_json::from_str(&printed).expect("JSON");
        assert_eq!(difference(&message, &printed, &name), None);
    }
}

#[test]
fn v3_wraps_results_which_must_be_answered() {
    let wrapper = parse_client(&example("v3 webrtc.verto / result wrapper").to_string()).expect("a message");
    let ClientMessage::Request { request: ClientRequest::Verto(request), .. } = wrapper else {
        panic!("not verto")
    };
    assert_eq!(request.message, ClientVerto::Result(json!({"method": "verto.answer"})));
    assert_eq!(request.leg(), None);
}

#[test]
fn a_screen_share_bye_names_its_leg_and_not_the_main_call() {
    let bye =
        parse_client(&example("webrtc.verto / verto.bye (screen share)").to_string()).expect("a message");
    let ClientMessage::Request { request: ClientRequest::Verto(request), .. } = bye else {
        panic!("not verto")
    };
    assert_ne!(request.leg(), request.call_id);
}

fn reply_of(name: &str) -> Result<VertoResult, VertoFailure> {
    match parse_server(&example(name).to_string()) {
        Ok(ServerMessage::Reply(reply)) => read_reply::<Verto>(reply.outcome)?.into_result(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_invite_tells_its_cause() {
    let refusal = reply_of("reply to webrtc.verto / verto.invite (error)").expect_err("a refusal");
    assert_eq!(refusal.cause, Some(ahoy_model::HangupCause::NoRouteDestination));
    assert_eq!(reply_of("reply to verto.bye, call unknown").expect_err("a refusal").cause, None);
    let created = reply_of("reply to webrtc.verto / verto.invite").expect("a call");
    assert!(created.member_id.is_some() && created.message.as_deref() == Some("CALL CREATED"));
}

#[test]
fn causes_are_text_from_phones_and_numbers_from_spaces() {
    let cause = ahoy_model::HangupCause::UserBusy;
    let dialog = DialogParams::bare("c1".into());
    let bye = VertoRequest {
        call_id: Some("c1".into()),
        node_id: Some("".into()),
        subscribe: None,
        message_id: "m".into(),
        message: ClientVerto::Bye(ClientBye::new(dialog, Some(cause))),
    };
    let client = ClientMessage::request("r", ClientRequest::Verto(bye)).to_json();
    assert!(client.contains(r#""causeCode":"17""#), "{client}");
    let bye = ServerVerto::Bye(ServerBye::new("c1".into(), cause));
    let event = Event::verto("signalwire_x", 1_000, &"n".into(), 101, bye);
    let server = ServerMessage::event("r", event).to_json();
    assert!(server.contains(r#""causeCode":17"#), "{server}");
}

#[test]
fn targets_are_read_in_every_form() {
    let own = json!({"member_id": "m", "call_id": "c", "node_id": "n"});
    for (params, members) in [
        (json!({"self": own, "target": own}), vec!["m"]),
        (json!({"self": own, "targets": [own, {"member_id": "x"}]}), vec!["m", "x"]),
        (json!({"self": own, "targets": [{"target": own, "position": "reserved-1"}]}), vec!["m"]),
        (json!({"self": own, "target": {"member_id": "all"}}), vec!["all"]),
        (json!({"self": own}), vec![]),
    ] {
        let message =
            json!({"jsonrpc": "2.0", "id": "1", "method": "call.member.position.set", "params": params});
        let Ok(ClientMessage::Request { request: ClientRequest::Call(request), .. }) =
            parse_client(&message.to_string())
        else {
            panic!("not a call request: {message}")
        };
        let named: Vec<&str> =
            request.targets.members().iter().map(|member| member.member_id.as_str()).collect();
        assert_eq!(named, members);
        let printed: Value =
            serde_json::from_str(&ClientRequest::Call(request).request_json("1")).expect("JSON");
        assert_eq!(difference(&message, &printed, ""), None);
    }
}

trait RequestJson {
    fn request_json(self, id: &str) -> String;
}

impl RequestJson for ClientRequest {
    fn request_json(self, id: &str) -> String {
        ClientMessage::request(id, self).to_json()
    }
}

#[test]
fn what_cannot_be_used_is_answered_as_such() {
    let unknown =
        parse_client(r#"{"jsonrpc":"2.0","id":"7","method":"call.fly","params":{}}"#).expect("a message");
    let ClientMessage::Request { id, request: ClientRequest::Unknown { method, .. } } = unknown else {
        panic!("known?")
    };
    let answer = Reply::error(id, RpcError::method_not_found(&method)).to_json();
    assert!(answer.contains("-32601") && answer.contains("call.fly"));
    let bad = parse_client(r#"{"jsonrpc":"2.0","id":"8","method":"call.mute","params":{"channels":"loud"}}"#);
    let reply = bad.expect_err("bad parameters").reply().expect("a reply").to_json();
    assert!(reply.contains("-32602") && reply.contains("\"8\""));
    assert!(matches!(parse_client(r#"{"id":8,"method":"x"}"#), Err(WireError::NotAMessage(_))));
}

#[test]
fn a_result_with_a_bad_code_is_an_error() {
    let refused = read_reply::<SubscriberOnline>(Ok(json!({"code": "503", "message": "later"})));
    assert!(matches!(refused, Err(ReplyError::Application { code, .. }) if code == "503"));
    assert!(read_reply::<SubscriberOnline>(Ok(json!({}))).is_ok());
    assert!(read_reply::<Connect>(Ok(json!({"identity": "x"}))).is_err());
}

#[test]
fn tokens_do_not_show_in_debug_output() {
    let connect = ClientRequest::Connect(
        ConnectParams::fresh("eyJhbGciOi".into(), "ahoy").resuming("p".into(), Some("state".into())),
    );
    let shown = format!("{connect:?}");
    assert!(!shown.contains("eyJ") && !shown.contains("state\""), "{shown}");
    let reauthenticate = ClientMessage::request(
        "1",
        ClientRequest::Reauthenticate(ReauthenticateParams::new("t".into(), None)),
    );
    assert!(reauthenticate.to_json().contains(r#""jwt_token":"t""#));
}

#[test]
fn errors_do_not_quote_what_they_could_not_read() {
    let secret = r#"{"id":"1","method":"signalwire.connect","params":{"authentication":"se\"cret"}}"#;
    let error = parse_client(secret).expect_err("no authentication").to_string();
    assert!(error.contains("invalid type") && !error.contains("cret"), "{error}");
}

#[test]
fn rest_bodies_are_read_and_links_are_always_there() {
    let list: rest::AddressList = rest::parse(
        r#"{"data":[{"id":"a","name":"bob","type":"subscriber","channels":{"video":"/private/bob?channel=video"},"new":1}],
            "links":{"self":"/api/fabric/addresses"}}"#,
    )
    .expect("a list");
    assert_eq!(list.data[0].channels.as_ref().and_then(|channels| channels.audio.clone()), None);
    assert!(rest::print(&list).contains(r#""links":{"self""#));
    let empty = rest::AddressList { data: vec![], links: rest::Links::default() };
    assert_eq!(rest::print(&empty), r#"{"data":[],"links":{}}"#);
    let error =
        rest::print(&rest::ErrorList::validation("reference", "missing_required_parameter", "is missing"));
    assert!(error.contains("validation_error"));
}
