//! Hears from PulseAudio (or PipeWire in its clothes) that a device came or went, so that nobody has to wait for the next look.

use crate::watch::Nudge;
use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, ProtocolError, SetClientNameReply, SubscriptionEvent,
    SubscriptionEventFacility, SubscriptionEventType, SubscriptionMask,
};
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::net::UnixStream;
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
    let Some(path) = pulseaudio::socket_path_from_env() else { return Ok(()) };
    let socket = UnixStream::connect(path)?;
    socket.set_read_timeout(Some(BREATH))?;
    let mut socket = BufReader::new(socket);
    let cookie =
        pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    let auth =
        AuthParams { version: protocol::MAX_VERSION, supports_shm: false, supports_memfd: false, cookie };
    protocol::write_command_message(socket.get_mut(), 0, &Command::Auth(auth), protocol::MAX_VERSION)?;
    let (_, reply) = protocol::read_reply_message::<AuthReply>(&mut socket, protocol::MAX_VERSION)?;
    let version = protocol::MAX_VERSION.min(reply.version);
    let mut properties = protocol::Props::new();
    properties.set(protocol::Prop::ApplicationName, c"ahoy");
    protocol::write_command_message(socket.get_mut(), 1, &Command::SetClientName(properties), version)?;
    protocol::read_reply_message::<SetClientNameReply>(&mut socket, version)?;
    let wanted = SubscriptionMask::SINK | SubscriptionMask::SOURCE | SubscriptionMask::SERVER;
    protocol::write_command_message(socket.get_mut(), 2, &Command::Subscribe(wanted), version)?;
    protocol::read_ack_message(&mut socket)?;
    // What changed before we listened.
    nudge.now();
    while nudge.is_wanted() {
        match socket.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(error) => return Err(error.into()),
        }
        let (_, message) = protocol::read_command_message(&mut socket, version)?;
        if let Command::SubscribeEvent(event) = message
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
