//! WebRTC behind a small interface: offer, answer, encoded media in and out, statistics, close.
//!
//! One `Session` is one leg of a call. On the network it is one transport per media section, never bundled unless the
//! far side insists.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod peer;
mod session;

pub use session::{IceServer, Negotiated, RtcError, SectionWish, Session, SessionConfig, SessionEvent};
