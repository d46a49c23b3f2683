//! What clients are told beside the course of the call: wishes for their capture, and events that they asked for.

use super::Call;
use super::leg::Leg;
use ahoy_wire::{EventBody, ServerMediaParams, ServerVerto};
use serde_json::{Value, json};

impl Call {
    /// How the member's sound is to be captured, in the words of browsers' constraints. Only for main legs: the SDK takes a
    /// failure on any other for the end of the whole call (WIRE.md 16). Said when a member has asked for it.
    pub(super) fn tell_media_params(&self, leg: &Leg) {
        let on = |flag: Option<bool>| flag != Some(false);
        let audio = json!({
            "echoCancellation": on(leg.member.echo_cancellation),
            "autoGainControl": on(leg.member.auto_gain),
            "noiseSuppression": on(leg.member.noise_suppression),
        });
        leg.session.verto(ServerVerto::MediaParams(ServerMediaParams {
            call_id: leg.id.clone(),
            media_params: Some(json!({ "audio": audio })),
        }));
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
