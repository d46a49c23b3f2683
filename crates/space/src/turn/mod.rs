//! The space's own TURN server (RFC 8656), for browsers and phones that cannot reach its media otherwise, and for the browser
//! SDK, which sends no offer before it has found a relay (WIRE.md 7.3).
//!
//! ```text
//!  client ─ UDP or TCP ─▶ server ─▶ reception (credentials, quota)         no memory of strangers
//!                            └────▶ allocation ─ relay socket ─▶ peers     one task each, ends by itself
//! ```
//!
//! Whoever has credentials reaches only the space's own media and other relays (`PeerRule`).

mod allocation;
mod credentials;
mod link;
mod message;
mod peers;
mod quota;
mod reception;
mod server;

pub use peers::{PeerRule, facing};

use crate::turn::allocation::Rules;
use crate::turn::credentials::Credentials;
use crate::turn::quota::Quota;
use crate::turn::reception::Reception;
use crate::turn::server::Floor;
use ahoy_model::Secret;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How the TURN server is set up.
#[derive(Clone, Debug)]
pub struct TurnConfig {
    /// Where clients reach it. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// The address that clients are told, when it is not the one listened on (a router in between, or listening on all).
    pub public: Option<IpAddr>,
    /// Listening on all addresses, without a public one: relays are known to each client by the address that faces it.
    pub faces_clients: bool,
    /// Whether it listens on TCP as well, on the same port if that is free, for networks that let no UDP through.
    pub tcp: bool,
    pub realm: String,
    /// What credentials are made with. Whoever knows it can make their own.
    pub secret: Secret,
    pub peers: PeerRule,
    /// Allocations that one subscriber may have at once. A browser makes 10 to 40 for one call.
    pub most_each: usize,
    pub most: usize,
    pub longest_lifetime: Duration,
    pub longest_age: Duration,
}

impl TurnConfig {
    pub fn new(listen: SocketAddr, secret: Secret) -> Self {
        Self {
            listen,
            public: None,
            faces_clients: false,
            tcp: true,
            realm: "ahoy".to_owned(),
            secret,
            peers: PeerRule::default(),
            most_each: 200,
            most: 4_000,
            longest_lifetime: Duration::from_secs(3600),
            longest_age: Duration::from_secs(24 * 3600),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    #[error("the TURN server cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("a TURN server that listens on all addresses must be told the one that clients reach")]
    NoPublicAddress,
    #[error("a TURN server needs a secret")]
    NoSecret,
}

/// A running TURN server. It stops when this is dropped, or in order with `shut_down`.
#[derive(Debug)]
pub struct Turn {
    issuer: Issuer,
    urls: Vec<String>,
    address: SocketAddr,
    quota: Quota,
    tasks: JoinSet<()>,
    stop: DropGuard,
}

/// Makes credentials for a server without keeping it running. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Issuer {
    credentials: Credentials,
    /// Where clients reach it by UDP.
    server: SocketAddr,
}

impl Issuer {
    /// For clients that reach the server at another address.
    pub fn at(&self, address: IpAddr) -> Self {
        let server = SocketAddr::new(address, self.server.port());
        Self { credentials: self.credentials.clone(), server }
    }

    /// What `subscriber` needs to use the server for `lifetime` from `now`.
    pub fn access(&self, subscriber: &str, now: SystemTime, lifetime: Duration) -> TurnAccess {
        let (username, credential) = self.credentials.mint(subscriber, now, lifetime);
        TurnAccess { urls: vec![format!("turn:{}?transport=udp", self.server)], username, credential }
    }
}

/// One entry of `ice_servers` (WIRE.md 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnAccess {
    pub urls: Vec<String>,
    /// `<unix expiry>:<subscriber>`.
    pub username: String,
    pub credential: Secret,
}

impl Turn {
    /// Binds the sockets and starts serving.
    pub async fn start(config: TurnConfig) -> Result<Self, TurnError> {
        let bind = config.listen.ip();
        let public = match config.public {
            Some(public) => Some(public),
            None if bind.is_unspecified() && !config.faces_clients => return Err(TurnError::NoPublicAddress),
            None => Some(bind).filter(|bind| !bind.is_unspecified()),
        };
        if config.secret.is_empty() {
            return Err(TurnError::NoSecret);
        }
        let listen = |source| TurnError::Listen { address: config.listen, source };
        let socket = UdpSocket::bind(config.listen).await.map_err(listen)?;
        let port = socket.local_addr().map_err(listen)?.port();
        let listener = match config.tcp {
            true => Some(bind_stream(bind, port, config.listen.port() == 0).await.map_err(listen)?),
            false => None,
        };

        let credentials = Credentials::new(config.secret, config.realm);
        let rules = Rules {
            credentials: credentials.clone(),
            peers: config.peers,
            longest_lifetime: config.longest_lifetime,
            longest_age: config.longest_age,
        };
        let quota = Quota::new(config.most_each, config.most);
        let reception = Reception {
            rules: Arc::new(rules),
            quota: quota.clone(),
            relays_ipv4: public.unwrap_or(bind).is_ipv4(),
        };
        let stop = CancellationToken::new();
        let floor = Arc::new(Floor { reception, bind, public, stop: stop.clone() });

        let shown = public.unwrap_or(bind);
        let mut urls = vec![format!("turn:{}?transport=udp", SocketAddr::new(shown, port))];
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve_datagrams(socket, floor.clone()));
        if let Some(listener) = listener {
            let port = listener.local_addr().map_err(listen)?.port();
            urls.push(format!("turn:{}?transport=tcp", SocketAddr::new(shown, port)));
            tasks.spawn(server::serve_streams(listener, floor));
        }
        let address = SocketAddr::new(shown, port);
        let issuer = Issuer { credentials, server: address };
        Ok(Self { issuer, urls, address, quota, tasks, stop: stop.drop_guard() })
    }

    /// What `subscriber` needs to use this server for `lifetime` from `now`. Names with a colon are fine.
    pub fn ice_servers(&self, subscriber: &str, now: SystemTime, lifetime: Duration) -> TurnAccess {
        TurnAccess { urls: self.urls.clone(), ..self.issuer.access(subscriber, now, lifetime) }
    }

    /// What outlives this handle: credentials for the server, which are worth nothing once it is gone.
    pub fn issuer(&self) -> Issuer {
        self.issuer.clone()
    }

    /// Where clients reach it by UDP; it answers plain STUN there, too.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many relays are open.
    pub fn relays(&self) -> usize {
        self.quota.taken()
    }

    /// Closes all relays and waits until the sockets are free.
    pub async fn shut_down(mut self) {
        drop(self.stop);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// TCP on the same port as UDP, or on any other where the caller left the choice to us and that one is taken.
async fn bind_stream(address: IpAddr, port: u16, any: bool) -> io::Result<TcpListener> {
    match TcpListener::bind((address, port)).await {
        Err(error) if any && error.kind() == io::ErrorKind::AddrInUse => {
            TcpListener::bind((address, 0)).await
        }
        result => result,
    }
}

#[cfg(test)]
mod tests;
