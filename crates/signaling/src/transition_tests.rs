//! Every input in every phase, with the expected next phase written out.

use super::*;
use crate::call::Outbound;
use crate::{CallTimes, RequestFailure};
use ahoy_model::{CallId, CallStatus};
use ahoy_wire::{RpcError, ServerInvite, VertoFailure, VertoPing, VertoResult};
use std::time::Duration;

const END: End = End { reason: EndReason::HungUp, cause: None };

/// The columns.
const PHASES: [(&str, Phase); 19] = [
    ("Ga", Phase::Gathering),
    ("In", Phase::Inviting),
    ("Tr", Phase::Trying),
    ("Ro", Phase::RingingOut),
    ("Ri", Phase::RingingIn),
    ("An", Phase::Answering),
    ("Co", Phase::Connecting),
    ("Cd", Phase::Connected),
    ("Hg", Phase::Holding),
    ("He", Phase::Held),
    ("Rs", Phase::Resuming),
    ("Wo", Phase::Wavering(Line::Open)),
    ("Wh", Phase::Wavering(Line::Held)),
    ("Vo", Phase::Recovering(Line::Open)),
    ("Vh", Phase::Recovering(Line::Held)),
    ("Ao", Phase::Reattaching(Line::Open)),
    ("Ah", Phase::Reattaching(Line::Held)),
    ("Di", Phase::Disconnecting(END)),
    ("De", Phase::Destroyed),
];

/// A dot: it stays where it is. Offers are out and unanswered in In, Tr, Ro, Ao, Ah (invite) and Vo, Vh (modify).
const TABLE: &str = "
                    Ga In Tr Ro Ri An Co Cd Hg He Rs Wo Wh Vo Vh Ao Ah Di De
Answer              .  .  .  .  An .  .  .  .  .  .  .  .  .  .  .  .  .  .
Decline             .  .  .  .  Di .  .  .  .  .  .  .  .  .  .  .  .  .  .
HangUp              De Di Di Di Di Di Di Di Di Di Di Di Di Di Di Di Di .  .
Silence             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
Hold                .  .  .  .  .  .  .  Hg .  .  .  .  .  .  .  .  .  .  .
Resume              .  .  .  .  .  .  .  .  .  Rs .  .  .  .  .  .  .  .  .
Digits              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
Transfer            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
Unite               .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
InviteOk            .  Tr .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
InviteRefused       .  De .  .  .  .  .  .  .  .  .  .  .  .  .  De De .  .
InviteTimedOut      .  De .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
InviteLost          .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
InviteUnsent        .  De .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
AnswerOk            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
AnswerRefused       .  .  .  .  .  .  De De De De De De De De De De De .  .
AnswerTimedOut      .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
HoldOk              .  .  .  .  .  .  .  .  He .  .  Wh .  Vh .  Ah .  .  .
HoldRefused         .  .  .  .  .  .  .  .  Cd .  .  .  .  .  .  .  .  .  .
HoldTimedOut        .  .  .  .  .  .  .  .  Cd .  .  .  .  .  .  .  .  .  .
UnholdOk            .  .  .  .  .  .  .  .  .  .  Cd .  Wo .  Vo .  Ao .  .
UnholdRefused       .  .  .  .  .  .  .  .  .  .  He .  .  .  .  .  .  .  .
UnholdTimedOut      .  .  .  .  .  .  .  .  .  .  He .  .  .  .  .  .  .  .
UpdateOk            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
UpdateRefused       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
UpdateGone          .  .  .  .  .  .  De De De De De De De De De De De .  .
TransferOk          .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
TransferRefused     .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
UniteOk             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
UniteRefused        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
DigitsOk            .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
DigitsRefused       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
PongOk              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
PongTimedOut        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
ByeOk               .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  De .
ByeLost             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  De .
FarMedia            .  Ro Ro .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
FarAnswered         .  Co Co Co .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
FarAnsweredBare     .  Co Co Co .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
FarBye              De De De De De De De De De De De De De De De De De De .
FarMediaTimeout     De De De De De De De Ao Ao Ah Ah Ao Ah Ao Ah .  .  De .
FarPing             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
FarAttach           .  .  .  .  .  .  .  .  .  .  .  Ao Ah Ao Ah .  .  .  .
Other               .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
SdpReady            In .  .  .  .  Co .  .  .  .  .  .  .  .  .  .  .  .  .
SdpRefused          De De De De .  De De .  .  .  .  .  .  .  .  De De .  .
MediaConnected      .  .  .  .  .  .  Cd .  .  .  .  Cd He Cd He .  .  .  .
MediaDisconnected   .  .  .  .  .  .  .  Wo Wo Wh Wh .  .  .  .  .  .  .  .
MediaFailed         .  .  .  .  .  .  Vo Vo Vo Vh Vh Vo Vh .  .  .  .  .  .
SessionLost         .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
SessionResumed      .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
SessionFresh        .  .  De De De De Ao Ao Ao Ah Ah Ao Ah Ao Ah .  .  .  .
SessionGone         De De De De De De De De De De De De De De De De De De .
TimerEarly          .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
PhaseLimit          De De Di Di Di De Vo .  Cd .  He Vo Vh De De De De De .
SessionLimit        .  .  De De De .  .  .  .  .  .  .  .  .  .  .  .  .  .
";

