//! Sessions against a space that answers, refuses, falls silent or goes away.

#[path = "session_rig.rs"]
mod rig;

use super::*;
use crate::{Answer, OpenFailure, Ticket};
use ahoy_wire::*;
use rig::*;

#[test]
fn it_connects_registers_and_says_so() {
    let mut rig = Rig::new(config());
    rig.feed(SessionInput::Start);
    let url = "wss://space.example".to_owned();
    let opens = SessionOutput::Open { attempt: 1, url };
    assert_eq!(rig.out, [SessionOutput::Status(SessionStatus::Connecting), opens]);
    rig.open();
    let (_, ClientRequest::Connect(connect)) = rig.asked().remove(0) else { panic!("not a connect") };
    assert_eq!((connect.event_acks, connect.protocol), (Some(true), None));
    rig.accept("signalwire_a");
    let fresh = |output: &SessionOutput| matches!(output, SessionOutput::Connected(c) if !c.resumed);
    assert!(rig.out.iter().any(fresh));
    assert_eq!(rig.asked().remove(0).1, ClientRequest::SubscriberOnline);
    rig.answer_ok();
    assert_eq!(rig.out, [SessionOutput::Status(SessionStatus::Online)]);
    rig.feed(SessionInput::SetOnline(false));
    assert_eq!(rig.asked().remove(0).1, ClientRequest::SubscriberOffline);
    rig.answer_ok();
    assert_eq!(rig.status(), &SessionStatus::Offline);
    rig.feed(SessionInput::Stop);
    assert_eq!(rig.out.last(), Some(&SessionOutput::Status(SessionStatus::Stopped)));
    assert_eq!(rig.session.deadline(), None);
}

#[test]
fn a_lost_socket_is_replaced_and_the_session_resumed() {
    let mut rig = Rig::online();
    let state = AuthorizationState { authorization_state: "state 7".into() };
    rig.hear(ServerMessage::event("e", Event::bare(EventBody::AuthorizationState(state))));
    rig.now += 10 * SECOND;
    rig.drop_socket();
    assert_eq!(code_of(rig.status()), Some(ProblemCode::SpaceUnreachable));
    let wait = rig.session.deadline().expect("a wait") - rig.now;
    assert_eq!(wait.as_millis(), 75, "half of 100 ms and half of the other half");
    let connect = rig.come_back();
    assert_eq!(connect.protocol.as_deref(), Some("signalwire_a"));
    assert_eq!(connect.authorization_state, Some(Secret::from("state 7")));
    rig.accept("signalwire_a");
    assert!(rig.out.iter().any(|output| matches!(output, SessionOutput::Connected(c) if c.resumed)));
    assert_eq!(rig.session.resume().and_then(|r| r.authorization_state.clone()), Some("state 7".into()));
}

#[test]
fn it_tries_for_ever_with_growing_waits() {
    let mut rig = Rig::new(config());
    rig.session.set_jitter(1.0);
    rig.feed(SessionInput::Start);
    let mut waits = Vec::new();
    for _ in 0..50 {
        rig.feed(SessionInput::OpenFailed { attempt: rig.attempt(), failure: OpenFailure::Unreachable });
        waits.push((rig.session.deadline().expect("a wait") - rig.now).as_millis());
        rig.wait();
        assert!(rig.opened());
    }
    assert_eq!(waits[..6], [100, 200, 400, 800, 1_600, 3_000]);
    assert!(waits[6..].iter().all(|wait| *wait == 3_000));
    rig.feed(SessionInput::OpenFailed { attempt: rig.attempt(), failure: OpenFailure::Untrusted });
    assert_eq!(code_of(rig.status()), Some(ProblemCode::SpaceUntrusted));
    rig.feed(SessionInput::Hurry);
    assert!(rig.opened(), "the network changed: no waiting");
}

#[test]
fn a_socket_that_does_not_open_or_does_not_answer_is_given_up() {
    let mut rig = Rig::new(config());
    rig.feed(SessionInput::Start);
    let first = rig.attempt();
    assert_eq!(rig.session.deadline().expect("a limit") - rig.now, 10 * SECOND);
    rig.wait();
    assert!(rig.out.contains(&SessionOutput::CloseSocket { attempt: first }));
    assert_eq!(code_of(rig.status()), Some(ProblemCode::SpaceTimeout));
    rig.come_back();
    assert_eq!(rig.session.deadline().expect("a limit") - rig.now, 5 * SECOND);
    rig.wait();
    assert!(rig.out.contains(&SessionOutput::CloseSocket { attempt: first + 1 }));
    // News of the old sockets come late.
    rig.feed(SessionInput::Opened { attempt: first });
    assert_eq!(rig.out, []);
    rig.feed(SessionInput::Closed { attempt: first + 1 });
    assert_eq!(rig.out, []);
}

