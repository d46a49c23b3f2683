//! A session bus of a test's own, on which it can play a desktop.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::timeout;
use zbus::Connection;

pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    /// `None`: there is no `dbus-daemon` here.
    pub fn start() -> Option<Self> {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut address = String::new();
        BufReader::new(daemon.stdout.take()?).read_line(&mut address).ok()?;
        Some(Self { daemon, address: address.trim().to_owned() })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub async fn connect(&self) -> Connection {
        let bus = zbus::connection::Builder::address(self.address.as_str()).unwrap();
        timeout(PATIENCE, bus.build()).await.expect("in time").expect("a connection")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
