//! A running space: starting and stopping it.

use crate::calling::Desk;
use crate::conference::{Conferences, Tools};
use crate::config::SpaceConfig;
use crate::core::{Core, REFRESH_LIFE};
use crate::door::Door;
use crate::fetch::FetchError;
use crate::key::{KeyError, TokenKey};
use crate::lan::{LanDoor, LanError, LanOptions};
use crate::presence::Reachability;
use crate::proof::Proofs;
use crate::store::{CallRecord, Profile, Store, StoreError};
use crate::switchboard::Switchboard;
use crate::tls::{self, TlsError};
use crate::token::{Mint, TokenKind};
use crate::turn::{PeerRule, Turn, TurnConfig, TurnError, facing};
use crate::{clock, rest, socket};
use ahoy_model::{NodeId, Secret};
use axum::Router;
use axum::routing::get;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper_util::rt::TokioTimer;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Time for calls to say bye, and again for sessions to be closed.
const STOPPING: Duration = Duration::from_secs(3);
/// Time for the last callbacks.
const CALLBACKS: Duration = Duration::from_secs(2);
/// A client has this long for the head of a request, the wait for the next one included.
const HEADERS: Duration = Duration::from_secs(30);
/// The name that goes into tokens when TLS is on and nobody gave one; Chromium resolves it to loopback (WIRE.md 1.3).
const LOCAL_HOST: &str = "puc.localhost";
/// Below `--data`.
const RECORDINGS: &str = "recordings";
/// People on one page.
const MOST_MEMBERS: u32 = 500;

