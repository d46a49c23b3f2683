//! The sockets of the TURN server, and the tasks that carry bytes between them: one for each listener, one for each allocation.

use crate::turn::allocation::{Allocation, Grant, Now, Output};
use crate::turn::link::Link;
use crate::turn::peers::facing;
use crate::turn::quota::Place;
use crate::turn::reception::{Greeting, Reception};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Datagrams waiting for one allocation's task; more are dropped, as a full socket would.
const INBOX: usize = 64;
/// Errors in a row after which a socket is given up.
const MOST_ERRORS: u32 = 100;
const MOST_STREAMS: usize = 2_000;
/// How long a stream may stay without an allocation.
const GREETING_LIMIT: Duration = Duration::from_secs(30);

/// What every listener's task needs.
#[derive(Debug)]
pub struct Floor {
    pub reception: Reception,
    /// Where relay sockets are bound.
    pub bind: IpAddr,
    /// The address they are known by; `None`: the one that faces the client.
    pub public: Option<IpAddr>,
    pub stop: CancellationToken,
}

/// Serves clients that come by UDP, until told to stop.
pub async fn serve_datagrams(socket: UdpSocket, floor: Arc<Floor>) {
    let socket = Arc::new(socket);
    let mut inboxes: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>> = HashMap::new();
    let mut relays: JoinSet<SocketAddr> = JoinSet::new();
    let mut buffer = vec![0; 65_536];
    let mut errors = 0;
    while errors < MOST_ERRORS {
        let received = tokio::select! {
            () = floor.stop.cancelled() => break,
            Some(ended) = relays.join_next() => {
                if let Ok(client) = ended && inboxes.get(&client).is_some_and(mpsc::Sender::is_closed) {
                    inboxes.remove(&client);
                }
                continue;
            }
            received = socket.recv_from(&mut buffer) => received,
        };
        let Ok((size, client)) = received else {
            errors += 1;
            continue;
        };
        errors = 0;
        let Some(bytes) = buffer.get(..size) else { continue };
        if let Some(inbox) = inboxes.get(&client).filter(|inbox| !inbox.is_closed()) {
            let _ = inbox.try_send(bytes.to_vec());
            continue;
        }
        match floor.reception.greet(Now::read(), client, bytes) {
            Greeting::Nothing => {}
            Greeting::Reply(reply) => {
                let _ = socket.send_to(&reply, client).await;
            }
            Greeting::Admit(grant, place) => {
                let (sender, inbox) = mpsc::channel(INBOX);
                inboxes.insert(client, sender);
                let link = Link::Datagrams { socket: socket.clone(), client, inbox };
                let (floor, request) = (floor.clone(), bytes.to_vec());
                relays.spawn(async move {
                    relay(floor, link, client, &request, grant, place).await;
                    client
                });
            }
        }
    }
    relays.shutdown().await;
}

/// Serves clients that come by TCP, until told to stop.
pub async fn serve_streams(listener: TcpListener, floor: Arc<Floor>) {
    let places = Arc::new(Semaphore::new(MOST_STREAMS));
    let mut streams = JoinSet::new();
    let mut errors = 0;
    while errors < MOST_ERRORS {
        let accepted = tokio::select! {
            () = floor.stop.cancelled() => break,
            Some(_) = streams.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, client)) = accepted else {
            errors += 1;
            continue;
        };
        errors = 0;
        // With no place left the connection is closed at once.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let floor = floor.clone();
        streams.spawn(async move {
            serve_stream(stream, client, floor).await;
            drop(place);
        });
    }
    streams.shutdown().await;
}

async fn serve_stream(stream: TcpStream, client: SocketAddr, floor: Arc<Floor>) {
    let _ = stream.set_nodelay(true);
    let mut link = Link::stream(stream);
    let greeted = tokio::time::timeout(GREETING_LIMIT, async {
        loop {
            let request = link.next().await?;
            match floor.reception.greet(Now::read(), client, &request) {
                Greeting::Nothing => {}
                Greeting::Reply(reply) => {
                    if !link.send(&reply).await {
                        return None;
                    }
                }
                Greeting::Admit(grant, place) => return Some((request, grant, place)),
            }
        }
    });
    if let Ok(Some((request, grant, place))) = greeted.await {
        relay(floor, link, client, &request, grant, place).await;
    }
}

/// Makes the relay socket of an admitted client and carries its data until the allocation ends.
async fn relay(
    floor: Arc<Floor>,
    mut link: Link,
    client: SocketAddr,
    request: &[u8],
    grant: Grant,
    place: Place,
) {
    let socket = UdpSocket::bind((floor.bind, 0)).await;
    let port = socket.as_ref().ok().and_then(|socket| socket.local_addr().ok()).map(|address| address.port());
    let public = floor.public.or_else(|| facing(client.ip()));
    let (Ok(socket), Some(port), Some(public)) = (socket, port, public) else {
        tracing::warn!("no socket for another relay");
        if let Some(reply) = floor.reception.no_capacity(Now::read(), client, request, &grant) {
            link.send(&reply).await;
        }
        return;
    };
    let relayed = SocketAddr::new(public, port);
    tracing::debug!(subscriber = %grant.known.subscriber, %client, %relayed, "relay opened");
    let now = Instant::now();
    let mut allocation = Allocation::new(floor.reception.rules.clone(), grant, client, relayed, now);
    if link.send(&allocation.welcome(now)).await {
        carry(&floor.stop, &mut link, &mut allocation, &socket).await;
    }
    tracing::debug!(%client, %relayed, "relay closed");
    drop(place);
}

async fn carry(stop: &CancellationToken, link: &mut Link, allocation: &mut Allocation, socket: &UdpSocket) {
    let mut buffer = vec![0; 4096];
    while allocation.ends() > Instant::now() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(allocation.ends().into()) => return,
            message = link.next() => {
                let Some(message) = message else { return };
                let reachable = match allocation.client_sent(Now::read(), &message) {
                    Output::Reply(reply) => link.send(&reply).await,
                    Output::ToPeer(peer, data) => {
                        let _ = socket.send_to(data, peer).await;
                        true
                    }
                    Output::Nothing => true,
                };
                if !reachable {
                    return;
                }
            }
            received = socket.recv_from(&mut buffer) => {
                // An error is the echo of something we sent; a full buffer holds a datagram that was cut.
                let Ok((size, peer)) = received else { continue };
                let Some(data) = buffer.get(..size).filter(|data| data.len() < buffer.len()) else { continue };
                if let Some(bytes) = allocation.peer_sent(Instant::now(), peer, data) && !link.send(&bytes).await {
                    return;
                }
            }
        }
    }
}
