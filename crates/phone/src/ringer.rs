//! The one owner of the noises a phone makes by itself. They follow from the state of the calls and from nothing else,
//! so no path can leave a ring behind.

use ahoy_media::tone::Tone;
use ahoy_model::{CallStatus, Direction, EndReason, RingTone};

/// What the ringer looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) status: CallStatus,
    pub(crate) direction: Direction,
    pub(crate) silenced: bool,
    /// The far side's own sound comes in already (early media), so ours would be in its way.
    pub(crate) has_sound: bool,
    /// It ended just now, and why.
    pub(crate) just_ended: Option<EndReason>,
}

/// The noise to make now.
pub(crate) fn noise(calls: &[Heard], ring: RingTone) -> Option<Tone> {
    let rings = |call: &&Heard| {
        call.direction == Direction::Inbound && call.status == CallStatus::Ringing && !call.silenced
    };
    let in_call = calls.iter().any(|call| {
        call.status.is_answered() || (call.direction == Direction::Outbound && !call.status.is_over())
    });
    if calls.iter().any(|call| rings(&call)) {
        return Some(if in_call { Tone::CallWaiting } else { Tone::Ring(ring) });
    }
    let hears_far_ring = |call: &Heard| {
        call.direction == Direction::Outbound && call.status == CallStatus::Ringing && !call.has_sound
    };
    if calls.iter().any(hears_far_ring) {
        return Some(Tone::RingBack);
    }
    if in_call {
        return None;
    }
    let engaged = |call: &Heard| {
        call.direction == Direction::Outbound
            && matches!(call.just_ended, Some(EndReason::Busy | EndReason::Rejected | EndReason::Refused))
    };
    calls.iter().any(engaged).then_some(Tone::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus as S;
    use Direction::{Inbound, Outbound};

    fn call(direction: Direction, status: CallStatus) -> Heard {
        Heard { status, direction, silenced: false, has_sound: false, just_ended: None }
    }

    #[test]
    fn only_a_ringing_call_rings() {
        for status in CallStatus::ALL {
            for silenced in [false, true] {
                let heard = noise(&[Heard { silenced, ..call(Inbound, status) }], RingTone::Chime);
                let expected = (status == S::Ringing && !silenced).then_some(Tone::Ring(RingTone::Chime));
                assert_eq!(heard, expected, "{status:?}");
            }
        }
    }

    #[test]
    fn a_second_caller_is_soft_and_the_far_ring_is_heard() {
        let talking = call(Outbound, S::Connected);
        assert_eq!(noise(&[talking, call(Inbound, S::Ringing)], RingTone::Chime), Some(Tone::CallWaiting));
        assert_eq!(noise(&[talking], RingTone::Chime), None);
        assert_eq!(noise(&[call(Outbound, S::Trying)], RingTone::Chime), None);
        assert_eq!(noise(&[call(Outbound, S::Ringing)], RingTone::Chime), Some(Tone::RingBack));
        assert_eq!(noise(&[Heard { has_sound: true, ..call(Outbound, S::Ringing) }], RingTone::Chime), None);
        assert_eq!(
            noise(&[call(Outbound, S::Ringing), call(Inbound, S::Ringing)], RingTone::Chime),
            Some(Tone::CallWaiting)
        );
    }

    #[test]
    fn busy_is_heard_for_a_moment_unless_somebody_talks() {
        let busy = Heard { just_ended: Some(EndReason::Busy), ..call(Outbound, S::Destroyed) };
        assert_eq!(noise(&[busy], RingTone::Chime), Some(Tone::Busy));
        assert_eq!(noise(&[busy, call(Inbound, S::Connected)], RingTone::Chime), None);
        assert_eq!(noise(&[Heard { just_ended: Some(EndReason::HungUp), ..busy }], RingTone::Chime), None);
        assert_eq!(noise(&[], RingTone::Chime), None);
    }
}
