//! This computer's addresses, and what follows when they change: the connection is looked at, and calls whose way may be gone
//! look for another.

use crate::happening::{Happening, Outlet};
use crate::house::House;
use ahoy_model::{CallId, CallStatus};
use ahoy_signaling::CallInput;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// Those that others could reach.
pub type Addresses = BTreeSet<IpAddr>;

/// How often the system is asked.
const LOOK: Duration = Duration::from_secs(3);

/// Tells of them now and after every change, until the phone is gone. `given`: in place of the system's.
pub(crate) fn follow(given: Option<watch::Receiver<Addresses>>, outlet: Outlet) {
    let mut addresses = given.unwrap_or_else(|| {
        let (news, addresses) = watch::channel(of_system());
        tokio::spawn(ask(news));
        addresses
    });
    tokio::spawn(async move {
        loop {
            let now = addresses.borrow_and_update().clone();
            if outlet.send(Happening::Addresses(now)).await.is_err() {
                return;
            }
            tokio::select! {
                changed = addresses.changed() => if changed.is_err() { return },
                () = outlet.closed() => return,
            }
        }
    });
}

async fn ask(news: watch::Sender<Addresses>) {
    while !news.is_closed() {
        sleep(LOOK).await;
        let now = of_system();
        news.send_if_modified(|known| {
            let changed = *known != now;
            *known = now;
            changed
        });
    }
}

fn of_system() -> Addresses {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    all.iter().filter(|one| !one.is_loopback() && !one.is_link_local()).map(if_addrs::Interface::ip).collect()
}

impl House {
    pub(crate) fn addresses_are(&mut self, now: Instant, addresses: Addresses) {
        let Some(before) = self.addresses.replace(addresses) else { return };
        let Some(there) = self.addresses.as_ref().filter(|there| **there != before) else { return };
        if !self.settings.advanced.network_changes {
            return;
        }
        // One more way breaks nothing.
        let lost = before.difference(there).next().is_some();
        tracing::info!(lost, "this computer has other addresses");
        let routed = self.registration.hurry(now);
        self.route(now, routed);
        let talked: Vec<CallId> = self
            .calls
            .iter()
            .filter(|call| lost && call.status() == CallStatus::Connected)
            .map(|call| call.id().clone())
            .collect();
        for id in talked {
            self.input(now, &id, CallInput::MediaSilent);
        }
    }
}
