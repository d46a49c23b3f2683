//! The second door itself: opened, asked about and closed by the app.

use super::SecondDoor;
use super::announce::{AnnounceError, Announcer};
use super::certificate::{CertificateError, OwnCertificate};
use super::desk::{JoinDesk, JoinRequest};
use super::hosts;
use super::routes::{AdmitError, Reception, routes};
use crate::core::Core;
use crate::space::{SpaceStartError, app, serve, start_error, turn_config};
use crate::store::{InviteRecord, StoreError};
use crate::turn::{Turn, TurnConfig};
use ahoy_model::Fingerprint;
use ahoy_wire::lan::{Announcement, Invite, plain};
use axum::Extension;
use axum_server::Handle;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Time for requests that are being answered when the door is closed.
const CLOSING: Duration = Duration::from_millis(500);
const BACKLOG: i32 = 128;

/// Where it usually is, so that a firewall can be told.
pub const PORT: u16 = 7781;

/// How the door is opened.
#[derive(Clone, Debug)]
pub struct LanOptions {
    /// 0 picks a free one.
    pub port: u16,
    /// What people call the space.
    pub name: String,
    /// Tell the network by mDNS.
    pub announce: bool,
    /// Run a TURN server for those who come in by this door: UDP, on the same number if that is free.
    pub turn: bool,
}

