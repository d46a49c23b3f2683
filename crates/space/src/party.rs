//! A person as calls see them.

use crate::store::{AddressRecord, Subscriber};
use crate::token::Claims;

/// Who is at a session. The names come from the token's subscriber, never from what a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub subscriber_id: String,
    /// Shown to others.
    pub name: String,
    /// `/private/alice`
    pub uri: String,
    /// Empty for a guest, whom nobody can call.
    pub address_id: String,
    pub reach: Reach,
}

/// What a person may dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everything,
    /// A guest: these address ids. `embed`: how they came.
    Only {
        addresses: Vec<String>,
        embed: Option<String>,
    },
}

impl Party {
    pub fn new(claims: &Claims, subscriber: &Subscriber) -> Self {
        let reach = if claims.is_guest() {
            Reach::Only { addresses: claims.allowed.clone(), embed: claims.embed.clone() }
        } else {
            Reach::Everything
        };
        Self {
            subscriber_id: subscriber.id.clone(),
            name: subscriber.name(),
            uri: subscriber.uri(),
            address_id: subscriber.addresses.first().map(|address| address.id.clone()).unwrap_or_default(),
            reach,
        }
    }

    pub fn is_guest(&self) -> bool {
        self.reach != Reach::Everything
    }

    /// Whether `other`, who knows this one's secrets, may go on in its place: the same subscriber, or a guest with the
    /// same rights (an embed makes a new guest each time it is asked).
    pub fn can_be(&self, other: &Self) -> bool {
        if self.is_guest() { self.reach == other.reach } else { self.subscriber_id == other.subscriber_id }
    }

    /// The embed that a guest came by.
    pub fn embed(&self) -> Option<&str> {
        match &self.reach {
            Reach::Only { embed, .. } => embed.as_deref(),
            Reach::Everything => None,
        }
    }

    /// Whose calls are counted together: an embed's guests are one.
    pub fn quota(&self) -> &str {
        self.embed().unwrap_or(&self.subscriber_id)
    }
}

impl Reach {
    pub fn includes(&self, address: &AddressRecord) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { addresses, .. } => addresses.contains(&address.id),
        }
    }
}
