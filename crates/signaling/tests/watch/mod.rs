//! What must hold for the outputs of a call from the first to the last.

use ahoy_model::{CallStatus, Direction};
use ahoy_signaling::{CallInput, CallMessage, CallOutput};

#[derive(Default)]
pub struct Watch {
    rings: bool,
    pub rang: bool,
    /// An offer is out that was not answered.
    offer_out: bool,
    invites: u32,
    answers: u32,
    byes: u32,
    closed: u32,
    ended: bool,
    destroyed: bool,
    user_answered: bool,
    pub status: Option<CallStatus>,
    steps: Vec<(CallInput, Vec<CallOutput>)>,
}

impl Watch {
    pub fn look(&mut self, direction: Direction, input: &CallInput, out: Vec<CallOutput>) {
        self.user_answered |= *input == CallInput::Answer;
        self.steps.push((input.clone(), out.clone()));
        for output in &out {
            assert!(!self.destroyed, "something follows Destroyed");
            match output {
                CallOutput::StartRinging => {
                    assert!(!self.rang, "rings twice");
                    (self.rings, self.rang) = (true, true);
                }
                CallOutput::StopRinging => {
                    assert!(self.rings, "stopped what does not ring");
                    self.rings = false;
                }
                CallOutput::StartMedia(_) => {
                    let agreed = direction == Direction::Outbound || self.user_answered;
                    assert!(agreed, "media without consent");
                    assert_eq!(self.closed, 0, "media after its end");
                }
                CallOutput::Send(message) => self.look_at_message(message),
                CallOutput::AcceptAnswer(_) => {
                    assert!(self.offer_out, "an answer without an offer");
                    self.offer_out = false;
                }
                CallOutput::CloseMedia => self.closed += 1,
                CallOutput::Refused(_) => {}
                CallOutput::Status(status) => {
                    assert_ne!(self.status, Some(*status), "told twice");
                    assert!(!self.ended || *status == CallStatus::Destroyed);
                    self.status = Some(*status);
                    self.destroyed = *status == CallStatus::Destroyed;
                }
                CallOutput::Ended { .. } => {
                    assert!(!self.ended, "ended twice");
                    assert!(!self.rings, "the ring outlives the call");
                    assert_eq!(self.closed, 1, "media closed {} times", self.closed);
                    self.ended = true;
                }
            }
        }
        assert!(!self.destroyed || self.ended, "destroyed without a reason");
    }

    fn look_at_message(&mut self, message: &CallMessage) {
        assert_eq!(self.byes, 0, "{message:?} after the bye");
        match message {
            CallMessage::Invite { .. } => self.invites += 1,
            CallMessage::Answer { .. } => self.answers += 1,
            CallMessage::Bye { .. } => self.byes += 1,
            _ => {}
        }
        assert!(self.invites <= 1 && self.answers <= 1, "said twice");
        self.offer_out |= matches!(
            message,
            CallMessage::Invite { .. } | CallMessage::Reattach { .. } | CallMessage::UpdateMedia { .. }
        );
    }

    pub fn saw(&self, status: CallStatus) -> bool {
        self.steps.iter().any(|(_, out)| out.contains(&CallOutput::Status(status)))
    }

    /// All steps, for people.
    pub fn story(&self) -> String {
        self.steps.iter().map(|(input, out)| format!("  {input:?} => {out:?}\n")).collect()
    }
}
