//! The space on its own network: a second door with TLS, announced by mDNS, through which people come in without an account.
//!
//! ```text
//!   announce (mDNS) ─► nearby phones      certificate (made once, pinned by them)
//!                            │
//!   knock ─► desk ─► the owner ─► accept ─┐
//!   invite ─► code, once ─────────────────┴► member ─► token, renewed until the owner takes the membership back
//! ```
//!
//! The first door (loopback, no TLS) stays as it is: opening and closing this one ends no call of the owner's.

mod announce;
mod certificate;
mod desk;
mod door;
mod hosts;
mod owner;
mod routes;
pub mod ticket;

pub use announce::AnnounceError;
pub use certificate::CertificateError;
pub use desk::JoinRequest;
pub use door::{LanDoor, LanError, LanOptions, PORT};
pub use hosts::{of_this_machine, own_name};

use crate::turn::Issuer;
use std::net::IpAddr;
use tokio_util::sync::CancellationToken;

/// An axum extension of the second door's requests.
#[derive(Clone)]
pub struct SecondDoor {
    /// What came in by this door ends with it.
    pub closing: CancellationToken,
    /// The door's own TURN server.
    pub relays: Option<Issuer>,
}

impl SecondDoor {
    /// The TURN server as somebody at `far` reaches it.
    pub fn relay_for(&self, far: IpAddr) -> Option<Issuer> {
        let relays = self.relays.as_ref()?;
        hosts::ipv4_for(far).map(|address| relays.at(address))
    }
}

#[cfg(test)]
#[path = "lan_tests.rs"]
mod tests;