/// Why a space cannot be opened to its network.
#[derive(Debug, thiserror::Error)]
pub enum LanError {
    #[error(transparent)]
    Listen(#[from] SpaceStartError),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("the certificate could not be opened in the background")]
    Interrupted,
}

/// An open door. Dropping it closes it without good-byes.
pub struct LanDoor {
    reception: Arc<Reception>,
    announcer: Option<Announcer>,
    announce_error: Option<AnnounceError>,
    turn: Option<Turn>,
    listening: Listening,
    server: JoinHandle<io::Result<()>>,
    closing: DropGuard,
}

/// Nobody is let in any more once it is dropped.
struct Listening(Handle<SocketAddr>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

impl LanDoor {
    /// Listens on all addresses. A network on which nothing can be announced is no reason to stay closed: invites and
    /// typed addresses work there all the same (`announce_error`).
    pub(crate) async fn open(core: &Arc<Core>, options: LanOptions) -> Result<Self, LanError> {
        let listener = listen(options.port)?;
        let port = listener.local_addr().map_err(|error| listen_error(options.port, error))?.port();
        let (folder, id) = (core.config.data.clone(), core.space_id.clone());
        let opened = tokio::task::spawn_blocking(move || OwnCertificate::open(folder.as_deref(), &id)).await;
        let OwnCertificate { tls, fingerprint } = opened.map_err(|_| LanError::Interrupted)??;
        let turn = if options.turn { relays(core, port).await } else { None };
        let reception = Arc::new(Reception {
            core: Arc::clone(core),
            desk: JoinDesk::new(fingerprint),
            name: watch::channel(plain(&options.name)).0,
            fingerprint,
            port,
        });
        let closing = CancellationToken::new();
        let second = SecondDoor { closing: closing.clone(), relays: turn.as_ref().map(Turn::issuer) };
        let router = app(core).merge(routes(&reception)).layer(Extension(second));
        let handle = Handle::new();
        let server = serve(router, listener, Some(tls), handle.clone())
            .map_err(|error| listen_error(options.port, error))?;
        let announced = options.announce.then(|| Announcer::start(&announcement(&reception), port));
        let (announcer, announce_error) = match announced {
            None => (None, None),
            Some(Ok(announcer)) => (Some(announcer), None),
            Some(Err(error)) => (None, Some(error)),
        };
        tokio::spawn(tidy_up(reception.desk.clone(), closing.clone()));
        tracing::info!(port, announced = announcer.is_some(), "the space is open to its network");
        let (listening, closing) = (Listening(handle), closing.drop_guard());
        Ok(Self { reception, announcer, announce_error, turn, listening, server, closing })
    }

    pub fn port(&self) -> u16 {
        self.reception.port
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.reception.fingerprint
    }

    /// UDP port of the TURN server, where there is one.
    pub fn relay_port(&self) -> Option<u16> {
        self.turn.as_ref().map(|turn| turn.address().port())
    }

    /// What people call the space from now on, and how it is found.
    pub async fn rename(&mut self, name: &str) {
        let name = plain(name);
        if *self.reception.name.borrow() == name {
            return;
        }
        self.reception.name.send_replace(name);
        if let Some(announcer) = &mut self.announcer {
            let told = announcer.announce(&announcement(&self.reception), self.reception.port).await;
            self.announce_error = told.err();
        }
        tracing::info!("the space has another name on its network");
    }

    /// `host:port` for others.
    pub fn hosts(&self) -> Vec<String> {
        hosts::of_this_machine(self.reception.port)
    }

    /// Why nobody finds it nearby, if that is so.
    pub fn announce_error(&self) -> Option<&AnnounceError> {
        self.announce_error.as_ref()
    }

    /// Counts what the owner might want to look at again.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.reception.desk.changes()
    }

    /// People who wait for an answer.
    pub fn requests(&self) -> Vec<JoinRequest> {
        self.reception.desk.waiting(Instant::now())
    }

    /// Makes whoever asked a user of this space.
    pub async fn accept(&self, id: &str) -> Result<(), AdmitError> {
        self.reception.accept(id).await
    }

    /// Nobody waits any more afterwards, whether they did before or not.
    pub fn refuse(&self, id: &str) {
        let _ = self.reception.desk.decide(Instant::now(), id, None);
    }

    /// Lets one person in, once, within `life`. `None`: there are too many invites already.
    pub async fn invite(&self, life: Duration) -> Result<Option<Invite>, StoreError> {
        self.reception.invite(life).await
    }

    /// Those that can still be used.
    pub async fn invites(&self) -> Result<Vec<InviteRecord>, StoreError> {
        self.reception.core.store.invites().await
    }

    pub async fn revoke(&self, invite: &str) -> Result<(), StoreError> {
        self.reception.core.store.revoke_invite(invite).await?;
        self.reception.desk.touch();
        Ok(())
    }

    /// Says good-bye to the network, and ends the connections that came in by this door.
    pub async fn close(self) {
        let Self { announcer, turn, listening, server, closing, .. } = self;
        drop(closing);
        if let Some(announcer) = announcer {
            announcer.stop().await;
        }
        if let Some(turn) = turn {
            turn.shut_down().await;
        }
        listening.0.graceful_shutdown(Some(CLOSING));
        if timeout(CLOSING * 4, server).await.is_err() {
            tracing::warn!("the door to the network did not close in time");
        }
        tracing::info!("the space is closed to its network");
    }
}

fn announcement(reception: &Reception) -> Announcement {
    Announcement {
        space_id: reception.core.space_id.clone(),
        name: reception.name.borrow().clone(),
        host: hosts::own_name(),
        fingerprint: reception.fingerprint,
    }
}

/// Whoever cannot be reached on other ports has one that a firewall can be told. Nobody needs it, so its lack closes no door.
async fn relays(core: &Core, port: u16) -> Option<Turn> {
    let start = async |port| {
        let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let config =
            TurnConfig { faces_clients: true, tcp: false, ..turn_config(&core.config, listen).ok()? };
        Turn::start(config).await.inspect_err(|error| tracing::warn!(%error, "no relays at this port")).ok()
    };
    match start(port).await {
        Some(turn) => Some(turn),
        None => start(0).await,
    }
}

/// Requests that end by themselves are a change, too.
async fn tidy_up(desk: JoinDesk, closing: CancellationToken) {
    let mut changes = desk.changes();
    loop {
        changes.mark_unchanged();
        let next = desk.deadline(Instant::now());
        tokio::select! {
            () = closing.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => desk.touch(),
        }
    }
}

/// IPv6 and IPv4 where the system has both.
fn listen(port: u16) -> Result<TcpListener, SpaceStartError> {
    let both = || {
        let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
        socket.set_only_v6(false)?;
        bind(socket, SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)))
    };
    let one = || bind(Socket::new(Domain::IPV4, Type::STREAM, None)?, (Ipv4Addr::UNSPECIFIED, port).into());
    both()
        .or_else(|error: io::Error| match error.kind() {
            // Asking again with IPv4 alone could take a port that another program has with IPv6.
            io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
            _ => one(),
        })
        .map_err(|error| listen_error(port, error))
}

fn bind(socket: Socket, address: SocketAddr) -> io::Result<TcpListener> {
    // Elsewhere this would let two programs have one port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn listen_error(port: u16, error: io::Error) -> SpaceStartError {
    start_error(SocketAddr::new(IpAddr::from(Ipv4Addr::UNSPECIFIED), port), error)
}
