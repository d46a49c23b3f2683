//! One authorised connection with a space, kept up for ever (WIRE.md 2, 3).
//!
//! ```text
//!   Down ── start ──► Opening ── opened ──► Connecting ── authorised ──► Ready
//!    ▲                  ▲  │ no socket          │ refused: Refused         │
//!    │                  │  ▼                    ▼                          │ closed, silent,
//!  stop            Waiting ◄────────────────────┴──────────────────────────┘ sent away
//! ```
//!
//! What the space says is taken in by `hearing.rs`.

use crate::outbox::{CAPACITY, Outbox, Waiting};
use crate::pending::{Pending, Question};
use crate::{
    Backoff, Proofs, RequestFailure, Resume, SessionConfig, SessionInput, SessionOutput, SessionStatus,
};
use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_wire::{ClientMessage, ClientRequest, ConnectParams, ReauthenticateParams};
use std::time::{Duration, Instant};

/// A space that pings every 10 s and has been silent for this long is gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(35);
/// A session that stood this long makes the next failure a first one.
const STABLE: Duration = Duration::from_secs(3);

/// What the socket is doing.
#[derive(Debug)]
pub(crate) enum Link {
    Down,
    Waiting {
        until: Instant,
    },
    Opening {
        until: Instant,
    },
    /// Open, not yet authorised.
    Connecting,
    Ready(Ready),
    Refused,
}

#[derive(Debug)]
pub(crate) struct Ready {
    pub since: Instant,
    pub last_heard: Instant,
    /// The space pings, so its silence means something.
    pub pings: bool,
}

/// The machine of the session. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct Session {
    pub(crate) config: SessionConfig,
    pub(crate) status: SessionStatus,
    pub(crate) link: Link,
    /// The number of the last socket.
    pub(crate) attempt: u32,
    pub(crate) pending: Pending,
    outbox: Outbox,
    backoff: Backoff,
    jitter: f64,
    last_id: u64,
    proofs: Proofs,
    pub(crate) project_id: Option<String>,
    /// An authorization state that came before the connect was answered.
    pub(crate) early_state: Option<Secret>,
    /// A text that is no message has been told of on this socket.
    pub(crate) malformed_told: bool,
}

pub(crate) type Outputs = Vec<SessionOutput>;

impl Session {
    /// A session at rest; [`SessionInput::Start`] sets it going.
    pub fn new(config: SessionConfig) -> Self {
        Self {
            status: SessionStatus::Stopped,
            link: Link::Down,
            attempt: 0,
            pending: Pending::new(config.times.request),
            outbox: Outbox::default(),
            backoff: Backoff::new(config.times.first_pause, config.times.longest_pause),
            jitter: 0.5,
            last_id: 0,
            proofs: Proofs::default(),
            project_id: None,
            early_state: None,
            malformed_told: false,
            config,
        }
    }

    /// The random part of the next waits: a fresh number from 0 to 1. To be set before `handle`, from time to time.
    pub fn set_jitter(&mut self, jitter: f64) {
        self.jitter = jitter;
    }

    /// Proofs that the token is ours, for the next requests that want one (WIRE.md 1.5). To be set before `handle` where
    /// the input may lead to such a request (`Opened`, `NewToken`); each is used once.
    pub fn set_proofs(&mut self, proofs: Proofs) {
        self.proofs = proofs;
    }

    pub fn status(&self) -> &SessionStatus {
        &self.status
    }

    /// What a later session can resume with.
    pub fn resume(&self) -> Option<&Resume> {
        self.config.resume.as_ref()
    }

    /// When to send [`SessionInput::Timer`].
    pub fn deadline(&self) -> Option<Instant> {
        let link = match &self.link {
            Link::Waiting { until } | Link::Opening { until } => Some(*until),
            Link::Ready(ready) if ready.pings => Some(ready.last_heard + SILENCE_LIMIT),
            _ => None,
        };
        [link, self.pending.deadline(), self.outbox.deadline()].into_iter().flatten().min()
    }

