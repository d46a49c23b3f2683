//! The built-in space: a server with SignalWire's Call Fabric protocol (sections are those of WIRE.md), inside the app or on its own as `ahoy-space`.
//!
//! ```text
//!  HTTP ─► rest ──────────► store (SQLite, own thread)
//!    └──► socket ─► session ◄──► call ─► pump ─► pump …
//!                   (a task      (a task   (a task per leg: frames
//!                    each)        each)     from one to the other)
//! ```
//!
//! Media of every leg ends here. Between two legs encoded frames are forwarded without being decoded; rooms (`conference`) mix.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod call;
mod calling;
mod chat;
mod clock;
mod conference;
mod config;
mod core;
mod door;
mod fetch;
mod key;
mod lan;
mod limits;
mod party;
mod play;
mod presence;
mod proof;
mod record;
mod rest;
mod session;
mod socket;
mod space;
mod store;
mod switchboard;
mod swml;
mod tls;
mod token;
pub mod turn;

pub use config::{Limits, Rate, SpaceConfig, Timers, TlsFiles, TurnOptions};
pub use key::KeyError;
pub use lan::{
    AnnounceError, CertificateError, JoinRequest, LanDoor, LanError, LanOptions, PORT as LAN_PORT,
    of_this_machine, own_name,
};
pub use space::{MintError, Space, SpaceMember, SpaceStartError};
pub use store::{CallRecord, InviteRecord, StoreError};
pub use tls::TlsError;
