//! The server as a client sees it, over real sockets.

use super::message::{
    Class, Message, Method, Writer, attribute, channel_data, next_length, parse_channel_data,
};
use super::*;
use md5::{Digest, Md5};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_secs(5);
const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn config() -> TurnConfig {
    TurnConfig::new(SocketAddr::new(LOOPBACK, 0), Secret::new("the space's secret"))
}

/// A TURN client of one 5-tuple. It knows no more than the RFC.
struct Client {
    way: Way,
    username: String,
    password: String,
    realm: String,
    nonce: String,
    count: u8,
}

enum Way {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Client {
    async fn udp(turn: &Turn, access: TurnAccess) -> Self {
        let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
        socket.connect(turn.address()).await.unwrap();
        Self::new(Way::Udp(socket), access)
    }

    async fn tcp(access: TurnAccess) -> Self {
        let url = access.urls.iter().find(|url| url.ends_with("=tcp")).unwrap();
        let address = url.trim_start_matches("turn:").split('?').next().unwrap();
        Self::new(Way::Tcp(TcpStream::connect(address).await.unwrap()), access)
    }

    fn new(way: Way, access: TurnAccess) -> Self {
        let password = access.credential.expose().to_owned();
        Self {
            way,
            username: access.username,
            password,
            realm: String::new(),
            nonce: String::new(),
            count: 0,
        }
    }

    fn key(&self) -> [u8; 16] {
        Md5::digest(format!("{}:{}:{}", self.username, self.realm, self.password)).into()
    }

    async fn send(&mut self, bytes: &[u8]) {
        match &mut self.way {
            Way::Udp(socket) => assert_eq!(socket.send(bytes).await.unwrap(), bytes.len()),
            Way::Tcp(stream) => stream.write_all(bytes).await.unwrap(),
        }
    }

    async fn receive(&mut self) -> Vec<u8> {
        timeout(SOON, async {
            let mut bytes = vec![0; 2048];
            match &mut self.way {
                Way::Udp(socket) => {
                    let size = socket.recv(&mut bytes).await.unwrap();
                    bytes.truncate(size);
                    bytes
                }
                Way::Tcp(stream) => {
                    let mut bytes = vec![0; 4];
                    stream.read_exact(&mut bytes).await.unwrap();
                    bytes.resize(next_length(&bytes).unwrap().unwrap(), 0);
                    stream.read_exact(&mut bytes[4..]).await.unwrap();
                    bytes
                }
            }
        })
        .await
        .expect("an answer")
    }

    fn writer(&mut self, method: Method) -> Writer {
        self.count += 1;
        let writer = Writer::new(method, Class::Request, [self.count; 12]);
        if self.nonce.is_empty() {
            return writer;
        }
        writer
            .put(attribute::USERNAME, self.username.as_bytes())
            .put(attribute::REALM, self.realm.as_bytes())
            .put(attribute::NONCE, self.nonce.as_bytes())
    }

    /// Sends a signed request; gives `Ok(answer)` or `Err(error code)`.
    async fn ask(&mut self, writer: Writer) -> Result<Vec<u8>, u16> {
        let bytes = writer.sign(&self.key());
        self.send(&bytes).await;
        let answer = self.receive().await;
        let message = Message::parse(&answer).unwrap();
        match message.get(attribute::ERROR_CODE) {
            Some(error) => Err(u16::from(error[2]) * 100 + u16::from(error[3])),
            None => {
                assert_eq!(message.class, Class::Success);
                assert!(message.proves(&self.key()), "the server shows that it knows the key");
                Ok(answer)
            }
        }
    }

    /// Asks without credentials and learns realm and nonce.
    async fn be_challenged(&mut self) {
        let bytes =
            self.writer(Method::Allocate).put(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]).finish();
        self.send(&bytes).await;
        let answer = self.receive().await;
        let message = Message::parse(&answer).unwrap();
        assert_eq!(message.get(attribute::ERROR_CODE).unwrap()[..4], [0, 0, 4, 1]);
        self.realm = message.text(attribute::REALM).unwrap().to_owned();
        self.nonce = message.text(attribute::NONCE).unwrap().to_owned();
    }

