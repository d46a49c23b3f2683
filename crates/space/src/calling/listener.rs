//! Hears a line's media session: passes sound and pictures on while two lines are connected, and tells the rest.

use ahoy_model::{CallId, EncodedFrame};
use ahoy_rtc::{Session, SessionEvent};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What the script has to know about a line's media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaWord {
    Connected,
    Failed,
    KeyFrameWanted,
    /// What can be sent, bit/s.
    Bitrate(u32),
}

pub type LineNews = (CallId, MediaWord);

struct Listener {
    line: CallId,
    source: Arc<Session>,
    to: watch::Receiver<Option<Arc<Session>>>,
    news: mpsc::Sender<LineNews>,
    /// Pictures are dropped until one can be decoded by itself.
    needs_key: bool,
    bitrate: Option<u32>,
}

/// Starts the task; it ends when the session is closed or nobody wants its news.
pub fn start(
    line: CallId,
    source: Arc<Session>,
    events: mpsc::Receiver<SessionEvent>,
    to: watch::Receiver<Option<Arc<Session>>>,
    news: mpsc::Sender<LineNews>,
) {
    let listener = Listener { line, source, to, news, needs_key: true, bitrate: None };
    tokio::spawn(listener.run(events));
}

impl Listener {
    async fn run(mut self, mut events: mpsc::Receiver<SessionEvent>) {
        loop {
            tokio::select! {
                event = events.recv() => {
                    let Some(event) = event else { return };
                    if !self.take(event).await {
                        return;
                    }
                }
                changed = self.to.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.rerouted();
                }
            }
        }
    }

    fn target(&self) -> Option<Arc<Session>> {
        self.to.borrow().clone()
    }

    /// False: nobody listens any more.
    async fn take(&mut self, event: SessionEvent) -> bool {
        let word = match (event, self.target()) {
            (SessionEvent::Connected, to) => {
                if let Some(to) = to {
                    to.request_key_frame();
                }
                MediaWord::Connected
            }
            (SessionEvent::Failed(_), _) => MediaWord::Failed,
            (SessionEvent::KeyFrameWanted, None) => MediaWord::KeyFrameWanted,
            (SessionEvent::SendBitrate(bitrate), None) => {
                self.bitrate = Some(bitrate);
                MediaWord::Bitrate(bitrate)
            }
            (event, Some(to)) => {
                self.pass(event, &to);
                return true;
            }
            // What people say to a machine that does not listen.
            (_, None) => return true,
        };
        self.news.send((self.line.clone(), word)).await.is_ok()
    }

    fn pass(&mut self, event: SessionEvent, to: &Session) {
        match event {
            SessionEvent::Audio(packet) => {
                // A full queue costs this packet; the far side conceals it.
                to.send_audio(packet);
            }
            SessionEvent::Video(frame) => self.picture(frame, to),
            SessionEvent::KeyFrameWanted => to.request_key_frame(),
            SessionEvent::SendBitrate(bitrate) => {
                self.bitrate = Some(bitrate);
                to.limit_receive(bitrate);
            }
            SessionEvent::SenderReport(kind, report) => to.relay_sender_report(kind, report),
            SessionEvent::Connected
            | SessionEvent::Disconnected(_)
            | SessionEvent::Failed(_)
            | SessionEvent::Digit(_) => {}
        }
    }

    fn picture(&mut self, frame: EncodedFrame, to: &Session) {
        self.needs_key = !frame.key && (self.needs_key || frame.after_loss);
        if self.needs_key || !to.send_video(frame) {
            self.needs_key = true;
            self.source.request_key_frame();
        }
    }

    fn rerouted(&mut self) {
        self.needs_key = true;
        if let Some(to) = self.to.borrow_and_update().clone() {
            self.source.request_key_frame();
            if let Some(bitrate) = self.bitrate {
                to.limit_receive(bitrate);
            }
        }
    }
}
