//! Spaces that announce themselves on this network (mDNS, DNS-SD). What they say is anybody's word: only the certificate
//! that a space shows later tells whether it is the one that was announced.

use ahoy_model::{Fingerprint, Problem, ProblemCode};
use ahoy_wire::lan::{Announcement, SERVICE};
use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent};
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// More are not shown: nobody could choose among them.
const MOST: usize = 64;
/// Addresses of one space.
const MOST_HOSTS: usize = 6;

/// A space that can be joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct NearbySpace {
    pub id: String,
    pub name: String,
    /// The computer it runs on, as people know it.
    pub host: String,
    /// `host:port`, the likeliest first. Empty: it has only addresses that hold on one cable (`AddressLinkLocal`).
    pub hosts: Vec<String>,
    pub fingerprint: Fingerprint,
}

/// Looks out for spaces until it is dropped.
pub struct Lookout {
    daemon: ServiceDaemon,
    spaces: watch::Receiver<Vec<NearbySpace>>,
    task: JoinHandle<()>,
}

impl Lookout {
    /// Must be called inside a tokio runtime. On macOS the system may ask its user at this moment.
    pub fn start() -> Result<Self, Problem> {
        let unavailable =
            |error: mdns_sd::Error| Problem::new(ProblemCode::DiscoveryUnavailable).because(error);
        let daemon = ServiceDaemon::new().map_err(unavailable)?;
        let events = daemon.browse(SERVICE).map_err(unavailable)?;
        let (writer, spaces) = watch::channel(Vec::new());
        let task = tokio::spawn(follow(daemon.clone(), events, writer));
        Ok(Self { daemon, spaces, task })
    }

    /// By name.
    pub fn spaces(&self) -> watch::Receiver<Vec<NearbySpace>> {
        self.spaces.clone()
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.task.abort();
        let _ = self.daemon.shutdown();
    }
}

async fn follow(
    daemon: ServiceDaemon,
    mut events: Receiver<ServiceEvent>,
    writer: watch::Sender<Vec<NearbySpace>>,
) {
    let mut found: Vec<(String, NearbySpace)> = Vec::new();
    loop {
        match events.recv_async().await {
            Ok(ServiceEvent::ServiceResolved(service)) => match read(&service) {
                Some(space) => keep(&mut found, service.fullname.clone(), space),
                None => found.retain(|(name, _)| *name != service.fullname),
            },
            Ok(ServiceEvent::ServiceRemoved(_, name)) => found.retain(|(of, _)| *of != name),
            Ok(_) => continue,
            // We were too slow for a flood of announcements, and start over; or the daemon has ended.
            Err(_) => match daemon.browse(SERVICE) {
                Ok(again) => {
                    events = again;
                    continue;
                }
                Err(_) => return,
            },
        }
        let mut spaces: Vec<NearbySpace> = found.iter().map(|(_, space)| space.clone()).collect();
        spaces.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        writer.send_if_modified(|shown| {
            let changed = *shown != spaces;
            *shown = spaces;
            changed
        });
    }
}

fn keep(found: &mut Vec<(String, NearbySpace)>, name: String, space: NearbySpace) {
    found.retain(|(of, _)| *of != name);
    if found.len() < MOST {
        found.push((name, space));
    } else {
        tracing::debug!("more spaces nearby than can be shown");
    }
}

fn read(service: &ResolvedService) -> Option<NearbySpace> {
    let announced = Announcement::from_txt(|key| service.get_property_val(key).flatten());
    let Announcement { space_id, name, host, fingerprint } = announced
        .inspect_err(|error| tracing::debug!(%error, "something nearby is no space that we know"))
        .ok()?;
    let addresses = service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr);
    let hosts = hosts(addresses.collect(), service.get_port())?;
    Some(NearbySpace { id: space_id, name, host, hosts, fingerprint })
}

/// Where it can be dialled. `None`: nowhere, and nobody need know.
fn hosts(mut addresses: Vec<IpAddr>, port: u16) -> Option<Vec<String>> {
    addresses.retain(|ip| !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast()));
    let found = !addresses.is_empty();
    // With no need to say by which interface: neither URLs nor ICE candidates can.
    addresses.retain(|ip| match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(ip) => !ip.is_unicast_link_local(),
    });
    addresses.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    addresses.dedup();
    let hosts = addresses.into_iter().take(MOST_HOSTS).map(|ip| SocketAddr::new(ip, port).to_string());
    found.then(|| hosts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_with_nothing_but_a_scoped_address_is_found_and_cannot_be_dialled() {
        let at = |texts: &[&str]| hosts(texts.iter().map(|text| text.parse().unwrap()).collect(), 7781);
        assert_eq!(at(&["fe80::1", "127.0.0.1"]), Some(Vec::new()));
        assert_eq!(at(&["::1", "127.0.0.1"]), None);
        assert_eq!(at(&[]), None);
        let both = at(&["fd00::20", "fe80::1", "192.0.2.20", "169.254.3.4"]).unwrap();
        assert_eq!(both, ["169.254.3.4:7781", "192.0.2.20:7781", "[fd00::20]:7781"]);
    }
}
