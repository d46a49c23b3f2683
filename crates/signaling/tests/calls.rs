//! Whole calls, step by step, as driver and space see them.

use ahoy_model::{CallId, CallStatus, EndReason, HangupCause, NodeId};
use ahoy_signaling::*;
use ahoy_wire::{
    ClientVerto, ModifyAction, RpcError, ServerInvite, ServerVerto, VertoFailure, VertoPing, VertoResult,
};
use std::time::{Duration, Instant};

fn dial() -> (Call, Vec<CallOutput>, Instant) {
    let now = Instant::now();
    let wish = Outbound::to("c1", "/private/bob?channel=video");
    let (call, out) = Call::outbound(now, wish, CallTimes::default());
    (call, out, now)
}

fn invite() -> ServerInvite {
    let text = r#"{"callID":"c2","sdp":"their offer","caller_id_name":"Bob","caller_id_number":"/private/bob",
        "callee_id_name":"Alice","callee_id_number":"/private/alice","display_direction":"outbound"}"#;
    serde_json::from_str(text).expect("an invite")
}

fn ring() -> (Call, Vec<CallOutput>, Instant) {
    let now = Instant::now();
    let (call, out) = Call::inbound(now, &invite(), Some("n1".into()), CallTimes::default());
    (call, out, now)
}

fn created() -> CallInput {
    let result = VertoResult::created("c1".into(), "m1".into(), "s1");
    let accepted = Accepted { node_id: Some(NodeId::from("n7")), result };
    CallInput::Reply { to: Asked::Invite, outcome: Ok(accepted) }
}

fn ok(to: Asked) -> CallInput {
    CallInput::Reply { to, outcome: Ok(Accepted::default()) }
}

fn refused(to: Asked, error: RpcError) -> CallInput {
    CallInput::Reply { to, outcome: Err(RequestFailure::Refused(VertoFailure::from(error))) }
}

fn bye(cause: HangupCause) -> CallInput {
    CallInput::FarBye { cause }
}

/// An outbound call in `Connected`.
fn talking() -> (Call, Instant) {
    let (mut call, _, now) = dial();
    call.handle(now, CallInput::SdpReady("offer".into()));
    call.handle(now, created());
    call.handle(now, CallInput::FarAnswered { sdp: Some("answer".into()) });
    call.handle(now, CallInput::MediaConnected);
    assert_eq!(call.status(), CallStatus::Connected);
    (call, now)
}

fn ended(out: &[CallOutput]) -> Option<(EndReason, Option<HangupCause>)> {
    out.iter().find_map(|output| match output {
        CallOutput::Ended { reason, cause } => Some((*reason, *cause)),
        _ => None,
    })
}

#[test]
fn an_outbound_call_goes_through_all_its_stations() {
    let (mut call, out, now) = dial();
    assert_eq!(out, [CallOutput::Status(CallStatus::New), CallOutput::StartMedia(MediaTask::Offer)]);
    let out = call.handle(now, CallInput::SdpReady("offer".into()));
    assert_eq!(out, [CallOutput::Send(CallMessage::Invite { sdp: "offer".into() })]);
    assert_eq!(call.handle(now, created()), [CallOutput::Status(CallStatus::Trying)]);
    assert_eq!(call.member_id().map(|id| id.as_str()), Some("m1"));
    let early = call.handle(now, CallInput::FarMedia { sdp: "answer".into() });
    assert_eq!(early, [CallOutput::Status(CallStatus::Ringing), CallOutput::AcceptAnswer("answer".into())]);
    // The same SDP again in the answer must not be set twice.
    let answered = call.handle(now, CallInput::FarAnswered { sdp: Some("answer".into()) });
    assert_eq!(answered, [CallOutput::Status(CallStatus::Connecting)]);
    assert_eq!(call.handle(now, CallInput::MediaConnected), [CallOutput::Status(CallStatus::Connected)]);
    assert_eq!(call.deadline(), None);
    let out = call.handle(now, CallInput::HangUp);
    assert_eq!(
        out,
        [
            CallOutput::Send(CallMessage::Bye { cause: None }),
            CallOutput::CloseMedia,
            CallOutput::Status(CallStatus::Disconnecting)
        ]
    );
    let out = call.handle(now, ok(Asked::Bye));
    assert_eq!(
        out,
        [
            CallOutput::Status(CallStatus::Disconnected),
            CallOutput::Ended { reason: EndReason::HungUp, cause: None },
            CallOutput::Status(CallStatus::Destroyed)
        ]
    );
    assert_eq!(call.handle(now, bye(HangupCause::NormalClearing)), []);
}

