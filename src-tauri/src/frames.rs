//! Pictures to the web view: a WebSocket on loopback, for our own pages only. `ui/src/frames/stream.ts` is the other end.
//!
//! Page → shell, text: `{"slot":1,"tile":…,"width":W,"height":H}` asks for the next picture of a tile, no larger than
//! W × H; `{"slot":1}` wants none any more. Shell → page, binary: slot, width, height (u32, little endian), then I420.
//! A page that is slow or hidden asks less, so it is sent less: nothing queues here.

use ahoy_media::Picture;
use ahoy_media::convert::{Scaler, fit_within};
use ahoy_media::slot::SlotReader;
use ahoy_phone::{PhoneHandle, TileId};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// Where Tauri serves our pages: Linux and macOS, Windows.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
const PROTOCOL: &str = "ahoy-frames";
/// A secret opens the door once, and not for long.
const SECRET_LIFE: Duration = Duration::from_secs(30);
const MOST_SECRETS: usize = 16;
const MOST_SLOTS: usize = 32;
const HANDSHAKE: Duration = Duration::from_secs(5);
const LONGEST_ASK: usize = 4 << 10;

/// What a page needs to come in.
#[derive(Clone, Debug, serde::Serialize, specta::Type)]
pub struct FramesDoor {
    pub url: String,
    /// Good for one connection. It travels as a sub-protocol, so it is in no URL and no log.
    pub secret: String,
}

struct Pass {
    secret: String,
    window: String,
    made: Instant,
}

#[derive(Default)]
struct Guests {
    passes: Vec<Pass>,
    /// One connection a window; a new one ends the old.
    inside: HashMap<String, AbortHandle>,
}

/// The listening end. Bound before the windows are made, so that their rules can name the port.
#[derive(Clone)]
pub struct Frames {
    port: u16,
    guests: Arc<Mutex<Guests>>,
}

impl Frames {
    pub fn bind() -> io::Result<(Self, std::net::TcpListener)> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        Ok((Self { port: listener.local_addr()?.port(), guests: Arc::default() }, listener))
    }

    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// A way in for one connection of one of our windows.
    pub fn door(&self, window: &str) -> FramesDoor {
        let secret: String = std::iter::repeat_with(secret_word).take(4).collect();
        let mut guests = self.guests();
        guests.passes.retain(|pass| pass.made.elapsed() < SECRET_LIFE);
        if guests.passes.len() >= MOST_SECRETS {
            guests.passes.remove(0);
        }
        guests.passes.push(Pass { secret: secret.clone(), window: window.to_owned(), made: Instant::now() });
        FramesDoor { url: self.url(), secret }
    }

    /// Serves for ever.
    pub async fn serve(self, listener: std::net::TcpListener, phone: PhoneHandle) {
        let listener = match TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(%error, "no pictures: the frames' socket does not work"),
        };
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (frames, phone) = (self.clone(), phone.clone());
            tokio::spawn(async move {
                let Ok(Some((socket, window))) = timeout(HANDSHAKE, frames.admit(stream)).await else {
                    return;
                };
                let task = tokio::spawn(show(socket, phone));
                if let Some(before) = frames.guests().inside.insert(window, task.abort_handle()) {
                    before.abort();
                }
            });
        }
    }

    async fn admit(&self, stream: TcpStream) -> Option<(WebSocketStream<TcpStream>, String)> {
        stream.set_nodelay(true).ok()?;
        let mut window = None;
        let limits =
            WebSocketConfig::default().max_message_size(Some(LONGEST_ASK)).max_frame_size(Some(LONGEST_ASK));
        #[expect(clippy::result_large_err, reason = "the trait of the callback wants this type")]
        let check = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
            let Some(found) = self.check(request) else {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::FORBIDDEN;
                return Err(refusal);
            };
            window = Some(found);
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
            Ok(response)
        };
        let socket =
            tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(limits)).await.ok()?;
        Some((socket, window?))
    }

    /// The window that a request comes from, if it is one of ours. Uses up its pass.
    fn check(&self, request: &Request) -> Option<String> {
        let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let origin = text(header::ORIGIN)?;
        if !ORIGINS.contains(&origin) {
            tracing::warn!(origin, "a stranger asked for pictures");
            return None;
        }
        let (protocol, secret) = text(header::SEC_WEBSOCKET_PROTOCOL)?.split_once(',')?;
        let mut guests = self.guests();
        guests.passes.retain(|pass| pass.made.elapsed() < SECRET_LIFE);
        let found = guests
            .passes
            .iter()
            .position(|pass| protocol.trim() == PROTOCOL && pass.secret == secret.trim())?;
        Some(guests.passes.swap_remove(found).window)
    }

    fn guests(&self) -> std::sync::MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 64 random bits from the system.
