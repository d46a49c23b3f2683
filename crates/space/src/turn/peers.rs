//! Whom a relay may talk to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

/// The only peers that relays exchange data with: the space's own media, and other relays, which use the same addresses.
/// Without such a rule a TURN server is a door into the network that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRule {
    /// The addresses on which the space's media sessions have their candidates, beside the relays' own address. Empty means
    /// all that this machine has when asked, because media then uses them all; loopback only if the relays use it, too.
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
    /// Permissions are given to an address with all its ports (RFC 8656 9). `relay` is the address that relays are known by.
    pub fn permits_address(&self, address: IpAddr, relay: IpAddr) -> bool {
        let address = address.to_canonical();
        match address == relay || self.addresses.contains(&address) {
            true => true,
            false if !self.addresses.is_empty() || address.is_loopback() => false,
            false => is_ours(address),
        }
    }

    pub fn permits_port(&self, peer: SocketAddr) -> bool {
        self.ports.contains(&peer.port())
    }
}

/// Whether an interface of this machine has the address now: only then can it be bound.
fn is_ours(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && UdpSocket::bind((address, 0)).is_ok()
}

/// The address of this machine that faces another one. Connecting a UDP socket looks up the way and sends nothing.
pub fn facing(far: IpAddr) -> Option<IpAddr> {
    let far = far.to_canonical();
    let any: IpAddr = match far {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((far, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}
