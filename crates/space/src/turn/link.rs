//! The way to one client: datagrams of a shared socket, or a stream of its own.

use crate::turn::message;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A client that takes nothing for so long is gone.
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// Enough for a full-size packet with its wrapping; whoever sends more is no TURN client.
const LONGEST_STREAM_MESSAGE: usize = 16 * 1024;

#[derive(Debug)]
pub enum Link {
    Datagrams { socket: Arc<UdpSocket>, client: SocketAddr, inbox: mpsc::Receiver<Vec<u8>> },
    Stream { stream: TcpStream, received: Vec<u8> },
}

impl Link {
    pub fn stream(stream: TcpStream) -> Self {
        Self::Stream { stream, received: Vec::with_capacity(4096) }
    }

    /// The next message; `None` when there will be no more. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Datagrams { inbox, .. } => inbox.recv().await,
            Self::Stream { stream, received } => loop {
                if let Some(length) = message::next_length(received).ok()? {
                    if length > LONGEST_STREAM_MESSAGE {
                        return None;
                    }
                    if received.len() >= length {
                        let rest = received.split_off(length);
                        return Some(std::mem::replace(received, rest));
                    }
                }
                if stream.read_buf(received).await.ok()? == 0 {
                    return None;
                }
            },
        }
    }

    /// Sends one message. `false` when the client cannot be reached any more.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        match self {
            // What a full socket refuses is lost, as on any network.
            Self::Datagrams { socket, client, .. } => {
                let _ = socket.send_to(bytes, *client).await;
                true
            }
            Self::Stream { stream, .. } => {
                matches!(timeout(WRITE_LIMIT, stream.write_all(bytes)).await, Ok(Ok(())))
            }
        }
    }
}
