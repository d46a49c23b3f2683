//! STUN messages and ChannelData (RFC 8489 and RFC 8656), as far as a TURN server needs them.
//!
//! The bytes come from anybody who can reach the port, so reading never panics and keeps nothing but borrowed slices.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER: usize = 20;
const INTEGRITY_LENGTH: usize = 20;
const FINGERPRINT_MASK: u32 = 0x5354_554e;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Binding,
    Allocate,
    Refresh,
    Send,
    Data,
    CreatePermission,
    ChannelBind,
    Other(u16),
}

impl Method {
    fn from_number(number: u16) -> Self {
        match number {
            1 => Self::Binding,
            3 => Self::Allocate,
            4 => Self::Refresh,
            6 => Self::Send,
            7 => Self::Data,
            8 => Self::CreatePermission,
            9 => Self::ChannelBind,
            other => Self::Other(other),
        }
    }

    fn number(self) -> u16 {
        match self {
            Self::Binding => 1,
            Self::Allocate => 3,
            Self::Refresh => 4,
            Self::Send => 6,
            Self::Data => 7,
            Self::CreatePermission => 8,
            Self::ChannelBind => 9,
            Self::Other(number) => number,
        }
    }
}

/// The four kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Request,
    Indication,
    Success,
    Error,
}

/// Attribute numbers.
pub mod attribute {
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
    pub const CHANNEL_NUMBER: u16 = 0x000C;
    pub const LIFETIME: u16 = 0x000D;
    pub const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub const DATA: u16 = 0x0013;
    pub const REALM: u16 = 0x0014;
    pub const NONCE: u16 = 0x0015;
    pub const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub const FINGERPRINT: u16 = 0x8028;

    /// The attributes that a receiver must understand and that this server does.
    pub const KNOWN: [u16; 14] = [
        USERNAME,
        MESSAGE_INTEGRITY,
        ERROR_CODE,
        UNKNOWN_ATTRIBUTES,
        CHANNEL_NUMBER,
        LIFETIME,
        XOR_PEER_ADDRESS,
        DATA,
        REALM,
        NONCE,
        XOR_RELAYED_ADDRESS,
        REQUESTED_ADDRESS_FAMILY,
        REQUESTED_TRANSPORT,
        XOR_MAPPED_ADDRESS,
    ];
}

/// Ties a response to its request.
pub type TransactionId = [u8; 12];

/// A received message, its attributes still as bytes.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub method: Method,
    pub class: Class,
    pub transaction: TransactionId,
    attributes: Vec<(u16, &'a [u8])>,
    whole: &'a [u8],
    /// Where MESSAGE-INTEGRITY starts in `whole`.
    integrity_at: Option<usize>,
}