    /// Takes one input and says what is to be done, in order.
    pub fn handle(&mut self, now: Instant, input: SessionInput) -> Vec<SessionOutput> {
        let mut out = Vec::new();
        match input {
            SessionInput::Start => {
                if matches!(self.link, Link::Down | Link::Refused) {
                    self.backoff.reset();
                    self.set_status(SessionStatus::Connecting, &mut out);
                    self.open(now, &mut out);
                }
            }
            SessionInput::Stop => self.stop(now, &mut out),
            SessionInput::Opened { attempt } => {
                if attempt == self.attempt && matches!(self.link, Link::Opening { .. }) {
                    self.link = Link::Connecting;
                    self.malformed_told = false;
                    self.early_state = None;
                    self.send_connect(now, &mut out);
                }
            }
            SessionInput::OpenFailed { attempt, failure } => {
                if attempt == self.attempt && matches!(self.link, Link::Opening { .. }) {
                    self.lose(now, failure.problem(), &mut out);
                }
            }
            SessionInput::Closed { attempt } => {
                if self.is_current(attempt) {
                    let problem = Problem::new(ProblemCode::SpaceUnreachable).worth_retrying();
                    self.lose(now, problem.because("the connection was closed"), &mut out);
                }
            }
            SessionInput::Received { attempt, text } => {
                if self.is_current(attempt) && !matches!(self.link, Link::Opening { .. }) {
                    self.hear(now, &text, &mut out);
                }
            }
            SessionInput::SetOnline(online) => self.set_online(now, online, &mut out),
            SessionInput::NewToken(token) => {
                self.config.token = token;
                match self.link {
                    Link::Ready(_) => self.reauthenticate(now, false, &mut out),
                    Link::Refused => {
                        self.backoff.reset();
                        self.set_status(SessionStatus::Connecting, &mut out);
                        self.open(now, &mut out);
                    }
                    // The next connect carries it; a connect under way is followed by a reauthenticate.
                    _ => {}
                }
            }
            SessionInput::Hurry => self.hurry(now, &mut out),
            SessionInput::Request { ticket, request } => {
                self.ask(now, Waiting { ticket, request, since: now }, &mut out);
            }
            SessionInput::Timer => self.expire(now, &mut out),
        }
        out
    }

    /// News of this socket still count.
    fn is_current(&self, attempt: u32) -> bool {
        attempt == self.attempt
            && matches!(self.link, Link::Opening { .. } | Link::Connecting | Link::Ready(_))
    }

    pub(crate) fn set_status(&mut self, status: SessionStatus, out: &mut Outputs) {
        if self.status != status {
            self.status = status.clone();
            out.push(SessionOutput::Status(status));
        }
    }

    pub(crate) fn open(&mut self, now: Instant, out: &mut Outputs) {
        self.attempt = self.attempt.wrapping_add(1);
        self.link = Link::Opening { until: now + self.config.times.open };
        out.push(SessionOutput::Open { attempt: self.attempt, url: self.config.url.clone() });
    }

    pub(crate) fn close(&mut self, out: &mut Outputs) {
        if matches!(self.link, Link::Opening { .. } | Link::Connecting | Link::Ready(_)) {
            out.push(SessionOutput::CloseSocket { attempt: self.attempt });
        }
    }

    pub(crate) fn send(
        &mut self,
        now: Instant,
        request: ClientRequest,
        question: Question,
        out: &mut Outputs,
    ) {
        self.last_id += 1;
        let id = format!("{}-{}", self.config.id_prefix, self.last_id);
        let text = ClientMessage::request(id.clone(), request).to_json();
        self.pending.insert(id, question, now);
        out.push(SessionOutput::Send { attempt: self.attempt, text });
    }

    fn send_connect(&mut self, now: Instant, out: &mut Outputs) {
        let mut params = ConnectParams::fresh(self.config.token.clone(), self.config.agent.clone());
        params.dpop_token = self.proofs.connect.take();
        let (params, resuming) = match self.config.resume.clone() {
            Some(resume) => (params.resuming(resume.protocol, resume.authorization_state), true),
            None => (params, false),
        };
        let question = Question::Connect { resuming, token: self.config.token.clone() };
        self.send(now, ClientRequest::Connect(params), question, out);
    }

    pub(crate) fn reauthenticate(&mut self, now: Instant, then_online: bool, out: &mut Outputs) {
        let token = self.config.token.clone();
        let mut params = ReauthenticateParams::new(token, self.project_id.clone());
        params.dpop_token = self.proofs.reauthenticate.take();
        let question = Question::Reauthenticate { then_online };
        self.send(now, ClientRequest::Reauthenticate(params), question, out);
    }

    /// Tells the space whether calls shall ring here.
    pub(crate) fn register(&mut self, now: Instant, last_try: bool, out: &mut Outputs) {
        if self.config.online {
            self.send(now, ClientRequest::SubscriberOnline, Question::Online { last_try }, out);
        } else {
            self.send(now, ClientRequest::SubscriberOffline, Question::Offline, out);
        }
    }

    fn set_online(&mut self, now: Instant, online: bool, out: &mut Outputs) {
        let changed = std::mem::replace(&mut self.config.online, online) != online;
        if changed && matches!(self.link, Link::Ready(_)) {
            self.register(now, false, out);
        }
    }

    /// The network is another one or the machine slept. Whatever was under way may wait for an answer that never comes.
    fn hurry(&mut self, now: Instant, out: &mut Outputs) {
        match self.link {
            Link::Waiting { .. } => self.open(now, out),
            Link::Opening { .. } => {
                self.close(out);
                self.open(now, out);
            }
            // Said again it changes nothing (WIRE.md 3.4), but a dead socket shows.
            Link::Ready(_) => self.register(now, false, out),
            Link::Down | Link::Connecting | Link::Refused => {}
        }
    }