fn refused(message: &str) -> RequestFailure {
    RequestFailure::Refused(VertoFailure::from(RpcError::new(-32002, message)))
}

fn ok(to: Asked) -> CallInput {
    let result = VertoResult { sdp: Some("their answer".into()), ..VertoResult::default() };
    CallInput::Reply { to, outcome: Ok(Accepted { node_id: None, result }) }
}

fn bad(to: Asked, failure: RequestFailure) -> CallInput {
    CallInput::Reply { to, outcome: Err(failure) }
}

fn input(row: &str) -> CallInput {
    use CallInput as I;
    use RequestFailure as F;
    match row {
        "Answer" => I::Answer,
        "Decline" => I::Decline,
        "HangUp" => I::HangUp,
        "Silence" => I::Silence,
        "Hold" => I::Hold,
        "Resume" => I::Resume,
        "Digits" => I::Digits("1".into()),
        "Transfer" => I::Transfer { destination: "/private/carol".into() },
        "Unite" => I::Unite { other: "other".into(), merge: true },
        "UniteOk" => ok(Asked::Unite),
        "UniteRefused" => bad(Asked::Unite, refused("no")),
        "InviteOk" => ok(Asked::Invite),
        "InviteRefused" => bad(Asked::Invite, refused("CALL ERROR")),
        "InviteTimedOut" => bad(Asked::Invite, F::TimedOut),
        "InviteLost" => bad(Asked::Invite, F::Lost),
        "InviteUnsent" => bad(Asked::Invite, F::NotConnected),
        "AnswerOk" => ok(Asked::Answer),
        "AnswerRefused" => bad(Asked::Answer, refused("CALL ERROR")),
        "AnswerTimedOut" => bad(Asked::Answer, F::TimedOut),
        "HoldOk" => ok(Asked::Hold),
        "HoldRefused" => bad(Asked::Hold, refused("no")),
        "HoldTimedOut" => bad(Asked::Hold, F::TimedOut),
        "UnholdOk" => ok(Asked::Unhold),
        "UnholdRefused" => bad(Asked::Unhold, refused("no")),
        "UnholdTimedOut" => bad(Asked::Unhold, F::Lost),
        "UpdateOk" => ok(Asked::UpdateMedia),
        "UpdateRefused" => bad(Asked::UpdateMedia, refused("no")),
        "UpdateGone" => bad(Asked::UpdateMedia, refused("CALL DOES NOT EXIST")),
        "TransferOk" => ok(Asked::Transfer),
        "TransferRefused" => bad(Asked::Transfer, refused("no")),
        "DigitsOk" => ok(Asked::Digits),
        "DigitsRefused" => bad(Asked::Digits, refused("no")),
        "PongOk" => ok(Asked::Pong),
        "PongTimedOut" => bad(Asked::Pong, F::TimedOut),
        "ByeOk" => ok(Asked::Bye),
        "ByeLost" => bad(Asked::Bye, F::Lost),
        "FarMedia" => I::FarMedia { sdp: "early".into() },
        "FarAnswered" => I::FarAnswered { sdp: Some("answer".into()) },
        "FarAnsweredBare" => I::FarAnswered { sdp: None },
        "FarBye" => I::FarBye { cause: HangupCause::NormalClearing },
        "FarMediaTimeout" => I::FarBye { cause: HangupCause::MediaTimeout },
        "FarPing" => I::FarPing(VertoPing::default()),
        "FarAttach" => I::FarAttach,
        "Other" => I::Other,
        "SdpReady" => I::SdpReady("ours".into()),
        "SdpRefused" => I::SdpRefused,
        "MediaConnected" => I::MediaConnected,
        "MediaDisconnected" => I::MediaDisconnected,
        "MediaFailed" => I::MediaFailed,
        "SessionLost" => I::SessionLost,
        "SessionResumed" => I::SessionBack { resumed: true },
        "SessionFresh" => I::SessionBack { resumed: false },
        "SessionGone" => I::SessionGone,
        "TimerEarly" | "PhaseLimit" | "SessionLimit" => I::Timer,
        other => panic!("no such input: {other}"),
    }
}

