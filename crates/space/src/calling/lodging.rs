//! `join_room`: the one who called goes into a room, and the script waits until the room lets him go.

use super::scripted::{Made, Scripted, State};
use crate::call::CallCommand;
use ahoy_model::{DialTarget, HangupCause};
use tokio::sync::oneshot;

impl Scripted {
    pub(super) fn send_into(&mut self, room: DialTarget) {
        self.stop_playing();
        let Some(call) = self.main.call.clone() else { return self.end(HangupCause::NormalTemporaryFailure) };
        self.state = State::Lodged;
        let by = self.main.id.clone();
        self.aside(async move {
            let (reply, answer) = oneshot::channel();
            call.send(CallCommand::Lodge { by, room, reply }).await;
            Made::Lodged(answer.await.unwrap_or(Err(HangupCause::InvalidCallReference)))
        });
    }

    pub(super) fn lodged(&mut self, lodged: Result<(), HangupCause>) {
        if let Err(cause) = lodged {
            tracing::info!(?cause, "a room does not let a caller in");
            self.back_from_room();
        }
    }

    /// The caller is wanted here, room or not.
    pub(super) fn fetch_back(&mut self) {
        if let (State::Lodged, Some(call)) = (&self.state, &self.main.call) {
            call.tell(CallCommand::Recall { by: self.main.id.clone() });
        }
    }

    /// The script goes on.
    pub(super) fn back_from_room(&mut self) {
        if self.state == State::Lodged {
            self.state = State::Ready;
            self.advance();
        }
    }
}
