//! What clients are told beside the course of the call: wishes for their capture, and events that they asked for.

use super::Call;
use super::leg::Leg;
use ahoy_model::CallId;
use ahoy_wire::{EventBody, Member, ServerMediaParams, ServerVerto};
use serde_json::{Value, json};

/// How a member's sound is to be captured, in the words of browsers' constraints. Only for main legs: the SDK takes a failure
/// on any other for the end of the whole call (WIRE.md 16). Said when a member has asked for it.
pub fn media_params(leg: &CallId, member: &Member) -> ServerVerto {
    let on = |flag: Option<bool>| flag != Some(false);
    let audio = json!({
        "echoCancellation": on(member.echo_cancellation),
        "autoGainControl": on(member.auto_gain),
        "noiseSuppression": on(member.noise_suppression),
    });
    ServerVerto::MediaParams(ServerMediaParams {
        call_id: leg.clone(),
        media_params: Some(json!({ "audio": audio })),
    })
}

impl Call {
    pub(super) fn tell_media_params(&self, leg: &Leg) {
        leg.session.verto(media_params(&leg.id, &leg.member));
    }

    /// For legs that asked for that type of event.
    pub(super) fn tell_subscribers(&self, event_type: &str, params: &Value) {
        for leg in self.legs().filter(|leg| leg.subscribed.contains(event_type)) {
            let mut params = params.clone();
            if let Some(fields) = params.as_object_mut() {
                // The SDK finds the call by either of them.
                fields.insert("call_id".into(), leg.id.as_str().into());
                fields.insert("room_session_id".into(), self.room.session_id.as_str().into());
            }
            leg.event(EventBody::Unknown { event_type: event_type.to_owned(), params });
        }
    }
}
