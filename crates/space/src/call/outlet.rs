//! A leg's way out. Several senders may feed one leg one after another (a camera, then a screen, then the camera again; the
//! far side before and after a page was loaded again or a call was transferred), and its receiver has to see one stream:
//! RTP times go on where they were, and a new sender's first picture can be decoded by itself. What comes in another codec than
//! the leg has agreed on is transcoded here, and only that.

use super::blend::Blend;
use super::recode::{Made, PictureRecoder, Recoded, SoundRecoder};
use ahoy_model::{AudioCodec, AudioPacket, EncodedFrame, MediaKind, SenderReport, VideoCodec};
use ahoy_rtc::{Negotiated, Session};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
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
    /// Whose sound goes out; more than one are mixed.
    voices: Vec<SourceId>,
    blend: Option<Blend>,
    picture: Way,
    feed: Option<Feed>,
    /// What the path to this leg can carry, bit/s.
    bitrate: Option<u32>,
    clocks: Clocks,
    /// While the present sender's codec is another than this leg's.
    sound_recoder: Option<(SourceId, SoundRecoder)>,
    picture_recoder: Option<Recoding>,
    /// Counts picture recoders, so that late work of an earlier one is told apart.
    recoders: u64,
}

struct Recoding {
    from: SourceId,
    number: u64,
    recoder: PictureRecoder,
}

impl Ways {
    fn ask_sender(&self) {
        if let Some(feed) = &self.feed {
            feed.session.request_key_frame();
        }
    }

    /// Tells whoever makes the pictures what the path can carry.
    fn spread_bitrate(&self) {
        let Some(bitrate) = self.bitrate else { return };
        let mut limit = bitrate;
        if let Some(recoding) = &self.picture_recoder {
            recoding.recoder.set_bitrate(bitrate);
            // What is encoded twice should lose little the first time.
            limit = bitrate.saturating_add(bitrate / 2);
        }
        if let Some(feed) = &self.feed {
            feed.session.limit_receive(limit);
        }
    }

    fn send(&mut self, session: &Session, mut frame: EncodedFrame) -> Sent {
        if self.picture.fresh && !frame.key {
            return Sent::NeedsKey;
        }
        let earlier = self.picture;
        frame.rtp_time = self.picture.place(Instant::now(), frame.rtp_time, VideoCodec::CLOCK_RATE);
        if session.send_video(frame) {
            return Sent::Yes;
        }
        self.picture = earlier;
        Sent::NeedsKey
    }

