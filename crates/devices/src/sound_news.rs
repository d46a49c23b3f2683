//! Hears from PulseAudio (or PipeWire in its clothes) that a device came or went, so that nobody has to wait for the next look.

use crate::pulse::{Connection, Event, Message};
use crate::watch::Nudge;
use pulseaudio::protocol::{
    Command, ProtocolError, SubscriptionEvent, SubscriptionEventFacility, SubscriptionEventType,
    SubscriptionMask,
};
use std::time::Duration;

/// Between two tries to reach a server. Meanwhile the list is looked at every now and then all the same.
const AGAIN: Duration = Duration::from_secs(2);
/// How often it is seen whether anybody still wants to know.
const BREATH: Duration = Duration::from_secs(1);

/// Listens on a thread of its own until nobody holds the watch any more.
pub fn listen(nudge: Nudge) {
    let started = std::thread::Builder::new().name("sound-news".to_owned()).spawn(move || {
        while nudge.is_wanted() {
            if let Err(error) = hear(&nudge) {
                tracing::trace!(%error, "no news of the sound server");
            }
            std::thread::park_timeout(AGAIN);
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "the sound server is not listened to");
    }
}

/// Until the server is gone, or nobody listens.
fn hear(nudge: &Nudge) -> Result<(), ProtocolError> {
    let mut server = Connection::open()?;
    let wanted = SubscriptionMask::SINK | SubscriptionMask::SOURCE | SubscriptionMask::SERVER;
    server.tell(&Command::Subscribe(wanted))?;
    // What changed before we listened.
    nudge.now();
    while nudge.is_wanted() {
        if server.has_news(BREATH)?
            && let Message::Event(Event::Changed(event)) = server.next()?
            && matters(&event)
        {
            nudge.now();
        }
    }
    Ok(())
}

/// Something came or went, or the default is another one. Volumes change all the time.
fn matters(event: &SubscriptionEvent) -> bool {
    event.event_facility == SubscriptionEventFacility::Server
        || event.event_type != SubscriptionEventType::Changed
}
