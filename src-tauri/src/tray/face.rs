//! What the tray shows and offers, worked out from the snapshot alone.

use crate::words::Words;
use ahoy_model::{CallId, Direction};
use ahoy_phone::{CallView, RegistrationStatus, Snapshot};
use tauri::image::Image;
use tauri::include_image;

const ONLINE: Image<'_> = include_image!("../icons/tray-online.png");
const OFFLINE: Image<'_> = include_image!("../icons/tray-offline.png");
const BUSY: Image<'_> = include_image!("../icons/tray-busy.png");
const MISSED: Image<'_> = include_image!("../icons/tray-missed.png");
const AWAY: Image<'_> = include_image!("../icons/tray-away.png");

/// Calls of the history that the menu offers to call again.
const RECENT: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Online,
    Offline,
    Busy,
    Missed,
    Away,
}

impl Picture {
    pub fn image(self) -> Image<'static> {
        match self {
            Self::Online => ONLINE,
            Self::Offline => OFFLINE,
            Self::Busy => BUSY,
            Self::Missed => MISSED,
            Self::Away => AWAY,
        }
    }
}

/// The call that has the microphone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    pub call: CallId,
    pub muted: bool,
    pub can_mute: bool,
}

/// Somebody to call again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    pub name: String,
    pub address: String,
    pub with_video: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    pub words: &'static Words,
    pub picture: Picture,
    pub status: String,
    pub quiet: bool,
    pub can_be_quiet: bool,
    /// Who rings: the call, and the caller's name.
    pub ringing: Vec<(CallId, String)>,
    pub talk: Option<Talk>,
    pub recent: Vec<Recent>,
}

impl Face {
    pub fn of(snapshot: &Snapshot) -> Self {
        use RegistrationStatus as R;
        let talks = snapshot.calls.iter().any(|call| call.status.is_answered());
        let picture = match snapshot.registration {
            _ if talks => Picture::Busy,
            R::Offline => Picture::Offline,
            R::Online if snapshot.missed > 0 => Picture::Missed,
            R::Online => Picture::Online,
            R::SignedOut | R::Connecting | R::Reconnecting | R::Refused => Picture::Away,
        };
        let words = Words::of(&snapshot.settings);
        let quiet = snapshot.registration == R::Offline;
        let rings = snapshot.calls.iter().filter(|call| call.actions.answer);
        Self {
            words,
            picture,
            status: words.status(snapshot),
            quiet,
            can_be_quiet: quiet || snapshot.registration == R::Online,
            ringing: rings.map(|call| (call.id.clone(), call.name.clone())).collect(),
            talk: own_call(snapshot).map(|call| Talk {
                call: call.id.clone(),
                muted: call.muted,
                can_mute: call.actions.mute,
            }),
            recent: if snapshot.registration == R::Online { recent(snapshot) } else { Vec::new() },
        }
    }
}

/// The active call, or the one that is being dialled.
fn own_call(snapshot: &Snapshot) -> Option<&CallView> {
    let living = |call: &&CallView| call.actions.hang_up && !call.actions.answer;
    let active = snapshot.calls.iter().find(|call| snapshot.active_call.as_ref() == Some(&call.id));
    active
        .filter(living)
        .or_else(|| snapshot.calls.iter().filter(living).find(|call| call.direction == Direction::Outbound))
}

/// The newest of each address.
fn recent(snapshot: &Snapshot) -> Vec<Recent> {
    let mut found: Vec<Recent> = Vec::new();
    for call in &snapshot.history {
        if found.len() == RECENT {
            break;
        }
        if !found.iter().any(|known| known.address == call.address) {
            found.push(Recent {
                name: call.name.clone(),
                address: call.address.clone(),
                with_video: call.with_video,
            });
        }
    }
    found
}