    fn end_picture_recoder(&mut self) {
        if self.picture_recoder.take().is_some() {
            // The times that follow are another clock's.
            self.picture.fresh = true;
            self.spread_bitrate();
        }
    }
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
            voices: Vec::new(),
            blend: None,
            picture: Way::default(),
            feed: None,
            bitrate: None,
            clocks: Clocks::default(),
            sound_recoder: None,
            picture_recoder: None,
            recoders: 0,
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
        let changes = ways.picture.turn_to(feed.as_ref().map(|feed| feed.id));
        ways.feed = feed;
        if changes {
            ways.picture_recoder = None;
            ways.spread_bitrate();
        }
    }

    /// The same for sound; several are mixed.
    pub fn listen_to(self: &Arc<Self>, voices: &[SourceId]) {
        let mut ways = self.ways();
        if ways.voices == voices {
            return;
        }
        ways.voices = voices.to_vec();
        if voices.len() < 2 {
            ways.blend = None;
        } else if ways.blend.is_none() {
            ways.blend = Blend::start(Arc::downgrade(self));
        }
        let source = ways.blend.as_ref().map(|blend| blend.id).or(voices.first().copied());
        ways.sound.turn_to(source);
    }

    /// A room sends here from now on, under that name.
    pub fn give_to(&self, room: SourceId) {
        let mut ways = self.ways();
        (ways.feed, ways.picture_recoder, ways.blend) = (None, None, None);
        ways.voices = vec![room];
        ways.picture.turn_to(Some(room));
        ways.sound.turn_to(Some(room));
    }

    pub fn send_video(self: &Arc<Self>, from: SourceId, frame: EncodedFrame) -> Sent {
        let mut ways = self.ways();
        if ways.picture.from != Some(from) {
            return Sent::NotWanted;
        }
        let ours = self.session.negotiated().video.filter(|(_, flow)| flow.sends());
        match ours {
            Some((codec, _)) if codec != frame.codec => self.recode_picture(&mut ways, from, codec, frame),
            _ => {
                ways.end_picture_recoder();
                ways.send(&self.session, frame)
            }
        }
    }

    fn recode_picture(
        self: &Arc<Self>,
        ways: &mut Ways,
        from: SourceId,
        to: VideoCodec,
        frame: EncodedFrame,
    ) -> Sent {
        let fits = |recoding: &&Recoding| recoding.from == from && recoding.recoder.turns(frame.codec, to);
        if ways.picture_recoder.as_ref().filter(fits).is_none() {
            tracing::info!(from = ?frame.codec, ?to, "two legs share no picture codec: transcoding");
            let (recoder, recoded) = PictureRecoder::start(frame.codec, to, ways.bitrate);
            ways.recoders += 1;
            let number = ways.recoders;
            ways.picture_recoder = Some(Recoding { from, number, recoder });
            ways.picture.fresh = true;
            ways.spread_bitrate();
            tokio::spawn(carry(Arc::downgrade(self), number, recoded));
        }
        match &ways.picture_recoder {
            Some(recoding) if recoding.recoder.push(frame) => Sent::Yes,
            _ => Sent::NeedsKey,
        }
    }

    /// Something came out of a recoder. False: it is not the present one any more.
    fn recoded(&self, number: u64, made: Made) -> bool {
        let mut ways = self.ways();
        if ways.picture_recoder.as_ref().is_none_or(|recoding| recoding.number != number) {
            return false;
        }
        match made {
            Made::Frame(frame) => {
                if ways.send(&self.session, frame) == Sent::NeedsKey
                    && let Some(recoding) = &ways.picture_recoder
                {
                    recoding.recoder.request_key_frame();
                }
                true
            }
            Made::NeedsKey => {
                ways.ask_sender();
                true
            }
            Made::Ended => {
                tracing::warn!("a transcoder gave up; the next picture starts another");
                ways.end_picture_recoder();
                ways.ask_sender();
                false
            }
        }
    }

    /// A full queue costs this packet; the far side conceals it.
    pub fn send_audio(&self, from: SourceId, packet: AudioPacket) {
        let mut ways = self.ways();
        if let Some(blend) = ways.blend.as_ref().filter(|blend| blend.id != from) {
            if ways.voices.contains(&from) {
                blend.push(from, packet);
            }
            return;
        }
        if ways.sound.from != Some(from) {
            return;
        }
        let ours = self.session.negotiated().audio.filter(|(_, flow)| flow.sends()).map(|(codec, _)| codec);
        let packets = match ours {
            Some(codec) if codec != packet.codec => recode_sound(&mut ways, from, codec, &packet),
            _ => {
                if ways.sound_recoder.take().is_some() {
                    ways.sound.fresh = true;
                }
                vec![packet]
            }
        };
        for mut packet in packets {
            let rate = packet.codec.clock_rate();
            packet.rtp_time = ways.sound.place(Instant::now(), packet.rtp_time, rate);
            self.session.send_audio(packet);
        }
    }

    /// The sender's word on its clock, in the times that go out here.
    pub fn relay_sender_report(&self, from: SourceId, kind: MediaKind, report: SenderReport) {
        let mut ways = self.ways();
        let (way, report) = match kind {
            MediaKind::Audio => {
                let mapped = match &ways.sound_recoder {
                    Some((_, recoder)) => recoder.report(report),
                    None => Some(report),
                };
                (ways.sound, mapped)
            }
            // Transcoded pictures have our own clock.
            MediaKind::Video => (ways.picture, Some(report).filter(|_| ways.picture_recoder.is_none())),
        };
        let Some(report) = report.filter(|_| way.from == Some(from) && !way.fresh) else { return };
        let ntp = ways.clocks.ours(from, Instant::now(), report.ntp);
        let rtp_time = report.rtp_time.wrapping_add(way.shift);
        self.session.relay_sender_report(kind, SenderReport { ntp, rtp_time });
    }

    /// This leg's client needs a picture that can be decoded by itself.
    pub fn request_key_frame(&self) {
        let ways = self.ways();
        match &ways.picture_recoder {
            Some(recoding) => recoding.recoder.request_key_frame(),
            None => ways.ask_sender(),
        }
    }

    /// The path to this leg can carry so much: all that is sent to it.
    pub fn set_bitrate(&self, bitrate: u32) {
        let mut ways = self.ways();
        ways.bitrate = Some(bitrate);
        ways.spread_bitrate();
    }
}

/// Brings what a recoder makes to its outlet, until either has gone.
async fn carry(outlet: Weak<Outlet>, number: u64, mut recoded: Recoded) {
    loop {
        let made = recoded.next().await;
        let Some(outlet) = outlet.upgrade() else { return };
        if !outlet.recoded(number, made) {
            return;
        }
    }
}

fn recode_sound(ways: &mut Ways, from: SourceId, to: AudioCodec, packet: &AudioPacket) -> Vec<AudioPacket> {
    let fits =
        |(source, recoder): &&(SourceId, SoundRecoder)| *source == from && recoder.turns(packet.codec, to);
    if ways.sound_recoder.as_ref().filter(fits).is_none() {
        tracing::info!(from = ?packet.codec, ?to, "two legs share no sound codec: transcoding");
        match SoundRecoder::new(packet.codec, to) {
            Ok(recoder) => ways.sound_recoder = Some((from, recoder)),
            Err(error) => {
                tracing::error!(%error, "no transcoder for sound");
                return Vec::new();
            }
        }
        ways.sound.fresh = true;
    }
    ways.sound_recoder.as_mut().map(|(_, recoder)| recoder.recode(packet)).unwrap_or_default()
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
