//! One leg: its media sections, their transports, and the description that both sides agreed on.

mod board;
mod line;
mod negotiate;
mod quality;

use crate::media::{Engine, EngineSetup, WallClock};
use crate::outbox::Outbox;
use crate::session::{Negotiated, RtcError, SessionConfig, SessionEvent};
use crate::transport::{Port, Transport};
use ahoy_model::{AudioPacket, CallStats, EncodedFrame, MediaKind, SenderReport};
use board::Board;
use line::Line;
use quality::Reading;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

pub(crate) struct Peer {
    config: SessionConfig,
    /// `o=` number.
    id: u64,
    setup: EngineSetup,
    outbox: Arc<Outbox>,
    board: Arc<Board>,
    negotiation: tokio::sync::Mutex<Negotiation>,
    view: Mutex<View>,
    /// Every transport ever opened and not yet closed.
    transports: Mutex<Vec<Arc<Transport>>>,
    closed: AtomicBool,
    holding: AtomicBool,
    /// Added to a forwarded sender's NTP times to get ours; the same for sound and picture.
    relay_shift: OnceLock<u64>,
    reading: Mutex<Option<Reading>>,
}

#[derive(Default)]
struct Negotiation {
    lines: Vec<Line>,
    version: u64,
    /// The far side's group, when it insists on one.
    group: Option<Vec<String>>,
    /// The wishes of an offer that waits for its answer.
    offered: Option<SessionConfig>,
}

/// What needs no waiting to look at.
#[derive(Clone, Default)]
struct View {
    audio: Option<Port>,
    video: Option<Port>,
    negotiated: Negotiated,
}

impl Peer {
    pub(crate) fn new(config: SessionConfig) -> (Arc<Self>, mpsc::Receiver<SessionEvent>) {
        let (outbox, events) = Outbox::new();
        let outbox = Arc::new(outbox);
        let now = Instant::now();
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ssrc = fastrand::u32(1..u32::MAX - 3);
        let setup = EngineSetup {
            now,
            wall: WallClock::new(now, since_1970),
            cname: config.stream.clone(),
            audio_ssrc: ssrc,
            video_ssrc: ssrc + 1,
            rtx_ssrc: ssrc + 2,
            first_sequence: fastrand::u16(..),
            rtp_shift: fastrand::u32(..),
            start_bitrate: config.start_bitrate,
            max_bitrate: config.max_bitrate,
        };
        let peer = Self {
            holding: AtomicBool::new(config.hold_checks),
            config,
            id: fastrand::u64(1..1 << 60),
            setup,
            board: Arc::new(Board::new(Arc::clone(&outbox))),
            outbox,
            negotiation: tokio::sync::Mutex::default(),
            view: Mutex::default(),
            transports: Mutex::default(),
            closed: AtomicBool::new(false),
            relay_shift: OnceLock::new(),
            reading: Mutex::default(),
        };
        (Arc::new(peer), events)
    }

    async fn open_transport(&self) -> Result<(usize, Arc<Transport>), RtcError> {
        let (id, listener) = self.board.entry();
        let engine = Engine::new(EngineSetup { now: Instant::now(), ..self.setup.clone() });
        let hold = self.holding.load(Ordering::Acquire);
        let transport =
            Transport::open(&self.config, hold, engine, Arc::clone(&self.outbox), listener).await?;
        self.lock_transports().push(Arc::clone(&transport));
        if self.is_closed() {
            // `close` may have missed it.
            transport.close().await;
            return Err(RtcError::Closed);
        }
        Ok((id, transport))
    }

    /// Without waiting for its end.
    fn close_later(&self, id: usize, transport: Arc<Transport>) {
        self.board.remove(id);
        self.lock_transports().retain(|t| !Arc::ptr_eq(t, &transport));
        tokio::spawn(async move { transport.close().await });
    }

    pub(crate) fn release_checks(&self) {
        self.holding.store(false, Ordering::Release);
        for transport in self.lock_transports().iter() {
            transport.release_checks();
        }
    }

    pub(crate) fn negotiated(&self) -> Negotiated {
        self.lock_view().negotiated.clone()
    }

    pub(crate) fn send_video(&self, now: Instant, frame: EncodedFrame) -> bool {
        self.video().is_some_and(|port| port.with(|engine| engine.send_video(now, &frame)))
    }

    pub(crate) fn send_audio(&self, now: Instant, packet: AudioPacket) -> bool {
        self.audio().is_some_and(|port| port.with(|engine| engine.send_audio(now, packet)))
    }

    pub(crate) fn relay_sender_report(&self, now: Instant, kind: MediaKind, report: SenderReport) {
        let shift = *self.relay_shift.get_or_init(|| self.setup.wall.ntp(now).wrapping_sub(report.ntp));
        let port = match kind {
            MediaKind::Audio => self.audio(),
            MediaKind::Video => self.video(),
        };
        if let Some(port) = port {
            port.with(|engine| engine.relay(kind, report.ntp.wrapping_add(shift), report.rtp_time));
        }
    }

    pub(crate) fn request_key_frame(&self, now: Instant) {
        if let Some(port) = self.video() {
            port.with(|engine| engine.request_key_frame(now));
        }
    }

    pub(crate) fn limit_receive(&self, now: Instant, bits_per_second: u32) {
        if let Some(port) = self.video() {
            port.with(|engine| engine.limit_receive(now, bits_per_second));
        }
    }

    pub(crate) async fn stats(&self) -> CallStats {
        let View { audio, video, negotiated } = self.lock_view().clone();
        let ports: Vec<&Port> = match (&audio, &video) {
            // One transport for both is counted once.
            (Some(a), Some(v)) if a.is(v) => vec![a],
            (a, v) => a.iter().chain(v).collect(),
        };
        let totals = ports.iter().map(|port| port.look(Engine::counters)).collect::<Vec<_>>();
        let reading = Reading::new(Instant::now(), &totals);
        let before = self.reading.lock().unwrap_or_else(PoisonError::into_inner).replace(reading.clone());
        let mut stats = reading.since(before.as_ref());
        stats.audio_codec = negotiated.audio.map(|(codec, _)| codec);
        stats.video_codec = negotiated.video.map(|(codec, _)| codec);
        let first = self.lock_transports().first().cloned();
        if let Some(transport) = first {
            stats.path = transport.path().await;
        }
        stats
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.board.silence();
        *self.lock_view() = View::default();
        let transports = std::mem::take(&mut *self.lock_transports());
        futures_util::future::join_all(transports.iter().map(|t| t.close())).await;
        self.outbox.close();
    }

    fn audio(&self) -> Option<Port> {
        self.lock_view().audio.clone()
    }

    fn video(&self) -> Option<Port> {
        self.lock_view().video.clone()
    }

    fn lock_view(&self) -> std::sync::MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_transports(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Transport>>> {
        self.transports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