/// Why a space cannot start. Each is a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum SpaceStartError {
    #[error("port {0} is already in use by another program")]
    PortInUse(u16),
    #[error("this space may not listen on {0}: permission denied")]
    Denied(SocketAddr),
    #[error("this machine has no address {0}")]
    NoSuchAddress(IpAddr),
    #[error("{0} cannot be listened on: {1}")]
    Listen(SocketAddr, io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Turn(#[from] TurnError),
    #[error("the space cannot fetch anything: {0}")]
    Fetch(#[from] FetchError),
    #[error("the database could not be opened in the background")]
    Interrupted,
}

/// Why no token could be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Somebody whom a space knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceMember {
    pub id: String,
    pub name: String,
    pub address: String,
    /// Of those who joined over the network: what they said of their computer.
    pub device: Option<String>,
    pub is_online: bool,
}

/// A space that serves until it is shut down. Dropping it without `shut_down` ends its sockets without good-byes.
pub struct Space {
    core: Arc<Core>,
    server: JoinHandle<io::Result<()>>,
    handle: Handle<SocketAddr>,
    address: SocketAddr,
    secure: bool,
}

impl Space {
    /// Opens the database, binds the port and serves.
    pub async fn start(config: SpaceConfig) -> Result<Self, SpaceStartError> {
        let listener =
            std::net::TcpListener::bind(config.listen).map_err(|error| start_error(config.listen, error))?;
        let listen_error = |error| SpaceStartError::Listen(config.listen, error);
        listener.set_nonblocking(true).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let tls = config.tls.as_ref().map(tls::load).transpose()?;

        let data = config.data.clone();
        let opened = tokio::task::spawn_blocking(move || Store::open(data.as_deref())).await;
        let (store, identity) = opened.map_err(|_| SpaceStartError::Interrupted)??;
        let secret = config.key.as_ref().or(config.project.as_ref().map(|(_, secret)| secret));
        let key = match secret {
            Some(secret) => TokenKey::derive(secret, &identity.salt)?,
            None => TokenKey::random()?,
        };
        let ch = tls.is_some().then(|| {
            let host = config.host.as_deref().unwrap_or(LOCAL_HOST);
            format!("{host}:{}", address.port())
        });
        let turn = open_turn(&config, address).await?;
        let desk = Desk::open(&config)?;
        let library = desk.library.clone();
        let documents = tokio::task::spawn_blocking(move || library.names()).await;
        store.set_documents(documents.map_err(|_| SpaceStartError::Interrupted)?).await?;
        let core = Arc::new(Core {
            space_id: identity.space_id,
            project_id: config.project.as_ref().map_or(identity.project_id, |(id, _)| id.clone()),
            node: NodeId::from(format!("{}@ahoy", Uuid::new_v4())),
            mint: Mint::new(key, ch),
            proofs: Proofs::default(),
            store,
            door: Door::new(config.limits.clone()),
            switchboard: Switchboard::default(),
            conferences: Conferences::new(Tools {
                sources: desk.sources.clone(),
                films: TaskTracker::new(),
                recordings: config.data.as_ref().map(|data| data.join(RECORDINGS)),
            }),
            turn,
            desk,
            end_calls: CancellationToken::new(),
            close_sessions: CancellationToken::new(),
            calls: TaskTracker::new(),
            sessions: TaskTracker::new(),
            config,
        });
        let handle = Handle::new();
        let server = serve(app(&core), listener, tls.clone(), handle.clone())
            .map_err(|error| start_error(address, error))?;
        tracing::info!(%address, secure = tls.is_some(), "the space is open");
        Ok(Self { core, server, handle, address, secure: tls.is_some() })
    }

    /// The WebSocket's URL as this machine reaches it.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.secure { "wss" } else { "ws" }, self.authority())
    }

    /// The base of the REST interface, without a slash at the end.
    pub fn rest_url(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }

    fn authority(&self) -> String {
        match self.core.config.host.as_deref().filter(|_| self.secure) {
            Some(host) => format!("{host}:{}", self.address.port()),
            None => reachable(self.address).to_string(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn project_id(&self) -> &str {
        &self.core.project_id
    }

    /// How many sessions there are, how many of them are online, and how many calls.
    pub fn count(&self) -> (usize, usize, usize) {
        let (sessions, online) = self.core.switchboard.count();
        (sessions, online, self.core.calls.len())
    }

    /// A token for the subscriber with this reference, who is made when new. For the app that runs this space.
    pub async fn mint(
        &self,
        reference: &str,
        display_name: Option<&str>,
        lifetime: Duration,
    ) -> Result<Secret, MintError> {
        let profile = Profile {
            reference: reference.to_owned(),
            display_name: display_name.map(str::to_owned),
            ..Profile::default()
        };
        let subscriber = self.core.store.admit(profile).await?;
        let exp = clock::unix_seconds().saturating_add(lifetime.as_secs());
        Ok(self.core.mint.seal(&self.core.claims(&subscriber.id, TokenKind::Subscriber, exp), None)?)
    }

    /// The same with a refresh token, which lives a little longer than a token.
    pub async fn mint_refresh(&self, reference: &str) -> Result<Secret, MintError> {
        let profile = Profile { reference: reference.to_owned(), ..Profile::default() };
        let subscriber = self.core.store.admit(profile).await?;
        let exp = clock::unix_seconds().saturating_add(REFRESH_LIFE.as_secs());
        Ok(self.core.mint.seal(&self.core.claims(&subscriber.id, TokenKind::Refresh, exp), None)?)
    }

    /// Finished calls, the newest first.
    pub async fn calls(&self, most: u32) -> Result<Vec<CallRecord>, StoreError> {
        self.core.store.calls(most).await
    }

    /// Opens a second door, with TLS, to the machine's networks (`lan`).
    pub async fn open_lan(&self, options: LanOptions) -> Result<LanDoor, LanError> {
        LanDoor::open(&self.core, options).await
    }

    pub fn space_id(&self) -> &str {
        &self.core.space_id
    }

    /// Everybody whom this space knows, the oldest first, at most as many as a page shows.
    pub async fn members(&self) -> Result<Vec<SpaceMember>, StoreError> {
        let reachable = self.core.switchboard.reachable().unwrap_or_default();
        let is_online =
            |uri: &str| reachable.iter().any(|(of, is)| of == uri && *is != Reachability::Offline);
        let members = self.core.store.members(MOST_MEMBERS).await?.into_iter().map(|record| {
            let address = record.subscriber.uri();
            SpaceMember {
                id: record.subscriber.id.clone(),
                name: record.subscriber.name(),
                is_online: is_online(&address),
                address,
                device: record.device,
            }
        });
        Ok(members.collect())
    }

    /// Ends somebody's membership: their sessions end, and their tokens are worth nothing.
    pub async fn dismiss(&self, member: &str) -> Result<bool, StoreError> {
        let gone = self.core.store.dismiss(member).await?;
        self.core.switchboard.dismiss(member);
        Ok(gone)
    }

    /// Ends calls with a bye and sessions with a close, then the port is free.
    pub async fn shut_down(mut self) {
        self.core.calls.close();
        self.core.end_calls.cancel();
        self.core.desk.tasks.close();
        self.core.desk.callbacks.close();
        let calls = timeout(STOPPING, async {
            self.core.calls.wait().await;
            self.core.desk.tasks.wait().await;
        })
        .await;
        if timeout(CALLBACKS, self.core.desk.callbacks.wait()).await.is_err() {
            tracing::warn!("not all callbacks were taken in time");
        }
        self.core.sessions.close();
        self.core.close_sessions.cancel();
        let sessions = timeout(STOPPING, self.core.sessions.wait()).await;
        if calls.is_err() || sessions.is_err() {
            tracing::warn!("some calls or sessions did not end in time");
        }
        self.core.conferences.films_done(STOPPING).await;
        self.handle.graceful_shutdown(Some(Duration::from_millis(500)));
        if let Ok(Err(error)) = (&mut self.server).await {
            tracing::warn!(%error, "the server ended with an error");
        }
        tracing::info!("the space is closed");
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.core.end_calls.cancel();
        self.core.close_sessions.cancel();
        self.handle.shutdown();
    }
}

/// Everything that is asked at any door.
pub(crate) fn app(core: &Arc<Core>) -> Router {
    rest::routes(core).route("/", get(socket::upgrade)).with_state(Arc::clone(core))
}

pub(crate) fn serve(
    routes: Router,
    listener: std::net::TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
) -> io::Result<JoinHandle<io::Result<()>>> {
    // Messages are small and often come in pairs: Nagle's algorithm would hold the second one back for 40 ms.
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    Ok(match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp(listener)?
                .acceptor(RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor::new()))
                .handle(handle);
            server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
            tokio::spawn(server.serve(service))
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.acceptor(NoDelayAcceptor::new()).handle(handle);
            server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
            tokio::spawn(server.serve(service))
        }
    })
}

