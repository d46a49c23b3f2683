//! The phone's side of the protocol as two machines without socket, clock, thread or random source.
//!
//! [`Session`] keeps one authorised connection with a space: it connects, resumes, re-authenticates, answers the
//! space's requests, and matches replies with requests. [`Call`] is one leg from invite to bye. Both take inputs with the
//! present moment, return outputs in the order in which they are to be carried out, and name the moment at which they
//! want to be woken (`deadline()`). Whoever drives them does the I/O:
//!
//! ```text
//!   socket ⇄ Session ⇄ (driver: phone) ⇄ Call ⇄ media
//! ```
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod backoff;
mod call;
mod call_io;
mod hearing;
mod moves;
mod outbox;
mod pending;
mod phase;
mod repair;
mod session;
mod session_io;
mod transition;

pub use backoff::Backoff;
pub use call::{Call, Outbound, Parent, Reattach};
pub use call_io::{Accepted, Asked, CallInput, CallMessage, CallOutput, CallTimes, MediaTask};
pub use session::Session;
pub use session_io::{
    Answer, Connected, OpenFailure, Proofs, RequestFailure, Resume, SessionConfig, SessionInput,
    SessionOutput, SessionStatus, SessionTimes, Ticket,
};
