//! Telling the network that there is a space (mDNS, RFC 6762; DNS-SD, RFC 6763).

use ahoy_wire::lan::{Announcement, SERVICE};
use mdns_sd::{ServiceDaemon, ServiceInfo};
use std::time::Duration;
use tokio::time::timeout;

/// Time for a good-bye.
const GOOD_BYE: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
#[error("the space cannot be announced on this network: {0}")]
pub struct AnnounceError(#[from] mdns_sd::Error);

/// Announces until it is told to stop.
pub struct Announcer {
    daemon: ServiceDaemon,
    name: String,
}

impl Announcer {
    pub fn start(announcement: &Announcement, port: u16) -> Result<Self, AnnounceError> {
        let daemon = ServiceDaemon::new()?;
        let name = register(&daemon, announcement, port)?;
        Ok(Self { daemon, name })
    }

    /// Announces something else from now on. The name is part of what is announced, so the old one says good-bye.
    pub async fn announce(&mut self, announcement: &Announcement, port: u16) -> Result<(), AnnounceError> {
        if let Ok(said) = self.daemon.unregister(&self.name) {
            let _ = timeout(GOOD_BYE, said.recv_async()).await;
        }
        self.name = register(&self.daemon, announcement, port)?;
        Ok(())
    }

    /// Says good-bye, so that nobody finds what is gone.
    pub async fn stop(self) {
        let farewell = async {
            if let Ok(said) = self.daemon.unregister(&self.name) {
                let _ = said.recv_async().await;
            }
            if let Ok(ended) = self.daemon.shutdown() {
                let _ = ended.recv_async().await;
            }
        };
        if timeout(GOOD_BYE, farewell).await.is_err() {
            tracing::warn!("no time for a good-bye on the network");
        }
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        // After `stop` there is nobody left to hear it.
        let _ = self.daemon.shutdown();
    }
}

/// Under which name it is to be found now.
fn register(
    daemon: &ServiceDaemon,
    announcement: &Announcement,
    port: u16,
) -> Result<String, mdns_sd::Error> {
    // Instance names are to be unique; the short id keeps two spaces of one name apart without a contest.
    let id = short(&announcement.space_id);
    let instance = format!("{} {id}", brief(&announcement.name));
    let host = format!("{}.", host_of(&announcement.space_id));
    let info =
        ServiceInfo::new(SERVICE, &instance, &host, "", port, &announcement.to_txt()[..])?.enable_addr_auto();
    let name = info.get_fullname().to_owned();
    daemon.register(info)?;
    Ok(name)
}

/// The host name that goes with our address records. The system's own name is its own responder's business.
pub fn host_of(space_id: &str) -> String {
    format!("ahoy-{}.local", short(space_id))
}

fn short(space_id: &str) -> String {
    space_id.chars().filter(char::is_ascii_alphanumeric).take(8).collect()
}

/// A DNS label has 63 bytes at most.
fn brief(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if out.len() + letter.len_utf8() > 48 {
            break;
        }
        out.push(letter);
    }
    out
}
