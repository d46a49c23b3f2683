//! The few sentences that the shell itself shows: menu and window titles. Everything else is in `ui/src/text`.

use ahoy_phone::{RegistrationStatus, Snapshot};

pub const OPEN: &str = "Open Ahoy";
pub const DO_NOT_DISTURB: &str = "Do not disturb";
pub const QUIT: &str = "Quit Ahoy";
pub const ANSWER: &str = "Answer";
pub const DECLINE: &str = "Decline";
pub const CALL_BACK: &str = "Call back";
pub const HANG_UP: &str = "Hang up";
pub const MUTED: &str = "Mute the microphone";
pub const RECENT: &str = "Recent calls";

pub fn calls(name: &str) -> String {
    format!("{name} is calling")
}

pub fn missed(name: &str) -> String {
    format!("Missed call from {name}")
}

pub fn answer(name: &str) -> String {
    format!("Answer {name}")
}

pub fn decline(name: &str) -> String {
    format!("Decline {name}")
}

/// The truth in one line, for the tray.
pub fn status(snapshot: &Snapshot) -> String {
    let living = snapshot.calls.iter().find(|call| call.status.is_answered());
    if let Some(call) = living {
        return format!("In a call with {}", call.name);
    }
    let registration = match snapshot.registration {
        RegistrationStatus::SignedOut => "Not connected",
        RegistrationStatus::Connecting => "Connecting…",
        RegistrationStatus::Reconnecting => "Reconnecting…",
        RegistrationStatus::Offline => "Do not disturb",
        RegistrationStatus::Online => "Online",
        RegistrationStatus::Refused => "Sign in again",
    };
    match snapshot.missed {
        0 => registration.to_owned(),
        1 => format!("{registration} · 1 missed call"),
        missed => format!("{registration} · {missed} missed calls"),
    }
}
