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

fn of_interfaces() -> Vec<IpAddr> {
    let interfaces = rtc::shared::ifaces::ifaces().unwrap_or_default();
    usable(&interfaces.into_iter().filter_map(|i| i.addr).map(|a| a.ip()).collect::<Vec<_>>())
}

/// Those that reach others. On a cable without a router these are the addresses that IPv4 makes up (169.254.…); loopback only
/// when there is nothing else.
fn usable(all: &[IpAddr]) -> Vec<IpAddr> {
    let made_up = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if ip.is_link_local());
    let mut out: Vec<IpAddr> = Vec::new();
    for wanted in [reaches_others as fn(&IpAddr) -> bool, made_up] {
        if !out.is_empty() {
            break;
        }
        for ip in all.iter().copied().filter(wanted) {
            if !out.contains(&ip) {
                out.push(ip);
            }
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

fn reaches_others(ip: &IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || link_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_addresses_are_used_where_there_are_no_others() {
        let of = |texts: &[&str]| {
            let all: Vec<IpAddr> = texts.iter().map(|text| text.parse().unwrap()).collect();
            usable(&all).iter().map(IpAddr::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            of(&["127.0.0.1", "fd00::2", "169.254.3.4", "192.0.2.2", "fe80::1"]),
            ["192.0.2.2", "fd00::2"]
        );
        assert_eq!(of(&["127.0.0.1", "169.254.3.4", "169.254.3.4", "fe80::1"]), ["169.254.3.4"]);
        assert_eq!(of(&["127.0.0.1", "fe80::1"]), ["127.0.0.1"]);
    }
}