    /// A request of a call: sent now, kept for later, or refused.
    fn ask(&mut self, now: Instant, waiting: Waiting, out: &mut Outputs) {
        if self.pending.len() + self.outbox.len() >= CAPACITY {
            return reply(waiting, RequestFailure::QueueFull, out);
        }
        match self.link {
            Link::Ready(_) => self.say(now, waiting, out),
            Link::Down | Link::Refused => reply(waiting, RequestFailure::NotConnected, out),
            _ => {
                let unsaid = self.outbox.take_unsaid(&waiting);
                if unsaid.is_empty() {
                    self.outbox.push(waiting);
                } else {
                    // An invite that never left needs no bye.
                    for waiting in unsaid.into_iter().chain([waiting]) {
                        reply(waiting, RequestFailure::NotConnected, out);
                    }
                }
            }
        }
    }

    fn say(&mut self, now: Instant, waiting: Waiting, out: &mut Outputs) {
        self.send(now, waiting.request.clone(), Question::Call(waiting), out);
    }

    /// The session stands: what waited goes out.
    pub(crate) fn flush(&mut self, now: Instant, out: &mut Outputs) {
        for waiting in self.outbox.take_all() {
            self.say(now, waiting, out);
        }
    }

    /// The socket is gone or given up; another one is tried after a while.
    pub(crate) fn lose(&mut self, now: Instant, problem: Problem, out: &mut Outputs) {
        if let Link::Ready(ready) = &self.link
            && now.saturating_duration_since(ready.since) >= STABLE
        {
            self.backoff.reset();
        }
        let (again, lost): (Vec<_>, Vec<_>) =
            self.pending.take_calls().into_iter().partition(Waiting::is_worth_repeating);
        self.outbox.push_front(again);
        for waiting in lost {
            reply(waiting, RequestFailure::Lost, out);
        }
        self.link = Link::Waiting { until: now + self.backoff.next(self.jitter) };
        self.set_status(SessionStatus::Reconnecting(Some(problem)), out);
    }

    /// Only the user can help now.
    pub(crate) fn refuse(&mut self, problem: Problem, out: &mut Outputs) {
        self.close(out);
        self.link = Link::Refused;
        self.forget(out);
        self.give_up(out);
        self.set_status(SessionStatus::Refused(problem), out);
    }

    /// Nothing to resume any more.
    pub(crate) fn forget(&mut self, out: &mut Outputs) {
        if self.config.resume.take().is_some() {
            out.push(SessionOutput::ResumeChanged(None));
        }
    }

    fn give_up(&mut self, out: &mut Outputs) {
        for waiting in self.pending.take_calls() {
            reply(waiting, RequestFailure::Lost, out);
        }
        for waiting in self.outbox.take_all() {
            reply(waiting, RequestFailure::NotConnected, out);
        }
    }

    fn stop(&mut self, now: Instant, out: &mut Outputs) {
        if matches!(self.link, Link::Ready(_)) {
            self.send(now, ClientRequest::SubscriberOffline, Question::Offline, out);
        }
        self.close(out);
        self.link = Link::Down;
        self.forget(out);
        self.give_up(out);
        self.set_status(SessionStatus::Stopped, out);
    }

    fn expire(&mut self, now: Instant, out: &mut Outputs) {
        for waiting in self.outbox.take_expired(now) {
            reply(waiting, RequestFailure::NotConnected, out);
        }
        let mut dead = match &self.link {
            Link::Ready(ready) => ready.pings && ready.last_heard + SILENCE_LIMIT <= now,
            _ => false,
        };
        for entry in self.pending.take_expired(now) {
            match entry.question {
                Question::Call(waiting) => {
                    // Not a word since it was asked: it is not the one request, it is the socket.
                    dead |= match &self.link {
                        Link::Ready(ready) => ready.last_heard <= entry.sent_at,
                        _ => false,
                    };
                    reply(waiting, RequestFailure::TimedOut, out);
                }
                // These have nobody to ask for them again, and no space takes five seconds for them.
                Question::Connect { .. }
                | Question::Online { .. }
                | Question::Offline
                | Question::Reauthenticate { .. } => dead = true,
            }
        }
        match self.link {
            Link::Waiting { until } if until <= now => self.open(now, out),
            Link::Opening { until } if until <= now => dead = true,
            _ => {}
        }
        if dead {
            self.close(out);
            self.lose(now, Problem::new(ProblemCode::SpaceTimeout).worth_retrying(), out);
        }
    }
}

fn reply(waiting: Waiting, failure: RequestFailure, out: &mut Outputs) {
    out.push(SessionOutput::Reply { ticket: waiting.ticket, outcome: Err(failure) });
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
