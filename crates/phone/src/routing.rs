//! What the space says, and which call it is for.

use crate::call::LiveCall;
use crate::call::party::shown;
use crate::house::House;
use crate::registration::{Asker, Routed};
use crate::snapshot::Event;
use ahoy_model::{CallId, NodeId};
use ahoy_signaling::{Answer, CallInput};
use ahoy_wire::{EventBody, Member, MemberChange, ServerVerto};
use std::time::Instant;

/// Longer runs of digits are no typing.
const MOST_DIGITS: usize = 64;

pub(crate) fn route(house: &mut House, now: Instant, item: Routed) {
    match item {
        Routed::Verto(node, message) => verto(house, now, node, message),
        Routed::Event(body) => event(house, *body),
        Routed::Reply(Asker::Call(id, asked), outcome) => {
            let outcome = outcome.map(|answer| match answer {
                Answer::Verto(accepted) => accepted,
                _ => Default::default(),
            });
            house.input(now, &id, CallInput::Reply { to: asked, outcome });
        }
        Routed::Reply(Asker::Nobody, outcome) => {
            if let Err(error) = outcome {
                tracing::debug!(%error, "a request came to nothing");
            }
        }
        Routed::Back { resumed } => everyone(house, now, &CallInput::SessionBack { resumed }),
        Routed::Lost => everyone(house, now, &CallInput::SessionLost),
        Routed::Gone => everyone(house, now, &CallInput::SessionGone),
        Routed::Notice(problem) => house.notice(Some(problem)),
        Routed::Name(id, name) => {
            if let Some(call) = house.calls.find(&id) {
                call.set_name(&shown(&name));
            }
        }
    }
}

fn everyone(house: &mut House, now: Instant, input: &CallInput) {
    let ids: Vec<CallId> = house.calls.iter().map(|call| call.id().clone()).collect();
    for id in ids {
        house.input(now, &id, input.clone());
    }
}

fn verto(house: &mut House, now: Instant, node: Option<NodeId>, message: ServerVerto) {
    match message {
        ServerVerto::Invite(invite) => house.incoming(now, &invite, node),
        ServerVerto::Info(info) => {
            let digits = info.dtmf.unwrap_or_default();
            if house.calls.get(&info.call_id).is_some_and(|call| !call.status().is_over()) {
                for digit in digits.chars().take(MOST_DIGITS) {
                    house
                        .events
                        .send(Event::DigitReceived { call: info.call_id.clone(), digit: digit.to_string() });
                }
            }
        }
        ServerVerto::Display(display) => {
            if let Some(call) = house.calls.find(&display.call_id) {
                call.set_name(&shown(display.display_name.as_deref().unwrap_or_default()));
            }
        }
        other => {
            if let Some(id) = other.call_id() {
                house.input(now, &id, other.into());
            }
        }
    }
}

/// Events of rooms change what is shown, never the state of a call (WIRE.md 8). "ringing" is all a space says between
/// taking a call and its answer, if it says anything.
fn event(house: &mut House, body: EventBody) {
    match body {
        EventBody::CallJoined(joined) => {
            let room = joined.room_session_id.unwrap_or(joined.room_session.room_session_id);
            let Some(call) = house.calls.find(&joined.call_id) else { return };
            call.joined(room);
            for member in joined.room_session.members.iter().flatten() {
                far_member(call, member);
            }
        }
        EventBody::CallState(state) => {
            if let Some(call) = house.calls.find(&state.call_id)
                && state.call_state.as_deref() == Some("ringing")
            {
                call.set_far_rings();
            }
        }
        EventBody::MemberJoined(change) | EventBody::MemberUpdated(change) => member(house, change),
        _ => {}
    }
}

fn member(house: &mut House, change: MemberChange) {
    let room = change.room_session_id.as_ref().or(change.member.room_session_id.as_ref());
    if let Some(call) = room.and_then(|room| house.calls.in_room(room)) {
        far_member(call, &change.member);
    }
}

fn far_member(call: &mut LiveCall, member: &Member) {
    if call.is_own_member(&member.member_id) || member.call_id.as_ref() == Some(call.id()) {
        return;
    }
    if let Some(off) = member.video_muted {
        call.set_far_picture(off);
    }
}