#[test]
fn a_refused_token_ends_the_attempts_until_there_is_another() {
    let mut rig = Rig::new(config());
    rig.feed(SessionInput::Start);
    rig.open();
    rig.refuse(RpcError::authentication_failed());
    assert_eq!(code_of(rig.status()), Some(ProblemCode::TokenRefused));
    assert!(matches!(rig.status(), SessionStatus::Refused(_)));
    assert_eq!(rig.session.deadline(), None);
    rig.request(1, invite());
    assert_eq!(rig.replies(), [(1, Err(RequestFailure::NotConnected))]);
    rig.feed(SessionInput::NewToken("token 2".into()));
    assert!(rig.opened());
    rig.open();
    rig.refuse(RpcError::new(codes::AUTHENTICATION_FAILED, "The token has expired"));
    assert_eq!(code_of(rig.status()), Some(ProblemCode::TokenExpired));
}

#[test]
fn what_cannot_be_resumed_is_forgotten_and_connected_fresh() {
    for error in [
        RpcError::authentication_failed(),
        RpcError::requester_validation_failed(),
        RpcError::invalid_params("protocol"),
    ] {
        let mut rig = Rig::online();
        rig.drop_socket();
        assert!(rig.come_back().protocol.is_some());
        rig.refuse(error);
        assert!(rig.out.contains(&SessionOutput::ResumeChanged(None)));
        assert!(rig.opened(), "at once");
        rig.open();
        let (_, ClientRequest::Connect(connect)) = rig.asked().remove(0) else { panic!("not a connect") };
        assert_eq!((connect.protocol, connect.authorization_state), (None, None));
        rig.accept("signalwire_b");
        assert!(rig.out.iter().any(|output| matches!(output, SessionOutput::Connected(c) if !c.resumed)));
    }
}

#[test]
fn an_expired_token_on_a_living_session_ends_in_refused_and_a_new_one_is_handed_over() {
    let mut rig = Rig::online();
    rig.feed(SessionInput::NewToken("token 2".into()));
    let (_, ClientRequest::Reauthenticate(params)) = rig.asked().remove(0) else { panic!("not that") };
    assert_eq!(params.authentication.jwt_token, Secret::from("token 2"));
    assert_eq!(params.authentication.project.as_deref(), Some("project"));
    rig.hear(ServerMessage::Reply(Reply::ok(rig.first_id(), &ReauthenticateReply::default())));
    assert_eq!(rig.out, [SessionOutput::TokenAccepted { expires_at: None }]);
    // The space ends the session of a token that is over; neither resuming nor a fresh connect helps.
    rig.hear(ServerMessage::request("d", ServerRequest::Disconnect));
    assert!(matches!(rig.status(), SessionStatus::Reconnecting(_)));
    let expired = || RpcError::new(codes::AUTHENTICATION_FAILED, "Token expired");
    rig.come_back();
    rig.refuse(expired());
    rig.open();
    rig.refuse(expired());
    assert_eq!(code_of(rig.status()), Some(ProblemCode::TokenExpired));
}

#[test]
fn a_failed_registration_authenticates_once_more() {
    let mut rig = Rig::new(config());
    rig.feed(SessionInput::Start);
    rig.open();
    rig.accept("signalwire_a");
    rig.refuse(RpcError::new(-32000, "authenticate first"));
    assert!(matches!(rig.asked().remove(0).1, ClientRequest::Reauthenticate(_)));
    rig.hear(ServerMessage::Reply(Reply::ok(rig.first_id(), &ReauthenticateReply::default())));
    assert_eq!(rig.asked().remove(0).1, ClientRequest::SubscriberOnline);
    rig.refuse(RpcError::authentication_failed());
    assert!(matches!(rig.status(), SessionStatus::Refused(_)));
}

#[test]
fn pings_are_answered_and_their_absence_is_noticed() {
    let mut rig = Rig::online();
    assert_eq!(rig.session.deadline(), None, "a space that does not ping may be silent");
    let ping = PingParams::at(5_000);
    rig.hear(ServerMessage::request("s1", ServerRequest::Ping(ping.clone())));
    assert_eq!(rig.messages(), [ClientMessage::Reply(Reply::ok("s1", &ping))]);
    rig.now += 20 * SECOND;
    rig.hear(ServerMessage::request("s2", ServerRequest::Ping(ping)));
    assert_eq!(rig.session.deadline().expect("a limit") - rig.now, 35 * SECOND);
    let attempt = rig.attempt();
    rig.wait();
    assert!(rig.out.contains(&SessionOutput::CloseSocket { attempt }));
    assert_eq!(code_of(rig.status()), Some(ProblemCode::SpaceTimeout));
}

