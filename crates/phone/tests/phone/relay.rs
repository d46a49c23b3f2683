//! A wire to the space's TURN server that can be cut, or made deaf for what flows over it now.

use crate::support;
use ahoy_model::Secret;
use ahoy_space::{Space, SpaceConfig, TurnOptions};
use futures_util::{SinkExt, StreamExt};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio_tungstenite::tungstenite::Message;

/// What passes.
#[derive(Clone, Default)]
enum Mode {
    #[default]
    Everything,
    Nothing,
    /// No media towards those who are connected now; everything else.
    Deaf,
}

#[derive(Default)]
struct State {
    mode: Mode,
    clients: HashMap<SocketAddr, Arc<UdpSocket>>,
    deaf: HashSet<SocketAddr>,
}

/// Passes datagrams on between phones and the server.
#[derive(Clone)]
pub struct Relay {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Relay {
    async fn start(target: String) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let relay = Self { port: socket.local_addr().unwrap().port(), state: Arc::default() };
        let own = relay.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                if matches!(own.state.lock().unwrap().mode, Mode::Nothing) {
                    continue;
                }
                let known = own.state.lock().unwrap().clients.get(&from).cloned();
                let far = match known {
                    Some(far) => far,
                    None => {
                        let far = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
                        far.connect(&target).await.unwrap();
                        own.state.lock().unwrap().clients.insert(from, far.clone());
                        tokio::spawn(own.clone().back(socket.clone(), far.clone(), from));
                        far
                    }
                };
                let _ = far.send(&buffer[..length]).await;
            }
        });
        relay
    }

    async fn back(self, socket: Arc<UdpSocket>, far: Arc<UdpSocket>, to: SocketAddr) {
        let mut buffer = [0; 2048];
        while let Ok(length) = far.recv(&mut buffer).await {
            let packet = &buffer[..length];
            let passes = {
                let state = self.state.lock().unwrap();
                match state.mode {
                    Mode::Everything => true,
                    Mode::Nothing => false,
                    Mode::Deaf => !(state.deaf.contains(&to) && is_media(packet)),
                }
            };
            if passes {
                let _ = socket.send_to(packet, to).await;
            }
        }
    }

    pub fn cut(&self) {
        self.state.lock().unwrap().mode = Mode::Nothing;
    }

    pub fn mend(&self) {
        self.state.lock().unwrap().mode = Mode::Everything;
    }

    pub fn deafen(&self) {
        let mut state = self.state.lock().unwrap();
        state.deaf = state.clients.keys().copied().collect();
        state.mode = Mode::Deaf;
    }
}

/// RTP or RTCP in a channel's data or in an indication (RFC 8656 12.4, 11.6; RFC 7983).
fn is_media(packet: &[u8]) -> bool {
    let inner = match packet {
        [0x40..=0x4f, _, _, _, rest @ ..] => rest.first().copied(),
        [0x00, 0x17, ..] => {
            let mut rest = &packet[20..];
            loop {
                let [a, b, c, d, tail @ ..] = rest else { break None };
                let length = usize::from(u16::from_be_bytes([*c, *d]));
                if (*a, *b) == (0x00, 0x13) {
                    break tail.first().copied();
                }
                rest = tail.get(length.next_multiple_of(4)..).unwrap_or_default();
            }
        }
        _ => None,
    };
    matches!(inner, Some(128..=191))
}

pub async fn space() -> Space {
    support::logs();
    let config = SpaceConfig { turn: Some(TurnOptions::default()), ..support::space_config() };
    Space::start(config).await.expect("a space with a relay")
}

/// A server's URL, user name and password.
pub struct Door {
    pub url: String,
    pub username: String,
    pub credential: Secret,
}

/// What the space hands out to a client, asked for as a client does.
pub async fn door(space: &Space) -> Door {
    let token = support::account(space, "probe").await.token;
    let (mut socket, _) = tokio_tungstenite::connect_async(space.url()).await.unwrap();
    let connect = serde_json::json!({"jsonrpc": "2.0", "id": "1", "method": "signalwire.connect", "params": {
        "version": {"major": 4, "minor": 0, "revision": 0}, "authentication": {"jwt_token": token.expose()}}});
    socket.send(Message::text(connect.to_string())).await.unwrap();
    loop {
        let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("no answer") };
        let reply: serde_json::Value = serde_json::from_str(&text).unwrap();
        if reply["id"] == "1" {
            let server = &reply["result"]["ice_servers"][0];
            let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
            return Door {
                url: text(&server["urls"][0]),
                username: text(&server["username"]),
                credential: Secret::new(text(&server["credential"])),
            };
        }
    }
}

/// A wire in front of the server behind `door`, and the same door at its near end.
pub async fn wire(door: Door) -> (Relay, Door) {
    let host = door.url.trim_start_matches("turn:").split('?').next().unwrap().to_owned();
    let relay = Relay::start(host).await;
    let url = format!("turn:127.0.0.1:{}?transport=udp", relay.port);
    (relay, Door { url, ..door })
}
