//! The media of one call: a task that owns the peer connection, the encoder, the decoder and the line into the sound
//! engine, and carries frames between them.

use crate::advanced::Advanced;
use crate::call::key_burst::KeyBurst;
use crate::call::line::Line;
use crate::call::pictures::{PicturesIn, PicturesOut, Quality};
use crate::call::thrift::Thrift;
use crate::happening::{Happening, Outlet};
use crate::quality::{Path, mos};
use ahoy_media::Picture;
use ahoy_media::engine::SoundEngine;
use ahoy_media::slot::{SlotReader, SlotWriter};
use ahoy_media::sync::LipSync;
use ahoy_model::{AudioPacket, CallId, CallStats, MediaKind};
use ahoy_rtc::{Negotiated, RtcError, Session, SessionConfig, SessionEvent};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Orders that may wait. They are few; a peer that does not take them is stuck.
const ORDERS: usize = 64;
/// Packets and frames between a codec and the network.
const MEDIA: usize = 8;
/// Longest wait for the transports to close.
const CLOSING: Duration = Duration::from_secs(2);

/// What a peer is made of.
pub(crate) struct PeerConfig {
    pub(crate) call: CallId,
    /// Tells this peer's reports from those of one before it in the same call.
    pub(crate) number: u64,
    pub(crate) session: SessionConfig,
    pub(crate) role: Role,
    pub(crate) sound: Arc<SoundEngine>,
    /// Our camera.
    pub(crate) camera: SlotReader<Picture>,
    /// Where the far side's pictures go.
    pub(crate) remote: Arc<SlotWriter<Picture>>,
    pub(crate) quality: Quality,
    pub(crate) advanced: Advanced,
}

pub(crate) enum Role {
    Offers,
    /// To this offer.
    Answers(String),
}

/// What of ours flows now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flowing {
    /// The call is talked on: its sound is heard and ours is sent.
    pub(crate) talking: bool,
    pub(crate) muted: bool,
    /// Our picture is sent.
    pub(crate) picture: bool,
}

#[derive(Debug)]
pub(crate) enum Order {
    /// The far side's answer to our last offer.
    Accept(String),
    /// The user has agreed: the answer goes out, media may flow.
    Open,
    Flow(Flowing),
    /// Other limits for our picture.
    Shape(Quality),
    /// A new offer: with fresh candidates, or with other media.
    Reoffer {
        config: Box<SessionConfig>,
        restart: bool,
    },
}

#[derive(Debug)]
pub(crate) enum PeerNews {
    /// Our description is complete.
    Described(String),
    /// It could not be made, or the far side's could not be used.
    Refused(RtcError),
    /// A new offer could not be made; what runs goes on.
    Unchanged(RtcError),
    Negotiated(Negotiated),
    Connected,
    Disconnected,
    Failed,
    /// The far side's picture comes (or has stopped).
    Pictures(bool),
    /// The network is too weak for our picture (or carries it again).
    TooWeak(bool),
    Digit(char),
    Stats(Box<CallStats>),
}

/// Its owner's end. Dropping it closes the peer.
#[derive(Debug)]
pub(crate) struct Peer {
    orders: mpsc::Sender<Order>,
    pub(crate) number: u64,
    task: JoinHandle<()>,
}

impl Peer {
    pub(crate) fn start(config: PeerConfig, outlet: Outlet) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let number = config.number;
        let task = tokio::spawn(run(config, inbox, outlet));
        Self { orders, number, task }
    }

    /// `false`: the peer is stuck or gone.
    pub(crate) fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Ends it; what is awaited is the closing of its transports.
    pub(crate) fn close(self) -> JoinHandle<()> {
        self.task
    }
}

struct Reporter {
    call: CallId,
    number: u64,
    outlet: Outlet,
}

impl Reporter {
    async fn tell(&self, news: PeerNews) {
        let _ = self.outlet.send(Happening::Peer(self.call.clone(), self.number, news)).await;
    }
}