#[test]
fn early_media_that_is_up_makes_the_answer_connect_at_once() {
    let (mut call, _, now) = dial();
    call.handle(now, CallInput::SdpReady("offer".into()));
    call.handle(now, CallInput::FarMedia { sdp: "answer".into() });
    assert_eq!(call.handle(now, CallInput::MediaConnected), []);
    // The reply to the invite comes after the messages it should have come before.
    assert_eq!(call.handle(now, created()), []);
    let out = call.handle(now, CallInput::FarAnswered { sdp: None });
    assert_eq!(out, [CallOutput::Status(CallStatus::Connected)]);
}

#[test]
fn an_inbound_call_makes_no_media_before_the_user_answers() {
    let (mut call, out, now) = ring();
    assert_eq!(out, [CallOutput::Status(CallStatus::Ringing), CallOutput::StartRinging]);
    assert_eq!(call.handle(now, CallInput::Silence), [CallOutput::StopRinging]);
    assert_eq!(call.handle(now, CallInput::Silence), []);
    let out = call.handle(now, CallInput::Answer);
    let task = MediaTask::Answer { offer: "their offer".into() };
    assert_eq!(out, [CallOutput::Status(CallStatus::Connecting), CallOutput::StartMedia(task)]);
    let out = call.handle(now, CallInput::SdpReady("ours".into()));
    assert_eq!(out, [CallOutput::Send(CallMessage::Answer { sdp: "ours".into() })]);
    assert_eq!(call.handle(now, CallInput::SdpReady("twice".into())), []);
    assert_eq!(call.handle(now, CallInput::MediaConnected), [CallOutput::Status(CallStatus::Connected)]);
    assert_eq!(call.handle(now, ok(Asked::Answer)), []);
    let out = call.handle(now, bye(HangupCause::NormalClearing));
    assert_eq!(ended(&out), Some((EndReason::FarHungUp, Some(HangupCause::NormalClearing))));
}

#[test]
fn an_inbound_call_ends_with_the_word_for_what_happened() {
    for (cause, reason) in [
        (HangupCause::OriginatorCancel, EndReason::Cancelled),
        (HangupCause::LoseRace, EndReason::AnsweredElsewhere),
        (HangupCause::PickedOff, EndReason::AnsweredElsewhere),
        (HangupCause::NoAnswer, EndReason::NoAnswer),
    ] {
        let (mut call, _, now) = ring();
        let out = call.handle(now, bye(cause));
        assert_eq!(out.first(), Some(&CallOutput::StopRinging));
        assert_eq!(ended(&out), Some((reason, Some(cause))));
    }
    let (mut call, _, now) = ring();
    let out = call.handle(now, CallInput::Decline);
    assert!(out.contains(&CallOutput::Send(CallMessage::Bye { cause: Some(HangupCause::UserBusy) })));
    let limit = call.deadline().expect("a limit");
    assert_eq!(limit - now, Duration::from_secs(2));
    let out = call.handle(limit, CallInput::Timer);
    assert_eq!(ended(&out), Some((EndReason::Declined, Some(HangupCause::UserBusy))));
}

#[test]
fn an_outbound_call_ends_with_the_word_for_what_happened() {
    for (cause, reason) in [
        (HangupCause::UserBusy, EndReason::Busy),
        (HangupCause::CallRejected, EndReason::Rejected),
        (HangupCause::NoAnswer, EndReason::NoAnswer),
        (HangupCause::UserNotRegistered, EndReason::Offline),
        (HangupCause::NoRouteDestination, EndReason::UnknownAddress),
    ] {
        let (mut call, _, now) = dial();
        call.handle(now, CallInput::SdpReady("offer".into()));
        call.handle(now, created());
        assert_eq!(ended(&call.handle(now, bye(cause))), Some((reason, Some(cause))));
        // The same cause in a refused invite.
        let (mut call, _, now) = dial();
        call.handle(now, CallInput::SdpReady("offer".into()));
        let out = call.handle(now, refused(Asked::Invite, RpcError::call_error(cause)));
        assert_eq!(ended(&out), Some((reason, Some(cause))));
    }
}

