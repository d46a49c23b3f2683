//! What the UI knows about conversations.

use crate::snapshot::UnixMillis;
use ahoy_model::Problem;
use serde::{Deserialize, Serialize};

/// A conversation in the list, the one with the newest line first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct ChatView {
    /// The space's name for it.
    pub group: String,
    /// Whom or which room it is with; `None` when the directory does not know them (any more).
    pub address: Option<String>,
    pub name: String,
    /// Texts of others since it was last open.
    pub unread: u32,
    pub last: Option<ChatLine>,
}

/// The conversation that the user looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct OpenChat {
    pub address: String,
    pub name: String,
    /// Oldest first.
    pub lines: Vec<ChatLine>,
    pub has_older: bool,
    /// Lines are on their way.
    pub loading: bool,
    pub problem: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ChatLineKind {
    Text,
    OutboundCall,
    InboundCall,
}

/// Something that was said, or a call that there was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct ChatLine {
    pub id: String,
    pub kind: ChatLineKind,
    /// Empty for calls.
    pub text: String,
    pub author: String,
    pub own: bool,
    pub at: UnixMillis,
    /// How a call went, in the space's word: `completed`, `busy`, `rejected`, `cancelled`, `missed`, `failed`.
    pub call: Option<String>,
    /// ms that a call took; 0 for texts.
    pub duration: f64,
}
