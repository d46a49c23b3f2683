//! Takes one member's media off the network: sound to the mixer, pictures to their decoder. One task per leg; it waits
//! for neither of them.

use super::canvas::LineId;
use super::handle::{LineNews, RoomCommand, RoomHandle};
use crate::call::pump::MediaNews;
use crate::call::tap::{Packets, Spring, Tap};
use crate::call::{CallCommand, CallHandle};
use ahoy_media::engine::{PushResult, VideoReceiver};
use ahoy_model::{AudioPacket, CallId};
use ahoy_rtc::{Session, SessionEvent};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Where a member's media goes. `None` in the watch: it is not in the room yet, or no more.
#[derive(Clone)]
pub struct Link {
    pub line: LineId,
    pub room: RoomHandle,
    /// `None`: nobody listens, or wants to see, now.
    pub sound: Option<mpsc::Sender<AudioPacket>>,
    pub picture: Option<Arc<VideoReceiver>>,
}

struct Intake {
    leg: CallId,
    source: Arc<Session>,
    link: watch::Receiver<Option<Link>>,
    call: CallHandle,
    /// Asks for key frames on the decoder's behalf.
    wants_key: Option<watch::Receiver<u64>>,
    /// The decoder that `wants_key` is from.
    decoder: Option<Arc<VideoReceiver>>,
    connected: bool,
}

/// Starts the task. It ends when the session is closed or its call has gone. `connected`: its path stands already.
pub fn start(
    leg: CallId,
    source: Arc<Session>,
    from: Spring,
    connected: bool,
    link: watch::Receiver<Option<Link>>,
    call: CallHandle,
) -> Tap {
    let intake = Intake { leg, source, link, call, wants_key: None, decoder: None, connected };
    Tap::start(from, |packets, stop| intake.run(packets, stop))
}

impl Intake {
    async fn run(mut self, mut events: Packets, stop: CancellationToken) -> Option<Packets> {
        // The room may have taken it in before the task began.
        self.linked().await;
        let mut linked = true;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Some(events),
                event = events.recv() => {
                    if !self.take(event?).await && !stop.is_cancelled() {
                        return None;
                    }
                }
                // Whoever is out of the room may go on elsewhere.
                changed = self.link.changed(), if linked => match changed {
                    Ok(()) => self.linked().await,
                    Err(_) => linked = false,
                },
                () = wanted(&mut self.wants_key) => self.source.request_key_frame(),
            }
        }
    }

    /// False: the call is over.
    async fn take(&mut self, event: SessionEvent) -> bool {
        match event {
            SessionEvent::Audio(packet) => {
                let sound = self.link.borrow().as_ref().and_then(|link| link.sound.clone());
                if let Some(sound) = sound {
                    // A mixer that is behind conceals what it did not get.
                    let _ = sound.try_send(packet);
                }
                true
            }
            SessionEvent::Video(frame) => {
                let ended =
                    self.decoder.as_ref().is_some_and(|decoder| decoder.push(frame) == PushResult::Ended);
                if ended {
                    self.decoder = None;
                    self.tell(LineNews::DecoderEnded).await;
                }
                true
            }
            SessionEvent::KeyFrameWanted => {
                self.tell(LineNews::KeyFrameWanted).await;
                true
            }
            SessionEvent::SendBitrate(bits) => {
                self.tell(LineNews::Carries(bits)).await;
                true
            }
            // The mix has a clock of its own.
            SessionEvent::SenderReport(..) => true,
            SessionEvent::Connected => {
                self.connected = true;
                self.tell(LineNews::Connected).await;
                self.report(MediaNews::Connected).await
            }
            SessionEvent::Disconnected(kind) => self.report(MediaNews::Disconnected(kind)).await,
            SessionEvent::Failed(kind) => self.report(MediaNews::Failed(kind)).await,
            SessionEvent::Digit(digit) => self.report(MediaNews::Digit(digit)).await,
        }
    }

    async fn linked(&mut self) {
        self.relinked();
        if self.connected {
            self.tell(LineNews::Connected).await;
        }
    }

    fn relinked(&mut self) {
        let picture = self.link.borrow_and_update().as_ref().and_then(|link| link.picture.clone());
        let same = match (&picture, &self.decoder) {
            (Some(new), Some(old)) => Arc::ptr_eq(new, old),
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        self.wants_key = picture.as_ref().map(|decoder| decoder.needs_key_frame());
        if picture.is_some() {
            // A new decoder knows nothing of what came before.
            self.source.request_key_frame();
        }
        self.decoder = picture;
    }

    async fn tell(&self, news: LineNews) {
        let link = self.link.borrow().as_ref().map(|link| (link.room.clone(), link.line));
        if let Some((room, line)) = link {
            room.send(RoomCommand::Line(line, news)).await;
        }
    }

    async fn report(&self, news: MediaNews) -> bool {
        self.call.send(CallCommand::Media((self.leg.clone(), news))).await
    }
}

/// Waits until the decoder asks for a key frame; for ever when there is none.
async fn wanted(wants_key: &mut Option<watch::Receiver<u64>>) {
    if let Some(asked) = wants_key
        && asked.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
