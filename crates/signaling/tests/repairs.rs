//! How often and how soon again media is made anew, and calls that the space ends for want of it.

use ahoy_model::{CallStatus, EndReason, HangupCause};
use ahoy_signaling::*;
use ahoy_wire::{RpcError, VertoFailure, VertoResult};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

fn created() -> CallInput {
    let result = VertoResult::created("c1".into(), "m1".into(), "s1");
    CallInput::Reply { to: Asked::Invite, outcome: Ok(Accepted { node_id: Some("n7".into()), result }) }
}

fn bye(cause: HangupCause) -> CallInput {
    CallInput::FarBye { cause }
}

/// Answered, and no media yet.
fn connecting(times: CallTimes) -> (Call, Instant) {
    let now = Instant::now();
    let (mut call, _) = Call::outbound(now, Outbound::to("c1", "/private/bob"), times);
    call.handle(now, CallInput::SdpReady("offer".into()));
    call.handle(now, created());
    call.handle(now, CallInput::FarAnswered { sdp: Some("answer".into()) });
    (call, now)
}

fn talking_with(times: CallTimes) -> (Call, Instant) {
    let (mut call, now) = connecting(times);
    call.handle(now, CallInput::MediaConnected);
    assert_eq!(call.status(), CallStatus::Connected);
    (call, now)
}

fn talking() -> (Call, Instant) {
    talking_with(CallTimes::default())
}

/// The space has no such call any more.
fn not_taken_up() -> CallInput {
    let error = RpcError::call_error(HangupCause::InvalidCallReference);
    CallInput::Reply { to: Asked::Invite, outcome: Err(RequestFailure::Refused(VertoFailure::from(error))) }
}

fn ended(out: &[CallOutput]) -> Option<(EndReason, Option<HangupCause>)> {
    out.iter().find_map(|output| match output {
        CallOutput::Ended { reason, cause } => Some((*reason, *cause)),
        _ => None,
    })
}

/// A repair's offer leaves.
fn offers(call: &mut Call, now: Instant) {
    let out = call.handle(now, CallInput::SdpReady("offer".into()));
    assert_eq!(out, [CallOutput::Send(CallMessage::UpdateMedia { sdp: "offer".into() })]);
}

fn update_failed(failure: RequestFailure) -> CallInput {
    CallInput::Reply { to: Asked::UpdateMedia, outcome: Err(failure) }
}

/// When the next restart comes by itself, if the call lives to see it.
fn next_restart(call: &mut Call) -> Option<Instant> {
    while call.status() != CallStatus::Destroyed {
        let now = call.deadline().expect("a limit");
        if call.handle(now, CallInput::Timer) == [CallOutput::StartMedia(MediaTask::Restart)] {
            return Some(now);
        }
    }
    None
}

/// Restarts until the call is over, each of which fails like that; in seconds after `start`.
fn restarts(call: &mut Call, start: Instant, failure: &RequestFailure) -> Vec<u64> {
    let mut all = Vec::new();
    while let Some(now) = next_restart(call) {
        all.push((now - start).as_secs());
        offers(call, now);
        call.handle(now, update_failed(failure.clone()));
    }
    all
}

#[test]
fn a_repair_is_tried_so_often_and_so_soon_again_as_the_settings_say() {
    let few = |tries, pause| CallTimes {
        repair_tries: NonZeroU32::new(tries),
        repair_pause: Duration::from_secs(pause),
        recovering: Duration::from_secs(40),
        ..CallTimes::default()
    };
    let broken = |times| {
        let (mut call, now) = talking_with(times);
        let out = call.handle(now, CallInput::MediaFailed);
        assert!(out.contains(&CallOutput::StartMedia(MediaTask::Restart)), "{out:?}");
        offers(&mut call, now);
        call.handle(now, update_failed(RequestFailure::TimedOut));
        (call, now)
    };
    let (mut call, now) = broken(few(3, 10));
    assert_eq!(restarts(&mut call, now, &RequestFailure::TimedOut), [10, 20], "three with the first");
    let (mut call, now) = broken(few(0, 10));
    assert_eq!(restarts(&mut call, now, &RequestFailure::TimedOut), [10, 20, 30]);
    // What never left is no try, and nothing to wait after.
    let (mut call, now) = broken(few(3, 10));
    let unsent = restarts(&mut call, now, &RequestFailure::NotConnected);
    assert!(unsent.len() > 10, "{unsent:?}");
    // Media that flows makes it all new.
    let (mut call, now) = broken(few(2, 5));
    let second = next_restart(&mut call).expect("a second try");
    assert_eq!(second - now, Duration::from_secs(5));
    offers(&mut call, second);
    call.handle(second, update_failed(RequestFailure::TimedOut));
    call.handle(second, CallInput::MediaConnected);
    let out = call.handle(second, CallInput::MediaFailed);
    assert_eq!(out, [CallOutput::Status(CallStatus::Recovering)], "not so soon");
    assert_eq!(restarts(&mut call, second, &RequestFailure::TimedOut), [5, 10]);
}

