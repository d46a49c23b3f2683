//! A UDP socket that can be deaf to connectivity checks.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

/// While closed, checks of the far side are dropped unread; answers of STUN and TURN servers pass, so gathering works.
#[derive(Debug)]
pub(crate) struct Gate {
    closed: AtomicBool,
}

impl Gate {
    pub(crate) fn new(closed: bool) -> Self {
        Self { closed: AtomicBool::new(closed) }
    }

    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::Release);
    }

    fn drops(&self, datagram: &[u8]) -> bool {
        self.closed.load(Ordering::Acquire) && is_check(datagram)
    }
}

/// A STUN binding request, or a TURN data indication, which carries one before any pair is chosen.
fn is_check(datagram: &[u8]) -> bool {
    matches!(datagram, [0x00, 0x01 | 0x17, _, _, 0x21, 0x12, 0xa4, 0x42, ..])
}

pub(crate) struct GatedSocket {
    socket: Arc<dyn AsyncUdpSocket>,
    gate: Arc<Gate>,
}

impl GatedSocket {
    pub(crate) fn new(socket: Arc<dyn AsyncUdpSocket>, gate: Arc<Gate>) -> Self {
        Self { socket, gate }
    }
}

impl fmt::Debug for GatedSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedSocket").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl AsyncUdpSocket for GatedSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.socket.poll_send(cx, transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        loop {
            let count = ready!(self.socket.poll_recv(cx, bufs, meta))?;
            // One buffer may hold several datagrams of one sender; while the gate is closed they are all checks.
            let check = match (bufs.first(), meta.first()) {
                (Some(buffer), Some(meta)) => {
                    let first = meta.len.min(meta.stride.max(1));
                    buffer.get(..first).is_some_and(|datagram| self.gate.drops(datagram))
                }
                _ => false,
            };
            if !check || count != 1 {
                return Poll::Ready(Ok(count));
            }
        }
    }

    fn max_gso_segments(&self) -> usize {
        self.socket.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.socket.max_gro_segments()
    }
}
