//! Calls that outlive the program: kept while they are talked on, taken up by the next run (WIRE.md 11).

use crate::call::live::{Errand, LiveCall, Room, times};
use crate::call::party::Party;
use crate::kept::KeptCall;
use ahoy_model::{Direction, Flow};
use ahoy_signaling::Call;
use std::time::Instant;

impl LiveCall {
    /// A call of the last run: it asks the space for it with a new offer.
    pub(crate) fn take_up(now: Instant, kept: &KeptCall, room: &Room) -> (Self, Vec<Errand>) {
        let (machine, outputs) = Call::reattached(now, kept.reattach(), times(room.settings));
        let party =
            Party { name: kept.name.clone(), address: kept.address.clone(), with_video: kept.with_video };
        let mut call = Self::new(machine, party);
        call.video = kept.with_video.then_some(Flow::SendRecv);
        (call.wants_picture, call.muted) = (kept.picture, kept.muted);
        (call.started_at, call.connected_at) = (kept.started_at, kept.connected_at);
        call.answered = true;
        let errands = call.carry_out(now, outputs, room);
        (call, errands)
    }

    /// What the next run would need, if there is something that it could take up.
    pub(crate) fn to_keep(&self) -> Option<KeptCall> {
        let talks = self.status().is_answered() && self.connected_at.is_some();
        let reattach = Some(self.machine.to_reattach()).filter(|_| talks)?;
        let mut dialog = reattach.dialog;
        dialog.user_variables = None;
        Some(KeptCall {
            dialog,
            node: reattach.node_id,
            outbound: self.direction() == Direction::Outbound,
            name: self.party.name.clone(),
            address: self.party.address.clone(),
            with_video: self.party.with_video,
            picture: self.wants_picture,
            muted: self.muted,
            started_at: self.started_at,
            connected_at: self.connected_at,
        })
    }
}
