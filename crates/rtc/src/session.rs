//! The interface that `phone` and `space` see.

use crate::peer::Peer;
use ahoy_model::{
    AudioCodec, AudioPacket, CallStats, EncodedFrame, Flow, MediaKind, Secret, SenderReport, VideoCodec,
};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A STUN or TURN server as a space hands it out (WIRE.md 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:host:port`, `turn:host:port?transport=udp`. Schemes we cannot use are skipped.
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

/// Sound in two channels (RFC 7587 `stereo`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stereo {
    /// One channel is enough, whatever the far side would like.
    Never,
    /// When the far side's offer speaks of it.
    #[default]
    IfOffered,
    /// We would like to hear two channels, and send them where we are asked to.
    Wanted,
}

/// What a session should be. In `reoffer` and `reanswer` only `audio`, `video`, `stereo`, `follow_offer` and the two gathering times are read: addresses, servers and rates stay.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    pub audio: Option<SectionWish<AudioCodec>>,
    pub video: Option<SectionWish<VideoCodec>>,
    pub stereo: Stereo,
    pub ice_servers: Vec<IceServer>,
    /// Publish and use relay candidates only. A restart by relays only keeps the other ways when no relay can be had.
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
    /// In answers the far side's order of preference decides among our codecs, not ours (RFC 3264 6.1). Whoever forwards
    /// lists first what it need not transcode.
    pub follow_offer: bool,
    /// Stay silent on the network (drop incoming checks) until `release_checks` (WIRE.md 7.4: offers to browsers).
    pub hold_checks: bool,
}

impl SessionConfig {
    /// Sound and picture both ways with Opus and H.264, on all interfaces, without servers.
    pub fn sound_and_picture(stream: impl Into<String>) -> Self {
        Self {
            audio: Some(SectionWish { flow: Flow::SendRecv, codecs: vec![AudioCodec::Opus] }),
            video: Some(SectionWish { flow: Flow::SendRecv, codecs: vec![VideoCodec::H264] }),
            stereo: Stereo::default(),
            ice_servers: Vec::new(),
            relay_only: false,
            addresses: Vec::new(),
            gather_idle: Duration::from_millis(600),
            gather_limit: Duration::from_secs(2),
            start_bitrate: 1_000_000,
            max_bitrate: 3_000_000,
            stream: stream.into(),
            follow_offer: false,
            hold_checks: false,
        }
    }
}

/// What both sides agreed on. `None`: the section is absent or rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negotiated {
    pub audio: Option<(AudioCodec, Flow)>,
    pub video: Option<(VideoCodec, Flow)>,
    /// The far side would like to hear two channels.
    pub stereo: bool,
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
    /// The far side put what we offered as separate transports onto one.
    #[error("the far side bundled its answer although our offer was not bundled")]
    Bundled,
    #[error("no network address can be used")]
    NoCandidates,
    #[error("the session is closed")]
    Closed,
    #[error("this cannot be done now: {0}")]
    WrongState(&'static str),
    #[error("the WebRTC stack failed: {0}")]
    Stack(String),
}

/// One leg's media. Dropping it closes it, but only `close` waits until sockets are gone.
///
/// Everything that does not return a future never waits.
pub struct Session {
    peer: Arc<Peer>,
}

impl Session {
    /// Makes an offer. Returns when its SDP is complete (non-trickle).
    pub async fn offer(
        config: SessionConfig,
    ) -> Result<(Self, mpsc::Receiver<SessionEvent>, String), RtcError> {
        let (peer, events) = Peer::new(config);
        let session = Self { peer };
        let sdp = session.peer.first_offer().await?;
        Ok((session, events, sdp))
    }

    /// Answers an offer (unbundled, max-compat, balanced or bundled).
    pub async fn answer(
        config: SessionConfig,
        offer: &str,
    ) -> Result<(Self, mpsc::Receiver<SessionEvent>, String), RtcError> {
        let (peer, events) = Peer::new(config);
        let session = Self { peer };
        let sdp = session.peer.first_answer(offer).await?;
        Ok((session, events, sdp))
    }

    /// Applies the far side's answer to our offer. Once per offer.
    pub async fn accept(&self, answer: &str) -> Result<(), RtcError> {
        self.peer.accept(answer).await
    }

    /// A new offer on the running session (ICE restart, added or removed video, another direction); then `accept`. Only a
    /// restart may follow an offer whose answer never came.
    pub async fn reoffer(&self, config: SessionConfig, restart_ice: bool) -> Result<String, RtcError> {
        self.peer.reoffer(config, restart_ice).await
    }

    /// Answers the far side's new offer on the running session.
    pub async fn reanswer(&self, config: SessionConfig, offer: &str) -> Result<String, RtcError> {
        self.peer.reanswer(config, offer).await
    }

    /// Ends `hold_checks`: incoming connectivity checks are answered from now on.
    pub fn release_checks(&self) {
        self.peer.release_checks();
    }

    pub fn negotiated(&self) -> Negotiated {
        self.peer.negotiated()
    }

    /// Never waits. false: not connected, not agreed on, or the queue was full, and the frame was dropped (send a key frame next).
    pub fn send_video(&self, frame: EncodedFrame) -> bool {
        self.peer.send_video(Instant::now(), frame)
    }

    /// Never waits. false: not connected, not agreed on, or the queue was full, and the packet was dropped.
    pub fn send_audio(&self, packet: AudioPacket) -> bool {
        self.peer.send_audio(Instant::now(), packet)
    }

    /// For forwarders: what the original sender said about its clock, in the `rtp_time` of the frames handed to `send_*`. From then on our own
    /// reports say the same, so that sound and picture stay together across the hop.
    pub fn relay_sender_report(&self, kind: MediaKind, report: SenderReport) {
        self.peer.relay_sender_report(Instant::now(), kind, report);
    }

    /// Sends a PLI (or FIR), rate limited, repeated until a key frame comes.
    pub fn request_key_frame(&self) {
        self.peer.request_key_frame(Instant::now());
    }

    /// Asks the far side to send at most this much video (REMB), bit/s. Repeated until changed.
    pub fn limit_receive(&self, bits_per_second: u32) {
        self.peer.limit_receive(Instant::now(), bits_per_second);
    }

    /// Rates are since the last call of this function.
    pub async fn stats(&self) -> CallStats {
        self.peer.stats().await
    }

    /// Closes every transport and returns when their sockets are gone. Idempotent.
    pub async fn close(&self) {
        self.peer.close().await;
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("negotiated", &self.negotiated()).finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.peer.is_closed() {
            return;
        }
        let peer = Arc::clone(&self.peer);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { peer.close().await });
        }
    }
}
