//! The stack's runtime: Tokio, with two changes. Its sleep ends early when there is something to send, and its sockets have a gate.

use super::socket::{Gate, GatedSocket};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Debug)]
pub(crate) struct Clockwork {
    wake: Arc<Notify>,
    gate: Arc<Gate>,
}

impl Clockwork {
    pub(crate) fn new(wake: Arc<Notify>, gate: Arc<Gate>) -> Self {
        Self { wake, gate }
    }
}

impl Runtime for Clockwork {
    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn(future)
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let socket = TokioRuntime.wrap_udp_socket(socket)?;
        Ok(Arc::new(GatedSocket::new(socket, Arc::clone(&self.gate))))
    }

    fn wrap_tcp_listener(&self, listener: std::net::TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        TokioRuntime.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, remote: SocketAddr) -> Boxed<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        TokioRuntime.connect_tcp(remote)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { tokio::net::lookup_host(host).await.map(Iterator::collect) })
    }

    /// The stack's loop sleeps until its next deadline, then empties every queue. Waking it early is how a packet leaves at once.
    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        let wake = Arc::clone(&self.wake);
        Box::pin(async move {
            tokio::select! {
                () = tokio::time::sleep(duration) => {}
                () = wake.notified() => {}
            }
        })
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }

    fn name(&self) -> &'static str {
        "ahoy"
    }
}
