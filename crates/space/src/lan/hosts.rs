//! The names and addresses under which others may reach this machine.

use crate::turn::facing;
use std::net::{IpAddr, Ipv4Addr};

/// More would not fit an invite's code.
const MOST: usize = 4;

/// Addresses of this machine on its networks, the likeliest first: the one that leads out, then IPv4. On a cable without a
/// router those that IPv4 makes up (169.254.…).
pub fn addresses() -> Vec<IpAddr> {
    let way_out = facing(Ipv4Addr::new(198, 51, 100, 1).into());
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    likeliest(interfaces.iter().map(if_addrs::Interface::ip).collect(), way_out)
}

fn likeliest(all: Vec<IpAddr>, way_out: Option<IpAddr>) -> Vec<IpAddr> {
    let is_made_up = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if ip.is_link_local());
    let mut found: Vec<IpAddr> = Vec::new();
    for ip in all {
        let scoped = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
        if !(ip.is_loopback() || ip.is_unspecified() || scoped || found.contains(&ip)) {
            found.push(ip);
        }
    }
    if !found.iter().all(is_made_up) {
        found.retain(|ip| !is_made_up(ip));
    }
    found.sort_by_key(|ip| (Some(*ip) != way_out, ip.is_ipv6()));
    found.truncate(MOST);
    found
}

/// `host:port` of this machine for others, as many as an invite takes.
pub fn of_this_machine(port: u16) -> Vec<String> {
    addresses().into_iter().map(|ip| std::net::SocketAddr::new(ip, port).to_string()).collect()
}

/// IPv4 of this machine as somebody at `far` reaches it, or another one of its own where they came by IPv6.
pub fn ipv4_for(far: IpAddr) -> Option<IpAddr> {
    facing(far).filter(IpAddr::is_ipv4).or_else(|| addresses().into_iter().find(IpAddr::is_ipv4))
}

/// What the system calls this computer, without a domain.
pub fn own_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let first = name.split('.').next().unwrap_or_default();
    ahoy_wire::lan::plain(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_comes_first_and_made_up_addresses_only_where_there_are_no_others() {
        let of = |texts: &[&str], way_out: Option<&str>| {
            let all = texts.iter().map(|text| text.parse().unwrap()).collect();
            let found = likeliest(all, way_out.map(|text| text.parse().unwrap()));
            found.iter().map(IpAddr::to_string).collect::<Vec<_>>()
        };
        let all = ["127.0.0.1", "fd00::2", "192.0.2.1", "192.0.2.2", "192.0.2.2", "169.254.3.4", "fe80::1"];
        assert_eq!(of(&all, Some("192.0.2.2")), ["192.0.2.2", "192.0.2.1", "fd00::2"]);
        assert_eq!(of(&["127.0.0.1", "169.254.3.4", "fe80::1"], None), ["169.254.3.4"]);
        assert!(of(&["::1", "fe80::1"], None).is_empty());
    }
}
