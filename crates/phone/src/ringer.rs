//! The one owner of the noises a phone makes by itself. They follow from the state of the calls and from nothing else,
//! so no path can leave a ring behind.

use ahoy_media::tone::{Signal, Tone};
use ahoy_model::{CallStatus, Direction, EndReason, RingTone, ToneRegion};

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
pub(crate) fn noise(calls: &[Heard], ring: RingTone, region: ToneRegion) -> Option<Tone> {
    let call = |signal| Tone::Call(signal, region);
    let rings = |call: &&Heard| {
        call.direction == Direction::Inbound && call.status == CallStatus::Ringing && !call.silenced
    };
    let in_call = calls.iter().any(|call| {
        call.status.is_answered() || (call.direction == Direction::Outbound && !call.status.is_over())
    });
    if calls.iter().any(|call| rings(&call)) {
        return Some(if in_call { call(Signal::CallWaiting) } else { Tone::Ring(ring) });
    }
    let hears_far_ring = |call: &Heard| {
        call.direction == Direction::Outbound && call.status == CallStatus::Ringing && !call.has_sound
    };
    if calls.iter().any(hears_far_ring) {
        return Some(call(Signal::RingBack));
    }
    if in_call {
        return None;
    }
    let said = |end: EndReason| match end {
        EndReason::Busy | EndReason::Rejected => Some(Signal::Busy),
        // There is no way to the far side.
        EndReason::Refused | EndReason::Failed | EndReason::TimedOut | EndReason::ConnectionLost => {
            Some(Signal::Congestion)
        }
        _ => None,
    };
    let outbound = calls.iter().filter(|call| call.direction == Direction::Outbound);
    outbound.filter_map(|call| call.just_ended.and_then(said)).next().map(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus as S;
    use Direction::{Inbound, Outbound};

    const R: ToneRegion = ToneRegion::Gb;

    fn call(direction: Direction, status: CallStatus) -> Heard {
        Heard { status, direction, silenced: false, has_sound: false, just_ended: None }
    }

    #[test]
    fn only_a_ringing_call_rings() {
        for status in CallStatus::ALL {
            for silenced in [false, true] {
                let heard = noise(&[Heard { silenced, ..call(Inbound, status) }], RingTone::Chime, R);
                let expected = (status == S::Ringing && !silenced).then_some(Tone::Ring(RingTone::Chime));
                assert_eq!(heard, expected, "{status:?}");
            }
        }
    }

    #[test]
    fn a_second_caller_is_soft_and_the_far_ring_is_heard() {
        let talking = call(Outbound, S::Connected);
        assert_eq!(
            noise(&[talking, call(Inbound, S::Ringing)], RingTone::Chime, R),
            Some(Tone::Call(Signal::CallWaiting, R))
        );
        assert_eq!(noise(&[talking], RingTone::Chime, R), None);
        assert_eq!(noise(&[call(Outbound, S::Trying)], RingTone::Chime, R), None);
        assert_eq!(
            noise(&[call(Outbound, S::Ringing)], RingTone::Chime, R),
            Some(Tone::Call(Signal::RingBack, R))
        );
        assert_eq!(
            noise(&[Heard { has_sound: true, ..call(Outbound, S::Ringing) }], RingTone::Chime, R),
            None
        );
        assert_eq!(
            noise(&[call(Outbound, S::Ringing), call(Inbound, S::Ringing)], RingTone::Chime, R),
            Some(Tone::Call(Signal::CallWaiting, R))
        );
    }

    #[test]
    fn busy_is_heard_for_a_moment_unless_somebody_talks() {
        let busy = Heard { just_ended: Some(EndReason::Busy), ..call(Outbound, S::Destroyed) };
        assert_eq!(noise(&[busy], RingTone::Chime, R), Some(Tone::Call(Signal::Busy, R)));
        assert_eq!(noise(&[busy, call(Inbound, S::Connected)], RingTone::Chime, R), None);
        let lost = Heard { just_ended: Some(EndReason::Refused), ..busy };
        assert_eq!(noise(&[lost], RingTone::Chime, R), Some(Tone::Call(Signal::Congestion, R)));
        assert_eq!(noise(&[Heard { just_ended: Some(EndReason::HungUp), ..busy }], RingTone::Chime, R), None);
        assert_eq!(noise(&[], RingTone::Chime, R), None);
    }
}