async fn run(config: PeerConfig, mut inbox: mpsc::Receiver<Order>, outlet: Outlet) {
    let PeerConfig { call, number, session, role, sound, camera, remote, quality, advanced } = config;
    let reporter = Reporter { call: call.clone(), number, outlet };
    let mut early = Vec::new();
    let making = async {
        match &role {
            Role::Offers => Session::offer(session).await,
            Role::Answers(offer) => Session::answer(session, offer).await,
        }
    };
    // Orders that come while the description is being made wait; the end of the orders ends everything.
    let made = {
        let mut making = std::pin::pin!(making);
        loop {
            tokio::select! {
                made = &mut making => break made,
                order = inbox.recv() => match order {
                    Some(order) => early.push(order),
                    None => return,
                },
            }
        }
    };
    let (session, events, description) = match made {
        Ok(made) => made,
        Err(error) => return reporter.tell(PeerNews::Refused(error)).await,
    };
    reporter.tell(PeerNews::Described(description)).await;
    let (packets_in, packets) = mpsc::channel(MEDIA);
    let line = Line::new(call, sound, packets_in);
    let media = Media {
        session: Arc::new(session),
        offering: None,
        reporter,
        line,
        packets,
        camera,
        remote,
        out: None,
        into: None,
        // Letters are worth waiting for.
        thrift: Thrift::new(&Advanced {
            rest_picture: advanced.rest_picture && !quality.screen,
            ..advanced.clone()
        }),
        burst: KeyBurst::new(&advanced),
        quality,
        flowing: Flowing::default(),
        open: matches!(role, Role::Offers),
        connected: false,
        shown: false,
        lips: LipSync::new(),
        last_stats: Instant::now(),
    };
    media.run(early, inbox, events, advanced.measures_every()).await;
}

type Offering = Pin<Box<dyn Future<Output = Result<String, RtcError>> + Send>>;

struct Media {
    session: Arc<Session>,
    /// A new offer that is being made.
    offering: Option<Offering>,
    reporter: Reporter,
    line: Line,
    packets: mpsc::Receiver<AudioPacket>,
    camera: SlotReader<Picture>,
    remote: Arc<SlotWriter<Picture>>,
    out: Option<PicturesOut>,
    into: Option<PicturesIn>,
    quality: Quality,
    thrift: Thrift,
    burst: KeyBurst,
    flowing: Flowing,
    /// The user dialled or accepted.
    open: bool,
    connected: bool,
    /// The far side's picture has been reported.
    shown: bool,
    lips: LipSync,
    last_stats: Instant,
}

