//! What the space says, and which call it is for.

use crate::call::party::shown;
use crate::house::House;
use crate::presence;
use crate::registration::{Asker, Routed};
use crate::snapshot::Event;
use ahoy_model::{CallId, NodeId, Problem, ProblemCode, RoomSessionId};
use ahoy_signaling::{Answer, CallInput, RequestFailure};
use ahoy_wire::{EventBody, Member, MemberChange, ServerVerto};
use std::time::Instant;

/// Longer runs of digits are no typing.
const MOST_DIGITS: usize = 64;

pub(crate) fn route(house: &mut House, now: Instant, item: Routed) {
    match item {
        Routed::Verto(node, message) => verto(house, now, node, message),
        Routed::Event(body) => event(house, now, *body),
        Routed::Reply(Asker::Call(id, asked), outcome) => {
            let outcome = outcome.map(|answer| match answer {
                Answer::Verto(accepted) => accepted,
                _ => Default::default(),
            });
            house.input(now, &id, CallInput::Reply { to: asked, outcome });
        }
        Routed::Reply(Asker::Layouts(id), outcome) => {
            if let (Ok(Answer::Layouts(reply)), Some(call)) = (outcome, house.calls.find(&id)) {
                call.layouts(reply.layouts);
            }
        }
        Routed::Reply(Asker::Probe, outcome) => {
            // A refusal is an answer, too.
            let answered = matches!(outcome, Ok(_) | Err(RequestFailure::Refused(_)));
            house.probed(now, answered);
        }
        Routed::Reply(Asker::Raw, outcome) => house.raw_answered(outcome),
        Routed::Reply(Asker::Nobody, outcome) => {
            if let Err(error) = outcome {
                tracing::debug!(%error, "a request came to nothing");
            }
        }
        Routed::Back { resumed } => {
            everyone(house, now, &CallInput::SessionBack { resumed });
            house.take_up_calls(now);
            house.read_chats();
        }
        Routed::Lost => {
            house.presences.forget();
            everyone(house, now, &CallInput::SessionLost);
        }
        Routed::Gone => everyone(house, now, &CallInput::SessionGone),
        Routed::Notice(problem) => house.notice(Some(problem)),
        Routed::Chat(news) => house.chat_news(news),
        Routed::Name(id, name) => {
            if let Some(call) = house.calls.find(&id) {
                call.set_name(&shown(&name));
            }
        }
    }
}

fn everyone(house: &mut House, now: Instant, input: &CallInput) {
    let legs = house.calls.iter().chain(house.calls.shares().iter().map(|share| &share.leg));
    let ids: Vec<CallId> = legs.map(|call| call.id().clone()).collect();
    for id in ids {
        house.input(now, &id, input.clone());
    }
}

fn verto(house: &mut House, now: Instant, node: Option<NodeId>, message: ServerVerto) {
    match message {
        ServerVerto::Invite(invite) => house.incoming(now, &invite, node),
        ServerVerto::Attach(attach) if house.calls.get(&attach.call_id).is_none() => {
            house.attached(now, &attach, node);
        }
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
        ServerVerto::MediaParams(asked) => {
            let params = asked.media_params.unwrap_or_default();
            house.with_call(&asked.call_id, |call, room| call.set_media_params(&params, room));
        }
        ServerVerto::Display(display) => {
            if let Some(call) = house.calls.find(&display.call_id) {
                call.set_name(&shown(display.display_name.as_deref().unwrap_or_default()));
                call.set_address(&shown(display.display_number.as_deref().unwrap_or_default()));
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
fn event(house: &mut House, now: Instant, body: EventBody) {
    match body {
        EventBody::CallJoined(joined) => {
            let room = joined.room_session_id.as_ref().unwrap_or(&joined.room_session.room_session_id);
            let Some(call) = house.calls.find(&joined.call_id) else { return };
            call.joined(room.clone());
            let id = call.id().clone();
            call.set_rights(joined.capabilities.as_deref());
            let errands = call.joined_room(&joined);
            for member in joined.room_session.members.iter().flatten() {
                far_member(house, now, &id, member);
            }
            house.run(now, errands);
        }
        EventBody::Unknown { event_type, params } if event_type == presence::EVENT => {
            let (contacts, own) = (house.registration.contacts(), &house.registration.own().addresses);
            if house.presences.hear(&params, contacts, own) {
                house.registration.read_directory_soon(now);
            }
        }
        EventBody::ConversationMessage(line) => house.chat_line(&line),
        EventBody::CallState(state) => {
            if let Some(call) = house.calls.find(&state.call_id)
                && state.call_state.as_deref() == Some("ringing")
            {
                call.set_far_rings();
            }
        }
        EventBody::MemberJoined(change) => {
            let id =
                room_of(&change).and_then(|room| house.calls.in_room(&room)).map(|call| call.id().clone());
            member(house, now, change);
            // What was a call between two may have become a room.
            let errands = id.and_then(|id| Some(house.calls.find(&id)?.ask_layouts()));
            house.run(now, errands.unwrap_or_default());
        }
        EventBody::MemberUpdated(change) | EventBody::MemberTalking(change) => member(house, now, change),
        EventBody::MemberLeft(change) => {
            if let Some(call) = room_of(&change).and_then(|room| house.calls.in_room(&room)) {
                call.member_left(&change.member);
                call.far_left(&change.member);
                call.left_room(&change.member.member_id);
            }
        }
        EventBody::LayoutChanged(changed) => {
            if let Some(call) = changed.room_session_id.and_then(|room| house.calls.in_room(&room)) {
                call.layout_changed(&changed.layout);
            }
        }
        EventBody::CallUpdated(change) | EventBody::RoomUpdated(change) => {
            let session = change.room_session;
            let room = change.room_session_id.as_ref().unwrap_or(&session.room_session_id);
            if let Some(call) = house.calls.in_room(room) {
                call.room_changed(&session);
            }
        }
        EventBody::CallPlay(play)
            if play.state.as_deref() == Some("error") && house.calls.find(&play.call_id).is_some() =>
        {
            house.events.send(Event::Notice(Problem::new(ProblemCode::FileUnreadable)));
        }
        _ => {}
    }
}

fn member(house: &mut House, now: Instant, change: MemberChange) {
    let room = room_of(&change);
    let Some(call) = room.and_then(|room| house.calls.in_room(&room)) else { return };
    call.member_changed(&change.member);
    let id = call.id().clone();
    far_member(house, now, &id, &change.member);
}

fn room_of(change: &MemberChange) -> Option<RoomSessionId> {
    change.room_session_id.clone().or_else(|| change.member.room_session_id.clone())
}

fn far_member(house: &mut House, now: Instant, id: &CallId, member: &Member) {
    let Some(call) = house.calls.find(id) else { return };
    if call.is_own_member(&member.member_id) || member.call_id.as_ref() == Some(call.id()) {
        return;
    }
    if call.child_came(member) {
        return;
    }
    // In a room one of many says nothing about the picture and the sound of all.
    if call.is_in_room() {
        return;
    }
    if let Some(off) = member.video_muted {
        call.set_far_picture(off);
    }
    let held = member.meta.as_ref().and_then(|meta| meta.get("held")).and_then(serde_json::Value::as_bool);
    if held.is_some() || member.audio_muted.is_some() {
        call.set_far_quiet(held, member.audio_muted);
    }
    let shown = member.updated.iter().flatten().any(|field| field == "video_muted");
    if shown && member.video_muted == Some(false) {
        let errands = house.with_call(id, |call, room| call.far_shows_picture(now, room));
        house.run(now, errands.unwrap_or_default());
    }
}
