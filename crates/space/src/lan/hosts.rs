//! The names and addresses under which others may reach this machine.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// More would not fit an invite's code.
const MOST: usize = 4;

/// Addresses of this machine on its networks, the likeliest first: the one that leads out, then IPv4.
pub fn addresses() -> Vec<IpAddr> {
    let way_out = way_out();
    let mut found: Vec<IpAddr> = Vec::new();
    for interface in if_addrs::get_if_addrs().unwrap_or_default() {
        let ip = interface.ip();
        let link_local = match ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        };
        if !(ip.is_loopback() || ip.is_unspecified() || link_local || found.contains(&ip)) {
            found.push(ip);
        }
    }
    found.sort_by_key(|ip| (Some(*ip) != way_out, ip.is_ipv6()));
    found.truncate(MOST);
    found
}

/// `host:port` of this machine for others, as many as an invite takes.
pub fn of_this_machine(port: u16) -> Vec<String> {
    addresses().into_iter().map(|ip| std::net::SocketAddr::new(ip, port).to_string()).collect()
}

/// Connecting a UDP socket looks up the way and sends nothing.
fn way_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}

/// What the system calls this computer, without a domain.
pub fn own_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let first = name.split('.').next().unwrap_or_default();
    ahoy_wire::lan::plain(first)
}
