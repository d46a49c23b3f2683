//! Sends pieces when their time has come.

use super::film::{self, Pieces, Wanted};
use super::pictures::Demands;
use super::sound::STEP;
use super::source::Sources;
use super::{Piece, PlayError, Playable, Playlist};
use ahoy_media::opus;
use ahoy_model::{AudioCodec, AudioPacket, EncodedFrame, MediaKind, SenderReport, VideoCodec};
use ahoy_rtc::Session;
use bytes::Bytes;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// Items that play at one time in the whole program; each has a thread.
static PLAYERS: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(128)));
/// From the first piece to its sending: time for the second kind of piece to come.
const LEAD: Duration = Duration::from_millis(60);
/// Pieces that come later than this move everything that follows.
const LATE: Duration = Duration::from_millis(250);
/// Pieces are taken so long before their time.
const AHEAD: Duration = Duration::from_millis(500);
/// Pieces of one kind that wait while there are none of the other.
const MOST_WAITING: usize = 400;
const SOUND_BITRATE: u32 = 64_000;

/// Who is played to: a leg, or a room.
pub trait Listener: Send + Sync {
    /// Whether it takes sound, and whether it takes pictures.
    fn takes(&self) -> (bool, bool);
    /// False: it was not taken.
    fn sound(&self, packet: AudioPacket) -> bool;
    /// False: it was not taken, and a key frame has to come next.
    fn picture(&self, frame: EncodedFrame) -> bool;
    /// The moment that RTP times belong to.
    fn clock(&self, kind: MediaKind, report: SenderReport);
}

impl Listener for Session {
    fn takes(&self) -> (bool, bool) {
        let agreed = self.negotiated();
        let sends = |flow: ahoy_model::Flow| flow.sends();
        (agreed.audio.is_some_and(|(_, flow)| sends(flow)), agreed.video.is_some_and(|(_, flow)| sends(flow)))
    }

    fn sound(&self, packet: AudioPacket) -> bool {
        self.send_audio(packet)
    }

    fn picture(&self, frame: EncodedFrame) -> bool {
        self.send_video(frame)
    }

    fn clock(&self, kind: MediaKind, report: SenderReport) {
        self.relay_sender_report(kind, report);
    }
}

/// Who is played to, and the clock of everything that was ever played to it.
#[derive(Clone)]
pub struct Stage {
    pub to: Arc<dyn Listener>,
    /// RTP times count from here.
    pub epoch: Instant,
    /// bit/s.
    pub most_bitrate: u32,
}

impl Stage {
    fn rtp_time(&self, at: Instant, rate: u32) -> u32 {
        let nanos = at.saturating_duration_since(self.epoch).as_nanos();
        (nanos * u128::from(rate) / 1_000_000_000) as u32
    }

