//! One call that a document runs: its task.
//!
//! ```text
//!  Waiting ──main line connected──► Ready ◄──done── Playing · Sleeping · Connecting · Bridged · Fetching
//!     │                               │ the script says what is next                     │
//!     └───────── bye, timeout, end of the document, order, shut-down ───────► Over ◄─────┘
//! ```

use super::callback::{Callbacks, StatusEvents};
use super::line::{self, Line, LineStage};
use super::listener::LineNews;
use super::machine::Machine;
use super::orders::Orders;
use crate::clock;
use crate::core::Core;
use crate::party::{Party, Reach};
use crate::play::{PlayError, Player};
use crate::session::SessionHandle;
use crate::swml::{Connect, Document, Doing, Script, Target};
use ahoy_model::{CallId, HangupCause};
use ahoy_rtc::{RtcError, Session, SessionEvent};
use ahoy_wire::ServerInvite;
use ahoy_wire::calling::{CallObject, Callback, CallbackDevice, CallbackDeviceParams, CallbackParams};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

/// News of lines and results of side tasks that wait. Whoever has more waits; the task is quick.
const QUEUE: usize = 64;
/// How long a task sleeps that waits for others only.
const IDLE: Duration = Duration::from_secs(60);
/// What SignalWire lets a call last when nobody says how long.
pub const LONGEST: Duration = Duration::from_secs(4 * 3_600);
/// From the invite that was announced to a script until it comes.
const INVITED: Duration = Duration::from_secs(20);
const CLOSING: Duration = Duration::from_secs(2);

/// A call to be placed.
pub struct Placement {
    /// As whom it calls.
    pub party: Party,
    /// What is dialled.
    pub to: String,
    pub document: Arc<Document>,
    /// Where the document came from.
    pub url: Option<Url>,
    pub ring: Duration,
    pub max_duration: Duration,
    pub status: Option<StatusEvents>,
    pub tag: Option<String>,
    /// Offer pictures, too.
    pub pictures: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// For the main line to be answered and connected, or for the call to come.
    Waiting,
    Ready,
    Playing,
    Sleeping(Instant),
    Connecting,
    Bridged,
    /// The one who called is in a room.
    Lodged,
    Fetching,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The Calling API placed it.
    Api,
    /// Somebody dialled the document.
    Dialled,
}

/// What side tasks report.
pub enum Made {
    Offer(CallId, Result<(Session, mpsc::Receiver<SessionEvent>, String), RtcError>),
    Answer(CallId, Result<(Session, mpsc::Receiver<SessionEvent>, String), RtcError>),
    Accepted(CallId, Result<(), RtcError>),
    /// A document from elsewhere; nothing when there is none that can be run.
    Document(Option<Arc<Document>>),
    /// Whether the caller is in the room where he was sent.
    Lodged(Result<(), HangupCause>),
}

/// What plays now.
pub struct Playing {
    pub player: Player,
    pub control_id: String,
    pub status_url: Option<Url>,
    pub paused: bool,
}

/// People who are being rung for a `connect`.
pub struct Connecting {
    pub connect: Box<Connect>,
    pub waves: VecDeque<Vec<Target>>,
    /// Those of this wave, and until when each rings.
    pub ringing: Vec<(Line, Instant)>,
}

pub struct Scripted {
    pub(super) core: Arc<Core>,
    pub(super) id: CallId,
    pub(super) machine: Machine,
    pub(super) origin: Origin,
    pub(super) from: String,
    pub(super) to: String,
    url: Option<Url>,
    tag: Option<String>,
    pub(super) main: Line,
    /// The invite of a call that was dialled.
    pub(super) invite: Option<Box<ServerInvite>>,
    pub(super) connecting: Option<Connecting>,
    /// Who the caller talks to, and until when.
    pub(super) peer: Option<(Line, Option<Instant>)>,
    pub(super) script: Script,
    pub(super) state: State,
    /// What waits for the main line.
    pub(super) held: Option<Doing>,
    pub(super) playing: Option<Playing>,
    pictures: bool,
    ring: Duration,
    pub(super) ring_until: Option<Instant>,
    pub(super) max_duration: Duration,
    pub(super) end_at: Option<Instant>,
    /// Nobody was reached in time: the end's own cause says less.
    cause: Option<HangupCause>,
    /// Unix ms.
    started: u64,
    answered: Option<u64>,
    status: Option<StatusEvents>,
    pub(super) callbacks: Callbacks,
    news: mpsc::Sender<LineNews>,
    made: mpsc::Sender<Made>,
    stop_side_tasks: CancellationToken,
    pub(super) closing: JoinSet<()>,
}

struct Inbox {
    news: mpsc::Receiver<LineNews>,
    made: mpsc::Receiver<Made>,
    orders: Orders,
}