fn secret_word() -> String {
    ahoy_model::CallId::random().as_str().chars().filter(|c| *c != '-').take(16).collect()
}

#[derive(Debug, Deserialize)]
struct Ask {
    slot: u32,
    tile: Option<TileId>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
}

/// One tile of one page.
struct Slot {
    tile: TileId,
    wants: mpsc::Sender<(u32, u32)>,
    task: AbortHandle,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn show(socket: WebSocketStream<TcpStream>, phone: PhoneHandle) {
    let (mut out, mut asks) = socket.split();
    let (drawn, mut pictures) = mpsc::channel::<Bytes>(MOST_SLOTS);
    let mut slots: HashMap<u32, Slot> = HashMap::new();
    loop {
        tokio::select! {
            message = asks.next() => match message {
                Some(Ok(Message::Text(text))) => match serde_json::from_str::<Ask>(&text) {
                    Ok(ask) => take(&mut slots, ask, &phone, &drawn),
                    Err(error) => return tracing::warn!(%error, "a page asked for pictures in a way unknown to us"),
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            Some(picture) = pictures.recv() => {
                if out.send(Message::Binary(picture)).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn take(slots: &mut HashMap<u32, Slot>, ask: Ask, phone: &PhoneHandle, drawn: &mpsc::Sender<Bytes>) {
    let Some(tile) = ask.tile else {
        slots.remove(&ask.slot);
        return;
    };
    let known = slots.get(&ask.slot).is_some_and(|slot| slot.tile == tile && !slot.wants.is_closed());
    if !known {
        if slots.len() >= MOST_SLOTS && !slots.contains_key(&ask.slot) {
            return;
        }
        let (wants, wanted) = mpsc::channel(1);
        let task =
            tokio::spawn(feed(ask.slot, tile.clone(), phone.clone(), wanted, drawn.clone())).abort_handle();
        slots.insert(ask.slot, Slot { tile, wants, task });
    }
    if let Some(slot) = slots.get(&ask.slot) {
        // Full means that one is under way already.
        let _ = slot.wants.try_send((ask.width, ask.height));
    }
}

/// Answers each wish with the newest picture that was not shown yet.
async fn feed(
    slot: u32,
    tile: TileId,
    phone: PhoneHandle,
    mut wanted: mpsc::Receiver<(u32, u32)>,
    drawn: mpsc::Sender<Bytes>,
) {
    let mut scaler = Scaler::new();
    let Some(mut size) = wanted.recv().await else { return };
    let mut snapshots = phone.snapshots();
    loop {
        let Some(mut reader) = find(&phone, &tile).await else { return };
        while let Some(picture) = reader.next().await {
            let made = tokio::task::spawn_blocking(move || {
                let bytes = pack(&mut scaler, slot, &picture, size);
                (scaler, bytes)
            });
            let Ok((back, bytes)) = made.await else { return };
            scaler = back;
            if let Some(bytes) = bytes
                && drawn.send(bytes).await.is_err()
            {
                return;
            }
            match wanted.recv().await {
                Some(next) => size = next,
                None => return,
            }
        }
        // The tile's pictures ended; the wish stands until there are new ones.
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

/// Waits until the phone has such a tile.
async fn find(phone: &PhoneHandle, tile: &TileId) -> Option<SlotReader<Picture>> {
    let mut snapshots = phone.snapshots();
    loop {
        if let Some(reader) = phone.pictures(tile) {
            return Some(reader);
        }
        snapshots.changed().await.ok()?;
    }
}

/// A picture as the page reads it.
fn pack(scaler: &mut Scaler, slot: u32, picture: &Picture, (width, height): (u32, u32)) -> Option<Bytes> {
    let (width, height) = fit_within(picture.width(), picture.height(), width.max(2), height.max(2));
    let picture = scaler.scale(picture, width, height)?;
    let mut bytes = Vec::with_capacity(12 + picture.bytes().len());
    for number in [slot, picture.width(), picture.height()] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(picture.bytes());
    Some(bytes.into())
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
