//! A leg's way out. Several senders may feed one leg one after another (a camera, then a screen, then the camera again; the
//! far side before and after a page was loaded again or a call was transferred), and its receiver has to see one stream:
//! RTP times go on where they were, and a new sender's first picture can be decoded by itself.

use ahoy_model::{AudioPacket, EncodedFrame, MediaKind, SenderReport, VideoCodec};
use ahoy_rtc::{Negotiated, Session};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// Who sends: each media session has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId(Uuid);

impl SourceId {
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

/// Where a leg's pictures come from, to be asked for key frames and told what the path can carry.
#[derive(Clone)]
pub struct Feed {
    pub id: SourceId,
    pub session: Arc<Session>,
}

pub struct Outlet {
    session: Arc<Session>,
    ways: Mutex<Ways>,
}

struct Ways {
    sound: Way,
    picture: Way,
    feed: Option<Feed>,
    /// What the path to this leg can carry, bit/s.
    bitrate: Option<u32>,
    clocks: Clocks,
}

/// What became of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Yes,
    /// Others are shown now.
    NotWanted,
    /// It could not be taken, or cannot be decoded by itself: go on with a key frame.
    NeedsKey,
}

impl Outlet {
    pub fn new(session: Arc<Session>) -> Self {
        let ways = Ways {
            sound: Way::default(),
            picture: Way::default(),
            feed: None,
            bitrate: None,
            clocks: Clocks::default(),
        };
        Self { session, ways: Mutex::new(ways) }
    }

    fn ways(&self) -> MutexGuard<'_, Ways> {
        // Numbers are whole at any moment, so a panic elsewhere leaves nothing half done.
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn negotiated(&self) -> Negotiated {
        self.session.negotiated()
    }

    /// From now on this one's pictures go out, and nobody else's.
    pub fn show(&self, feed: Option<Feed>) {
        let mut ways = self.ways();
        if ways.picture.turn_to(feed.as_ref().map(|feed| feed.id))
            && let (Some(feed), Some(bitrate)) = (&feed, ways.bitrate)
        {
            feed.session.limit_receive(bitrate);
        }
        ways.feed = feed;
    }

    /// The same for sound.
    pub fn listen_to(&self, source: Option<SourceId>) {
        self.ways().sound.turn_to(source);
    }

    pub fn send_video(&self, from: SourceId, mut frame: EncodedFrame) -> Sent {
        let mut ways = self.ways();
        if ways.picture.from != Some(from) {
            return Sent::NotWanted;
        }
        if ways.picture.fresh && !frame.key {
            return Sent::NeedsKey;
        }
        let earlier = ways.picture;
        frame.rtp_time = ways.picture.place(Instant::now(), frame.rtp_time, VideoCodec::CLOCK_RATE);
        if self.session.send_video(frame) {
            Sent::Yes
        } else {
            ways.picture = earlier;
            Sent::NeedsKey
        }
    }

    /// A full queue costs this packet; the far side conceals it.
    pub fn send_audio(&self, from: SourceId, mut packet: AudioPacket) {
        let mut ways = self.ways();
        if ways.sound.from == Some(from) {
            let rate = packet.codec.clock_rate();
            packet.rtp_time = ways.sound.place(Instant::now(), packet.rtp_time, rate);
            self.session.send_audio(packet);
        }
    }

    /// The sender's word on its clock, in the times that go out here.
    pub fn relay_sender_report(&self, from: SourceId, kind: MediaKind, report: SenderReport) {
        let mut ways = self.ways();
        let way = match kind {
            MediaKind::Audio => ways.sound,
            MediaKind::Video => ways.picture,
        };
        if way.from == Some(from) && !way.fresh {
            let ntp = ways.clocks.ours(from, Instant::now(), report.ntp);
            let rtp_time = report.rtp_time.wrapping_add(way.shift);
            self.session.relay_sender_report(kind, SenderReport { ntp, rtp_time });
        }
    }

    /// This leg's client needs a picture that can be decoded by itself.
    pub fn request_key_frame(&self) {
        if let Some(feed) = &self.ways().feed {
            feed.session.request_key_frame();
        }
    }

    /// The path to this leg can carry so much: all that its sender should make.
    pub fn set_bitrate(&self, bitrate: u32) {
        let mut ways = self.ways();
        ways.bitrate = Some(bitrate);
        if let Some(feed) = &ways.feed {
            feed.session.limit_receive(bitrate);
        }
    }
}

/// One stream that goes out, and how its present sender's times are turned into its own.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    from: Option<SourceId>,
    /// Nothing of `from` has been sent yet.
    fresh: bool,
    /// Added to the sender's RTP times.
    shift: u32,
    /// When something was sent last, and its time as it went out.
    last: Option<(Instant, u32)>,
}

impl Way {
    /// Whether that changes anything.
    fn turn_to(&mut self, source: Option<SourceId>) -> bool {
        let changes = self.from != source;
        if changes {
            self.from = source;
            self.fresh = true;
        }
        changes
    }

    /// The time that goes out for the sender's.
    fn place(&mut self, now: Instant, rtp_time: u32, rate: u32) -> u32 {
        if std::mem::take(&mut self.fresh)
            && let Some((at, sent)) = self.last
        {
            let since = now.saturating_duration_since(at).as_secs_f64();
            // At least a step, so that no time comes twice.
            let step = (since * f64::from(rate)).round().max(f64::from(rate) / 100.0);
            self.shift = sent.wrapping_add(step as u64 as u32).wrapping_sub(rtp_time);
        }
        let out = rtp_time.wrapping_add(self.shift);
        self.last = Some((now, out));
        out
    }
}

/// Senders' wall clocks differ. The first one's is kept, and the others' are turned into it, as near as their reports' arrival tells.
#[derive(Debug, Default)]
struct Clocks {
    /// When it was what by the first sender's clock; 32.32 fixed point seconds.
    anchor: Option<(Instant, u64)>,
    /// Added to a sender's times. Few send to one leg in its life; the oldest is forgotten first.
    offsets: Vec<(SourceId, u64)>,
}

/// Senders whose clocks are remembered.
const CLOCKS: usize = 16;

impl Clocks {
    fn ours(&mut self, from: SourceId, now: Instant, ntp: u64) -> u64 {
        let (at, first) = *self.anchor.get_or_insert((now, ntp));
        if let Some((_, offset)) = self.offsets.iter().find(|(id, _)| *id == from) {
            return ntp.wrapping_add(*offset);
        }
        let since = now.saturating_duration_since(at);
        let expected = first
            .wrapping_add(since.as_secs() << 32)
            .wrapping_add((u64::from(since.subsec_nanos()) << 32) / 1_000_000_000);
        let offset = expected.wrapping_sub(ntp);
        if self.offsets.len() >= CLOCKS {
            self.offsets.remove(0);
        }
        self.offsets.push((from, offset));
        ntp.wrapping_add(offset)
    }
}

#[cfg(test)]
#[path = "outlet_tests.rs"]
mod tests;
