//! One WebSocket to a space: a task that reads and writes texts. It knows nothing of what they say.

use crate::pin;
use ahoy_model::Fingerprint;
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::Connector;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

/// No message of a space is larger (WIRE.md's events are some kB).
const LARGEST: usize = ahoy_wire::MAX_MESSAGE_BYTES;
/// Longest wait for TCP, TLS and the upgrade together (WIRE.md 9.4).
const CONNECT: Duration = Duration::from_secs(10);
/// A space that does not read for so long is gone.
const WRITE: Duration = Duration::from_secs(10);
/// Texts that may wait to be written. More: the connection is stuck and is given up.
const OUTBOX: usize = 256;

/// What became of a socket.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    Opened,
    Text(String),
    /// Nothing follows.
    Closed(SocketError),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error("the address is no WebSocket address")]
    BadUrl,
    #[error("nobody answers there: {0}")]
    Unreachable(String),
    #[error("the certificate is not trusted: {0}")]
    Untrusted(String),
    #[error("the certificate is not the pinned one: {0}")]
    OtherCertificate(String),
    #[error("the space did not answer in time")]
    Timeout,
    #[error("the space refused the connection with HTTP {0}")]
    Refused(u16),
    #[error("the connection was closed: {0}")]
    Lost(String),
}

/// Owns the socket's task; dropping it closes the socket.
#[derive(Debug)]
pub(crate) struct Socket {
    texts: mpsc::Sender<String>,
    task: JoinHandle<()>,
}

impl Socket {
    /// Connects to `url`. Everything that happens goes to `out` with `generation`, so that the word of an old socket is
    /// known as such. While the receiver is behind, nothing is read. `pin`: the only certificate that counts.
    pub(crate) fn open(
        url: String,
        pin: Option<Fingerprint>,
        generation: u64,
        out: mpsc::Sender<(u64, SocketEvent)>,
    ) -> Self {
        let (texts, outbox) = mpsc::channel(OUTBOX);
        let task = tokio::spawn(async move {
            let error = match run(&url, pin, generation, &out, outbox).await {
                Ok(()) => SocketError::Lost("closed by us".into()),
                Err(error) => error,
            };
            let _ = out.send((generation, SocketEvent::Closed(error))).await;
        });
        Self { texts, task }
    }

    /// `false`: the connection is stuck; the caller gives it up. One that is gone says so itself, after all that it brought.
    #[must_use]
    pub(crate) fn send(&self, text: String) -> bool {
        !matches!(self.texts.try_send(text), Err(TrySendError::Full(_)))
    }

    /// Writes what waits, says good-bye, and is gone; at most for as long as the caller waits for it.
    pub(crate) async fn close(mut self) {
        let (idle, _) = mpsc::channel(1);
        self.texts = idle;
        let _ = (&mut self.task).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    url: &str,
    pin: Option<Fingerprint>,
    generation: u64,
    out: &mpsc::Sender<(u64, SocketEvent)>,
    mut outbox: mpsc::Receiver<String>,
) -> Result<(), SocketError> {
    if !url.starts_with("ws://") && !url.starts_with("wss://") {
        return Err(SocketError::BadUrl);
    }
    crate::rest::install_crypto();
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let tls = pin.map(pin::pinned).transpose().map_err(|error| SocketError::Untrusted(error.to_string()))?;
    let tls = tls.map(|tls| Connector::Rustls(Arc::new(tls)));
    let connecting = tokio_tungstenite::connect_async_tls_with_config(url, Some(config), true, tls);
    let (stream, _) =
        timeout(CONNECT, connecting).await.map_err(|_| SocketError::Timeout)?.map_err(read_error)?;
    if out.send((generation, SocketEvent::Opened)).await.is_err() {
        return Ok(());
    }
    let (mut sink, mut stream) = stream.split();
    let mut writable = true;
    loop {
        tokio::select! {
            text = outbox.recv(), if writable => {
                let Some(text) = text else {
                    let _ = timeout(WRITE, sink.close()).await;
                    return Ok(());
                };
                let writing = async {
                    sink.feed(Message::text(text)).await?;
                    // What else waits goes out in the same write.
                    while let Ok(text) = outbox.try_recv() {
                        sink.feed(Message::text(text)).await?;
                    }
                    sink.flush().await
                };
                if let Err(error) = timeout(WRITE, writing).await.map_err(|_| SocketError::Timeout)? {
                    // The space has gone. What it said before has arrived and is still read; then comes the end.
                    tracing::debug!(%error, "nothing can be sent any more");
                    writable = false;
                }
            }
            message = stream.next() => {
                let text = match message {
                    None => return Err(SocketError::Lost("the space hung up".into())),
                    Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
                    Some(Ok(Message::Close(frame))) => {
                        let why = frame.map_or_else(|| "no reason given".to_owned(), |f| format!("code {}", f.code));
                        return Err(SocketError::Lost(why));
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return Err(read_error(error)),
                };
                if out.send((generation, SocketEvent::Text(text))).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

fn read_error(error: WsError) -> SocketError {
    if pin::is_mismatch(&error) {
        return SocketError::OtherCertificate(error.to_string());
    }
    match error {
        WsError::Url(_) => SocketError::BadUrl,
        WsError::Http(response) => SocketError::Refused(response.status().as_u16()),
        WsError::Tls(error) => SocketError::Untrusted(error.to_string()),
        WsError::Io(error) if is_tls(&error) => SocketError::Untrusted(error.to_string()),
        WsError::Io(error) => SocketError::Unreachable(error.to_string()),
        other => SocketError::Lost(other.to_string()),
    }
}

/// The TLS layer hides its own errors inside I/O errors.
fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
