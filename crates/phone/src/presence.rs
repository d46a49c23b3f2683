//! Who of the space can be called now. The built-in space pushes it; others do not say.

use crate::snapshot::ContactView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Of the built-in space, to our own phones only.
pub(crate) const EVENT: &str = "subscriber.presence";
/// More than anybody looks at.
const MOST: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Online,
    /// In a call.
    Busy,
    DoNotDisturb,
    Offline,
}

/// What the space has said so far. Whoever it does not name is offline, once it has said anything.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    told: bool,
    known: BTreeMap<String, Presence>,
}

#[derive(Deserialize)]
struct Told {
    subscribers: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    address: String,
    presence: Presence,
}

impl Presences {
    /// Whether somebody was named who is not among `contacts` nor has one of our own addresses. What cannot be read is left out.
    pub(crate) fn hear(&mut self, params: &Value, contacts: &[ContactView], own: &[String]) -> bool {
        let Ok(told) = Told::deserialize(params) else { return false };
        self.told = true;
        let strange = |one: &One| {
            !own.contains(&one.address) && !contacts.iter().any(|contact| contact.address == one.address)
        };
        let strangers = told.subscribers.iter().any(strange);
        for One { address, presence } in told.subscribers {
            if presence == Presence::Offline {
                self.known.remove(&address);
            } else if self.known.len() < MOST {
                self.known.insert(address, presence);
            }
        }
        strangers
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn of(&self, contact: &ContactView) -> Option<Presence> {
        let known = self.known.get(&contact.address).copied().unwrap_or(Presence::Offline);
        (self.told && contact.kind == "subscriber").then_some(known)
    }
}