    /// The whole Allocate; gives the relayed address or the error code.
    async fn allocate(&mut self) -> Result<SocketAddr, u16> {
        self.be_challenged().await;
        let writer = self.writer(Method::Allocate).put(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
        let answer = self.ask(writer).await?;
        Ok(Message::parse(&answer).unwrap().address(attribute::XOR_RELAYED_ADDRESS).unwrap())
    }

    async fn permit(&mut self, peer: SocketAddr) -> Result<Vec<u8>, u16> {
        let writer = self.writer(Method::CreatePermission).put_address(attribute::XOR_PEER_ADDRESS, peer);
        self.ask(writer).await
    }

    async fn bind_channel(&mut self, channel: u16, peer: SocketAddr) -> Result<Vec<u8>, u16> {
        let [high, low] = channel.to_be_bytes();
        let writer = self.writer(Method::ChannelBind).put(attribute::CHANNEL_NUMBER, &[high, low, 0, 0]);
        self.ask(writer.put_address(attribute::XOR_PEER_ADDRESS, peer)).await
    }

    async fn refresh(&mut self, seconds: u32) -> Result<u32, u16> {
        let writer = self.writer(Method::Refresh).put(attribute::LIFETIME, &seconds.to_be_bytes());
        let answer = self.ask(writer).await?;
        Ok(Message::parse(&answer).unwrap().number(attribute::LIFETIME).unwrap())
    }

    async fn send_indication(&mut self, peer: SocketAddr, data: &[u8]) {
        let writer = Writer::new(Method::Send, Class::Indication, [9; 12]);
        let bytes = writer.put_address(attribute::XOR_PEER_ADDRESS, peer).put(attribute::DATA, data).finish();
        self.send(&bytes).await;
    }
}

async fn peer() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn received(peer: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut bytes = vec![0; 2048];
    let (size, from) = timeout(SOON, peer.recv_from(&mut bytes)).await.expect("data").unwrap();
    bytes.truncate(size);
    (bytes, from)
}

/// Data both ways: first as indications, then on a channel.
async fn talk(mut client: Client) {
    let relayed = client.allocate().await.unwrap();
    let (peer, address) = peer().await;
    client.permit(address).await.unwrap();
    client.send_indication(address, b"to the peer").await;
    assert_eq!(received(&peer).await, (b"to the peer".to_vec(), relayed));
    peer.send_to(b"to the client", relayed).await.unwrap();
    let bytes = client.receive().await;
    let message = Message::parse(&bytes).unwrap();
    assert_eq!((message.class, message.method), (Class::Indication, Method::Data));
    assert_eq!(message.address(attribute::XOR_PEER_ADDRESS), Some(address));
    assert_eq!(message.get(attribute::DATA), Some(&b"to the client"[..]));

    client.bind_channel(0x4001, address).await.unwrap();
    client.send(&channel_data(0x4001, b"packed").unwrap()).await;
    assert_eq!(received(&peer).await, (b"packed".to_vec(), relayed));
    peer.send_to(b"back", relayed).await.unwrap();
    assert_eq!(parse_channel_data(&client.receive().await), Some((0x4001, &b"back"[..])));
    assert_eq!(client.bind_channel(0x4002, address).await, Err(400), "one peer, one channel");
}

#[tokio::test]
async fn data_flows_both_ways_over_udp() {
    let turn = Turn::start(config()).await.unwrap();
    let access = turn.ice_servers("bob", SystemTime::now(), HOUR);
    talk(Client::udp(&turn, access).await).await;
    turn.shut_down().await;
}

#[tokio::test]
async fn data_flows_both_ways_over_tcp() {
    let turn = Turn::start(config()).await.unwrap();
    talk(Client::tcp(turn.ice_servers("bob", SystemTime::now(), HOUR)).await).await;
    turn.shut_down().await;
}

#[tokio::test]
async fn two_relays_can_talk() {
    let turn = Turn::start(config()).await.unwrap();
    let mut one = Client::udp(&turn, turn.ice_servers("one", SystemTime::now(), HOUR)).await;
    let mut two = Client::tcp(turn.ice_servers("two", SystemTime::now(), HOUR)).await;
    let (first, second) = (one.allocate().await.unwrap(), two.allocate().await.unwrap());
    one.permit(second).await.unwrap();
    two.permit(first).await.unwrap();
    one.send_indication(second, b"hello").await;
    let bytes = two.receive().await;
    assert_eq!(Message::parse(&bytes).unwrap().get(attribute::DATA), Some(&b"hello"[..]));
}

#[tokio::test]
async fn expired_and_forged_credentials_are_refused() {
    let turn = Turn::start(config()).await.unwrap();
    let now = SystemTime::now();
    let past = now - 2 * HOUR;
    let mut late = Client::udp(&turn, turn.ice_servers("bob", past, HOUR)).await;
    assert_eq!(late.allocate().await, Err(401));
    let mut forged = turn.ice_servers("bob", past, HOUR);
    forged.username = turn.ice_servers("bob", now, HOUR).username;
    assert_eq!(Client::udp(&turn, forged).await.allocate().await, Err(401));
    let mut other = turn.ice_servers("bob", now, HOUR);
    other.username = other.username.replace("bob", "eve");
    assert_eq!(Client::tcp(other).await.allocate().await, Err(401));
    for username in ["", "bob", "soon:bob", ":", "99999999999:"] {
        let access = TurnAccess { username: username.into(), ..turn.ice_servers("bob", now, HOUR) };
        assert_eq!(Client::udp(&turn, access).await.allocate().await, Err(401), "{username:?}");
    }
    assert_eq!(turn.relays(), 0);
}

#[tokio::test]
async fn a_made_up_or_borrowed_nonce_is_stale() {
    let turn = Turn::start(config()).await.unwrap();
    let mut client = Client::udp(&turn, turn.ice_servers("bob", SystemTime::now(), HOUR)).await;
    let mut other = Client::udp(&turn, turn.ice_servers("eve", SystemTime::now(), HOUR)).await;
    client.be_challenged().await;
    other.be_challenged().await;
    for nonce in [other.nonce.clone(), "x".to_owned(), "99999999999-AAAA".to_owned()] {
        client.nonce = nonce;
        let writer = client.writer(Method::Allocate).put(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
        assert_eq!(client.ask(writer).await, Err(438));
    }
}

#[tokio::test]
async fn only_our_own_media_can_be_reached() {
    let mut config = config();
    let (allowed, open) = peer().await;
    config.peers.ports = open.port()..=open.port();
    let turn = Turn::start(config).await.unwrap();
    let mut client = Client::udp(&turn, turn.ice_servers("bob", SystemTime::now(), HOUR)).await;
    let relayed = client.allocate().await.unwrap();
    assert_eq!(client.permit("192.0.2.1:5000".parse().unwrap()).await, Err(403));
    assert_eq!(client.bind_channel(0x4001, "192.0.2.1:5000".parse().unwrap()).await, Err(403));
    let (forbidden, closed) = peer().await;
    assert_eq!(client.bind_channel(0x4001, closed).await, Err(403), "right address, wrong port");
    // The address may be used, the port still not; nor without a permission.
    client.send_indication(open, b"before the permission").await;
    client.permit(open).await.unwrap();
    client.send_indication(closed, b"to a closed port").await;
    client.send_indication(open, b"to an open port").await;
    assert_eq!(received(&allowed).await.0, b"to an open port");
    assert!(forbidden.try_recv(&mut [0; 10]).is_err());
    forbidden.send_to(b"from a closed port", relayed).await.unwrap();
    allowed.send_to(b"from an open port", relayed).await.unwrap();
    let bytes = client.receive().await;
    assert_eq!(Message::parse(&bytes).unwrap().get(attribute::DATA), Some(&b"from an open port"[..]));
}

#[tokio::test]
async fn without_a_list_this_machine_is_the_limit() {
    let rule = PeerRule::default();
    let elsewhere = "203.0.113.9".parse().unwrap();
    assert!(rule.permits_address(LOOPBACK, LOOPBACK), "other relays");
    assert!(!rule.permits_address(elsewhere, LOOPBACK));
    assert!(!rule.permits_address(LOOPBACK, elsewhere), "what listens on loopback only is nobody's business");
    let all = "0.0.0.0".parse().unwrap();
    assert!(!rule.permits_address(all, LOOPBACK));
    let listed = PeerRule { addresses: vec![elsewhere], ..rule };
    assert!(listed.permits_address(elsewhere, LOOPBACK));
}

#[tokio::test]
async fn a_subscriber_gets_no_more_relays_than_allowed() {
    let turn = Turn::start(TurnConfig { most_each: 2, most: 3, ..config() }).await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = Client::udp(&turn, turn.ice_servers("bob", SystemTime::now(), HOUR)).await;
        client.allocate().await.unwrap();
        clients.push(client);
    }
    // Fresh credentials do not give a fresh quota.
    let later = SystemTime::now() + Duration::from_secs(9);
    let mut third = Client::tcp(turn.ice_servers("bob", later, HOUR)).await;
    assert_eq!(third.allocate().await, Err(486));
    let mut other = Client::udp(&turn, turn.ice_servers("eve", SystemTime::now(), HOUR)).await;
    other.allocate().await.unwrap();
    let mut last = Client::udp(&turn, turn.ice_servers("ann", SystemTime::now(), HOUR)).await;
    assert_eq!(last.allocate().await, Err(508), "the server is full");
    assert_eq!(clients[0].refresh(0).await, Ok(0));
    while turn.relays() > 2 {
        tokio::task::yield_now().await;
    }
    last.allocate().await.unwrap();
    assert_eq!(turn.relays(), 3);
}

#[tokio::test]
async fn lifetimes_are_capped_and_a_closed_stream_ends_its_relay() {
    let turn = Turn::start(TurnConfig { longest_age: Duration::from_secs(1000), ..config() }).await.unwrap();
    let mut client = Client::tcp(turn.ice_servers("bob", SystemTime::now(), HOUR)).await;
    client.allocate().await.unwrap();
    assert_eq!(client.refresh(1).await, Ok(600), "shorter than the default is not worth it");
    let capped = client.refresh(100_000).await.unwrap();
    assert!((990..=1000).contains(&capped), "{capped}");
    let writer = client.writer(Method::Allocate).put(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
    assert_eq!(client.ask(writer).await, Err(437));
    drop(client);
    while turn.relays() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_that_make_no_sense_get_their_error() {
    let turn = Turn::start(config()).await.unwrap();
    let mut client = Client::udp(&turn, turn.ice_servers("bob", SystemTime::now(), HOUR)).await;
    client.be_challenged().await;
    let writer = client.writer(Method::Allocate);
    assert_eq!(client.ask(writer).await, Err(400), "no transport");
    let writer = client.writer(Method::Allocate).put(attribute::REQUESTED_TRANSPORT, &[6, 0, 0, 0]);
    assert_eq!(client.ask(writer).await, Err(442), "TCP relays");
    let writer = client.writer(Method::Allocate).put(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
    assert_eq!(client.ask(writer.put(attribute::REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0])).await, Err(440));
    let writer = client.writer(Method::Allocate).put(0x001A, &[]);
    assert_eq!(client.ask(writer).await, Err(420), "DONT-FRAGMENT");
    let writer = client.writer(Method::Refresh);
    assert_eq!(client.ask(writer).await, Err(437), "no allocation");
}

#[tokio::test]
async fn it_answers_plain_stun() {
    let turn = Turn::start(config()).await.unwrap();
    let (socket, address) = peer().await;
    let request = Writer::new(Method::Binding, Class::Request, [3; 12]).finish();
    socket.send_to(&request, turn.address()).await.unwrap();
    let answer = received(&socket).await.0;
    assert_eq!(Message::parse(&answer).unwrap().address(attribute::XOR_MAPPED_ADDRESS), Some(address));
    turn.shut_down().await;
}

#[tokio::test]
async fn shutting_down_frees_the_port_and_bad_settings_are_named() {
    let turn = Turn::start(config()).await.unwrap();
    let address = turn.address();
    let mut client = Client::udp(&turn, turn.ice_servers("bob", SystemTime::now(), HOUR)).await;
    let relayed = client.allocate().await.unwrap();
    turn.shut_down().await;
    UdpSocket::bind(address).await.unwrap();
    let taken = UdpSocket::bind(relayed).await.unwrap();
    let busy = TurnConfig { listen: taken.local_addr().unwrap(), ..config() };
    assert!(matches!(Turn::start(busy).await, Err(TurnError::Listen { .. })));
    let all = TurnConfig { listen: "0.0.0.0:0".parse().unwrap(), ..config() };
    assert!(matches!(Turn::start(all).await, Err(TurnError::NoPublicAddress)));
    assert!(matches!(
        Turn::start(TurnConfig { secret: Secret::default(), ..config() }).await,
        Err(TurnError::NoSecret)
    ));
}