    /// Tells the leg which moment its RTP times belong to; the same for sound and pictures.
    fn tell_clock(&self) {
        let now = Instant::now();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Seconds from 1900 (RFC 5905) in the upper half, parts of a second in the lower.
        let ntp = ((since.as_secs() + 2_208_988_800) << 32)
            | ((u64::from(since.subsec_nanos()) << 32) / 1_000_000_000);
        for (kind, rate) in
            [(MediaKind::Audio, AudioCodec::Opus.clock_rate()), (MediaKind::Video, VideoCodec::CLOCK_RATE)]
        {
            let rtp_time = self.rtp_time(now, rate);
            self.to.clock(kind, SenderReport { ntp, rtp_time });
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Controls {
    paused: bool,
    /// Factor.
    volume: f32,
}

/// Something that plays. Dropping it stops it.
pub struct Player {
    controls: watch::Sender<Controls>,
    demands: Arc<Demands>,
    task: JoinHandle<Result<(), PlayError>>,
}

impl Player {
    pub fn start(sources: Sources, list: Playlist, stage: Stage) -> Self {
        let (controls, changes) = watch::channel(Controls { paused: false, volume: factor(list.volume) });
        let demands =
            Arc::new(Demands { bitrate: AtomicU32::new(stage.most_bitrate), key: AtomicBool::new(false) });
        let playing = Playing { sources, stage, changes, demands: Arc::clone(&demands), began: true };
        Self { controls, demands, task: tokio::spawn(playing.run(list)) }
    }

    pub fn set_paused(&self, paused: bool) {
        self.controls.send_if_modified(|controls| std::mem::replace(&mut controls.paused, paused) != paused);
    }

    /// dB.
    pub fn set_volume(&self, volume: f64) {
        self.controls.send_modify(|controls| controls.volume = factor(volume));
    }

    /// What the path to the leg can carry, bit/s.
    pub fn set_bitrate(&self, bitrate: u32) {
        self.demands.bitrate.store(bitrate, Ordering::Relaxed);
    }

    pub fn request_key_frame(&self) {
        self.demands.key.store(true, Ordering::Relaxed);
    }

    /// Waits for the end.
    pub async fn finished(&mut self) -> Result<(), PlayError> {
        (&mut self.task).await.unwrap_or(Err(PlayError::Broken))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn factor(decibels: f64) -> f32 {
    10.0_f64.powf(decibels / 20.0) as f32
}

struct Playing {
    sources: Sources,
    stage: Stage,
    changes: watch::Receiver<Controls>,
    demands: Arc<Demands>,
    /// The next sound is the first one after silence.
    began: bool,
}

/// What was opened, so that repeating it fetches nothing.
struct Item {
    what: Playable,
    file: Option<File>,
    opened: bool,
}

impl Playing {
    async fn run(mut self, list: Playlist) -> Result<(), PlayError> {
        let mut items: Vec<Item> =
            list.items.into_iter().map(|what| Item { what, file: None, opened: false }).collect();
        let mut rounds = 0_u32;
        while list.times.is_none_or(|times| rounds < times) && !items.is_empty() {
            rounds = rounds.saturating_add(1);
            for item in &mut items {
                if !item.opened {
                    item.file = self.sources.open(&item.what).await?;
                    item.opened = true;
                }
                self.item(item).await?;
            }
        }
        Ok(())
    }

    async fn item(&mut self, item: &Item) -> Result<(), PlayError> {
        let permit = Arc::clone(&PLAYERS).try_acquire_owned().map_err(|_| PlayError::TooMany)?;
        let (sound, pictures) = self.stage.to.takes();
        let wanted = Wanted {
            sound,
            pictures,
            most_bitrate: self.demands.bitrate.load(Ordering::Relaxed).min(self.stage.most_bitrate),
        };
        let file = item.file.as_ref().map(File::try_clone).transpose();
        let file = file.map_err(|error| PlayError::Unreadable(error.to_string()))?;
        let pieces = film::start(&item.what, file, wanted, Arc::clone(&self.demands))?;
        self.stage.tell_clock();
        let show = Show::new(pieces, permit)?;
        show.run(self).await
    }
}

/// One item on its way out.
struct Show {
    pieces: Pieces,
    /// More may come.
    open: bool,
    sound: VecDeque<(Duration, Vec<f32>)>,
    pictures: VecDeque<(Duration, Bytes, bool)>,
    /// There have been some.
    has_sound: bool,
    has_pictures: bool,
    /// When the item's beginning was or would have been, pauses left out.
    start: Option<Instant>,
    encoder: opus::Encoder,
    needs_key: bool,
    end: Duration,
    _permit: OwnedSemaphorePermit,
}

enum Due {
    Sound(Duration),
    Picture(Duration),
}

impl Due {
    fn at(&self) -> Duration {
        match self {
            Self::Sound(at) | Self::Picture(at) => *at,
        }
    }
}

impl Show {
    fn new(pieces: Pieces, permit: OwnedSemaphorePermit) -> Result<Self, PlayError> {
        let config = opus::EncoderConfig { bitrate: SOUND_BITRATE, ..opus::EncoderConfig::default() };
        Ok(Self {
            pieces,
            open: true,
            sound: VecDeque::new(),
            pictures: VecDeque::new(),
            has_sound: false,
            has_pictures: false,
            start: None,
            encoder: opus::Encoder::new(config).map_err(|error| PlayError::Unreadable(error.to_string()))?,
            needs_key: true,
            end: Duration::ZERO,
            _permit: permit,
        })
    }

    async fn run(mut self, playing: &mut Playing) -> Result<(), PlayError> {
        loop {
            if playing.changes.borrow_and_update().paused {
                self.pause(playing).await;
            }
            let due = self.due();
            let start = self.start.unwrap_or_else(Instant::now);
            let room = self.open && self.has_room(start);
            let when = match &due {
                Some(due) => start + due.at(),
                None if !self.open => {
                    // The last sound takes its time, too.
                    sleep_until(start + self.end).await;
                    return Ok(());
                }
                None => start,
            };
            tokio::select! {
                biased;
                changed = playing.changes.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
                piece = self.pieces.recv(), if room => match piece {
                    Some(Ok(piece)) => self.take(piece),
                    Some(Err(error)) => return Err(error),
                    None => return Err(PlayError::Broken),
                },
                () = sleep_until(when), if due.is_some() => self.send(due, playing),
            }
        }
    }

    /// Whether the next piece should be taken: little is waiting, or one kind waits for the other.
    fn has_room(&self, start: Instant) -> bool {
        let last = |at: Option<Duration>| at.unwrap_or_default();
        let (sound, pictures) =
            (self.sound.back().map(|(at, _)| *at), self.pictures.back().map(|(at, ..)| *at));
        let ahead = start + last(sound).max(last(pictures));
        let starved = (self.has_sound && sound.is_none()) || (self.has_pictures && pictures.is_none());
        let waiting = self.sound.len().max(self.pictures.len());
        ahead < Instant::now() + AHEAD || (starved && waiting < MOST_WAITING)
    }

    fn take(&mut self, piece: Piece) {
        let at = match &piece {
            Piece::Sound { at, .. } | Piece::Picture { at, .. } => *at,
            Piece::End => return self.open = false,
        };
        let now = Instant::now();
        let start = self.start.get_or_insert_with(|| now.checked_sub(at).unwrap_or(now) + LEAD);
        // The thread did not keep up: sound and pictures wait together.
        let late = now.saturating_duration_since(*start + at);
        if late > LATE {
            *start += late;
        }
        match piece {
            Piece::Sound { at, samples } => {
                self.end = self.end.max(at + STEP);
                self.has_sound = true;
                self.sound.push_back((at, samples));
            }
            Piece::Picture { at, data, key } => {
                self.end = self.end.max(at + STEP);
                self.has_pictures = true;
                self.pictures.push_back((at, data, key));
            }
            Piece::End => {}
        }
    }

    fn due(&self) -> Option<Due> {
        let sound = self.sound.front().map(|(at, _)| Due::Sound(*at));
        let picture = self.pictures.front().map(|(at, ..)| Due::Picture(*at));
        match (sound, picture) {
            (Some(sound), Some(picture)) => Some(if picture.at() < sound.at() { picture } else { sound }),
            (sound, picture) => sound.or(picture),
        }
    }

    fn send(&mut self, due: Option<Due>, playing: &mut Playing) {
        let start = self.start.unwrap_or_else(Instant::now);
        match due {
            Some(Due::Sound(at)) => {
                if let Some((_, samples)) = self.sound.pop_front() {
                    self.send_sound(start + at, samples, playing);
                }
            }
            Some(Due::Picture(at)) => {
                if let Some((_, data, key)) = self.pictures.pop_front() {
                    self.send_picture(start + at, data, key, playing);
                }
            }
            None => {}
        }
    }

    fn send_sound(&mut self, at: Instant, mut samples: Vec<f32>, playing: &mut Playing) {
        let volume = playing.changes.borrow().volume;
        if volume != 1.0 {
            samples.iter_mut().for_each(|sample| *sample = (*sample * volume).clamp(-1.0, 1.0));
        }
        // Steps have the right length, so it does not fail; a step that did would be a short silence.
        let Ok(data) = self.encoder.encode(&samples) else { return };
        let sent = playing.stage.to.sound(AudioPacket {
            codec: AudioCodec::Opus,
            data,
            rtp_time: playing.stage.rtp_time(at, AudioCodec::Opus.clock_rate()),
            sequence: 0,
            marker: playing.began,
            at: at.into_std(),
        });
        playing.began &= !sent;
    }

    fn send_picture(&mut self, at: Instant, data: Bytes, key: bool, playing: &mut Playing) {
        if self.needs_key && !key {
            return playing.demands.key.store(true, Ordering::Relaxed);
        }
        let sent = playing.stage.to.picture(EncodedFrame {
            codec: VideoCodec::H264,
            data,
            rtp_time: playing.stage.rtp_time(at, VideoCodec::CLOCK_RATE),
            key,
            after_loss: false,
        });
        self.needs_key = !sent;
        if !sent {
            playing.demands.key.store(true, Ordering::Relaxed);
        }
    }

    /// Waits for the end of the pause; what follows moves by its length.
    async fn pause(&mut self, playing: &mut Playing) {
        let began = Instant::now();
        // Whoever controls this is gone: the next look at the controls ends it.
        let _ = playing.changes.wait_for(|controls| !controls.paused).await;
        if let Some(start) = &mut self.start {
            *start += began.elapsed();
        }
        playing.began = true;
    }
}