/// Begins a call.
pub fn place(core: &Arc<Core>, placement: Placement) -> CallObject {
    let id = CallId::random();
    let Some(machine) = Machine::new(core, placement.party) else {
        // Without randomness nothing works here; the log says so.
        tracing::error!("a machine without randomness");
        return CallObject::bare(id, String::new(), placement.to, "ended".into());
    };
    let from = machine.session().party().uri.clone();
    let (mut call, inbox) =
        Scripted::new(core, id, machine, Origin::Api, (from, placement.to), placement.document);
    call.url = placement.url;
    call.tag = placement.tag;
    call.pictures = placement.pictures;
    call.ring = placement.ring;
    call.max_duration = placement.max_duration;
    call.status = placement.status;
    let object = call.object();
    core.desk.tasks.spawn(call.run(inbox));
    object
}

/// Somebody dialled a document: the session that rings, and answers when its script says so.
pub fn answer(core: &Arc<Core>, to: &str, document: Document) -> Option<SessionHandle> {
    let party = Party {
        subscriber_id: Uuid::new_v4().to_string(),
        name: to.trim_start_matches("/public/").to_owned(),
        uri: to.to_owned(),
        address_id: String::new(),
        reach: Reach::Everything,
    };
    let machine = Machine::new(core, party)?;
    let session = machine.session().clone();
    let ends = (String::new(), to.to_owned());
    let (call, inbox) =
        Scripted::new(core, CallId::random(), machine, Origin::Dialled, ends, Arc::new(document));
    core.desk.tasks.spawn(call.run(inbox));
    Some(session)
}

impl Scripted {
    fn new(
        core: &Arc<Core>,
        id: CallId,
        machine: Machine,
        origin: Origin,
        (from, to): (String, String),
        document: Arc<Document>,
    ) -> (Self, Inbox) {
        let ((news, hear_news), (made, hear_made)) = (mpsc::channel(QUEUE), mpsc::channel(QUEUE));
        let orders = core.desk.register(&id);
        let call = Self {
            core: Arc::clone(core),
            main: Line::new(id.clone(), None),
            id,
            machine,
            origin,
            from,
            to,
            url: None,
            tag: None,
            invite: None,
            connecting: None,
            peer: None,
            script: Script::new(document),
            state: State::Waiting,
            held: None,
            playing: None,
            pictures: true,
            ring: Duration::ZERO,
            ring_until: Some(Instant::now() + INVITED),
            max_duration: LONGEST,
            end_at: None,
            cause: None,
            started: clock::unix_ms(),
            answered: None,
            status: None,
            callbacks: Callbacks::start(&core.desk),
            news,
            made,
            stop_side_tasks: CancellationToken::new(),
            closing: JoinSet::new(),
        };
        (call, Inbox { news: hear_news, made: hear_made, orders })
    }

    async fn run(mut self, mut inbox: Inbox) {
        if self.origin == Origin::Api {
            self.ring_until = Some(Instant::now() + self.ring);
            self.offer(self.main.id.clone(), self.pictures);
        }
        while self.state != State::Over {
            let deadline = self.deadline();
            tokio::select! {
                word = self.machine.hear() => match word {
                    Some(word) => self.hear(word),
                    None => self.end(HangupCause::SwitchCongestion),
                },
                Some((line, word)) = inbox.news.recv() => self.media(&line, word),
                Some(made) = inbox.made.recv() => self.take_made(made),
                Some(order) = inbox.orders.recv() => self.take_order(order),
                outcome = played(&mut self.playing) => self.play_ended(outcome),
                () = sleep_until(deadline) => self.tick(Instant::now()),
                () = self.core.end_calls.cancelled() => self.end(HangupCause::ManagerRequest),
            }
        }
        self.finish(inbox).await;
    }

    fn deadline(&self) -> Instant {
        let sleeping = match self.state {
            State::Sleeping(until) => Some(until),
            _ => None,
        };
        let ringing =
            self.connecting.iter().flat_map(|connecting| &connecting.ringing).map(|(_, until)| *until);
        let peer = self.peer.as_ref().and_then(|(_, until)| *until);
        let all = [sleeping, self.ring_until, self.end_at, peer].into_iter().flatten().chain(ringing);
        all.min().unwrap_or_else(|| Instant::now() + IDLE)
    }

    /// Whether media flows to and from the main line.
    pub(super) fn is_ready(&self) -> bool {
        self.main.stage == LineStage::Connected && self.state != State::Over
    }

    pub(super) fn is_inbound(&self) -> bool {
        self.invite.is_some()
    }

    /// Runs `work` beside the call and reports what came of it. It is dropped when the call ends first.
    pub(super) fn aside(&self, work: impl Future<Output = Made> + Send + 'static) {
        let (made, stop) = (self.made.clone(), self.stop_side_tasks.clone());
        tokio::spawn(async move {
            if let Some(done) = stop.run_until_cancelled(work).await {
                // The call may have ended meanwhile.
                let _ = made.send(done).await;
            }
        });
    }

    pub(super) fn news(&self) -> mpsc::Sender<LineNews> {
        self.news.clone()
    }

    /// Makes the offer of a line.
    pub(super) fn offer(&self, line: CallId, pictures: bool) {
        let config = line::media(&self.core, pictures);
        self.aside(async move { Made::Offer(line, Session::offer(config).await) });
    }

    /// Ends the call with everybody in it.
    pub(super) fn end(&mut self, cause: HangupCause) {
        if self.state == State::Over {
            return;
        }
        if let Some(call) = &self.main.call {
            self.machine.bye(call, &self.main.id, cause);
        }
        self.over(cause);
    }

