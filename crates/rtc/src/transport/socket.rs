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
    relays_only: AtomicBool,
}

impl Gate {
    pub(crate) fn new(closed: bool) -> Self {
        Self { closed: AtomicBool::new(closed), relays_only: AtomicBool::new(false) }
    }

    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::Release);
    }

    /// From here on only what goes by a relay passes, in both directions: other ways seem to work and do not.
    pub(crate) fn set_relays_only(&self, on: bool) {
        self.relays_only.store(on, Ordering::Release);
    }

    fn drops(&self, datagram: &[u8]) -> bool {
        (self.closed.load(Ordering::Acquire) && is_check(datagram)) || self.keeps(datagram)
    }

    fn keeps(&self, datagram: &[u8]) -> bool {
        self.relays_only.load(Ordering::Acquire) && !is_relayed(datagram)
    }
}

/// A channel's data, or STUN with another method than Binding: only TURN has those (RFC 8656 12, RFC 8489 5).
fn is_relayed(datagram: &[u8]) -> bool {
    match datagram {
        [0x40..=0x4f, ..] => true,
        [high @ 0x00..=0x3f, low, _, _, 0x21, 0x12, 0xa4, 0x42, ..] => {
            (high & 0xfe, low & 0xef) != (0x00, 0x01)
        }
        _ => false,
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
        if self.gate.keeps(transmit.contents) {
            return Poll::Ready(Ok(transmit.contents.len()));
        }
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
            // One buffer may hold several datagrams of one sender; they are all of one kind.
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

#[cfg(test)]
mod tests {
    use super::*;

    const BINDING: [u8; 8] = [0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42];

    fn stun(kind: u16) -> [u8; 8] {
        let mut message = BINDING;
        message[..2].copy_from_slice(&kind.to_be_bytes());
        message
    }

    #[test]
    fn by_relays_only_what_turn_carries_passes() {
        let gate = Gate::new(false);
        let direct: [&[u8]; 5] = [&BINDING, &stun(0x0101), &stun(0x0011), &[0x80, 96, 0, 1], &[22, 254, 253]];
        // Allocate and its answers, refresh, permissions, channels, indications, a channel's data.
        let relayed = [0x0003, 0x0103, 0x0113, 0x0004, 0x0008, 0x0009, 0x0016, 0x0017].map(stun);
        let all_pass = |gate: &Gate, on| {
            let relayed = relayed.iter().all(|it| !gate.drops(it)) && !gate.drops(&[0x40, 0x01, 0, 0]);
            relayed && direct.iter().all(|it| gate.drops(it) != on)
        };
        assert!(all_pass(&gate, true));
        gate.set_relays_only(true);
        assert!(all_pass(&gate, false));
        gate.set_relays_only(false);
        assert!(all_pass(&gate, true));
        let deaf = Gate::new(true);
        assert!(deaf.drops(&BINDING) && !deaf.drops(&stun(0x0101)) && !deaf.drops(&[0x80, 96, 0, 1]));
    }
}
