//! Calls that a document runs: placed by the Calling API, or dialled by people.
//!
//! ```text
//!  POST /api/calling/calls ─► desk ─► scripted (a task) ─► machine: a client like any other, inside the space
//!  /public/<document> dialled ───────────▲      │              │  invite, answer, bye ─► call
//!                                               └─► player ────┴─ media ──────────────► call's leg
//! ```
//!
//! The machine speaks the clients' own protocol with the calls, media included, so whatever people can do to each other they can do to
//! it: hold, mute, hang up, other codecs, rooms.

mod callback;
mod connecting;
mod desk;
mod line;
mod listener;
mod lodging;
mod machine;
mod orders;
mod scripted;
mod steps;
mod watching;

pub use desk::{Desk, Impossible};
pub use orders::{Order, OrderError, PlayControl, What};
pub use scripted::Placement;

pub use callback::StatusEvents;
pub use scripted::answer;
