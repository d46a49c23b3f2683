//! Other media in a running call: a picture that is added later, by us or by the far side (WIRE.md 7.6).

use crate::call::live::{Errand, LiveCall, Room};
use ahoy_model::{CallStatus, Flow, Problem, ProblemCode};
use ahoy_signaling::CallInput;
use std::time::Instant;

impl LiveCall {
    /// Our picture, on or off. A call without one gets it by a new agreement; the camera starts when it stands.
    pub(super) fn set_camera(&mut self, now: Instant, on: bool, room: &Room) -> Vec<Errand> {
        self.wants_picture = on;
        if !on || self.can_send_picture() || !self.status().is_answered() {
            return Vec::new();
        }
        let receives = self.options.receive_video.unwrap_or(true);
        self.video = Some(Flow::new(true, receives));
        self.ask_for_change(now, room)
    }

    /// The far side shows a picture that we have not agreed to see yet.
    pub(crate) fn far_shows_picture(&mut self, now: Instant, room: &Room) -> Vec<Errand> {
        let sees = self.negotiated.video.is_some_and(|(_, flow)| flow.receives());
        let wanted = self.options.receive_video.unwrap_or(true);
        if sees || !wanted || self.changing || self.status() != CallStatus::Connected {
            return Vec::new();
        }
        let sends = self.negotiated.video.is_some_and(|(_, flow)| flow.sends());
        self.video = Some(Flow::new(sends, true));
        self.ask_for_change(now, room)
    }

    fn ask_for_change(&mut self, now: Instant, room: &Room) -> Vec<Errand> {
        self.changing = true;
        self.handle(now, CallInput::ChangeMedia, room)
    }

    /// Both sides have agreed (again).
    pub(super) fn note_agreement(&mut self) {
        let video = self.negotiated.video.map(|(_, flow)| flow);
        self.party.with_video |= video.is_some();
        if std::mem::take(&mut self.changing) && self.wants_picture && !video.is_some_and(Flow::sends) {
            self.change_refused("the far side takes no picture");
        }
    }

    /// The wish came to nothing; what was agreed before still holds.
    pub(super) fn change_refused(&mut self, why: &str) {
        self.changing = false;
        self.video = self.negotiated.video.map(|(_, flow)| flow);
        if self.wants_picture && !self.can_send_picture() {
            self.wants_picture = false;
            self.problem = Some(Problem::new(ProblemCode::CallRefused).because(why));
        }
    }
}
