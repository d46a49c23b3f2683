//! A person as calls see them.

use crate::store::Subscriber;

/// Who is at a session. The names come from the token's subscriber, never from what a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub subscriber_id: String,
    /// Shown to others.
    pub name: String,
    /// `/private/alice`
    pub uri: String,
    pub address_id: String,
}

impl From<&Subscriber> for Party {
    fn from(subscriber: &Subscriber) -> Self {
        Self {
            subscriber_id: subscriber.id.clone(),
            name: subscriber.name(),
            uri: subscriber.uri(),
            address_id: subscriber.addresses.first().map(|address| address.id.clone()).unwrap_or_default(),
        }
    }
}
