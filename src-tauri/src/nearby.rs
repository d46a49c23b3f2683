//! Spaces on this network, and being let into one of them. Nothing is looked for while nobody wants to see it: some systems
//! ask their user first.

use crate::shell::{Shell, events};
use ahoy_model::{Fingerprint, Problem, ProblemCode};
use ahoy_phone::{Doorstep, Joined, Lookout, NearbySpace, look};
use ahoy_wire::lan::Invite;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Where a space listens when nobody says otherwise.
const PORT: u16 = crate::lan::PORT;

/// What is found, and how far one has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, specta::Type)]
pub struct NearbyView {
    pub spaces: Vec<NearbySpace>,
    /// A request that waits for the owner of a space.
    pub waiting: Option<WaitingView>,
    /// Why nothing can be found.
    pub problem: Option<Problem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, specta::Type)]
pub struct WaitingView {
    pub space: String,
    /// The owner sees the same one, unless somebody stands between.
    pub code: String,
}

/// What an invite says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, specta::Type)]
pub struct InviteView {
    pub space: String,
    pub host: String,
    pub fingerprint: String,
    pub expired: bool,
}

/// What answers at an address.
#[derive(Clone, Debug, PartialEq, Serialize, specta::Type)]
pub struct SeenSpace {
    /// `host:port`
    pub host: String,
    pub fingerprint: Fingerprint,
    /// In groups, for people to compare.
    pub shown: String,
}

#[derive(Default)]
pub struct Nearby {
    wanted: watch::Sender<bool>,
    view: watch::Sender<NearbyView>,
    /// Ends the request that waits; a new one takes its place.
    request: Mutex<CancellationToken>,
}

impl Nearby {
    pub fn view(&self) -> NearbyView {
        self.view.borrow().clone()
    }

    /// Looks out for spaces from now on, or no longer.
    pub fn look_out(&self, on: bool) {
        self.wanted.send_replace(on);
    }

