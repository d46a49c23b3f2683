//! `ahoy-space`: the built-in space on its own.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use ahoy_model::Secret;
use ahoy_space::{LanDoor, LanError, LanOptions, Space, SpaceConfig, Timers, TlsFiles, TurnOptions};
use clap::Parser;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// A space for Ahoy phones and the SignalWire Browser SDK.
#[derive(Parser)]
#[command(name = "ahoy-space", version)]
struct Options {
    /// Where to serve HTTP and WebSocket; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:7370")]
    listen: SocketAddr,
    /// Folder for the database. Without it nothing is kept.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Project id of the server-side REST calls.
    #[arg(long, value_name = "ID", requires = "api_token")]
    project: Option<String>,
    /// API token of the project. Better given by the environment, where other users do not see it.
    #[arg(long, value_name = "SECRET", env = "AHOY_API_TOKEN", hide_env_values = true, requires = "project")]
    api_token: Option<String>,
    /// Certificate chain (PEM) for https and wss.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM) of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The name clients reach this space by, without port.
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// How long a phone rings before "no answer".
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    ring_timeout: u64,
    /// Longest life of a client-bound token.
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    device_token_life: u64,
    /// Calls one device may be in; more are busy.
    #[arg(long, value_name = "N")]
    calls_per_device: Option<usize>,
    /// UDP and TCP port of the TURN server; 0 picks a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    turn_port: u16,
    /// The address that clients are told to reach the TURN server at, if it is not the one listened on.
    #[arg(long, value_name = "ADDR")]
    turn_address: Option<IpAddr>,
    /// Run no TURN server. Browsers cannot call then.
    #[arg(long, conflicts_with_all = ["turn_port", "turn_address"])]
    no_turn: bool,
    /// Publish media on this address only; may be given again.
    #[arg(long, value_name = "ADDR")]
    media_address: Vec<IpAddr>,
    /// The voice of scripts: a command that reads text and writes WAV, such as "espeak-ng --stdout".
    #[arg(long, value_name = "COMMAND")]
    tts_command: Option<String>,
    /// Let the Calling API fetch from this machine and private networks, and call back there.
    #[arg(long)]
    allow_private_fetch: bool,
    /// Open a second door to this network, with a certificate of its own, and tell phones nearby (mDNS).
    #[arg(long)]
    lan: bool,
    /// Where that door is.
    #[arg(long, value_name = "PORT", requires = "lan", default_value_t = ahoy_space::LAN_PORT)]
    lan_port: u16,
    /// What people call the space; as the computer is called if not given.
    #[arg(long, value_name = "NAME", requires = "lan")]
    lan_name: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let filter =
        EnvFilter::try_from_env("AHOY_LOG").unwrap_or_else(|_| EnvFilter::new("warn,ahoy_space=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let lan = lan(&options);
    let space = match Space::start(config(options)).await {
        Ok(space) => space,
        Err(error) => {
            eprintln!("ahoy-space: {error}.");
            return ExitCode::FAILURE;
        }
    };
    let served = serve(&space, lan).await;
    space.shut_down().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ahoy-space: {error}.");
            ExitCode::FAILURE
        }
    }
}

/// Why it does not serve although it could start.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(transparent)]
    Lan(#[from] LanError),
    #[error("nobody reads the ready line: {0}")]
    Ready(#[from] std::io::Error),
}

/// Until it is asked to stop.
async fn serve(space: &Space, lan: Option<LanOptions>) -> Result<(), ServeError> {
    let door = match lan {
        Some(options) => Some(space.open_lan(options).await?),
        None => None,
    };
    if let Some(error) = door.as_ref().and_then(LanDoor::announce_error) {
        tracing::warn!(%error, "phones nearby have to be told the address");
    }
    say_ready(space, door.as_ref())?;
    stop_asked().await;
    if let Some(door) = door {
        door.close().await;
    }
    Ok(())
}

fn lan(options: &Options) -> Option<LanOptions> {
    let name = || options.lan_name.clone().unwrap_or_else(ahoy_space::own_name);
    options.lan.then(|| LanOptions {
        port: options.lan_port,
        name: name(),
        announce: true,
        turn: !options.no_turn,
    })
}

fn config(options: Options) -> SpaceConfig {
    SpaceConfig {
        listen: options.listen,
        data: options.data,
        project: options.project.zip(options.api_token.map(Secret::new)),
        tls: options.tls_cert.zip(options.tls_key).map(|(cert, key)| TlsFiles { cert, key }),
        host: options.host,
        ring_timeout: Duration::from_secs(options.ring_timeout),
        timers: Timers { device_token: Duration::from_secs(options.device_token_life), ..Timers::default() },
        calls_per_device: options.calls_per_device,
        media_addresses: options.media_address,
        tts_command: options.tts_command,
        allow_private_fetch: options.allow_private_fetch,
        turn: (!options.no_turn)
            .then_some(TurnOptions { port: options.turn_port, public: options.turn_address }),
        ..SpaceConfig::default()
    }
}

/// One line of JSON on stdout: whoever started us waits for it.
fn say_ready(space: &Space, door: Option<&LanDoor>) -> std::io::Result<()> {
    let lan = door.map(|door| {
        let fingerprint = door.fingerprint().grouped();
        serde_json::json!({ "hosts": door.hosts(), "fingerprint": fingerprint })
    });
    let line = serde_json::json!({
        "ready": true,
        "ws": space.url(),
        "rest": space.rest_url(),
        "project": space.project_id(),
        "lan": lan,
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Ctrl-C, or SIGTERM where there is such a thing.
async fn stop_asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without any way to be asked we serve until we are killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