impl<'a> Message<'a> {
    /// Reads one message. `None` for whatever is not a well-formed STUN message with the magic cookie.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let kind = u16_at(bytes, 0)?;
        let length = usize::from(u16_at(bytes, 2)?);
        if kind & 0xC000 != 0 || length % 4 != 0 || bytes.get(4..8)? != COOKIE {
            return None;
        }
        let whole = bytes.get(..HEADER + length)?;
        let transaction: TransactionId = bytes.get(8..HEADER)?.try_into().ok()?;
        let class = match (kind >> 8 & 1, kind >> 4 & 1) {
            (0, 0) => Class::Request,
            (0, _) => Class::Indication,
            (_, 0) => Class::Success,
            _ => Class::Error,
        };
        let number = kind & 0xF | (kind >> 5 & 7) << 4 | (kind >> 9 & 0x1F) << 7;
        let mut message = Self {
            method: Method::from_number(number),
            class,
            transaction,
            attributes: Vec::with_capacity(8),
            whole,
            integrity_at: None,
        };
        let mut at = HEADER;
        while at < whole.len() {
            let name = u16_at(whole, at)?;
            let size = usize::from(u16_at(whole, at + 2)?);
            let value = whole.get(at + 4..at + 4 + size)?;
            // Nothing after MESSAGE-INTEGRITY is protected by it, so nothing after it counts, but for the checksum.
            if message.integrity_at.is_none() {
                message.attributes.push((name, value));
                if name == attribute::MESSAGE_INTEGRITY {
                    message.integrity_at = Some(at);
                }
            } else if name == attribute::FINGERPRINT {
                message.attributes.push((name, value));
            }
            at += 4 + size.next_multiple_of(4);
        }
        Some(message)
    }

    /// The first attribute of that number.
    pub fn get(&self, name: u16) -> Option<&'a [u8]> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    pub fn text(&self, name: u16) -> Option<&'a str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    pub fn number(&self, name: u16) -> Option<u32> {
        Some(u32::from_be_bytes(self.get(name)?.try_into().ok()?))
    }

    /// The first address of that number, un-XORed.
    pub fn address(&self, name: u16) -> Option<SocketAddr> {
        read_address(self.get(name)?, &self.transaction)
    }

    /// All addresses of that number; `None` when one of them cannot be read.
    pub fn addresses(&self, name: u16) -> Option<Vec<SocketAddr>> {
        self.attributes
            .iter()
            .filter(|(n, _)| *n == name)
            .map(|(_, value)| read_address(value, &self.transaction))
            .collect()
    }

    /// The attributes that must be understood and are not.
    pub fn unknown(&self) -> Vec<u16> {
        let must = |name: &u16| *name < 0x8000 && !attribute::KNOWN.contains(name);
        self.attributes.iter().map(|(name, _)| *name).filter(must).collect()
    }

    /// Whether MESSAGE-INTEGRITY is there and was made with this key.
    pub fn proves(&self, key: &[u8]) -> bool {
        self.check_integrity(key).is_some()
    }

    fn check_integrity(&self, key: &[u8]) -> Option<()> {
        let at = self.integrity_at?;
        let mut mac = mac(key)?;
        // The sum is taken over a header whose length ends with the integrity attribute.
        let length = u16::try_from(at + 4 + INTEGRITY_LENGTH - HEADER).ok()?;
        mac.update(self.whole.get(..2)?);
        mac.update(&length.to_be_bytes());
        mac.update(self.whole.get(4..at)?);
        mac.verify_slice(self.get(attribute::MESSAGE_INTEGRITY)?).ok()
    }
}

/// Writes one message.
#[derive(Clone, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    transaction: TransactionId,
}

impl Writer {
    pub fn new(method: Method, class: Class, transaction: TransactionId) -> Self {
        let number = method.number();
        let class = match class {
            Class::Request => 0,
            Class::Indication => 0x010,
            Class::Success => 0x100,
            Class::Error => 0x110,
        };
        let kind = number & 0xF | (number & 0x70) << 1 | (number & 0xF80) << 2 | class;
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&COOKIE);
        bytes.extend_from_slice(&transaction);
        Self { bytes, transaction }
    }

    /// An answer to that request.
    pub fn answer(request: &Message<'_>, class: Class) -> Self {
        Self::new(request.method, class, request.transaction)
    }

    /// Adds an attribute. Values longer than 65 535 bytes are cut, which no caller comes near.
    pub fn put(mut self, name: u16, value: &[u8]) -> Self {
        let size = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&name.to_be_bytes());
        self.bytes.extend_from_slice(&size.to_be_bytes());
        self.bytes.extend(value.iter().take(usize::from(size)));
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.set_length(0);
        self
    }

    pub fn put_address(self, name: u16, address: SocketAddr) -> Self {
        let value = write_address(address, &self.transaction);
        self.put(name, &value)
    }

    pub fn put_error(self, code: u16, reason: &str) -> Self {
        let [class, number] = [code / 100, code % 100].map(|part| u8::try_from(part).unwrap_or(0));
        let mut value = vec![0, 0, class, number];
        value.extend_from_slice(reason.as_bytes());
        self.put(attribute::ERROR_CODE, &value)
    }

    /// Adds MESSAGE-INTEGRITY and finishes.
    pub fn sign(mut self, key: &[u8]) -> Vec<u8> {
        self.set_length(4 + INTEGRITY_LENGTH);
        let Some(mut mac) = mac(key) else { return self.bytes };
        mac.update(&self.bytes);
        let sum = mac.finalize().into_bytes();
        self.put(attribute::MESSAGE_INTEGRITY, &sum).finish()
    }

    /// Adds FINGERPRINT and finishes.
    pub fn finish(mut self) -> Vec<u8> {
        self.set_length(8);
        let sum = crc32(&self.bytes) ^ FINGERPRINT_MASK;
        self.put(attribute::FINGERPRINT, &sum.to_be_bytes()).bytes
    }

    /// Writes the length field as if `more` bytes followed.
    fn set_length(&mut self, more: usize) {
        let length = u16::try_from(self.bytes.len() + more - HEADER).unwrap_or(u16::MAX);
        if let Some(field) = self.bytes.get_mut(2..4) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }
}

