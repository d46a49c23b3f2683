//! PulseAudio, or PipeWire in its clothes, spoken to directly: a connection of its own for each stream, so that whatever
//! ends it, by us or by the server, ends everything that belonged to it. cpal's way to the same server is not used: it
//! waits for ever for a stream that the server ended first, with its threads and its connection.

mod connection;
mod list;
mod others;
mod stream;

pub use connection::{Connection, Event, Message};
pub use list::{PulseList, exists, name_of};
pub use others::hear_others;
pub use stream::{play, record};

use ahoy_media::DeviceError;
use pulseaudio::protocol::{ProtocolError, PulseError};
use std::io::ErrorKind;

/// What the house makes of the server's complaints.
pub fn from_pulse(error: &ProtocolError) -> DeviceError {
    match error {
        ProtocolError::ServerError(PulseError::NoEntity) => DeviceError::Absent,
        ProtocolError::ServerError(PulseError::AccessDenied | PulseError::AuthKey) => DeviceError::Denied,
        ProtocolError::ServerError(PulseError::Busy) => DeviceError::Busy,
        ProtocolError::ServerError(PulseError::NotSupported) => DeviceError::NoFormat,
        ProtocolError::Timeout => DeviceError::Hung,
        ProtocolError::Io(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => DeviceError::Absent,
            ErrorKind::PermissionDenied => DeviceError::Denied,
            ErrorKind::WouldBlock | ErrorKind::TimedOut => DeviceError::Hung,
            _ => DeviceError::Broken(error.to_string()),
        },
        other => DeviceError::Broken(other.to_string()),
    }
}

#[cfg(test)]
#[path = "pulse/tests.rs"]
mod tests;