fn in_phase(now: Instant, phase: Phase) -> Call {
    let times = CallTimes::default();
    let inbound = matches!(phase, Phase::RingingIn | Phase::Answering);
    let mut call = if inbound {
        Call::inbound(now, &invite(), None, times).0
    } else {
        let wish = Outbound::to("c", "/private/bob");
        Call::outbound(now, wish, times).0
    };
    call.phase = phase;
    call.rings = phase == Phase::RingingIn;
    call.phase_ends = phase.limit(&times).map(|limit| now + limit);
    call.offer = match phase {
        Phase::Gathering => Offer::Making,
        Phase::Inviting | Phase::Trying | Phase::RingingOut | Phase::Reattaching(_) => Offer::Invited,
        Phase::Recovering(_) => Offer::Updating,
        _ => Offer::Settled,
    };
    call.contact = match phase {
        Phase::Connected | Phase::Holding | Phase::Held | Phase::Resuming => Contact::Up,
        Phase::Wavering(_) | Phase::Recovering(_) | Phase::Reattaching(_) => Contact::Down,
        _ => Contact::None,
    };
    call.had_contact = call.contact != Contact::None;
    call
}

fn invite() -> ServerInvite {
    ServerInvite {
        call_id: CallId::from("c"),
        sdp: "their offer".into(),
        caller_id_name: Some("Bob".into()),
        caller_id_number: Some("/private/bob".into()),
        callee_id_name: None,
        callee_id_number: Some("/private/alice".into()),
        display_direction: None,
        user_variables: None,
    }
}

/// Without what a `Disconnecting` carries.
fn name(phase: Phase) -> &'static str {
    let alike = |known: &Phase| match (known, phase) {
        (Phase::Disconnecting(_), Phase::Disconnecting(_)) => true,
        (known, phase) => *known == phase,
    };
    PHASES.iter().find(|(_, known)| alike(known)).expect("a known phase").0
}

#[test]
fn every_input_in_every_phase_leads_where_the_table_says() {
    let start = Instant::now();
    let mut rows = TABLE.lines().filter(|line| !line.trim().is_empty());
    let columns: Vec<&str> = rows.next().expect("the head").split_whitespace().collect();
    assert_eq!(columns, PHASES.map(|(name, _)| name));
    let (mut cells, mut wrong) = (0, Vec::new());
    for row in rows {
        let mut words = row.split_whitespace();
        let row = words.next().expect("an input");
        let expected: Vec<&str> = words.collect();
        assert_eq!(expected.len(), PHASES.len(), "{row}");
        for ((column, phase), expected) in PHASES.into_iter().zip(expected) {
            let mut call = in_phase(start, phase);
            let mut now = start;
            match row {
                "TimerEarly" => now += Duration::from_millis(1),
                "PhaseLimit" => now = call.phase_ends.unwrap_or(start),
                "SessionLimit" if phase != Phase::Destroyed => call.session_ends = Some(start),
                _ => {}
            }
            let out = call.handle(now, input(row));
            let expected = if expected == "." { column } else { expected };
            cells += 1;
            if name(call.phase) != expected {
                wrong.push(format!("{row} in {column}: {} instead of {expected}", name(call.phase)));
            }
            check_outputs(&format!("{row} in {column}"), phase, &call, &out);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cells, 56 * PHASES.len());
}

/// What holds for the outputs of every single step.
fn check_outputs(place: &str, before: Phase, call: &Call, out: &[CallOutput]) {
    let statuses: Vec<CallStatus> = out
        .iter()
        .filter_map(|output| match output {
            CallOutput::Status(status) => Some(*status),
            _ => None,
        })
        .collect();
    if before.status() == call.phase.status() {
        assert!(statuses.is_empty(), "{place}: {out:?}");
    } else {
        assert_eq!(statuses.last(), Some(&call.status()), "{place}: {out:?}");
    }
    let ends = call.phase == Phase::Destroyed && before != Phase::Destroyed;
    assert_eq!(out.iter().any(|o| matches!(o, CallOutput::Ended { .. })), ends, "{place}");
    if before == Phase::Destroyed {
        assert!(out.is_empty(), "{place}");
    }
    let left_ringing = before == Phase::RingingIn && call.phase != Phase::RingingIn;
    if left_ringing {
        assert_eq!(out.first(), Some(&CallOutput::StopRinging), "{place}");
    }
    let resting = matches!(call.phase, Phase::Connected | Phase::Held | Phase::Destroyed);
    assert!(call.deadline().is_some() != resting || place.starts_with("PhaseLimit"), "{place}: no limit");
}
