//! What a space is told when it starts.

use ahoy_model::Secret;
use ahoy_rtc::IceServer;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be chosen about a space. `Default` gives an open port on loopback and nothing on disk.
#[derive(Clone, Debug)]
pub struct SpaceConfig {
    /// Where HTTP and WebSocket are served. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Folder of the database; made when absent. `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Project id and API token of the server-side REST calls (HTTP Basic). `None`: those calls are refused.
    pub project: Option<(String, Secret)>,
    /// What token keys are derived from; the caller keeps it in a safe place. `None`: derived from the API token, or random for this run.
    pub key: Option<Secret>,
    /// Serve https and wss.
    pub tls: Option<TlsFiles>,
    /// The name clients reach us by, without port (`puc.localhost`). With TLS it goes into the tokens' `ch`.
    pub host: Option<String>,
    /// How long a callee rings before NO_ANSWER.
    pub ring_timeout: Duration,
    /// Calls that one device may be in, ringing included; more are busy. `None`: as many as it likes (call waiting).
    pub calls_per_device: Option<usize>,
    /// STUN and TURN servers handed out to clients, and used by our own legs.
    pub ice_servers: Vec<IceServer>,
    /// A TURN server of our own, handed out first. The browser SDK calls nobody without one (WIRE.md 7.3).
    pub turn: Option<TurnOptions>,
    /// Addresses that media is published on; empty means all of this machine's.
    pub media_addresses: Vec<IpAddr>,
    /// Ceiling of the video sent on one leg, bit/s.
    pub max_bitrate: u32,
    /// A command that reads text on its standard input and writes WAV to its standard output: the voice of scripts. Split at spaces.
    pub tts_command: Option<String>,
    /// Documents, films and callbacks may be on this machine and its networks. Whoever has the API token can reach into them then.
    pub allow_private_fetch: bool,
    pub limits: Limits,
    pub timers: Timers,
}

/// PEM files: certificate chain (leaf first) and its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Where the space's own TURN server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnOptions {
    /// UDP and TCP port on the address that the space listens on. 0 picks a free one.
    pub port: u16,
    /// The address that clients are told. `None`: the one listened on, or, when that is all of them, the one that this
    /// machine reaches others with.
    pub public: Option<IpAddr>,
}

/// What one client may cost. The numbers are generous for people and small for a flood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open WebSockets.
    pub connections: usize,
    /// Open WebSockets of one IP address.
    pub connections_per_address: usize,
    /// HTTP requests and WebSocket upgrades of one IP address: burst and refill a second.
    pub requests: Rate,
    /// Failed authentications of one IP address.
    pub failures: Rate,
    /// Messages on one WebSocket. Above it the space stops reading for a while.
    pub messages: Rate,
    /// Calls placed by one subscriber. Above it an invite is answered with SWITCH_CONGESTION.
    pub calls: Rate,
    /// Chat messages of one subscriber.
    pub chat: Rate,
    /// Calls at one time in the whole space.
    pub calls_at_once: usize,
    /// Longest WebSocket message, bytes.
    pub message_bytes: usize,
    /// Longest HTTP body, bytes.
    pub body_bytes: usize,
    /// Messages waiting for one client. A client that reads slower than that is disconnected.
    pub outbox: usize,
}

/// A token bucket: `burst` at once, `per_second` again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub burst: u32,
    pub per_second: f64,
}

impl Eq for Rate {}

/// Cadences of the real service (WIRE.md 16), shorter in tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timers {
    /// `signalwire.ping` on every socket; two unanswered ones end the socket.
    pub socket_ping: Duration,
    /// `verto.ping` on every leg; a missed one ends the leg one interval later.
    pub call_ping: Duration,
    /// How long a session and its calls outlive their socket.
    pub resume_grace: Duration,
    /// From the upgrade to a valid `signalwire.connect`.
    pub connect: Duration,
    /// From the answer, or from a lost transport, until a leg without media is given up.
    pub media: Duration,
    /// Longest time one write to a socket may take.
    pub write: Duration,
    /// Longest life of a client-bound token (WIRE.md 1.5).
    pub device_token: Duration,
}

impl Default for SpaceConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: None,
            project: None,
            key: None,
            tls: None,
            host: None,
            ring_timeout: Duration::from_secs(60),
            calls_per_device: None,
            ice_servers: Vec::new(),
            turn: None,
            media_addresses: Vec::new(),
            max_bitrate: 2_500_000,
            tts_command: None,
            allow_private_fetch: false,
            limits: Limits::default(),
            timers: Timers::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            connections_per_address: 512,
            requests: Rate { burst: 400, per_second: 100.0 },
            failures: Rate { burst: 30, per_second: 1.0 },
            messages: Rate { burst: 1_000, per_second: 300.0 },
            calls: Rate { burst: 30, per_second: 5.0 },
            chat: Rate { burst: 60, per_second: 5.0 },
            calls_at_once: 1_000,
            message_bytes: 1 << 20,
            body_bytes: 64 << 10,
            outbox: 256,
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            socket_ping: Duration::from_secs(10),
            call_ping: Duration::from_secs(46),
            resume_grace: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            media: Duration::from_secs(60),
            write: Duration::from_secs(10),
            device_token: Duration::from_secs(900),
        }
    }
}
