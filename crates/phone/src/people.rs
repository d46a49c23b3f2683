//! The people that the user knows: the space's directory with who can be called, one's own contacts, and those whose calls
//! are answered at once.

use crate::call::party::{Party, shown};
use crate::call::{Errand, LiveCall};
use crate::command::CallCommand;
use crate::house::House;
use crate::snapshot::ContactView;
use ahoy_model::CallId;
use ahoy_signaling::CallInput;
use std::time::Instant;

impl House {
    /// The directory, then the user's own.
    pub(crate) fn people(&self) -> Vec<ContactView> {
        let directory = self.registration.contacts();
        let mut people: Vec<ContactView> = directory
            .iter()
            .map(|contact| ContactView { presence: self.presences.of(contact), ..contact.clone() })
            .collect();
        for own in &self.settings.own_contacts {
            if !directory.iter().any(|contact| contact.address == own.address) {
                people.push(ContactView {
                    id: String::new(),
                    name: own.name.clone(),
                    address: own.address.clone(),
                    kind: "contact".into(),
                    can_video: !own.address.starts_with('+'),
                    presence: None,
                    own: true,
                });
            }
        }
        people
    }

    /// Only where nothing else goes on: nobody is put on hold or listened to without knowing.
    pub(crate) fn auto_answer(&mut self, now: Instant, id: &CallId) {
        let living = self.calls.iter().filter(|call| !call.status().is_over()).count();
        let Some(call) = self.calls.get(id) else { return };
        let plain = |address: &str| address.split('?').next().unwrap_or_default().to_owned();
        let from = plain(call.address());
        let wanted = self.settings.auto_answer.iter().any(|address| plain(address) == from);
        if wanted && living == 1 {
            tracing::info!(call = %id, "answered by itself, as the user wants it for this caller");
            let _ = self.call_command(now, id, CallCommand::Answer { video: false });
        }
    }

    /// Somebody calls.
    pub(crate) fn incoming(
        &mut self,
        now: Instant,
        invite: &ahoy_wire::ServerInvite,
        node: Option<ahoy_model::NodeId>,
    ) {
        if self.calls.get(&invite.call_id).is_some() {
            return;
        }
        let party = Party::caller(invite, self.registration.contacts());
        tracing::info!(call = %invite.call_id, from = shown(&party.address), "incoming");
        let busy = self.calls.is_full();
        let (mut call, mut errands) = LiveCall::ring(now, invite, node, party, &self.room());
        if busy {
            // Nobody was told that it rings.
            errands = call.handle(now, CallInput::Decline, &self.room());
            errands.retain(|errand| matches!(errand, Errand::Request(..)));
            call.close_peer();
        } else {
            self.calls.add(call);
        }
        self.run(now, errands);
        self.auto_answer(now, &invite.call_id);
    }
}