#[test]
fn a_space_that_does_not_take_the_call_is_given_up() {
    let (mut call, _, now) = dial();
    let limit = call.deadline().expect("a limit");
    assert_eq!(limit - now, Duration::from_secs(10));
    call.handle(now + Duration::from_secs(4), CallInput::SdpReady("offer".into()));
    assert_eq!(call.deadline(), Some(limit), "gathering counts");
    assert_eq!(call.handle(limit - Duration::from_millis(1), CallInput::Timer), []);
    let out = call.handle(limit, CallInput::Timer);
    assert_eq!(ended(&out), Some((EndReason::TimedOut, Some(HangupCause::RecoveryOnTimerExpire))));
    assert!(matches!(out[0], CallOutput::Send(CallMessage::Bye { .. })), "the space may have it after all");
}

#[test]
fn cancelling_before_the_invite_left_says_nothing_to_the_space() {
    let (mut call, _, now) = dial();
    let out = call.handle(now, CallInput::HangUp);
    assert!(!out.iter().any(|output| matches!(output, CallOutput::Send(_))));
    assert_eq!(ended(&out), Some((EndReason::Cancelled, None)));
}

#[test]
fn an_answer_that_crosses_our_cancel_changes_nothing() {
    let (mut call, _, now) = dial();
    call.handle(now, CallInput::SdpReady("offer".into()));
    call.handle(now, created());
    call.handle(now, CallInput::HangUp);
    assert_eq!(call.handle(now, CallInput::FarAnswered { sdp: Some("answer".into()) }), []);
    assert_eq!(call.handle(now, CallInput::MediaConnected), []);
    // Their bye crosses ours.
    let out = call.handle(now, bye(HangupCause::NormalClearing));
    assert_eq!(ended(&out), Some((EndReason::Cancelled, Some(HangupCause::OriginatorCancel))));
}

#[test]
fn hold_is_confirmed_or_rolled_back() {
    let (mut call, now) = talking();
    assert_eq!(call.handle(now, CallInput::Hold), [CallOutput::Send(CallMessage::Hold)]);
    assert_eq!(call.handle(now, CallInput::Hold), [], "once is enough");
    let no = RpcError::new(-32000, "not now");
    assert_eq!(call.handle(now, refused(Asked::Hold, no)), [CallOutput::Refused(Asked::Hold)]);
    assert_eq!(call.status(), CallStatus::Connected);
    call.handle(now, CallInput::Hold);
    assert_eq!(call.handle(now, ok(Asked::Hold)), [CallOutput::Status(CallStatus::Held)]);
    assert_eq!(call.handle(now, CallInput::Resume), [CallOutput::Send(CallMessage::Unhold)]);
    // No word: it may have been carried out, so the space is put right.
    let late = CallInput::Reply { to: Asked::Unhold, outcome: Err(RequestFailure::TimedOut) };
    let out = call.handle(now, late);
    assert_eq!(out, [CallOutput::Refused(Asked::Unhold), CallOutput::Send(CallMessage::Hold)]);
    assert_eq!(call.status(), CallStatus::Held);
}

