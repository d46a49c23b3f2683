//! The interface that `phone` and `space` see.

use ahoy_model::{
    AudioCodec, AudioPacket, CallStats, EncodedFrame, Flow, MediaKind, Secret, SenderReport, VideoCodec,
};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::mpsc;

/// A STUN or TURN server as a space hands it out (WIRE.md 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: Option<String>,
    pub credential: Option<Secret>,
}

/// One media section that we want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionWish<C> {
    pub flow: Flow,
    /// In order of preference, not empty.
    pub codecs: Vec<C>,
}

#[derive(Clone, Debug)]
pub struct SessionConfig {
    pub audio: Option<SectionWish<AudioCodec>>,
    pub video: Option<SectionWish<VideoCodec>>,
    pub ice_servers: Vec<IceServer>,
    /// Publish and use relay candidates only.
    pub relay_only: bool,
    /// Publish host candidates of these addresses only; empty means all interfaces (loopback only when nothing else is there).
    pub addresses: Vec<IpAddr>,
    /// The SDP is ready when gathering is complete, or this long after the last candidate (600 ms, WIRE.md 7.2).
    pub gather_idle: Duration,
    /// Longest wait for candidates (dead STUN servers).
    pub gather_limit: Duration,
    /// Start value and ceiling of what we send, bit/s.
    pub start_bitrate: u32,
    pub max_bitrate: u32,
    /// `a=msid` stream name and `CNAME`; both sections share it.
    pub stream: String,
    /// Stay silent on the network (drop incoming checks) until `release_checks` (WIRE.md 7.4: offers to browsers).
    pub hold_checks: bool,
}

/// What both sides agreed on. `None`: the section is absent or rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negotiated {
    pub audio: Option<(AudioCodec, Flow)>,
    pub video: Option<(VideoCodec, Flow)>,
}

#[derive(Debug)]
pub enum SessionEvent {
    /// Every section in use has its transport.
    Connected,
    /// A transport lost contact; it may come back (`Connected`) or not (`Failed`).
    Disconnected(MediaKind),
    /// A transport is gone for good, or could not be set up.
    Failed(MediaKind),
    Audio(AudioPacket),
    /// Whole pictures in sending order. After a loss the next frame says so, and a key frame has already been asked for.
    Video(EncodedFrame),
    /// The far side asks for a key frame (PLI or FIR). Rate limited.
    KeyFrameWanted,
    /// What the path can carry of our video now, bit/s: our own estimate and the far side's REMB, whichever is less.
    SendBitrate(u32),
    SenderReport(MediaKind, SenderReport),
    /// One RFC 4733 digit, after its end.
    Digit(char),
}

#[derive(Debug, thiserror::Error)]
pub enum RtcError {
    #[error("the session description cannot be read: {0}")]
    MalformedSdp(String),
    #[error("the two sides have no media in common")]
    Incompatible,
    #[error("no network address can be used")]
    NoCandidates,
    #[error("the session is closed")]
    Closed,
    #[error("this cannot be done now: {0}")]
    WrongState(&'static str),
    #[error("the WebRTC stack failed: {0}")]
    Stack(String),
}
