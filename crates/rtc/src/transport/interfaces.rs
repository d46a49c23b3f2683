//! Which addresses to bind: chosen ones, or those of all interfaces at the moment of binding.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

/// More addresses than this make more checks than they are worth.
const MOST: usize = 8;

/// Resolved anew whenever sockets are bound, so that an ICE restart follows a change of network.
pub(crate) struct BindAddresses {
    chosen: Vec<IpAddr>,
}

impl BindAddresses {
    /// Empty means all interfaces.
    pub(crate) fn new(chosen: Vec<IpAddr>) -> Self {
        Self { chosen }
    }
}

impl ToSocketAddrs for BindAddresses {
    type Iter = std::vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let addresses = if self.chosen.is_empty() { of_interfaces() } else { self.chosen.clone() };
        Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect::<Vec<_>>().into_iter())
    }
}

/// Loopback only when there is nothing else.
fn of_interfaces() -> Vec<IpAddr> {
    let interfaces = rtc::shared::ifaces::ifaces().unwrap_or_default();
    let mut out: Vec<IpAddr> = Vec::new();
    for ip in interfaces.into_iter().filter_map(|i| i.addr).map(|a| a.ip()) {
        if reaches_others(ip) && !out.contains(&ip) {
            out.push(ip);
        }
    }
    // IPv4 first: it is what far sides without IPv6 need, and the cut below must not take it.
    out.sort_by_key(IpAddr::is_ipv6);
    out.truncate(MOST);
    if out.is_empty() {
        out.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    out
}

fn reaches_others(ip: IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || link_local)
}