#[test]
fn lost_contact_is_waited_for_then_repaired_then_given_up() {
    let (mut call, now) = talking();
    let out = call.handle(now, CallInput::MediaDisconnected);
    assert_eq!(out, [CallOutput::Status(CallStatus::Recovering)]);
    let grace = call.deadline().expect("a limit");
    assert_eq!(grace - now, Duration::from_secs(3));
    let out = call.handle(grace, CallInput::Timer);
    assert_eq!(out, [CallOutput::StartMedia(MediaTask::Restart)]);
    let out = call.handle(grace, CallInput::SdpReady("restart".into()));
    assert_eq!(out, [CallOutput::Send(CallMessage::UpdateMedia { sdp: "restart".into() })]);
    // A late repetition of the first answer is not the answer to this offer.
    assert_eq!(call.handle(grace, CallInput::FarAnswered { sdp: Some("answer".into()) }), []);
    let result = VertoResult::updated_media("c1".into(), "new answer".into());
    let reply = CallInput::Reply { to: Asked::UpdateMedia, outcome: Ok(Accepted { node_id: None, result }) };
    assert_eq!(call.handle(grace, reply.clone()), [CallOutput::AcceptAnswer("new answer".into())]);
    assert_eq!(call.handle(grace, reply), []);
    assert_eq!(call.handle(grace, CallInput::MediaConnected), [CallOutput::Status(CallStatus::Connected)]);
    // As long as it lasts it is tried again, whether the offer could be made or not.
    call.handle(grace, CallInput::MediaFailed);
    assert_eq!(call.handle(grace, CallInput::SdpRefused), []);
    let mut tries = 0;
    let (now, out) = loop {
        let now = call.deadline().expect("a limit");
        let out = call.handle(now, CallInput::Timer);
        if out != [CallOutput::StartMedia(MediaTask::Restart)] {
            break (now, out);
        }
        tries += 1;
        call.handle(now, CallInput::SdpReady("again".into()));
        call.handle(now, CallInput::Reply { to: Asked::UpdateMedia, outcome: Err(RequestFailure::TimedOut) });
    };
    assert!(tries > 20 && now - grace == Duration::from_secs(60), "{tries} tries in {:?}", now - grace);
    assert_eq!(ended(&out), Some((EndReason::ConnectionLost, Some(HangupCause::MediaTimeout))));
}

#[test]
fn a_held_call_comes_back_held() {
    let (mut call, now) = talking();
    call.handle(now, CallInput::Hold);
    call.handle(now, CallInput::MediaDisconnected);
    call.handle(now, ok(Asked::Hold));
    assert_eq!(call.handle(now, CallInput::MediaConnected), [CallOutput::Status(CallStatus::Held)]);
}

#[test]
fn a_space_that_forgot_us_is_asked_for_the_call_again() {
    let (mut call, now) = talking();
    assert_eq!(call.handle(now, CallInput::SessionLost), []);
    assert_eq!(call.handle(now, CallInput::SessionBack { resumed: true }), [], "nothing was lost");
    let out = call.handle(now, CallInput::SessionBack { resumed: false });
    let wanted = [CallOutput::Status(CallStatus::Recovering), CallOutput::StartMedia(MediaTask::Replace)];
    assert_eq!(out, wanted);
    assert_eq!(call.handle(now, CallInput::MediaConnected), [], "the old path does not count");
    let out = call.handle(now, CallInput::SdpReady("new".into()));
    let CallOutput::Send(message) = out[0].clone() else { panic!("{out:?}") };
    let ClientVerto::Invite(invite) = call.request(message, "i1").message else { panic!("not an invite") };
    assert_eq!((invite.dialog.attach, invite.dialog.reattaching), (Some(true), Some(true)));
    assert_eq!(invite.dialog.call_id, CallId::from("c1"));
    assert_eq!(call.handle(now, created()), []);
    let out = call.handle(now, CallInput::FarAnswered { sdp: Some("answer 2".into()) });
    assert_eq!(out, [CallOutput::AcceptAnswer("answer 2".into())]);
    assert_eq!(call.handle(now, CallInput::MediaConnected), [CallOutput::Status(CallStatus::Connected)]);
}

#[test]
fn an_unanswered_call_does_not_outlive_its_session_for_long() {
    let (mut call, _, now) = ring();
    call.handle(now, CallInput::SessionLost);
    let limit = call.deadline().expect("a limit");
    assert_eq!(limit - now, Duration::from_secs(15));
    call.handle(now, CallInput::SessionBack { resumed: true });
    assert_eq!(call.deadline().expect("a limit") - now, Duration::from_secs(60));
    call.handle(now, CallInput::SessionLost);
    let out = call.handle(limit, CallInput::Timer);
    assert_eq!(out.first(), Some(&CallOutput::StopRinging));
    assert_eq!(ended(&out), Some((EndReason::ConnectionLost, None)));
}

