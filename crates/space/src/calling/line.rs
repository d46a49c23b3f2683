//! One leg of the machine, with its media session.

use super::listener::{self, LineNews};
use crate::call::CallHandle;
use crate::core::Core;
use ahoy_model::{AudioCodec, CallId, Flow, VideoCodec};
use ahoy_rtc::{SectionWish, Session, SessionConfig, SessionEvent};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineStage {
    /// Its offer is being made, or the call has not taken it yet.
    Beginning,
    Ringing,
    Answered,
    /// Media flows.
    Connected,
}

pub struct Line {
    pub id: CallId,
    pub call: Option<CallHandle>,
    /// Whom a line of our own rings.
    pub dialled: String,
    pub stage: LineStage,
    pub rtc: Option<Arc<Session>>,
    /// Where its media goes.
    pub route: watch::Sender<Option<Arc<Session>>>,
    /// RTP times of what is played to it count from here.
    pub epoch: Instant,
}

impl Line {
    pub fn new(id: CallId, call: Option<CallHandle>) -> Self {
        let stage = LineStage::Beginning;
        Self {
            id,
            call,
            dialled: String::new(),
            stage,
            rtc: None,
            route: watch::Sender::new(None),
            epoch: Instant::now(),
        }
    }

    pub fn attach(
        &mut self,
        session: Session,
        events: mpsc::Receiver<SessionEvent>,
        news: mpsc::Sender<LineNews>,
    ) {
        let session = Arc::new(session);
        self.rtc = Some(Arc::clone(&session));
        listener::start(self.id.clone(), session, events, self.route.subscribe(), news);
    }

    pub fn has_pictures(&self) -> bool {
        self.rtc.as_ref().is_some_and(|rtc| rtc.negotiated().video.is_some())
    }
}

/// The machine's side of a leg. The space on the other side of it speaks every codec there is.
pub fn media(core: &Core, pictures: bool) -> SessionConfig {
    let both = Flow::SendRecv;
    SessionConfig {
        audio: Some(SectionWish { flow: both, codecs: vec![AudioCodec::Opus] }),
        video: pictures.then(|| SectionWish { flow: both, codecs: vec![VideoCodec::H264] }),
        // It is on the same machine: no server has to help.
        ice_servers: Vec::new(),
        addresses: core.config.media_addresses.clone(),
        start_bitrate: core.config.max_bitrate,
        max_bitrate: core.config.max_bitrate,
        ..SessionConfig::sound_and_picture("machine")
    }
}
