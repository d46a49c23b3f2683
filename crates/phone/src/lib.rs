//! The whole phone without a window: it registers, dials, answers, holds and hangs up, and tells the truth in snapshots.
//!
//! | looking for | room |
//! |---|---|
//! | the way in, and what can be asked | `handle`, `command` |
//! | the one task and what it shares out | `conductor`, `house`, `happening`, `publisher` |
//! | what follows from every step | `settle` |
//! | the space: token, session, socket, REST, directory | `account`, `registration`, `routing`, `socket`, `rest`, `directory` |
//! | calls: machine, media, view | `calls`, `call` |
//! | what is plugged in and what is used | `devices`, `chooser`, `camera`, `sound` |
//! | the noises a phone makes | `ringer` |
//! | calls that are over | `history`, `history_file` |
//! | what the UI sees | `snapshot`, `settings`, `events`, `quality` |
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod account;
mod blocking;
mod call;
mod calls;
mod camera;
mod chooser;
mod clock;
mod command;
mod conductor;
mod devices;
mod directory;
mod events;
mod handle;
mod happening;
pub mod history;
mod history_file;
mod house;
mod phone;
mod publisher;
mod quality;
mod registration;
mod rest;
mod ringer;
mod routing;
pub mod settings;
mod settle;
pub mod snapshot;
mod socket;
mod sound;

pub use account::{SpaceAccount, TokenSource};
pub use events::EventReader;
pub use handle::PhoneHandle;
pub use history::{HistoryStore, JsonHistory, MemoryHistory};
pub use phone::{NetworkConfig, Phone, PhoneConfig};
pub use settings::{Settings, Shortcuts};
pub use snapshot::{
    CallActions, CallView, CompletedCall, ContactView, DevicesView, DialRequest, Event, Levels,
    RegistrationStatus, Snapshot, TileId,
};