/// Data on a channel: its number and the bytes.
pub fn parse_channel_data(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let channel = u16_at(bytes, 0)?;
    let size = usize::from(u16_at(bytes, 2)?);
    CHANNELS.contains(&channel).then_some((channel, bytes.get(4..4 + size)?))
}

/// Data for a channel, padded as streams need it (harmless in datagrams). `None` when it does not fit.
pub fn channel_data(channel: u16, data: &[u8]) -> Option<Vec<u8>> {
    let size = u16::try_from(data.len()).ok()?;
    let mut bytes = Vec::with_capacity(data.len() + 8);
    bytes.extend_from_slice(&channel.to_be_bytes());
    bytes.extend_from_slice(&size.to_be_bytes());
    bytes.extend_from_slice(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    Some(bytes)
}

/// The numbers a channel may have (RFC 8656 12).
pub const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x4FFF;

/// How many bytes of a stream the next message takes: `Ok(None)` when its head is not there yet, `Err` when it is neither
/// STUN nor ChannelData, so that the stream cannot be understood any further.
pub fn next_length(bytes: &[u8]) -> Result<Option<usize>, NotTurn> {
    let (Some(kind), Some(size)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else { return Ok(None) };
    let size = usize::from(size);
    match kind {
        kind if kind & 0xC000 == 0 => Ok(Some(HEADER + size)),
        kind if CHANNELS.contains(&kind) => Ok(Some(4 + size.next_multiple_of(4))),
        _ => Err(NotTurn),
    }
}

/// The stream carries something that is neither STUN nor ChannelData.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream carries neither STUN nor ChannelData")]
pub struct NotTurn;

fn mac(key: &[u8]) -> Option<Hmac<Sha1>> {
    Hmac::<Sha1>::new_from_slice(key).ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn mask(transaction: &TransactionId) -> [u8; 16] {
    let mut mask = [0; 16];
    let bytes = COOKIE.iter().chain(transaction);
    mask.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    mask
}

fn xor<const N: usize>(bytes: [u8; N], transaction: &TransactionId) -> [u8; N] {
    let mut bytes = bytes;
    bytes.iter_mut().zip(mask(transaction)).for_each(|(byte, mask)| *byte ^= mask);
    bytes
}

fn read_address(value: &[u8], transaction: &TransactionId) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(xor(value.get(2..4)?.try_into().ok()?, transaction));
    let ip: IpAddr = match value.get(1)? {
        1 => Ipv4Addr::from(xor::<4>(value.get(4..)?.try_into().ok()?, transaction)).into(),
        2 => Ipv6Addr::from(xor::<16>(value.get(4..)?.try_into().ok()?, transaction)).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn write_address(address: SocketAddr, transaction: &TransactionId) -> Vec<u8> {
    let family = if address.is_ipv4() { 1 } else { 2 };
    let mut value = vec![0, family];
    value.extend_from_slice(&xor(address.port().to_be_bytes(), transaction));
    match address.ip() {
        IpAddr::V4(ip) => value.extend_from_slice(&xor(ip.octets(), transaction)),
        IpAddr::V6(ip) => value.extend_from_slice(&xor(ip.octets(), transaction)),
    }
    value
}

/// CRC-32 as in ISO 3309, bit by bit: it is needed for a few control messages only.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 },
        )
    })
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
