//! One leg: its media sections, their transports, and the description that both sides agreed on.

use crate::session::{Negotiated, RtcError, SessionConfig, SessionEvent};
use ahoy_model::{AudioPacket, CallStats, EncodedFrame, MediaKind, SenderReport};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

pub(crate) struct Peer {}

#[allow(unused_variables)]
impl Peer {
    pub(crate) fn new(config: SessionConfig) -> (Arc<Self>, mpsc::Receiver<SessionEvent>) {
        let (_, events) = mpsc::channel(1);
        (Arc::new(Self {}), events)
    }

    pub(crate) async fn first_offer(&self) -> Result<String, RtcError> {
        Err(RtcError::Closed)
    }
    pub(crate) async fn first_answer(&self, offer: &str) -> Result<String, RtcError> {
        Err(RtcError::Closed)
    }
    pub(crate) async fn accept(&self, answer: &str) -> Result<(), RtcError> {
        Err(RtcError::Closed)
    }
    pub(crate) async fn reoffer(&self, config: SessionConfig, restart_ice: bool) -> Result<String, RtcError> {
        Err(RtcError::Closed)
    }
    pub(crate) async fn reanswer(&self, config: SessionConfig, offer: &str) -> Result<String, RtcError> {
        Err(RtcError::Closed)
    }
    pub(crate) fn release_checks(&self) {}
    pub(crate) fn negotiated(&self) -> Negotiated {
        Negotiated::default()
    }
    pub(crate) fn send_video(&self, now: Instant, frame: EncodedFrame) -> bool {
        false
    }
    pub(crate) fn send_audio(&self, now: Instant, packet: AudioPacket) -> bool {
        false
    }
    pub(crate) fn relay_sender_report(&self, now: Instant, kind: MediaKind, report: SenderReport) {}
    pub(crate) fn request_key_frame(&self, now: Instant) {}
    pub(crate) fn limit_receive(&self, now: Instant, bits_per_second: u32) {}
    pub(crate) async fn stats(&self) -> CallStats {
        CallStats::default()
    }
    pub(crate) fn is_closed(&self) -> bool {
        true
    }
    pub(crate) async fn close(&self) {}
}
