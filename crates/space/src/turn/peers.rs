//! Whom a relay may talk to.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// The only peers that relays exchange data with: the space's own media, and other relays, which use the same addresses.
/// Without such a rule a TURN server is a door into the network that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRule {
    /// The addresses on which the space's media sessions have their candidates, beside the relays' own address.
    pub addresses: Vec<IpAddr>,
    /// Ports that may be reached there. Below 1024 nothing of ours ever listens.
    pub ports: RangeInclusive<u16>,
}

impl Default for PeerRule {
    fn default() -> Self {
        Self { addresses: Vec::new(), ports: 1024..=u16::MAX }
    }
}

impl PeerRule {
    /// Permissions are given to an address with all its ports (RFC 8656 9).
    pub fn permits_address(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address.to_canonical())
    }

    pub fn permits(&self, peer: SocketAddr) -> bool {
        self.permits_address(peer.ip()) && self.ports.contains(&peer.port())
    }
}
