//! Ids are opaque strings on the wire (WIRE.md 4.2); types keep one from being passed where another is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id that came from elsewhere.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }
            /// A fresh random id (UUID v4, lower case with dashes).
            pub fn random() -> Self {
                Self(uuid::Uuid::new_v4().to_string())
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    )*};
}

id! {
    /// One leg of a call, `callID` on the wire.
    CallId,
    /// A participant of a call, `memberID` on the wire.
    MemberId,
    /// A server node of the space; empty means "the server picks".
    NodeId,
    /// One run of a room or of a call between two.
    RoomSessionId,
    /// A subscriber (user) of a space.
    SubscriberId,
}
