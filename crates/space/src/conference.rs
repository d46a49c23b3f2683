//! Rooms: many people, one picture, everybody's sound but one's own.
//!
//! ```text
//!  call (a leg's task) ──enter, leave, call.*──► room (a task; owns members, layout, seats)
//!      │ media                                      │ orders            ▲ who talks
//!      ▼                                            ▼                   │
//!   intake ──packets──► thread `room sound` ── each one's mix ──► every member's session
//!      │                 (decodes, gates, mixes N-1, encodes; 20 ms)
//!      └──frames──► decoder ──slot(1)──► thread `room canvas` ──slot(1)──► encoder per codec and quality ──► sessions
//! ```
//!
//! `layout`, `seating`, `rights`, `attendee`, `tier`, `gate`, `desk` and `canvas` decide and compute without I/O or clock.

mod attendee;
mod broadcast;
mod canvas;
mod card;
mod desk;
mod directory;
mod gate;
mod handle;
mod intake;
mod layout;
mod line;
mod moderate;
mod picture;
mod playback;
mod recording;
mod rights;
mod room;
mod seating;
mod settings;
mod sheet;
mod sound;
mod stage;
mod tier;
mod worker;

pub use directory::{Conferences, Place, Tools};
pub use handle::{Entrance, RoomCommand};
pub use intake::{Link, start as start_intake};
pub use line::Exit;
pub use settings::{Join, RoomSettings};
