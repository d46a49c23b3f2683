//! One member's lines: in and out, sound and picture.

use super::attendee::Attendee;
use super::broadcast::{Kind, Viewer};
use super::canvas::LineId;
use super::intake::Link;
use super::layout::{Area, Canvas};
use super::tier::Tiering;
use crate::call::CallHandle;
use crate::call::outlet::{Outlet, Sent, SourceId};
use crate::config::Rate;
use crate::limits::Bucket;
use crate::session::SessionHandle;
use ahoy_media::engine::VideoReceiver;
use ahoy_model::{AudioCodec, AudioPacket, CallId, EncodedFrame, HangupCause, VideoCodec};
use ahoy_rtc::Session;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

/// Key frames cost everybody: one member may ask for a few at once and for one every two seconds.
const KEY_FRAMES: Rate = Rate { burst: 4, per_second: 0.5 };
/// Pictures that nobody looks at are asked to be small, bit/s.
const UNSEEN: u32 = 100_000;

/// Where a member's stream leaves the room.
#[derive(Clone)]
pub enum Exit {
    Session(Arc<Session>),
    /// Something else was sent to him before: his stream goes on where it was.
    Outlet(Arc<Outlet>, SourceId),
}

impl Exit {
    /// False: it was not taken.
    pub fn send_video(&self, frame: EncodedFrame) -> bool {
        match self {
            Self::Session(session) => session.send_video(frame),
            Self::Outlet(outlet, source) => outlet.send_video(*source, frame) == Sent::Yes,
        }
    }

    pub fn send_audio(&self, packet: AudioPacket) {
        match self {
            // A packet that does not fit is concealed at the far side.
            Self::Session(session) => drop(session.send_audio(packet)),
            Self::Outlet(outlet, source) => outlet.send_audio(*source, packet),
        }
    }
}

pub struct Line {
    pub id: LineId,
    pub attendee: Attendee,
    pub leg: CallId,
    pub session: SessionHandle,
    pub call: CallHandle,
    pub rtc: Arc<Session>,
    pub exit: Exit,
    pub link: watch::Sender<Option<Link>>,
    /// The leg of the member it belongs to, if it is no member by itself.
    pub parent: Option<CallId>,
    pub decoder: Option<Arc<VideoReceiver>>,
    /// Its picture is to be seen.
    pub wants_decoder: bool,
    pub tiering: Tiering,
    /// Counts paths: on each new one the picture begins with a key frame. 0: not connected.
    path: u32,
    /// What the member was asked to send at most, bit/s.
    limit: Option<u32>,
    key_frames: Bucket,
    /// Why it leaves, for the others.
    pub reason: &'static str,
}

impl Line {
    #[expect(clippy::too_many_arguments, reason = "it is called once")]
    pub fn new(
        id: LineId,
        attendee: Attendee,
        leg: CallId,
        session: SessionHandle,
        call: CallHandle,
        (rtc, exit): (Arc<Session>, Exit),
        link: watch::Sender<Option<Link>>,
        parent: Option<CallId>,
        (canvas, fps): (Canvas, u32),
    ) -> Self {
        Self {
            id,
            attendee,
            leg,
            session,
            call,
            rtc,
            exit,
            link,
            parent,
            decoder: None,
            wants_decoder: false,
            tiering: Tiering::new(canvas, fps),
            path: 0,
            limit: None,
            key_frames: Bucket::new(KEY_FRAMES, Instant::now()),
            reason: "hangup",
        }
    }

    /// The member's media has been agreed on anew.
    pub fn media(&mut self, rtc: Arc<Session>) {
        if !Arc::ptr_eq(&self.rtc, &rtc) {
            // Its `Connected` is still to come.
            self.path = 0;
            self.exit = Exit::Session(Arc::clone(&rtc));
            self.rtc = rtc;
        } else if self.path > 0 {
            self.path += 1;
        }
        self.limit = None;
    }

    pub fn connected(&mut self) {
        self.path += 1;
    }

    /// What it is sent, while it wants pictures and has a path.
    pub fn kind(&self) -> Option<Kind> {
        let (codec, flow) = self.rtc.negotiated().video?;
        (flow.sends() && self.path > 0).then(|| (codec, self.tiering.tier()))
    }

    /// What it sends us, if it does.
    pub fn sends_picture(&self) -> Option<VideoCodec> {
        self.rtc.negotiated().video.filter(|(_, flow)| flow.receives()).map(|(codec, _)| codec)
    }

    /// Its sound: what it sends, what it is sent.
    pub fn sound(&self) -> (Option<AudioCodec>, Option<AudioCodec>) {
        match self.rtc.negotiated().audio {
            Some((codec, flow)) => (flow.receives().then_some(codec), flow.sends().then_some(codec)),
            None => (None, None),
        }
    }

    pub fn viewer(&self) -> Viewer {
        let exit = self.exit.clone();
        Viewer { line: self.id, generation: self.path, out: Arc::new(move |frame| exit.send_video(frame)) }
    }

    pub fn may_ask_for_key(&mut self, now: Instant) -> bool {
        self.key_frames.take(now).is_ok()
    }

    /// Asks the member for no more than can be seen of it. `shown`: how large it is drawn.
    pub fn limit(&mut self, shown: Option<Area>, most: u32) {
        let bits = shown.map_or(UNSEEN, |area| worth(area).min(most));
        if self.limit != Some(bits) {
            self.limit = Some(bits);
            self.rtc.limit_receive(bits);
        }
    }

    /// Ends its call; its leave follows.
    pub fn dismiss(&mut self, cause: HangupCause) {
        self.reason = "removed";
        self.call.dismiss(self.leg.clone(), cause);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.link.send_replace(None);
    }
}

/// What a picture of this size is worth, bit/s: enough for a little more than its pixels.
fn worth(area: Area) -> u32 {
    match area.width.min(area.height * 16 / 9) {
        width if width >= 1_600 => 4_500_000,
        width if width >= 900 => 2_500_000,
        width if width >= 560 => 690_000,
        width if width >= 200 => 440_000,
        _ => 190_000,
    }
}
