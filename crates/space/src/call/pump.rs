//! Carries one leg's media to where it is routed: encoded frames, untouched.
//!
//! One task per leg. It never waits for a target: what a target cannot take at once is dropped, pictures then up to the
//! next key frame, which is asked for.

use super::{CallCommand, CallHandle};
use ahoy_model::{AudioCodec, CallId, EncodedFrame, Flow, MediaKind, VideoCodec};
use ahoy_rtc::{Session, SessionEvent};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Where a leg's media goes, and from where that place gets its key frames: the leg itself.
#[derive(Clone)]
pub struct Route {
    pub to: Arc<Session>,
    /// What the target can be sent.
    pub audio: Option<AudioCodec>,
    pub video: Option<VideoCodec>,
}

impl Route {
    /// Everything that `to` has agreed to receive.
    pub fn to(to: &Arc<Session>) -> Self {
        let agreed = to.negotiated();
        let sent = |flow: Flow| flow.sends();
        Self {
            to: Arc::clone(to),
            audio: agreed.audio.filter(|(_, flow)| sent(*flow)).map(|(codec, _)| codec),
            video: agreed.video.filter(|(_, flow)| sent(*flow)).map(|(codec, _)| codec),
        }
    }
}

/// What a leg's call has to know about its media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaNews {
    Connected,
    Disconnected(MediaKind),
    Failed(MediaKind),
    Digit(char),
}

/// News with the leg they are about.
pub type LegNews = (CallId, MediaNews);

struct Pump {
    leg: CallId,
    source: Arc<Session>,
    route: watch::Receiver<Option<Route>>,
    call: CallHandle,
    /// Where pictures went so far.
    shown: Option<Arc<Session>>,
    /// Pictures are dropped until one can be decoded by itself.
    needs_key: bool,
    /// What the path to this leg can carry, bit/s.
    bitrate: Option<u32>,
}

/// Starts the task. It ends when `events` does (the session is closed) or its call has gone.
pub fn start(
    leg: CallId,
    source: Arc<Session>,
    events: mpsc::Receiver<SessionEvent>,
    route: watch::Receiver<Option<Route>>,
    call: CallHandle,
) -> JoinHandle<()> {
    let pump = Pump { leg, source, route, call, needs_key: true, shown: None, bitrate: None };
    tokio::spawn(pump.run(events))
}

impl Pump {
    async fn run(mut self, mut events: mpsc::Receiver<SessionEvent>) {
        loop {
            tokio::select! {
                event = events.recv() => {
                    let Some(event) = event else { return };
                    if !self.take(event).await {
                        return;
                    }
                }
                changed = self.route.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.rerouted();
                }
            }
        }
    }

    /// False: nobody listens any more.
    async fn take(&mut self, event: SessionEvent) -> bool {
        match event {
            SessionEvent::Audio(packet) => {
                if let Some(route) =
                    self.route.borrow().as_ref().filter(|route| route.audio == Some(packet.codec))
                {
                    // A full queue costs this packet; the far side conceals it.
                    route.to.send_audio(packet);
                }
                true
            }
            SessionEvent::Video(frame) => {
                self.picture(frame);
                true
            }
            SessionEvent::KeyFrameWanted => {
                if let Some(route) = self.route.borrow().as_ref() {
                    route.to.request_key_frame();
                }
                true
            }
            SessionEvent::SendBitrate(bitrate) => {
                self.bitrate = Some(bitrate);
                self.report_bitrate();
                true
            }
            SessionEvent::SenderReport(kind, report) => {
                if let Some(route) = self.route.borrow().as_ref() {
                    route.to.relay_sender_report(kind, report);
                }
                true
            }
            SessionEvent::Connected => {
                // What came before could not be sent here.
                if let Some(route) = self.route.borrow().as_ref() {
                    route.to.request_key_frame();
                }
                self.tell(MediaNews::Connected).await
            }
            SessionEvent::Disconnected(kind) => self.tell(MediaNews::Disconnected(kind)).await,
            SessionEvent::Failed(kind) => self.tell(MediaNews::Failed(kind)).await,
            SessionEvent::Digit(digit) => self.tell(MediaNews::Digit(digit)).await,
        }
    }

    async fn tell(&self, news: MediaNews) -> bool {
        self.call.send(CallCommand::Media((self.leg.clone(), news))).await
    }

    fn picture(&mut self, frame: EncodedFrame) {
        let route = self.route.borrow();
        let Some(route) = route.as_ref().filter(|route| route.video == Some(frame.codec)) else { return };
        if frame.key {
            self.needs_key = false;
        } else if frame.after_loss {
            // The target would not see the gap; it is already being repaired by a key frame.
            self.needs_key = true;
        }
        if self.needs_key {
            self.source.request_key_frame();
        } else if !route.to.send_video(frame) {
            self.needs_key = true;
            self.source.request_key_frame();
        }
    }

    fn rerouted(&mut self) {
        let shown = self
            .route
            .borrow_and_update()
            .as_ref()
            .filter(|route| route.video.is_some())
            .map(|route| Arc::clone(&route.to));
        let same = match (&shown, &self.shown) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.needs_key = true;
            if shown.is_some() {
                self.source.request_key_frame();
            }
            self.shown = shown;
        }
        self.report_bitrate();
    }

    /// The slower hop decides: what this leg can be sent is all that its sender should make.
    fn report_bitrate(&self) {
        if let (Some(bitrate), Some(route)) = (self.bitrate, self.route.borrow().as_ref()) {
            route.to.limit_receive(bitrate);
        }
    }
}