    /// Nobody waits any more.
    pub fn cancel(&self) {
        self.request.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    fn begin(&self) -> CancellationToken {
        let mut request = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        request.cancel();
        *request = CancellationToken::new();
        request.clone()
    }

    fn change(&self, shell: &Shell, change: impl FnOnce(&mut NearbyView)) {
        self.view.send_modify(change);
        shell.emit(events::NEARBY, &self.view());
    }
}

/// Looks out while somebody wants to see it. Ends with the app.
pub async fn follow(shell: Shell) {
    let nearby = shell.nearby.clone();
    let mut wanted = nearby.wanted.subscribe();
    while wanted.wait_for(|on| *on).await.is_ok() {
        let lookout = match Lookout::start() {
            Ok(lookout) => lookout,
            Err(problem) => {
                nearby.change(&shell, |view| view.problem = Some(problem));
                if wanted.wait_for(|on| !*on).await.is_err() {
                    return;
                }
                continue;
            }
        };
        nearby.change(&shell, |view| view.problem = None);
        let mut spaces = lookout.spaces();
        loop {
            let own = shell.lan.view().fingerprint;
            let found: Vec<NearbySpace> = spaces
                .borrow_and_update()
                .iter()
                .filter(|space| own.as_ref() != Some(&space.fingerprint.grouped()))
                .cloned()
                .collect();
            nearby.change(&shell, |view| view.spaces = found);
            tokio::select! {
                unwanted = wanted.wait_for(|on| !*on) => {
                    if unwanted.is_err() {
                        return;
                    }
                    break;
                }
                changed = spaces.changed() => if changed.is_err() { break },
            }
        }
        nearby.change(&shell, |view| view.spaces.clear());
    }
}

/// Asks the owner of a space. Returns once one is in it, or nobody waits any more.
pub async fn ask(shell: &Shell, hosts: &[String], pin: Fingerprint, name: &str) -> Result<(), Problem> {
    let cancelled = shell.nearby.begin();
    let knocking = async { Doorstep::find(hosts, pin).await?.knock(name).await };
    let knock = tokio::select! {
        knock = knocking => knock?,
        () = cancelled.cancelled() => return Ok(()),
    };
    let waiting = WaitingView { space: knock.space.clone(), code: knock.code.clone() };
    shell.nearby.change(shell, |view| view.waiting = Some(waiting));
    let joined = tokio::select! {
        joined = knock.wait() => joined,
        () = cancelled.cancelled() => {
            shell.nearby.change(shell, |view| view.waiting = None);
            knock.withdraw().await;
            return Ok(());
        }
    };
    shell.nearby.change(shell, |view| view.waiting = None);
    enter(shell, joined?, name).await
}

/// Uses an invite up.
pub async fn accept_invite(shell: &Shell, link: &str, name: &str) -> Result<(), Problem> {
    let invite = parse(link)?;
    if has_expired(&invite) {
        return Err(Problem::new(ProblemCode::InviteRefused).about(&invite.space));
    }
    let doorstep = Doorstep::find(&invite.hosts, invite.fingerprint).await?;
    let joined = doorstep.redeem(&invite, name).await?;
    enter(shell, joined, name).await
}

/// What an invite says, for the user to decide.
pub fn read_invite(link: &str) -> Result<InviteView, Problem> {
    let invite = parse(link)?;
    Ok(InviteView {
        host: invite.hosts.first().cloned().unwrap_or_default(),
        fingerprint: invite.fingerprint.grouped(),
        expired: has_expired(&invite),
        space: invite.space,
    })
}

/// The certificate at a typed address, for the user to compare. The port may be left out.
pub async fn look_at(typed: &str) -> Result<SeenSpace, Problem> {
    let host =
        with_port(typed).ok_or_else(|| Problem::new(ProblemCode::AddressMalformed).about(typed.trim()))?;
    let fingerprint = look(&host).await?;
    Ok(SeenSpace { host, fingerprint, shown: fingerprint.grouped() })
}

async fn enter(shell: &Shell, joined: Joined, name: &str) -> Result<(), Problem> {
    if let Some(problem) = shell.accounts.join_member(joined, name).await? {
        shell.tell(problem);
    }
    Ok(())
}

fn parse(link: &str) -> Result<Invite, Problem> {
    Invite::parse(link).map_err(|error| Problem::new(ProblemCode::InviteMalformed).because(error))
}

fn has_expired(invite: &Invite) -> bool {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() >= invite.expires_at
}

/// `anna.local`, `192.168.1.20:7781`, `fd00::20` and `[fd00::20]:7781` with a port.
fn with_port(typed: &str) -> Option<String> {
    let typed = typed.trim();
    // The name of an interface behind it helps nobody: what such an address means is said by `look`.
    let bare = typed.split('%').next().unwrap_or_default();
    if let Ok(ip) = bare.parse::<std::net::Ipv6Addr>() {
        return Some(format!("[{ip}]:{PORT}"));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if typed.is_empty() || typed.len() > 255 || !typed.chars().all(is_plain) {
        return None;
    }
    let port = typed.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    match port {
        Some((_, port)) => port.parse::<u16>().ok().filter(|port| *port != 0).map(|_| typed.to_owned()),
        None if typed.ends_with(']') || !typed.contains(':') => Some(format!("{typed}:{PORT}")),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_address_gets_the_usual_port() {
        for (typed, host) in [
            ("anna.local", Some("anna.local:7781")),
            (" 192.168.1.20 ", Some("192.168.1.20:7781")),
            ("192.168.1.20:9000", Some("192.168.1.20:9000")),
            ("fd00::20", Some("[fd00::20]:7781")),
            ("fe80::20%eth0", Some("[fe80::20]:7781")),
            ("[fd00::20]:9000", Some("[fd00::20]:9000")),
            ("[fd00::20]", Some("[fd00::20]:7781")),
            ("anna:x", None),
            ("anna:0", None),
            ("http://anna", None),
            ("anna b", None),
            ("", None),
        ] {
            assert_eq!(with_port(typed).as_deref(), host, "{typed}");
        }
    }
}
