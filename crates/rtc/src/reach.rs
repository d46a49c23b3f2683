//! Whether a STUN or TURN server can be reached, before a call needs it (RFC 8489 binding requests, RFC 8656 by a real
//! allocation).

use crate::session::{IceServer, RtcError, SectionWish, Session, SessionConfig};
use ahoy_model::{AudioCodec, Flow};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::timeout;

/// Between two tries of one binding request: a datagram may be lost.
const AGAIN: Duration = Duration::from_millis(500);
const TRIES: u32 = 4;
/// How long an allocation may take.
const ALLOCATING: Duration = Duration::from_secs(4);
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const DEFAULT_PORT: u16 = 3478;

#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    #[error("this is not the URL of a server that we can use")]
    Unusable,
    #[error("the server's name is not known: {0}")]
    Unknown(std::io::Error),
    #[error("no way to the server: {0}")]
    NoWay(std::io::Error),
    #[error("the server does not answer")]
    Silent,
    #[error(transparent)]
    Refused(#[from] RtcError),
}

/// A server that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub round_trip: Duration,
    /// Where the server saw us come from.
    pub seen_as: Option<SocketAddr>,
}

/// Asks the server behind `stun:host:port` or `turn:host:port?transport=udp` where it sees us. `random`: 96 bits nobody can
/// guess.
pub async fn ask_server(url: &str, random: [u8; 12]) -> Result<Reached, ReachError> {
    let (host, port) = host_and_port(url).ok_or(ReachError::Unusable)?;
    let mut found = lookup_host((host, port)).await.map_err(ReachError::Unknown)?;
    let server = found.next().ok_or(ReachError::Silent)?;
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await.map_err(ReachError::NoWay)?;
    socket.connect(server).await.map_err(ReachError::NoWay)?;
    let request = request(random);
    let mut buffer = [0; 1500];
    for _ in 0..TRIES {
        let sent = Instant::now();
        socket.send(&request).await.map_err(ReachError::NoWay)?;
        let answer = async {
            loop {
                let length = socket.recv(&mut buffer).await?;
                let known = buffer.get(..length).and_then(|message| response(message, random));
                if let Some(seen_as) = known {
                    return Ok::<_, std::io::Error>(seen_as);
                }
            }
        };
        match timeout(AGAIN, answer).await {
            Ok(Ok(seen_as)) => return Ok(Reached { round_trip: sent.elapsed(), seen_as }),
            // Nobody listens there; it may in a moment.
            Ok(Err(_)) => tokio::time::sleep(AGAIN).await,
            Err(_) => {}
        }
    }
    Err(ReachError::Silent)
}

/// Whether a TURN server gives us a relay: its address in the offer is the proof. How long that took.
pub async fn ask_relay(server: &IceServer, addresses: &[IpAddr]) -> Result<Duration, ReachError> {
    let begun = Instant::now();
    let config = SessionConfig {
        audio: Some(SectionWish { flow: Flow::SendRecv, codecs: vec![AudioCodec::Opus] }),
        video: None,
        ice_servers: vec![server.clone()],
        relay_only: true,
        addresses: addresses.to_vec(),
        gather_limit: ALLOCATING,
        ..SessionConfig::sound_and_picture("check")
    };
    let (session, _events, sdp) = match Session::offer(config).await {
        Ok(offered) => offered,
        Err(RtcError::NoCandidates) => return Err(ReachError::Silent),
        Err(error) => return Err(error.into()),
    };
    let took = begun.elapsed();
    session.close().await;
    if sdp.contains(" typ relay") { Ok(took) } else { Err(ReachError::Silent) }
}

fn host_and_port(url: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = url.split_once(':')?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !matches!(scheme, "stun" | "turn") || query.contains("transport=tcp") {
        return None;
    }
    if let Some(inside) = place.strip_prefix('[') {
        let (host, port) = inside.split_once(']')?;
        return Some((host, port.strip_prefix(':').map_or(Some(DEFAULT_PORT), |port| port.parse().ok())?));
    }
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, DEFAULT_PORT),
    };
    (!host.is_empty()).then_some((host, port))
}

