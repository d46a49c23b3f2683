//! Joining a space on the same network without an account. This part is ours alone: no space of SignalWire has it.
//!
//! ```text
//!  nearby (mDNS)   ── Announcement ──► the user picks it   ──► knock, open, wait ──► Membership
//!  invite link, QR ── Invite ────────► the user says yes   ──► redeem            ──► Membership
//! ```
//!
//! Everything after the first line goes over TLS whose certificate has the fingerprint that the line told.

mod announcement;
mod code;
mod invite;
mod join;
mod owner;

pub use announcement::{Announcement, AnnouncementError, LONGEST_NAME, SERVICE, VERSION, plain};
pub use code::{Commitment, Nonce, verification_code};
pub use invite::{Invite, InviteError, MOST_HOSTS};
pub use join::{
    InviteRequest, JoinOutcome, KnockReply, KnockRequest, Membership, OpenRequest, RenewReply, RenewRequest,
    WaitReply, WaitRequest, paths,
};
pub use owner::{InviteReply, WaitingPeople, WaitingPerson};

#[cfg(test)]
#[path = "lan_tests.rs"]
mod tests;
