//! What can be done with a call in each state. The only place where this is decided.

use crate::snapshot::CallActions;
use ahoy_model::{CallStatus, Direction};

pub(crate) fn actions(status: CallStatus, direction: Direction, silenced: bool) -> CallActions {
    let ringing_in = status.can_answer(direction);
    let answered = status.is_answered();
    CallActions {
        answer: ringing_in,
        decline: ringing_in,
        silence: ringing_in && !silenced,
        hang_up: status.can_hang_up() && !ringing_in,
        hold: status.can_hold(),
        resume: status.can_resume(),
        // Outbound calls can be muted before the answer, so that nothing slips out.
        mute: answered || (direction == Direction::Outbound && !status.is_over()),
        camera: answered || (direction == Direction::Outbound && !status.is_over()),
        digits: status.can_send_digits(),
        transfer: status.can_hold() || status.can_resume(),
        share: status == CallStatus::Connected,
        // That takes two calls (`Calls::unions`).
        connect: false,
        merge: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_offers_what_makes_sense() {
        for status in CallStatus::ALL {
            for direction in [Direction::Inbound, Direction::Outbound] {
                let can = actions(status, direction, false);
                assert!(!(can.answer && can.hang_up), "ringing is declined, not hung up");
                assert!(!(can.hold && can.resume));
                if status.is_over() {
                    assert_eq!(can, CallActions::default(), "{status:?}");
                } else {
                    assert!(can.hang_up || can.decline, "{status:?}: there is always a way out");
                }
            }
        }
        assert!(!actions(CallStatus::Ringing, Direction::Inbound, true).silence);
        assert!(actions(CallStatus::Ringing, Direction::Inbound, true).answer);
        assert!(!actions(CallStatus::Ringing, Direction::Outbound, false).answer);
        assert!(actions(CallStatus::Trying, Direction::Outbound, false).mute);
    }
}
