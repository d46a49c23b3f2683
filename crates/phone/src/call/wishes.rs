//! What the user may ask of a call, and when.

use crate::call::live::{Errand, LiveCall, Room};
use crate::command::CallCommand;
use ahoy_media::tone::Tone;
use ahoy_model::{Problem, ProblemCode};
use ahoy_signaling::CallInput;
use std::time::Instant;

/// More keys at once are no typing.
const MOST_DIGITS: usize = 64;

impl LiveCall {
    /// Everything but `MakeActive`, `Unite` and `Dismiss`, which concern all calls, and the sharing of screens, which is a leg of its own.
    pub(crate) fn wish(
        &mut self,
        now: Instant,
        wish: CallCommand,
        room: &Room,
    ) -> Result<Vec<Errand>, Problem> {
        let can = self.view(None).actions;
        let may = match &wish {
            CallCommand::Answer { .. } => can.answer,
            CallCommand::Decline => can.decline,
            CallCommand::Silence => can.silence || self.silenced,
            CallCommand::HangUp => can.hang_up || can.decline,
            CallCommand::SetMuted(_) => can.mute,
            CallCommand::SetCamera(_) => can.camera,
            CallCommand::Hold => can.hold,
            CallCommand::Resume => can.resume,
            CallCommand::SendDigits(_) => can.digits,
            CallCommand::Transfer(_) => can.transfer,
            CallCommand::Room(_) => self.status().is_answered(),
            CallCommand::MakeActive
            | CallCommand::Dismiss
            | CallCommand::Unite { .. }
            | CallCommand::ShareScreen { .. }
            | CallCommand::StopSharing => false,
        };
        if !may {
            let status = self.status();
            return Err(
                Problem::new(ProblemCode::CallNotPossible).because(format_args!("the call is {status:?}"))
            );
        }
        let input = match wish {
            CallCommand::Answer { video } => {
                self.wants_picture = video && self.party.with_video;
                CallInput::Answer
            }
            CallCommand::Decline => CallInput::Decline,
            CallCommand::HangUp if can.decline => CallInput::Decline,
            CallCommand::HangUp => CallInput::HangUp,
            CallCommand::Silence => {
                self.silenced = true;
                CallInput::Silence
            }
            CallCommand::SetMuted(muted) => {
                self.muted = muted;
                return Ok(Vec::new());
            }
            CallCommand::SetCamera(on) => {
                return Ok(self.set_camera(now, on, room));
            }
            CallCommand::Hold => CallInput::Hold,
            CallCommand::Resume => CallInput::Resume,
            CallCommand::SendDigits(digits) => {
                let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D' | 'a'..='d');
                if digits.is_empty() || digits.len() > MOST_DIGITS || !digits.chars().all(is_key) {
                    return Err(
                        Problem::new(ProblemCode::CallNotPossible).because("these are no keys of a phone")
                    );
                }
                if let Some(first) = digits.chars().next() {
                    room.sound.play(Tone::Key(first));
                }
                CallInput::Digits(digits)
            }
            CallCommand::Transfer(destination) => CallInput::Transfer { destination },
            CallCommand::Room(action) => return self.ask_room(&action),
            CallCommand::MakeActive
            | CallCommand::Dismiss
            | CallCommand::Unite { .. }
            | CallCommand::ShareScreen { .. }
            | CallCommand::StopSharing => return Ok(Vec::new()),
        };
        Ok(self.handle(now, input, room))
    }
}
