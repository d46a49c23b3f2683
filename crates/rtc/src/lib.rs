//! WebRTC behind a small interface: offer, answer, encoded media in and out, statistics, close.
//!
//! One `Session` is one leg of a call. On the network it is one transport per media section, never bundled unless the
//! far side insists.
//!
//! Floors inside: `session` (the door) → `peer` (what both sides agreed on) → `transport` (ICE, DTLS and SRTP by the stack) → `media` (RTP and RTCP, ours,
//! without I/O). `sdp` reads and writes descriptions; the stack sees only one-section ones that we make.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod media;
mod outbox;
mod peer;
mod reach;
mod sdp;
mod session;
mod transport;

pub use reach::{ReachError, Reached, ask_relay, ask_server};
pub use session::{
    IceServer, Negotiated, RtcError, SectionWish, Session, SessionConfig, SessionEvent, Stereo,
};