    /// The main line is over.
    pub(super) fn over(&mut self, cause: HangupCause) {
        if self.state == State::Over {
            return;
        }
        self.stop_playing();
        self.hang_up_others(HangupCause::NormalClearing);
        self.state = State::Over;
        self.tell_state("ended", Some(self.cause.unwrap_or(cause)));
    }

    /// Nobody answered in time.
    pub(super) fn unanswered(&mut self) {
        self.cause = Some(HangupCause::NoAnswer);
        self.end(HangupCause::OriginatorCancel);
    }

    pub(super) fn close(&mut self, line: Line) {
        line.route.send_replace(None);
        if let Some(session) = line.rtc {
            self.closing.spawn(async move { session.close().await });
        }
        while self.closing.try_join_next().is_some() {}
    }

    async fn finish(mut self, mut inbox: Inbox) {
        self.stop_side_tasks.cancel();
        self.core.desk.forget(&self.id);
        inbox.orders.close();
        // Those who wait for a reply are told that there is no call when their order is dropped.
        while inbox.orders.recv().await.is_some() {}
        let main = std::mem::replace(&mut self.main, Line::new(self.id.clone(), None));
        self.close(main);
        let closed = async { while self.closing.join_next().await.is_some() {} };
        if timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("a scripted call's media takes long to close");
        }
    }

    /// The call as the API shows it.
    pub(super) fn object(&self) -> CallObject {
        let status = match (self.state == State::Over, self.main.stage) {
            (true, _) => "ended",
            (false, LineStage::Beginning) => "queued",
            (false, LineStage::Ringing) => "ringing",
            (false, LineStage::Answered | LineStage::Connected) => "answered",
        };
        let seconds = self.answered.map_or(0, |at| clock::unix_ms().saturating_sub(at) / 1_000);
        let created = i64::try_from(self.started / 1_000).unwrap_or(i64::MAX);
        CallObject {
            direction: Some(self.direction().to_owned()),
            duration: Some(seconds),
            source: Some("realtime_api".to_owned()),
            kind: Some("relay_webrtc_call".to_owned()),
            created_at: Some(clock::iso(created)),
            url: self.url.as_ref().map(Url::to_string),
            charge: Some(0.0),
            charge_details: Some(Vec::new()),
            ..CallObject::bare(self.id.clone(), self.from.clone(), self.to.clone(), status.to_owned())
        }
    }

    fn direction(&self) -> &'static str {
        match self.origin {
            Origin::Api => "outbound-api",
            Origin::Dialled => "inbound",
        }
    }

    pub(super) fn note_answer(&mut self) {
        self.answered = Some(clock::unix_ms());
        self.ring_until = None;
        self.end_at = Some(Instant::now() + self.max_duration);
        self.tell_state("answered", None);
    }

    /// Posts a state to whoever asked for it.
    pub(super) fn tell_state(&self, state: &str, cause: Option<HangupCause>) {
        let Some(status) = &self.status else { return };
        if !status.states.iter().any(|wanted| wanted == state) {
            return;
        }
        let device = CallbackDeviceParams { from: self.from.clone(), to: self.to.clone() };
        let params = CallbackParams {
            node_id: Some(self.core.node.clone()),
            call_state: Some(state.to_owned()),
            direction: Some(if self.origin == Origin::Api { "outbound" } else { "inbound" }.to_owned()),
            device: Some(CallbackDevice { kind: "webrtc".into(), params: device }),
            start_time: Some(self.started),
            answer_time: self.answered,
            end_time: cause.map(|_| clock::unix_ms()),
            end_reason: cause.map(|cause| reason(cause).to_owned()),
            cause: cause.map(|cause| cause.word().to_owned()),
            cause_code: cause.map(HangupCause::code),
            tag: self.tag.clone(),
            ..CallbackParams::bare(self.id.clone())
        };
        self.callbacks.post(&status.url, self.callback("calling.call.state", params));
    }

    pub(super) fn callback(&self, event: &str, params: CallbackParams) -> Callback {
        Callback {
            timestamp: Some(clock::unix_ms() as f64 / 1_000.0),
            project_id: Some(self.core.project_id.clone()),
            space_id: Some(self.core.space_id.clone()),
            ..Callback::bare(event.to_owned(), params)
        }
    }
}

/// The end of what plays; never, when nothing does.
async fn played(playing: &mut Option<Playing>) -> Result<(), PlayError> {
    match playing {
        Some(playing) => playing.player.finished().await,
        None => std::future::pending().await,
    }
}

/// A cause in the words of `calling.end`.
fn reason(cause: HangupCause) -> &'static str {
    match cause {
        HangupCause::NormalClearing | HangupCause::ManagerRequest | HangupCause::AllottedTimeout => "hangup",
        HangupCause::UserBusy => "busy",
        HangupCause::NoAnswer | HangupCause::NoUserResponse => "noAnswer",
        HangupCause::OriginatorCancel => "cancel",
        HangupCause::CallRejected | HangupCause::Decline => "decline",
        _ => "error",
    }
}
