//! Calls that the space still has for us and we know nothing of (`verto.attach`, WIRE.md 4.4).

use crate::call::LiveCall;
use crate::call::party::{Party, shown};
use crate::clock::unix_millis;
use crate::house::House;
use crate::kept::KeptCall;
use ahoy_model::{Channel, DialTarget, Direction, NodeId};
use ahoy_signaling::Reattach;
use ahoy_wire::ServerAttach;
use std::time::Instant;

impl House {
    /// Takes such a call up. Nobody here has dialled or accepted it in this run, so nothing of ours is heard or seen until the
    /// user says so; what the others send is.
    pub(crate) fn attached(&mut self, now: Instant, attach: &ServerAttach, node: Option<NodeId>) {
        if self.calls.get(&attach.call_id).is_some() || self.calls.is_full() {
            return;
        }
        let kept = self.unknown_call(attach, node);
        tracing::info!(call = %attach.call_id, "the space has a call of ours");
        let alone = self.calls.iter().next().is_none();
        let (call, errands) = self.with_calls(|_, room| LiveCall::take_up(now, &kept, room));
        self.calls.add(call);
        if alone {
            self.calls.set_active(&attach.call_id);
        }
        self.run(now, errands);
    }

    fn unknown_call(&self, attach: &ServerAttach, node: Option<NodeId>) -> KeptCall {
        let path = |number: &Option<String>| {
            let number = number.as_deref().unwrap_or_default();
            DialTarget::parse(number).map_or_else(|_| shown(number), |target| target.path().to_owned())
        };
        let (caller, callee) = (path(&attach.caller_id_number), path(&attach.callee_id_number));
        let called = self.registration.own().addresses.contains(&callee);
        let (direction, address, name) = match called {
            true => (Direction::Inbound, caller, &attach.caller_id_name),
            false => (Direction::Outbound, callee, &attach.callee_id_name),
        };
        let name =
            name.as_deref().filter(|name| *name != "_undef_").map(shown).filter(|name| !name.is_empty());
        let asked = attach.callee_id_number.as_deref().and_then(|number| DialTarget::parse(number).ok());
        let asked = asked.is_some_and(|target| target.channel() == Some(Channel::Video));
        KeptCall {
            dialog: Reattach::offered(attach, node.clone(), direction).dialog,
            node,
            outbound: direction == Direction::Outbound,
            name: name.unwrap_or_else(|| address.clone()),
            address,
            with_video: asked || attach.sdp.as_deref().is_some_and(Party::offers_video),
            picture: false,
            muted: true,
            started_at: unix_millis(),
            connected_at: None,
        }
    }
}
