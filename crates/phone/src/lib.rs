//! The whole phone without a window: it registers, dials, answers, holds and hangs up, and tells the truth in snapshots.
//!
//! | looking for | room |
//! |---|---|
//! | the way in, and what can be asked | `handle`, `command` |
//! | the one task and what it shares out | `conductor`, `house`, `happening`, `publisher` |
//! | what follows from every step | `settle` |
//! | the space: token, session, socket, REST, directory | `account`, `registration`, `routing`, `socket`, `rest`, `directory` |
//! | spaces on this network: found, joined, known by their certificate | `nearby`, `joining`, `pin` |
//! | tokens renewed and bound to this device | `token_source`, `device_key`, `binding` |
//! | calls: machine, media, view | `calls`, `call` |
//! | what is plugged in and what is used | `devices`, `chooser`, `camera`, `sound` |
//! | the noises a phone makes | `ringer` |
//! | calls that are over | `history`, `history_file` |
//! | calls that outlive a restart | `kept` |
//! | "Check my set-up" | `preflight` |
//! | conversations | `chat` |
//! | what the UI sees | `snapshot`, `settings`, `codecs`, `events`, `quality` |
//! | what other versions kept | `stored` |
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod account;
mod addresses;
mod advanced;
mod attach;
mod bell;
mod binding;
mod blocking;
mod call;
mod calls;
mod camera;
mod camera_tuning;
mod capture_wish;
mod chance;
mod chat;
mod chooser;
mod clock;
mod codecs;
mod command;
mod conductor;
mod device_key;
mod devices;
mod dial_options;
mod dialling;
mod directory;
mod events;
mod handle;
mod happening;
pub mod history;
mod history_file;
mod house;
mod joining;
mod kept;
mod media_params;
mod nearby;
mod own_contact;
mod own_keys;
mod own_rooms;
mod people;
mod phone;
mod pin;
mod preflight;
mod presence;
mod publisher;
mod quality;
mod quiet_hours;
mod registration;
mod rest;
mod ringer;
pub mod room;
mod routing;
pub mod settings;
mod settle;
mod share;
mod sight;
pub mod snapshot;
mod socket;
mod sound;
mod stored;
mod token_source;
mod unions;
mod wire_log;

pub use account::{FreshToken, SpaceAccount, TokenSource};
pub use addresses::Addresses;
pub use advanced::Advanced;
pub use camera_tuning::CameraTuning;
pub use capture_wish::CaptureWish;
pub use chat::{ChatLine, ChatLineKind, ChatView, OpenChat};
pub use codecs::{AudioPreference, VideoPreference};
pub use device_key::{DeviceKey, DeviceKeys, KeyError, KeyStore, MemoryKeys};
pub use dial_options::DialOptions;
pub use events::EventReader;
pub use handle::PhoneHandle;
pub use history::{HistoryStore, JsonHistory, MemoryHistory};
pub use joining::{Doorstep, Joined, Knock, look, member_account};
pub use kept::{CallKeeper, JsonCalls, KeptCall, KeptCalls, NoKeeper};
pub use nearby::{Lookout, NearbySpace};
pub use own_contact::OwnContact;
pub use own_keys::OwnKeys;
pub use own_rooms::OwnRoom;
pub use phone::{NetworkConfig, Phone, PhoneConfig};
pub use preflight::{
    CallCheck, DeviceCheck, ECHO, PreflightReport, PreflightWarning, ServerCheck, ServerKind,
};
pub use presence::Presence;
pub use quiet_hours::QuietHours;
pub use room::{LayerView, MemberView, PlayingView, RoomAction, RoomOrder, RoomRights, RoomView};
pub use settings::{CallerVolume, KnownDevice, LANGUAGES, OwnIceServer, Settings, Shortcuts};
pub use snapshot::{
    CallActions, CallView, CaptureFormat, CompletedCall, ContactView, DevicesView, DialRequest, Event,
    Levels, RegistrationStatus, Snapshot, TileId,
};
pub use token_source::{CommandSource, Rotated, UrlSource};
pub use wire_log::{RawAnswer, WireLine};
