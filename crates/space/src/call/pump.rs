//! Carries one leg's media to where it is routed: encoded frames, untouched unless the two share no codec.
//!
//! One task per leg. It never waits for a target: what a target cannot take at once is dropped, pictures then up to the
//! next key frame, which is asked for.

use super::outlet::{Outlet, Sent, SourceId};
use super::tap::{Packets, Spring, Tap};
use super::{CallCommand, CallHandle};
use ahoy_model::{AudioCodec, CallId, EncodedFrame, Flow, MediaKind, VideoCodec};
use ahoy_rtc::{Session, SessionEvent};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Where a leg's media goes.
#[derive(Clone)]
pub struct Route {
    pub to: Arc<Outlet>,
    /// What the target can be sent.
    pub audio: Option<AudioCodec>,
    pub video: Option<VideoCodec>,
}

impl Route {
    /// Everything that `to` has agreed to receive.
    pub fn to(to: &Arc<Outlet>) -> Self {
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

/// What is pumped: a leg's media session, under which name, and the way out to the same leg.
pub struct Inlet {
    pub leg: CallId,
    pub id: SourceId,
    pub session: Arc<Session>,
    pub back: Arc<Outlet>,
}

struct Pump {
    inlet: Inlet,
    route: watch::Receiver<Option<Route>>,
    call: CallHandle,
    /// Where pictures went so far.
    shown: Option<Arc<Outlet>>,
    /// Pictures are dropped until one can be decoded by itself.
    needs_key: bool,
}

/// Starts the task. It ends when the session is closed or its call has gone.
pub fn start(inlet: Inlet, from: Spring, route: watch::Receiver<Option<Route>>, call: CallHandle) -> Tap {
    let pump = Pump { inlet, route, call, needs_key: true, shown: None };
    Tap::start(from, |packets, stop| pump.run(packets, stop))
}

impl Pump {
    async fn run(mut self, mut events: Packets, stop: CancellationToken) -> Option<Packets> {
        self.rerouted();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Some(events),
                event = events.recv() => {
                    if !self.take(event?).await && !stop.is_cancelled() {
                        return None;
                    }
                }
                changed = self.route.changed() => {
                    if changed.is_err() {
                        return None;
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
                if let Some(route) = self.route.borrow().as_ref().filter(|route| route.audio.is_some()) {
                    route.to.send_audio(self.inlet.id, packet);
                }
                true
            }
            SessionEvent::Video(frame) => {
                self.picture(frame);
                true
            }
            SessionEvent::KeyFrameWanted => {
                self.inlet.back.request_key_frame();
                true
            }
            SessionEvent::SendBitrate(bitrate) => {
                // The slower hop decides.
                self.inlet.back.set_bitrate(bitrate);
                true
            }
            SessionEvent::SenderReport(kind, report) => {
                if let Some(route) = self.route.borrow().as_ref() {
                    route.to.relay_sender_report(self.inlet.id, kind, report);
                }
                true
            }
            SessionEvent::Connected => {
                // What came before could not be sent here.
                self.inlet.back.request_key_frame();
                self.tell(MediaNews::Connected).await
            }
            SessionEvent::Disconnected(kind) => self.tell(MediaNews::Disconnected(kind)).await,
            SessionEvent::Failed(kind) => self.tell(MediaNews::Failed(kind)).await,
            SessionEvent::Digit(digit) => self.tell(MediaNews::Digit(digit)).await,
        }
    }

    async fn tell(&self, news: MediaNews) -> bool {
        self.call.send(CallCommand::Media((self.inlet.leg.clone(), news))).await
    }

    fn picture(&mut self, frame: EncodedFrame) {
        let route = self.route.borrow();
        let Some(route) = route.as_ref().filter(|route| route.video.is_some()) else { return };
        if frame.key {
            self.needs_key = false;
        } else if frame.after_loss {
            // The target would not see the gap; it is already being repaired by a key frame.
            self.needs_key = true;
        }
        if self.needs_key {
            self.inlet.session.request_key_frame();
            return;
        }
        match route.to.send_video(self.inlet.id, frame) {
            Sent::Yes | Sent::NotWanted => {}
            Sent::NeedsKey => {
                self.needs_key = true;
                self.inlet.session.request_key_frame();
            }
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
                self.inlet.session.request_key_frame();
            }
            self.shown = shown;
        }
    }
}
