//! One allocation: a client, its relayed address, its permissions and channels. Nothing is sent and no clock is read in here.

use crate::turn::credentials::{Credentials, Known, Refusal};
use crate::turn::message::{self, Class, Message, Method, TransactionId, Writer, attribute};
use crate::turn::peers::PeerRule;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);
const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);
const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);
/// Far more than a call has candidates.
const MOST_PERMISSIONS: usize = 64;
const MOST_CHANNELS: usize = 64;

/// The rules that all allocations of a server share.
#[derive(Clone, Debug)]
pub struct Rules {
    pub credentials: Credentials,
    pub peers: PeerRule,
    /// Longest lifetime that one Allocate or Refresh gives.
    pub longest_lifetime: Duration,
    /// However often it is refreshed, an allocation ends after this.
    pub longest_age: Duration,
}

/// Both clocks at one moment: allocations live by the one, credentials by the other.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    pub instant: Instant,
    pub wall: SystemTime,
}

impl Now {
    pub fn read() -> Self {
        Self { instant: Instant::now(), wall: SystemTime::now() }
    }
}

/// What is to be done with a datagram or message of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    Reply(Vec<u8>),
    ToPeer(SocketAddr, &'a [u8]),
    Nothing,
}

#[derive(Debug)]
pub struct Allocation {
    rules: Arc<Rules>,
    client: SocketAddr,
    relayed: SocketAddr,
    known: Known,
    asked_by: TransactionId,
    began: Instant,
    ends: Instant,
    permissions: HashMap<IpAddr, Instant>,
    channels: HashMap<u16, Channel>,
    /// The same the other way round.
    numbers: HashMap<SocketAddr, u16>,
}

#[derive(Debug)]
struct Channel {
    peer: SocketAddr,
    ends: Instant,
}

/// What an Allocate request asks for, after it was found good.
#[derive(Clone, Debug)]
pub struct Grant {
    pub known: Known,
    pub asked_by: TransactionId,
    pub lifetime: Duration,
}

impl Allocation {
    pub fn new(
        rules: Arc<Rules>,
        grant: Grant,
        client: SocketAddr,
        relayed: SocketAddr,
        now: Instant,
    ) -> Self {
        Self {
            rules,
            client,
            relayed,
            known: grant.known,
            asked_by: grant.asked_by,
            began: now,
            ends: now + grant.lifetime,
            permissions: HashMap::new(),
            channels: HashMap::new(),
            numbers: HashMap::new(),
        }
    }

    /// When the allocation ends unless it is refreshed.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// The answer to the Allocate request that made this.
    pub fn welcome(&self, now: Instant) -> Vec<u8> {
        self.allocated(now).sign(&self.known.key)
    }

    fn allocated(&self, now: Instant) -> Writer {
        Writer::new(Method::Allocate, Class::Success, self.asked_by)
            .put_address(attribute::XOR_RELAYED_ADDRESS, self.relayed)
            .put(attribute::LIFETIME, &lifetime_value(self.ends.saturating_duration_since(now)))
            .put_address(attribute::XOR_MAPPED_ADDRESS, self.client)
    }