#[test]
fn silence_and_other_networks_are_repaired_after_the_pause() {
    let (mut call, now) = talking();
    let restart = [CallOutput::StartMedia(MediaTask::Restart)];
    assert_eq!(call.handle(now, CallInput::MediaSilent), restart);
    offers(&mut call, now);
    let result = VertoResult::updated_media("c1".into(), "answer".into());
    let reply = CallInput::Reply { to: Asked::UpdateMedia, outcome: Ok(Accepted { node_id: None, result }) };
    call.handle(now, reply);
    let soon = now + Duration::from_millis(300);
    assert_eq!(call.handle(soon, CallInput::MediaSilent), []);
    assert_eq!(call.handle(soon, CallInput::MediaSilent), []);
    let due = call.deadline().expect("the pause's end");
    assert_eq!(due - now, Duration::from_secs(1));
    assert_eq!(call.handle(due, CallInput::Timer), restart);
    assert_eq!(call.deadline(), None);
}

#[test]
fn a_call_that_the_space_gave_up_for_want_of_media_is_asked_for_once() {
    let replaced = CallOutput::StartMedia(MediaTask::Replace);
    let lost = Some((EndReason::ConnectionLost, Some(HangupCause::MediaTimeout)));
    let begin = || {
        let (mut call, now) = talking();
        let out = call.handle(now, bye(HangupCause::MediaTimeout));
        assert_eq!(out, [CallOutput::Status(CallStatus::Recovering), replaced.clone()]);
        let out = call.handle(now, CallInput::SdpReady("new".into()));
        assert_eq!(out, [CallOutput::Send(CallMessage::Reattach { sdp: "new".into() })]);
        // The same again is about the same.
        assert_eq!(call.handle(now, bye(HangupCause::MediaTimeout)), []);
        (call, now)
    };
    let (mut call, now) = begin();
    let out = call.handle(now, not_taken_up());
    assert_eq!(ended(&out), lost, "it says why the call is over, not why it does not come back");

    let (mut call, now) = begin();
    call.handle(now, created());
    call.handle(now, CallInput::FarAnswered { sdp: Some("answer".into()) });
    let again = call.clone();
    assert_eq!(ended(&call.handle(now, bye(HangupCause::MediaTimeout))), lost, "no second time");
    let mut call = again;
    assert_eq!(call.handle(now, CallInput::MediaConnected), [CallOutput::Status(CallStatus::Connected)]);
    let out = call.handle(now, bye(HangupCause::MediaTimeout));
    assert!(out.contains(&replaced), "what flowed again may be lost again: {out:?}");
    let (mut call, now) = begin();
    assert_eq!(
        ended(&call.handle(now, bye(HangupCause::NormalClearing))),
        Some((EndReason::FarHungUp, Some(HangupCause::NormalClearing)))
    );

    let (mut call, now) = talking_with(CallTimes { ask_again: false, ..CallTimes::default() });
    assert_eq!(ended(&call.handle(now, bye(HangupCause::MediaTimeout))), lost);
    // What never worked is not tried again.
    let (mut call, now) = connecting(CallTimes::default());
    assert_eq!(ended(&call.handle(now, bye(HangupCause::MediaTimeout))), lost);
}
