//! Machines of their own on this one: network namespaces. They need `ip` and the right to make them (root, as on the build
//! machines); where that is missing a test fails and says so.

use super::display::Display;
use super::process::run;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use tokio::io::copy_bidirectional;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::time::{Duration, interval};

/// Tests of one program may make several.
static MACHINES: AtomicU32 = AtomicU32::new(0);

/// One machine; it is gone when this is dropped. Cheap to name, dear to make.
pub struct Machine {
    name: String,
    /// Its IPv4 address on its network.
    pub address: String,
}

impl Machine {
    /// With its loopback up and no other network yet.
    pub async fn make(address: String) -> Self {
        let number = MACHINES.fetch_add(1, Ordering::Relaxed);
        let machine = Self { name: format!("ahoy-{}-{number}", std::process::id()), address };
        ip(&["netns", "add", &machine.name]).await;
        machine.ip(&["link", "set", "lo", "up"]).await;
        machine
    }

    /// A cable between two machines: what its ends are called and which address (`a.b.c.d/bits`) each has.
    pub async fn connect(&self, end: (&str, &str), other: &Self, other_end: (&str, &str)) {
        let both = ["netns", &self.name, "type", "veth", "peer", "name", other_end.0, "netns", &other.name];
        ip(&[["link", "add", end.0].as_slice(), &both].concat()).await;
        for (machine, (name, address)) in [(self, end), (other, other_end)] {
            machine.ip(&["address", "add", address, "dev", name]).await;
            machine.ip(&["link", "set", name, "up"]).await;
        }
    }

    /// `ip` in there.
    pub async fn ip(&self, args: &[&str]) {
        ip(&[["-n", &self.name].as_slice(), args].concat()).await;
    }

    /// A command that runs there.
    pub fn run(&self, program: impl AsRef<OsStr>) -> Command {
        self.within(Command::new("ip"), program)
    }

    /// Runs a short command there to its end.
    pub async fn done(&self, command: &[&str]) {
        run("ip", [["netns", "exec", &self.name].as_slice(), command].concat()).await;
    }

    /// A command that runs there and sees this display.
    pub fn command(&self, display: &Display, program: impl AsRef<OsStr>) -> Command {
        self.within(display.command("ip"), program)
    }

    fn within(&self, mut ip: Command, program: impl AsRef<OsStr>) -> Command {
        ip.args(["netns", "exec", &self.name]).arg(program);
        ip
    }

    /// Something that lives in there: made by `make`, with all sockets that it opens then and later. Its tasks run until
    /// the inhabitant is dropped.
    pub async fn inhabit<T: Send + 'static>(
        &self,
        make: impl AsyncFnOnce() -> T + Send + 'static,
    ) -> (T, Inhabitant) {
        let name = self.name.clone();
        let (made, making) = oneshot::channel();
        let (leave, left) = oneshot::channel::<()>();
        // A thread of its own, because it stays in there until its end; those that it starts are there, too.
        let thread = std::thread::spawn(move || {
            enter(&name).expect("the machine is there");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let _ = made.send(make().await);
                let _ = left.await;
            });
        });
        (making.await.expect("it was made"), Inhabitant { leave: Some(leave), thread: Some(thread) })
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

/// Tasks on a machine; they end when this is dropped.
pub struct Inhabitant {
    leave: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Inhabitant {
    fn drop(&mut self) {
        self.leave.take();
        let broke_off = self.thread.take().is_some_and(|thread| thread.join().is_err());
        assert!(!broke_off || std::thread::panicking(), "an inhabitant broke off");
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
        "NO NETWORK NAMESPACES HERE, so several machines cannot be tried: `ip {}`: {why}. \
         Run this as root with iproute2 installed (in a container: privileged, or with CAP_NET_ADMIN and CAP_SYS_ADMIN).",
        args.join(" ")
    );
}

/// This thread is in there from now on. A socket belongs to the machine that it was made on, whoever uses it later.
fn enter(name: &str) -> io::Result<()> {
    let namespace = File::open(format!("/run/netns/{name}"))?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
    Ok(())
}

async fn connect(name: &str, port: u16) -> io::Result<tokio::net::TcpStream> {
    let name = name.to_owned();
    let connect = move || -> io::Result<TcpStream> {
        enter(&name)?;
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    };
    let joined = tokio::task::spawn_blocking(|| std::thread::spawn(connect).join());
    let stream = joined.await.map_err(io::Error::other)?;
    tokio::net::TcpStream::from_std(stream.map_err(|_| io::Error::other("the thread broke off"))??)
}