#[test]
fn pings_are_answered_word_by_word_and_unknown_messages_change_nothing() {
    let (mut call, now) = talking();
    let ping = VertoPing::new(&"c1".into());
    let out = call.handle(now, ServerVerto::Ping(ping.clone()).into());
    assert_eq!(out, [CallOutput::Send(CallMessage::Pong(ping))]);
    let unknown = ServerVerto::Unknown { method: "verto.punt".into(), params: Default::default() };
    assert_eq!(call.handle(now, unknown.into()), []);
    assert_eq!(call.handle(now, ServerVerto::Invite(invite()).into()), []);
    assert_eq!(call.status(), CallStatus::Connected);
}

#[test]
fn messages_carry_what_the_space_routes_by() {
    let (call, _) = talking();
    let hold = call.request(CallMessage::Hold, "i1");
    assert_eq!(hold.node_id, Some("n7".into()));
    assert_eq!(hold.leg(), Some("c1".into()));
    assert!(hold.subscribe.is_none());
    let ClientVerto::Modify(modify) = hold.message else { panic!("not a modify") };
    assert_eq!((modify.action, modify.sessid.as_deref()), (ModifyAction::Hold, Some("c1")));
    let (call, _, _) = dial();
    let invite = call.request(CallMessage::Invite { sdp: "offer".into() }, "i2");
    assert_eq!(invite.node_id, Some("".into()));
    assert!(invite.subscribe.is_some());
    let ClientVerto::Invite(body) = invite.message else { panic!("not an invite") };
    assert_eq!(body.dialog.destination_number.as_deref(), Some("/private/bob?channel=video"));
    assert_eq!(body.dialog.caller_id_name, None);
    let (call, _, _) = ring();
    let answer = call.request(CallMessage::Answer { sdp: "ours".into() }, "i3");
    assert_eq!(answer.node_id, Some("n1".into()));
    let ClientVerto::Answer(body) = answer.message else { panic!("not an answer") };
    assert_eq!(body.dialog.destination_number.as_deref(), Some("/private/alice"));
    assert_eq!(body.dialog.caller_id_number.as_deref(), Some("/private/bob"));
}

#[test]
fn a_picture_is_added_when_the_last_offer_is_settled_and_a_refusal_is_told() {
    let (mut call, now) = talking();
    let change = [CallOutput::StartMedia(MediaTask::Change)];
    assert_eq!(call.handle(now, CallInput::ChangeMedia), change);
    assert_eq!(call.handle(now, CallInput::ChangeMedia), [], "once at a time");
    let update = [CallOutput::Send(CallMessage::UpdateMedia { sdp: "more".into() })];
    assert_eq!(call.handle(now, CallInput::SdpReady("more".into())), update);
    let result = VertoResult::updated_media("c1".into(), "yes".into());
    let reply = CallInput::Reply { to: Asked::UpdateMedia, outcome: Ok(Accepted { node_id: None, result }) };
    let next = [CallOutput::AcceptAnswer("yes".into()), change[0].clone()];
    assert_eq!(call.handle(now, reply), next, "the second wish follows the first");
    call.handle(now, CallInput::SdpReady("less".into()));
    let refused = CallInput::Reply { to: Asked::UpdateMedia, outcome: Err(RequestFailure::TimedOut) };
    assert_eq!(call.handle(now, refused), [CallOutput::Refused(Asked::UpdateMedia)]);
    // A repair that is refused is nobody's wish.
    call.handle(now, CallInput::MediaSilent);
    assert_eq!(call.status(), CallStatus::Connected, "silence alone does not change the status");
    assert_eq!(call.handle(now, CallInput::SdpRefused), []);
    // During a repair the wish waits.
    call.handle(now, CallInput::MediaFailed);
    call.handle(now, CallInput::SdpRefused);
    assert_eq!(call.handle(now, CallInput::ChangeMedia), []);
    let out = call.handle(now, CallInput::MediaConnected);
    assert_eq!(out, [CallOutput::Status(CallStatus::Connected), change[0].clone()]);
}