#[test]
fn every_request_of_the_space_is_answered() {
    let mut rig = Rig::online();
    let bye = ServerVerto::Bye(ServerBye::new("c".into(), ahoy_model::HangupCause::UserBusy));
    rig.hear(verto_event("signalwire_a", bye.clone()));
    assert_eq!(rig.messages(), [ClientMessage::Reply(Reply::empty("e1"))]);
    let node_id = Some("n".into());
    assert_eq!(rig.out.last(), Some(&SessionOutput::Verto { node_id, message: bye.clone() }));
    rig.hear(verto_event("signalwire_old", bye));
    assert_eq!(rig.out.len(), 1, "acknowledged, and no more: it is for an earlier session");
    rig.hear(ServerMessage::request(
        "u",
        ServerRequest::Unknown { method: "x.y".into(), params: Default::default() },
    ));
    let refusal = Reply::error("u", RpcError::method_not_found("x.y"));
    assert_eq!(rig.messages(), [ClientMessage::Reply(refusal)]);
    let odd = r#"{"id":"o","method":"signalwire.event","params":{"event_type":"call.joined","params":{}}}"#;
    rig.feed(SessionInput::Received { attempt: rig.attempt(), text: odd.into() });
    assert_eq!(rig.messages(), [ClientMessage::Reply(Reply::empty("o"))]);
    assert!(rig.out.iter().any(|output| matches!(output, SessionOutput::Malformed(_))));
    for text in ["", "{", "[]", r#"{"id":"x"}"#, "\u{0}"] {
        rig.feed(SessionInput::Received { attempt: rig.attempt(), text: text.into() });
        assert_eq!(rig.out, [], "told once");
    }
    assert_eq!(rig.status(), &SessionStatus::Online);
}

#[test]
fn requests_are_matched_typed_and_expire() {
    let mut rig = Rig::online();
    rig.request(1, invite());
    let result = VertoResult::created("c".into(), "m".into(), "s");
    let reply = VertoReply::ok(&"n7".into(), "inner".into(), result.clone());
    let id = rig.first_id();
    let answer = ServerMessage::Reply(Reply::ok(id, &reply));
    rig.hear(answer.clone());
    let accepted = crate::Accepted { node_id: Some("n7".into()), result };
    assert_eq!(rig.replies(), [(1, Ok(Answer::Verto(accepted)))]);
    rig.hear(answer);
    assert_eq!(rig.out, [], "twice is once");
    rig.request(2, invite());
    let refused = VertoReply::failed(&"n7".into(), "inner".into(), RpcError::call_does_not_exist());
    let id = rig.first_id();
    rig.hear(ServerMessage::Reply(Reply::ok(id, &refused)));
    assert!(matches!(&rig.replies()[0], (2, Err(failure)) if failure.call_is_gone()));
    let own = MemberRef { member_id: "m".into(), call_id: None, node_id: None };
    let list = ClientRequest::Call(CallRequest::on_self(own, CallAction::LayoutList));
    rig.feed(SessionInput::Request { ticket: Ticket(3), request: list });
    let layouts = LayoutListReply { layouts: vec!["2x1".into()], code: None, message: None };
    rig.hear(ServerMessage::Reply(Reply::ok(rig.first_id(), &layouts)));
    assert_eq!(rig.replies(), [(3, Ok(Answer::Layouts(layouts)))]);
    rig.request(4, invite());
    rig.now += SECOND;
    rig.hear(ServerMessage::request("s", ServerRequest::Ping(PingParams::default())));
    rig.wait();
    assert_eq!(rig.replies(), [(4, Err(RequestFailure::TimedOut))]);
    assert_eq!(rig.status(), &SessionStatus::Online, "the space spoke meanwhile: it is only the one request");
    rig.request(5, invite());
    rig.wait();
    assert_eq!(rig.replies(), [(5, Err(RequestFailure::TimedOut))]);
    assert!(matches!(rig.status(), SessionStatus::Reconnecting(_)), "not a word: it is the socket");
}