impl Media {
    async fn run(
        mut self,
        early: Vec<Order>,
        mut inbox: mpsc::Receiver<Order>,
        mut events: mpsc::Receiver<SessionEvent>,
        measures_every: Duration,
    ) {
        for order in early {
            self.order(order).await;
        }
        let mut tick = interval(measures_every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let sends_picture = self.out.as_ref().is_some_and(|out| out.flows());
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.order(order).await,
                    None => break,
                },
                event = events.recv() => match event {
                    Some(event) => self.event(event).await,
                    None => {
                        // The stack has given up.
                        self.reporter.tell(PeerNews::Failed).await;
                        break;
                    }
                },
                offered = next_offer(&mut self.offering) => {
                    self.offering = None;
                    let news = match offered {
                        Ok(offer) => PeerNews::Described(offer),
                        Err(error) => PeerNews::Unchanged(error),
                    };
                    self.reporter.tell(news).await;
                }
                Some(packet) = self.packets.recv() => {
                    if self.open {
                        self.session.send_audio(packet);
                    }
                },
                frame = next_frame(&mut self.out) => {
                    if let Some(out) = &mut self.out
                        && !self.session.send_video(frame)
                    {
                        out.lost_one();
                    }
                },
                Some(picture) = self.camera.next(), if sends_picture => {
                    if let Some(out) = &mut self.out {
                        out.put(picture);
                    }
                },
                picture = next_picture(&mut self.into) => match picture {
                    Some(picture) => {
                        self.burst.seen();
                        self.remote.put(picture);
                        if !std::mem::replace(&mut self.shown, true) {
                            self.reporter.tell(PeerNews::Pictures(true)).await;
                        }
                    }
                    None => self.session.request_key_frame(),
                },
                () = until(self.burst.deadline()) => if self.burst.due(Instant::now()) {
                    self.session.request_key_frame();
                },
                _ = tick.tick() => self.take_stats().await,
            }
        }
        self.line.set_codec(None);
        (self.out, self.into) = (None, None);
        let _ = timeout(CLOSING, self.session.close()).await;
    }

    async fn order(&mut self, order: Order) {
        match order {
            Order::Accept(answer) => match self.session.accept(&answer).await {
                Ok(()) => self.negotiated().await,
                Err(error) => self.reporter.tell(PeerNews::Refused(error)).await,
            },
            Order::Open => {
                if !std::mem::replace(&mut self.open, true) {
                    self.session.release_checks();
                    self.negotiated().await;
                }
            }
            Order::Flow(flowing) => {
                self.flowing = flowing;
                self.line.flow(flowing);
                self.flow_pictures();
            }
            Order::Shape(quality) => {
                self.quality = Quality { rate: self.quality.rate, ..quality };
                // The encoder starts anew, with a picture that needs no other.
                self.out = None;
                self.flow_pictures();
            }
            // Gathering takes its time; sound and picture go on meanwhile.
            Order::Reoffer { config, restart } => {
                let session = Arc::clone(&self.session);
                self.offering = Some(Box::pin(async move { session.reoffer(*config, restart).await }));
            }
        }
    }

    /// What the network carries of our picture, bit/s. Where nothing is sent, nothing is known, and so nothing is wrong.
    fn carries(&self) -> u32 {
        let sends = self.out.is_some() && self.flowing.picture && self.flowing.talking;
        if sends { self.quality.rate } else { u32::MAX }
    }

    /// Both sides have agreed: codecs are known.
    async fn negotiated(&mut self) {
        let agreed = self.session.negotiated();
        tracing::debug!(?agreed, "negotiated");
        self.line.set_codec(agreed.audio.map(|(codec, _)| codec));
        self.line.set_stereo(agreed.stereo);
        self.line.flow(self.flowing);
        match agreed.video.filter(|(_, flow)| flow.receives()).map(|(codec, _)| codec) {
            Some(codec) if self.into.as_ref().is_some_and(|into| into.codec() == codec) => {}
            Some(codec) => self.into = Some(PicturesIn::start(codec)),
            None => self.into = None,
        }
        self.flow_pictures();
        self.reporter.tell(PeerNews::Negotiated(agreed)).await;
    }

    /// Starts, stops and feeds the encoder as the call stands now.
    fn flow_pictures(&mut self) {
        let codec = self.session.negotiated().video.filter(|(_, flow)| flow.sends()).map(|(codec, _)| codec);
        let carried = !self.thrift.rests();
        let wanted = self.open && self.connected && self.flowing.picture && self.flowing.talking && carried;
        // Another codec needs another encoder.
        self.out.take_if(|out| codec.is_some_and(|codec| codec != out.codec()));
        match (codec, &mut self.out) {
            (Some(codec), out @ None) if wanted => *out = Some(PicturesOut::start(codec, self.quality)),
            (_, Some(out)) => {
                out.set_flowing(wanted && codec.is_some(), self.flowing.talking && self.connected)
            }
            _ => {}
        }
    }

    async fn event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Audio(packet) => {
                if self.open {
                    self.line.push(packet);
                }
            }
            SessionEvent::Video(frame) => {
                if let Some(into) = &mut self.into
                    && self.open
                    && !into.push(frame)
                {
                    self.session.request_key_frame();
                }
            }
            SessionEvent::KeyFrameWanted => {
                if let Some(out) = &self.out {
                    out.key_frame();
                }
            }
            SessionEvent::SendBitrate(rate) => {
                self.quality.rate = rate.min(self.quality.ceiling);
                if let Some(out) = &self.out {
                    out.set_rate(self.quality.rate);
                }
            }
            SessionEvent::SenderReport(MediaKind::Audio, report) => {
                self.line.sender_report(report);
            }
            SessionEvent::SenderReport(MediaKind::Video, report) => {
                if let Some(into) = &self.into {
                    into.sender_report(report);
                }
            }
            SessionEvent::Digit(digit) => self.reporter.tell(PeerNews::Digit(digit)).await,
            SessionEvent::Connected => {
                self.connected = true;
                if self.into.is_some() {
                    self.burst.begin(Instant::now());
                }
                self.flow_pictures();
                self.reporter.tell(PeerNews::Connected).await;
            }
            SessionEvent::Disconnected(kind) => {
                self.connected = false;
                tracing::info!(call = %self.line.call(), ?kind, "media lost");
                self.reporter.tell(PeerNews::Disconnected).await;
            }
            SessionEvent::Failed(kind) => {
                self.connected = false;
                tracing::warn!(call = %self.line.call(), ?kind, "media failed");
                self.reporter.tell(PeerNews::Failed).await;
            }
        }
    }

    /// Now and then: what the connection is like, lip sync, and whether pictures still come.
    async fn take_stats(&mut self) {
        if !self.connected {
            return;
        }
        let told = self.thrift.is_thrifty();
        if self.thrift.note(Instant::now(), self.carries()) {
            tracing::info!(call = %self.line.call(), rests = self.thrift.rests(), "our picture and the network");
            self.flow_pictures();
            if told != self.thrift.is_thrifty() {
                self.reporter.tell(PeerNews::TooWeak(!told)).await;
            }
        }
        let seconds = self.last_stats.elapsed().as_secs_f32().max(0.1);
        self.last_stats = Instant::now();
        let mut stats = self.session.stats().await;
        let line = self.line.stats();
        if let Some(out) = &mut self.out {
            (stats.fps_out, stats.size_out) = out.stats(seconds);
        }
        if let Some(into) = &mut self.into {
            let heard = line.and_then(|line| line.heard);
            if let (Some(heard), Some(shown)) = (heard, into.last_shown()) {
                stats.sound_behind = Some(heard.later_than(&shown) as f32);
                into.set_delay(self.lips.update(heard, shown));
            }
            (stats.fps_in, stats.size_in) = into.stats(seconds);
            if into.has_stopped() && std::mem::replace(&mut self.shown, false) {
                self.reporter.tell(PeerNews::Pictures(false)).await;
            }
        }
        if let Some(lost) = stats.sound_lost {
            let percent = (lost * 100.0).round() as u8;
            self.line.set_expected_loss(percent);
        }
        stats.carries_out = self.out.is_some().then_some(self.quality.rate);
        if let Some(line) = line {
            self.line.tell(&line, &mut stats);
        }
        let buffer = line.map_or(0.0, |line| line.buffer_ms);
        stats.mos = Some(mos(Path { round_trip: stats.round_trip, buffer, loss: stats.loss }));
        self.reporter.tell(PeerNews::Stats(Box::new(stats))).await;
    }
}

async fn next_offer(offering: &mut Option<Offering>) -> Result<String, RtcError> {
    match offering {
        Some(offering) => offering.await,
        None => std::future::pending().await,
    }
}

/// For ever, without a time.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

async fn next_frame(out: &mut Option<PicturesOut>) -> ahoy_model::EncodedFrame {
    match out {
        Some(out) => out.next_frame().await,
        None => std::future::pending().await,
    }
}

async fn next_picture(into: &mut Option<PicturesIn>) -> Option<Picture> {
    match into {
        Some(into) => into.next().await,
        None => std::future::pending().await,
    }
}
