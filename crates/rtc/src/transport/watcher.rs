//! Listens to the stack: candidates found, connection states.

use super::Port;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use webrtc::peer_connection::{
    PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionIceEvent, RTCPeerConnectionState,
};

/// State of one transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Connecting,
    Up,
    Lost,
    Failed,
}

/// Is told when a transport's state changes; must not wait.
pub(crate) trait LinkListener: Send + Sync + 'static {
    fn link_changed(&self, link: Link);
}

#[derive(Clone, Copy, Debug)]
struct Gathering {
    complete: bool,
    last: Option<Instant>,
}

pub(crate) struct Watcher {
    gathering: watch::Sender<Gathering>,
    listener: Arc<dyn LinkListener>,
    port: Port,
    silent: AtomicBool,
}

impl Watcher {
    pub(crate) fn new(listener: Arc<dyn LinkListener>, port: Port) -> Self {
        let (gathering, _) = watch::channel(Gathering { complete: false, last: None });
        Self { gathering, listener, port, silent: AtomicBool::new(false) }
    }

    /// From here on nothing is reported: we are closing.
    pub(crate) fn silence(&self) {
        self.silent.store(true, Ordering::Release);
    }

    /// A new round of gathering is about to begin.
    pub(crate) fn expect_candidates(&self) {
        self.gathering.send_replace(Gathering { complete: false, last: None });
    }

    /// Returns when gathering is complete, `idle` after the last candidate, or after `limit`.
    pub(crate) async fn gathered(&self, idle: Duration, limit: Duration) {
        let mut gathering = self.gathering.subscribe();
        let end = Instant::now() + limit;
        loop {
            let state = *gathering.borrow_and_update();
            if state.complete {
                return;
            }
            let until = state.last.map_or(end, |last| end.min(last + idle));
            match tokio::time::timeout_at(until.into(), gathering.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Watcher {
    async fn on_ice_candidate(&self, _: RTCPeerConnectionIceEvent) {
        self.gathering.send_modify(|g| g.last = Some(Instant::now()));
    }

    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathering.send_modify(|g| g.complete = true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if self.silent.load(Ordering::Acquire) {
            return;
        }
        let link = match state {
            RTCPeerConnectionState::Connected => Link::Up,
            RTCPeerConnectionState::Disconnected => Link::Lost,
            // The far side closing DTLS is its way of saying that this transport is over.
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => Link::Failed,
            _ => Link::Connecting,
        };
        tracing::debug!(?state, "transport");
        match link {
            Link::Up => self.port.with(|engine| engine.set_open(Instant::now(), true)),
            Link::Failed => self.port.with(|engine| engine.set_open(Instant::now(), false)),
            // While contact is lost in one direction, the other may still work.
            Link::Lost | Link::Connecting => {}
        }
        self.listener.link_changed(link);
    }
}