fn request(random: [u8; 12]) -> Vec<u8> {
    let mut message = Vec::with_capacity(20);
    message.extend(BINDING_REQUEST.to_be_bytes());
    message.extend([0, 0]);
    message.extend(COOKIE);
    message.extend(random);
    message
}

/// `Some`: the answer to our request, and the address in it.
fn response(message: &[u8], random: [u8; 12]) -> Option<Option<SocketAddr>> {
    let (head, mut rest) = message.split_first_chunk::<20>()?;
    let ours = head.get(4..8)? == COOKIE && head.get(8..)? == random;
    if !ours || u16::from_be_bytes([head[0], head[1]]) != BINDING_SUCCESS {
        return None;
    }
    while let Some((kind_and_length, after)) = rest.split_first_chunk::<4>() {
        let [a, b, c, d] = *kind_and_length;
        let length = usize::from(u16::from_be_bytes([c, d]));
        let Some(value) = after.get(..length) else { break };
        if u16::from_be_bytes([a, b]) == XOR_MAPPED_ADDRESS {
            return Some(mapped(value, random));
        }
        rest = after.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(None)
}

fn mapped(value: &[u8], random: [u8; 12]) -> Option<SocketAddr> {
    let ([_, family, p, q], address) = value.split_first_chunk::<4>()?;
    let port = u16::from_be_bytes([*p, *q]) ^ 0x2112;
    let mask = COOKIE.into_iter().chain(random);
    let mut plain = address.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
    let mut take = || plain.next();
    match family {
        1 => {
            let bytes = [take()?, take()?, take()?, take()?];
            Some((Ipv4Addr::from(bytes), port).into())
        }
        2 => {
            let bytes: Vec<u8> = plain.collect();
            Some((Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?), port).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_host_and_a_port() {
        assert_eq!(host_and_port("stun:example.com"), Some(("example.com", 3478)));
        assert_eq!(host_and_port("turn:10.0.0.1:443?transport=udp"), Some(("10.0.0.1", 443)));
        assert_eq!(host_and_port("turn:[::1]:99"), Some(("::1", 99)));
        for other in
            ["turns:a:443", "turn:a?transport=tcp", "stun:", "stun:a:port", "nothing", "turn:[::1:99"]
        {
            assert_eq!(host_and_port(other), None, "{other}");
        }
    }

    #[test]
    fn answers_are_read_and_everything_else_is_passed_over() {
        let random = *b"0123456789ab";
        // RFC 5769 2.2: 192.0.2.1:32853 under another transaction id; IPv4 is masked with the cookie only.
        let mut message = vec![1, 1, 0, 12];
        message.extend(COOKIE);
        message.extend(random);
        message.extend([0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        assert_eq!(response(&message, random), Some(Some("192.0.2.1:32853".parse().unwrap())));
        assert_eq!(response(&message, *b"another one."), None);
        for length in 0..message.len() {
            // No panic; what is cut off is no address.
            assert!(response(&message[..length], random).flatten().is_none());
        }
        message[0] = 0;
        assert_eq!(response(&message, random), None);
    }

    #[tokio::test]
    async fn a_server_is_asked_again_and_one_that_is_not_there_is_given_up() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut buffer = [0; 64];
            for round in 0..2 {
                let (length, from) = server.recv_from(&mut buffer).await.unwrap();
                // The first one is lost.
                if round == 1 {
                    let mut answer = buffer[..length].to_vec();
                    answer[0] = 1;
                    answer[1] = 1;
                    server.send_to(&answer, from).await.unwrap();
                }
            }
        });
        let reached = ask_server(&format!("stun:127.0.0.1:{port}"), [7; 12]).await.unwrap();
        assert_eq!(reached.seen_as, None);
        let error = ask_server(&format!("stun:127.0.0.1:{port}"), [7; 12]).await.unwrap_err();
        assert!(matches!(error, ReachError::Silent | ReachError::NoWay(_)), "{error}");
    }
}
