//! Two machines on a network of their own: two network namespaces with a cable between them. Needs `ip` and the right to
//! make namespaces (root, as on the build machines); where that is missing the test fails and says so.

use super::display::Display;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::copy_bidirectional;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::{Duration, interval};

/// The cable's end in every machine.
const CABLE: &str = "lan0";
/// Tests of one program may lay several cables.
static CABLES: AtomicU32 = AtomicU32::new(0);

/// Both are gone with it.
pub struct Lan {
    pub left: Machine,
    pub right: Machine,
}

/// One machine. Cheap to name, dear to make.
pub struct Machine {
    name: String,
    /// Its IPv4 address on the network.
    pub address: String,
}

impl Lan {
    /// `10.77.<n>.1` and `10.77.<n>.2`, without a way to anywhere else.
    pub async fn lay() -> Self {
        let number = CABLES.fetch_add(1, Ordering::Relaxed);
        let machine = |side: &str, host: u8| Machine {
            name: format!("ahoy-{}-{number}{side}", std::process::id()),
            address: format!("10.77.{number}.{host}"),
        };
        let lan = Self { left: machine("a", 1), right: machine("b", 2) };
        let (left, right) = (&lan.left.name, &lan.right.name);
        for name in [left, right] {
            ip(&["netns", "add", name]).await;
        }
        ip(&["link", "add", CABLE, "netns", left, "type", "veth", "peer", "name", CABLE, "netns", right])
            .await;
        for Machine { name, address } in [&lan.left, &lan.right] {
            ip(&["-n", name, "address", "add", &format!("{address}/24"), "dev", CABLE]).await;
            ip(&["-n", name, "link", "set", "lo", "up"]).await;
            ip(&["-n", name, "link", "set", CABLE, "up"]).await;
        }
        lan
    }
}

async fn ip(args: &[&str]) {
    let done = Command::new("ip").args(args).output().await;
    let why = match done {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    panic!(
        "NO NETWORK NAMESPACES HERE, so two machines on a LAN cannot be tried: `ip {}`: {why}. \
         Run this as root with iproute2 installed (in a container: privileged, or with CAP_NET_ADMIN and CAP_SYS_ADMIN).",
        args.join(" ")
    );
}

impl Machine {
    /// A command that runs there and sees this display.
    pub fn command(&self, display: &Display, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = display.command("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// A port here that leads to loopback's `port` there, once somebody listens at it. It ends with the test.
    pub async fn door(&self, port: u16) -> u16 {
        let mut look = interval(Duration::from_millis(50));
        while connect(&self.name, port).await.is_err() {
            look.tick().await;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let here = listener.local_addr().expect("it is bound").port();
        let name = self.name.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let Ok(mut far) = connect(&name, port).await else { continue };
                tokio::spawn(async move {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        here
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = std::process::Command::new("ip").args(["netns", "delete", &self.name]).output();
    }
}

/// A socket belongs to the namespace that it was made in, whoever uses it later.
async fn connect(name: &str, port: u16) -> io::Result<tokio::net::TcpStream> {
    let path = format!("/run/netns/{name}");
    let connect = move || -> io::Result<TcpStream> {
        let namespace = File::open(path)?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    };
    // A thread of its own, because it stays in there until its end.
    let joined = tokio::task::spawn_blocking(|| std::thread::spawn(connect).join());
    let stream = joined.await.map_err(io::Error::other)?;
    tokio::net::TcpStream::from_std(stream.map_err(|_| io::Error::other("the thread broke off"))??)
}