/// The TURN server, if one is wanted.
async fn open_turn(config: &SpaceConfig, address: SocketAddr) -> Result<Option<Turn>, SpaceStartError> {
    let Some(options) = &config.turn else { return Ok(None) };
    let mut turn = turn_config(config, SocketAddr::new(address.ip(), options.port))?;
    let all = address.ip().is_unspecified();
    turn.public = options.public.or_else(|| all.then(|| way_out(address.ip())).flatten());
    Ok(Some(Turn::start(turn).await?))
}

/// A TURN server for this space's own media. Its secret is made up: credentials need not outlive the space.
pub(crate) fn turn_config(config: &SpaceConfig, listen: SocketAddr) -> Result<TurnConfig, KeyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| KeyError::NoRandomness)?;
    let mut turn = TurnConfig::new(listen, Secret::new(BASE64_STANDARD.encode(secret)));
    turn.peers = PeerRule { addresses: config.media_addresses.clone(), ..PeerRule::default() };
    Ok(turn)
}

/// The address with which this machine reaches others.
fn way_out(any: IpAddr) -> Option<IpAddr> {
    facing(match any {
        IpAddr::V4(_) => Ipv4Addr::new(198, 51, 100, 1).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    })
}

pub(crate) fn start_error(address: SocketAddr, error: io::Error) -> SpaceStartError {
    match error.kind() {
        io::ErrorKind::AddrInUse => SpaceStartError::PortInUse(address.port()),
        io::ErrorKind::PermissionDenied => SpaceStartError::Denied(address),
        io::ErrorKind::AddrNotAvailable => SpaceStartError::NoSuchAddress(address.ip()),
        _ => SpaceStartError::Listen(address, error),
    }
}

/// Where to knock for a server that listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
