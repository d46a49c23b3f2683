//! What STUN servers tell us about ourselves.

use crate::ends::{answer, config, offer};
use ahoy_rtc::IceServer;
use std::net::SocketAddr;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// An address of the documentation (RFC 5737): where the server says that it sees us.
const MAPPED: [u8; 4] = [203, 0, 113, 7];
const MAGIC: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// A STUN server (RFC 8489) behind a made-up NAT, which maps every port to the next.
async fn stun() -> (SocketAddr, JoinHandle<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let serve = async move {
        let mut buffer = [0; 2_000];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let request = &buffer[..length];
            if length < 20 || request[..2] != [0, 1] || request[4..8] != MAGIC {
                continue;
            }
            let port = (from.port() + 1) ^ 0x2112;
            let host: Vec<u8> = MAPPED.iter().zip(MAGIC).map(|(byte, mask)| byte ^ mask).collect();
            // A success with XOR-MAPPED-ADDRESS, IPv4.
            let mut reply = vec![1, 1, 0, 12];
            reply.extend_from_slice(&request[4..20]);
            reply.extend_from_slice(&[0, 0x20, 0, 8, 0, 1]);
            reply.extend_from_slice(&port.to_be_bytes());
            reply.extend_from_slice(&host);
            let _ = socket.send_to(&reply, from).await;
        }
    };
    (address, tokio::spawn(serve))
}

/// Mapped address, its port, and the port of the socket behind it.
fn mapped(sdp: &str) -> Vec<(String, u16, u16)> {
    let lines = sdp.lines().filter_map(|line| line.strip_prefix("a=candidate:"));
    let words = lines.map(|line| line.split(' ').collect::<Vec<_>>());
    words
        .filter(|words| words.windows(2).any(|pair| pair == ["typ", "srflx"]))
        .map(|words| {
            let after = |name: &str| {
                words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied()
            };
            let behind = after("rport").expect("a related port");
            (words[4].to_owned(), words[5].parse().unwrap(), behind.parse().unwrap())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stun_server_tells_how_we_look_from_outside() {
    let (server, task) = stun().await;
    let with_server = |name: &str| {
        let url = format!("stun:{server}");
        let ice_servers = vec![IceServer { urls: vec![url], username: None, credential: None }];
        ahoy_rtc::SessionConfig { ice_servers, ..config(name) }
    };
    let (mut a, offered) = offer(with_server("a")).await;
    let (mut b, answered) = answer(with_server("b"), &offered).await;
    for sdp in [&offered, &answered] {
        let seen = mapped(sdp);
        assert_eq!(seen.len(), 2, "one for each section: {sdp}");
        for (host, port, behind) in seen {
            assert_eq!((host.as_str(), port), ("203.0.113.7", behind + 1));
            assert!(
                sdp.contains(&format!(" {behind} typ host")),
                "the socket itself is published, too: {sdp}"
            );
        }
    }
    // Addresses that nobody is at do no harm.
    a.session.accept(&answered).await.unwrap();
    a.connected().await;
    b.connected().await;
    task.abort();
}