    /// Something from the client.
    pub fn client_sent<'a>(&mut self, now: Now, bytes: &'a [u8]) -> Output<'a> {
        if let Some((channel, data)) = message::parse_channel_data(bytes) {
            return match self.channels.get(&channel) {
                Some(channel) if channel.ends > now.instant => Output::ToPeer(channel.peer, data),
                _ => Output::Nothing,
            };
        }
        let Some(message) = Message::parse(bytes) else { return Output::Nothing };
        match (message.class, message.method) {
            (Class::Indication, Method::Send) => self.send(now.instant, &message),
            (Class::Request, Method::Binding) => Output::Reply(mapped(&message, self.client)),
            (Class::Request, _) => Output::Reply(match self.request(now, &message) {
                Ok(answer) => answer.sign(&self.known.key),
                Err(refusal) => {
                    let key = message.proves(&self.known.key).then_some(&self.known.key);
                    refuse(&self.rules.credentials, &message, self.client, now.wall, refusal, key)
                }
            }),
            _ => Output::Nothing,
        }
    }

    /// Something from a peer; gives what the client is to receive, if it is to receive it.
    pub fn peer_sent(&self, now: Instant, peer: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
        if !self.permitted(now, peer) {
            return None;
        }
        let number = self.numbers.get(&peer).copied();
        let alive = |number: &u16| self.channels.get(number).is_some_and(|channel| channel.ends > now);
        if let Some(number) = number.filter(alive) {
            return message::channel_data(number, data);
        }
        let mut transaction = TransactionId::default();
        getrandom::fill(&mut transaction).ok()?;
        let writer = Writer::new(Method::Data, Class::Indication, transaction);
        Some(writer.put_address(attribute::XOR_PEER_ADDRESS, peer).put(attribute::DATA, data).finish())
    }

    fn permits_address(&self, peer: IpAddr) -> bool {
        self.rules.peers.permits_address(peer, self.relayed.ip())
    }

    /// Only addresses that the rule permits are ever among the permissions.
    fn permitted(&self, now: Instant, peer: SocketAddr) -> bool {
        self.rules.peers.permits_port(peer)
            && self.permissions.get(&peer.ip()).is_some_and(|ends| *ends > now)
    }

    fn send<'a>(&self, now: Instant, message: &Message<'a>) -> Output<'a> {
        let peer = message.address(attribute::XOR_PEER_ADDRESS);
        match (peer, message.get(attribute::DATA)) {
            (Some(peer), Some(data)) if self.permitted(now, peer) => Output::ToPeer(peer, data),
            _ => Output::Nothing,
        }
    }

    fn request(&mut self, now: Now, message: &Message<'_>) -> Result<Writer, Refusal> {
        self.rules.credentials.check_again(message, &self.known, self.client, now.wall)?;
        match message.method {
            // The answer got lost and the client asks once more.
            Method::Allocate if message.transaction == self.asked_by => Ok(self.allocated(now.instant)),
            Method::Allocate => Err(Refusal::Mismatch),
            Method::Refresh => Ok(self.refresh(now.instant, message)),
            Method::CreatePermission => self.create_permission(now.instant, message),
            Method::ChannelBind => self.bind_channel(now.instant, message),
            _ => Err(Refusal::BadRequest),
        }
    }

    fn refresh(&mut self, now: Instant, message: &Message<'_>) -> Writer {
        let rest = (self.began + self.rules.longest_age).saturating_duration_since(now);
        let lifetime = lifetime(message, self.rules.longest_lifetime).min(rest);
        self.ends = now + lifetime;
        Writer::answer(message, Class::Success).put(attribute::LIFETIME, &lifetime_value(lifetime))
    }

    fn create_permission(&mut self, now: Instant, message: &Message<'_>) -> Result<Writer, Refusal> {
        let peers = message.addresses(attribute::XOR_PEER_ADDRESS).ok_or(Refusal::BadRequest)?;
        if peers.is_empty() {
            return Err(Refusal::BadRequest);
        }
        if !peers.iter().all(|peer| self.permits_address(peer.ip())) {
            return Err(Refusal::Forbidden);
        }
        for peer in peers {
            self.permit(now, peer.ip())?;
        }
        Ok(Writer::answer(message, Class::Success))
    }

    fn permit(&mut self, now: Instant, address: IpAddr) -> Result<(), Refusal> {
        self.permissions.retain(|_, ends| *ends > now);
        if self.permissions.len() >= MOST_PERMISSIONS && !self.permissions.contains_key(&address) {
            return Err(Refusal::NoCapacity);
        }
        self.permissions.insert(address, now + PERMISSION_LIFETIME);
        Ok(())
    }

    fn bind_channel(&mut self, now: Instant, message: &Message<'_>) -> Result<Writer, Refusal> {
        let peer = message.address(attribute::XOR_PEER_ADDRESS).ok_or(Refusal::BadRequest)?;
        // The number stands in the upper half of the value.
        let number =
            message.number(attribute::CHANNEL_NUMBER).and_then(|value| u16::try_from(value >> 16).ok());
        let number = number.filter(|number| message::CHANNELS.contains(number)).ok_or(Refusal::BadRequest)?;
        if !self.permits_address(peer.ip()) || !self.rules.peers.permits_port(peer) {
            return Err(Refusal::Forbidden);
        }
        self.channels.retain(|_, channel| channel.ends > now);
        let channels = &self.channels;
        self.numbers.retain(|_, number| channels.contains_key(number));
        let taken = self.channels.get(&number).is_some_and(|channel| channel.peer != peer);
        let bound_otherwise = self.numbers.get(&peer).is_some_and(|bound| *bound != number);
        if taken || bound_otherwise {
            return Err(Refusal::BadRequest);
        }
        if self.channels.len() >= MOST_CHANNELS && !self.channels.contains_key(&number) {
            return Err(Refusal::NoCapacity);
        }
        self.permit(now, peer.ip())?;
        self.channels.insert(number, Channel { peer, ends: now + CHANNEL_LIFETIME });
        self.numbers.insert(peer, number);
        Ok(Writer::answer(message, Class::Success))
    }
}

/// The lifetime a request asks for, within what is allowed. Zero means: end it.
pub fn lifetime(message: &Message<'_>, longest: Duration) -> Duration {
    let asked = message.number(attribute::LIFETIME).map(|seconds| Duration::from_secs(seconds.into()));
    match asked {
        Some(Duration::ZERO) => Duration::ZERO,
        Some(asked) => asked.max(DEFAULT_LIFETIME).min(longest),
        None => DEFAULT_LIFETIME.min(longest),
    }
}

fn lifetime_value(lifetime: Duration) -> [u8; 4] {
    u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The answer to a Binding request: where it came from.
pub fn mapped(request: &Message<'_>, from: SocketAddr) -> Vec<u8> {
    Writer::answer(request, Class::Success).put_address(attribute::XOR_MAPPED_ADDRESS, from).finish()
}

/// An error answer, signed when the client has shown that it knows the key.
pub fn refuse(
    credentials: &Credentials,
    request: &Message<'_>,
    from: SocketAddr,
    now: SystemTime,
    refusal: Refusal,
    key: Option<&[u8; 16]>,
) -> Vec<u8> {
    let mut answer = Writer::answer(request, Class::Error).put_error(refusal.code(), refusal.reason());
    if refusal.challenges() {
        let nonce = credentials.nonce(from, now);
        answer = answer
            .put(attribute::REALM, credentials.realm().as_bytes())
            .put(attribute::NONCE, nonce.as_bytes());
    }
    match key {
        Some(key) => answer.sign(key),
        None => answer.finish(),
    }
}

/// An error answer that names attributes we do not understand.
pub fn refuse_unknown(request: &Message<'_>, unknown: &[u16]) -> Vec<u8> {
    let list: Vec<u8> = unknown.iter().flat_map(|name| name.to_be_bytes()).collect();
    let answer = Writer::answer(request, Class::Error).put_error(420, "Unknown Attribute");
    answer.put(attribute::UNKNOWN_ATTRIBUTES, &list).finish()
}
