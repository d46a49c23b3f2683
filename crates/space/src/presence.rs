//! Who can be called now, told to those of our own phones that are connected: an event of ours, `subscriber.presence`, with
//! everybody who is not offline when a phone connects, and with each change after that.

use crate::session::{Dialect, SessionHandle};
use crate::switchboard::Switchboard;
use ahoy_wire::EventBody;
use serde_json::json;

const EVENT: &str = "subscriber.presence";
/// In a larger space nobody is told: every change would be as many messages as there are phones.
pub const MOST_SESSIONS: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    Online,
    /// In a call.
    Busy,
    /// Connected, and does not want to ring.
    DoNotDisturb,
    Offline,
}

impl Reachability {
    fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::DoNotDisturb => "do_not_disturb",
            Self::Offline => "offline",
        }
    }
}

/// Whether a client understands the event. Guests see nobody.
pub fn listens(session: &SessionHandle) -> bool {
    session.dialect() == Dialect::Ahoy && !session.party().is_guest()
}

fn event<'a>(subscribers: impl Iterator<Item = (&'a str, Reachability)>) -> EventBody {
    let all: Vec<_> = subscribers.map(|(uri, is)| json!({ "address": uri, "presence": is.word() })).collect();
    EventBody::Unknown { event_type: EVENT.into(), params: json!({ "subscribers": all }) }
}

/// Tells a phone that has just connected.
pub fn introduce(switchboard: &Switchboard, session: &SessionHandle) {
    if listens(session)
        && let Some(all) = switchboard.reachable()
    {
        session.whisper(event(all.iter().map(|(uri, is)| (uri.as_str(), *is))));
    }
}

/// Tells everybody of one.
pub fn announce(listeners: &[SessionHandle], uri: &str, is: Reachability) {
    for session in listeners {
        session.whisper(event(std::iter::once((uri, is))));
    }
}