#[test]
fn a_lost_pong_is_said_again_after_the_reconnect_and_an_invite_is_not() {
    let mut rig = Rig::online();
    rig.request(1, invite());
    rig.request(2, pong());
    rig.drop_socket();
    assert_eq!(rig.replies(), [(1, Err(RequestFailure::Lost))]);
    rig.request(
        3,
        ClientVerto::Info(ClientInfo {
            dialog: DialogParams::bare("c".into()),
            sessid: None,
            dtmf: Some("1".into()),
            dtmf_duration: None,
            txt: None,
            msg: None,
        }),
    );
    assert_eq!(rig.out, [], "it waits");
    rig.come_back();
    rig.accept("signalwire_a");
    let said: Vec<String> = rig
        .asked()
        .into_iter()
        .filter_map(|(_, request)| match request {
            ClientRequest::Verto(request) => request.message.method().map(str::to_owned),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["verto.pong", "verto.info"]);
}

#[test]
fn what_waits_is_bounded_and_does_not_wait_for_ever() {
    let mut rig = Rig::online();
    rig.drop_socket();
    for ticket in 0..70 {
        rig.request(ticket, pong());
        let full = rig.replies() == [(ticket, Err(RequestFailure::QueueFull))];
        assert_eq!(full, ticket >= CAPACITY as u64, "{ticket}");
    }
    rig.now += 31 * SECOND;
    rig.feed(SessionInput::Timer);
    assert_eq!(rig.replies().len(), CAPACITY);
    assert!(rig.replies().iter().all(|(_, outcome)| *outcome == Err(RequestFailure::NotConnected)));
}

#[test]
fn an_invite_that_never_left_is_not_followed_by_a_bye() {
    let mut rig = Rig::online();
    rig.drop_socket();
    rig.request(1, invite());
    rig.request(2, bye());
    let never = Err(RequestFailure::NotConnected);
    assert_eq!(rig.replies(), [(1, never.clone()), (2, never)]);
    rig.request(3, bye());
    assert_eq!(rig.out, [], "a bye for a call that the space knows waits");
}

#[test]
fn stopping_tells_every_waiting_call() {
    let mut rig = Rig::online();
    rig.request(1, invite());
    rig.feed(SessionInput::Stop);
    assert!(
        rig.messages()
            .iter()
            .any(|m| matches!(m, ClientMessage::Request { request: ClientRequest::SubscriberOffline, .. }))
    );
    assert_eq!(rig.replies(), [(1, Err(RequestFailure::Lost))]);
    assert_eq!(rig.session.resume(), None);
    rig.feed(SessionInput::Timer);
    assert_eq!(rig.out, []);
    rig.feed(SessionInput::Start);
    assert!(rig.opened());
}

#[test]
fn a_token_that_changes_while_connecting_is_handed_over_after() {
    let mut rig = Rig::new(config());
    rig.feed(SessionInput::Start);
    rig.open();
    let id = rig.first_id();
    rig.feed(SessionInput::NewToken("token 2".into()));
    assert_eq!(rig.out, []);
    let reply = ConnectReply {
        protocol: "signalwire_a".into(),
        identity: None,
        authorization: None,
        ice_servers: None,
    };
    rig.hear(ServerMessage::Reply(Reply::ok(id, &reply)));
    assert!(matches!(rig.asked().remove(0).1, ClientRequest::Reauthenticate(_)));
}

#[test]
fn after_a_sleep_a_dead_session_shows_within_seconds() {
    let mut rig = Rig::online();
    rig.feed(SessionInput::Hurry);
    assert_eq!(rig.asked().remove(0).1, ClientRequest::SubscriberOnline);
    rig.answer_ok();
    assert_eq!((rig.out.as_slice(), rig.status()), ([].as_slice(), &SessionStatus::Online));
    rig.feed(SessionInput::Hurry);
    assert_eq!(rig.session.deadline().expect("a limit") - rig.now, 5 * SECOND);
    rig.wait();
    assert!(matches!(rig.status(), SessionStatus::Reconnecting(_)));
    rig.wait();
    let slow = rig.attempt();
    rig.feed(SessionInput::Hurry);
    assert!(rig.opened() && rig.out.contains(&SessionOutput::CloseSocket { attempt: slow }));
}

#[test]
fn a_state_that_overtakes_the_connect_reply_is_kept() {
    let mut rig = Rig::new(config());
    rig.feed(SessionInput::Start);
    rig.open();
    let id = rig.first_id();
    let state = AuthorizationState { authorization_state: "early".into() };
    rig.hear(ServerMessage::event("e", Event::bare(EventBody::AuthorizationState(state))));
    rig.hear(ServerMessage::Reply(Reply::ok(id, &ConnectReply::bare("signalwire_a".into()))));
    assert_eq!(rig.session.resume().and_then(|r| r.authorization_state.clone()), Some("early".into()));
}
