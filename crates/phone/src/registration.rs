//! Our membership of one space: drives the session machine with a socket, a token and a clock, and keeps what the space
//! says about us.

use crate::account::{FreshToken, SpaceAccount};
use crate::advanced::Advanced;
use crate::binding::{Binding, Bound};
use crate::chat::ChatNews;
use crate::device_key::{DeviceKey, DeviceKeys};
use crate::directory::Own;
use crate::happening::Outlet;
use crate::rest::{Rest, RestError};
use crate::snapshot::{ContactView, RegistrationStatus};
use crate::socket::{Socket, SocketEvent};
use crate::wire_log::WireLog;
use ahoy_model::{CallId, NodeId, Problem, ProblemCode, Secret};
use ahoy_rtc::IceServer;
use ahoy_signaling::{
    Answer, Asked, Proofs, RequestFailure, Resume, Session, SessionConfig, SessionInput, SessionOutput,
    SessionStatus, Ticket,
};
use ahoy_wire::{EventBody, ServerVerto};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

mod errands;
mod reach;
mod requests;
mod tokens;

/// Pause before a token source that failed is asked again.
const TOKEN_AGAIN: Duration = Duration::from_secs(30);
/// Longest wait for a keychain before the session starts without the device's key.
const KEY_PATIENCE: Duration = Duration::from_secs(5);
/// The directory is read again this long after a failure.
const DIRECTORY_AGAIN: Duration = Duration::from_secs(20);
/// After somebody whom it does not name has come; one reading serves all who come meanwhile.
const DIRECTORY_SOON: Duration = Duration::from_millis(500);

/// What the space's own errands bring back.
#[derive(Debug)]
pub(crate) enum AccountNews {
    Own(Result<Own, RestError>),
    Contacts(Result<Vec<ContactView>, RestError>),
    Token(Result<FreshToken, Problem>),
    /// The device's key, if there is one: the session can start.
    Key(Option<Arc<DeviceKey>>),
    /// A token bound to this device.
    Bound(Result<Bound, Problem>),
    /// Who a dialled address belongs to.
    Found(CallId, Option<ContactView>),
    Chat(ChatNews),
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    Call(CallId, Asked),
    /// The layouts of the room that this call is in.
    Layouts(CallId),
    /// Who wants to know how long the answer takes.
    Probe,
    /// Who made a request by hand.
    Raw,
    /// Nobody waits for the answer.
    Nobody,
}

/// What the session has for the rest of the house.
#[derive(Debug)]
pub(crate) enum Routed {
    Verto(Option<NodeId>, ServerVerto),
    Event(Box<EventBody>),
    Reply(Asker, Result<Answer, RequestFailure>),
    /// Connected again (or for the first time).
    Back {
        resumed: bool,
    },
    Lost,
    /// There will be no session until the user acts.
    Gone,
    Notice(Problem),
    /// The far side's name.
    Name(CallId, String),
    Chat(ChatNews),
}

pub(crate) struct Registration {
    outlet: Outlet,
    messages: mpsc::Sender<(u64, SocketEvent)>,
    account: Option<SpaceAccount>,
    rest: Option<Rest>,
    session: Option<Session>,
    socket: Option<(u32, Socket)>,
    /// Counts sign-ins; the word of an earlier one is ignored.
    epoch: u32,
    /// Wrong from the start, before there is a session.
    refused: Option<Problem>,
    was_connected: bool,
    /// The attempt whose socket has opened.
    opened: Option<u32>,
    online: bool,
    askers: HashMap<Ticket, Asker>,
    tickets: u64,
    ice_servers: Vec<IceServer>,
    own: Own,
    contacts: Vec<ContactView>,
    refresh_at: Option<Instant>,
    directory_at: Option<Instant>,
    /// A fresh token was asked for because the space refused ours; not again before it took one.
    asked_for_token: bool,
    /// When the last fresh token ends, as its source said.
    fresh_ends: Option<u64>,
    /// The fresh token before failed, too.
    token_failed: bool,
    keys: DeviceKeys,
    binding: Binding,
    /// What we signed in with; a bound token comes from it.
    first_token: Option<Secret>,
    /// The session waits for the device's key.
    awaits_key: bool,
    errands: JoinSet<()>,
    pub(crate) wire_log: WireLog,
    /// Sockets on their way out.
    closing: JoinSet<()>,
}

impl Registration {
    pub(crate) fn new(outlet: Outlet, messages: mpsc::Sender<(u64, SocketEvent)>, keys: DeviceKeys) -> Self {
        Self {
            outlet,
            messages,
            account: None,
            rest: None,
            session: None,
            socket: None,
            epoch: 0,
            refused: None,
            was_connected: false,
            opened: None,
            online: true,
            askers: HashMap::new(),
            tickets: 0,
            ice_servers: Vec::new(),
            own: Own::default(),
            contacts: Vec::new(),
            refresh_at: None,
            directory_at: None,
            asked_for_token: false,
            fresh_ends: None,
            token_failed: false,
            keys,
            binding: Binding::default(),
            first_token: None,
            awaits_key: false,
            errands: JoinSet::new(),
            wire_log: WireLog::default(),
            closing: JoinSet::new(),
        }
    }

    /// Joins a space; whatever was before must be left already. The error is also what `status` shows then.
    /// `protocol`: the session of the last run, if there are calls to take up.
    pub(crate) fn sign_in(
        &mut self,
        account: SpaceAccount,
        protocol: Option<String>,
        advanced: &Advanced,
    ) -> Result<(), Problem> {
        let checked = reach::check(&account);
        self.account = Some(account.clone());
        self.first_token = Some(account.token.clone());
        let rest = checked.inspect_err(|problem| self.refused = Some(problem.clone()))?;
        self.rest = Some(rest);
        let config = SessionConfig {
            url: advanced.space_url.clone().unwrap_or(account.url),
            token: account.token,
            agent: concat!("ahoy/", env!("CARGO_PKG_VERSION")).to_owned(),
            id_prefix: CallId::random().as_str().to_owned(),
            online: self.online,
            times: advanced.session_times(),
            resume: protocol.map(|protocol| Resume { protocol, authorization_state: None }),
        };
        self.session = Some(Session::new(config));
        self.awaits_key = true;
        let keys = self.keys.clone();
        self.errand(async move {
            AccountNews::Key(timeout(KEY_PATIENCE, keys.existing()).await.unwrap_or_default())
        });
        Ok(())
    }

    /// Leaves the space and forgets everything about it.
    pub(crate) fn sign_out(&mut self, now: Instant) -> Vec<Routed> {
        let mut routed = self.drive(now, SessionInput::Stop);
        routed.push(Routed::Gone);
        self.epoch = self.epoch.wrapping_add(1);
        self.errands.abort_all();
        (self.account, self.rest, self.session, self.socket, self.refused) = (None, None, None, None, None);
        (self.own, self.contacts, self.ice_servers) = (Own::default(), Vec::new(), Vec::new());
        (self.refresh_at, self.directory_at, self.asked_for_token) = (None, None, false);
        (self.fresh_ends, self.token_failed, self.awaits_key) = (None, false, false);
        self.binding = Binding::default();
        self.askers.clear();
        (self.was_connected, self.opened) = (false, None);
        routed
    }

    pub(crate) fn set_online(&mut self, now: Instant, online: bool) -> Vec<Routed> {
        self.online = online;
        self.drive(now, SessionInput::SetOnline(online))
    }

    pub(crate) fn socket_event(&mut self, now: Instant, generation: u64, event: SocketEvent) -> Vec<Routed> {
        if (generation >> 32) as u32 != self.epoch {
            return Vec::new();
        }
        let attempt = generation as u32;
        let input = match event {
            SocketEvent::Opened => {
                self.opened = Some(attempt);
                SessionInput::Opened { attempt }
            }
            SocketEvent::Text(text) => {
                self.wire_log.note(false, &text);
                SessionInput::Received { attempt, text }
            }
            SocketEvent::Closed(error) => {
                tracing::info!(%error, "socket closed");
                match reach::failure(&error) {
                    Some(failure) if self.opened != Some(attempt) => {
                        SessionInput::OpenFailed { attempt, failure }
                    }
                    _ => SessionInput::Closed { attempt },
                }
            }
        };
        self.drive(now, input)
    }

    pub(crate) fn news(&mut self, now: Instant, epoch: u32, news: AccountNews) -> Vec<Routed> {
        if epoch != self.epoch {
            return Vec::new();
        }
        match news {
            AccountNews::Own(Ok(own)) => {
                let binds = own.wants_binding && !self.own.wants_binding && !self.binding.bound;
                self.own = own;
                if binds {
                    self.bind();
                }
            }
            AccountNews::Key(key) => {
                self.binding.key = key;
                if std::mem::take(&mut self.awaits_key) {
                    return self.drive(now, SessionInput::Start);
                }
            }
            AccountNews::Bound(Ok(bound)) => {
                self.binding.succeeded(bound.key);
                return self.take_token(now, bound.fresh);
            }
            AccountNews::Bound(Err(problem)) => return self.not_bound(now, problem),
            AccountNews::Contacts(Ok(contacts)) => self.contacts = contacts,
            AccountNews::Own(Err(error)) | AccountNews::Contacts(Err(error)) => {
                tracing::warn!(%error, "the directory cannot be read");
                self.directory_at = Some(now + DIRECTORY_AGAIN);
            }
            AccountNews::Token(Ok(fresh)) => return self.take_token(now, fresh),
            AccountNews::Found(call, Some(contact)) => return vec![Routed::Name(call, contact.name)],
            AccountNews::Chat(news) => return vec![Routed::Chat(news)],
            AccountNews::Found(_, None) => {}
            AccountNews::Token(Err(problem)) if problem.code == ProblemCode::MembershipEnded => {
                self.refused = Some(problem);
            }
            AccountNews::Token(Err(problem)) => {
                tracing::warn!(%problem, "no fresh token");
                self.refresh_at = Some(now + TOKEN_AGAIN);
                // Once may be an accident.
                if std::mem::replace(&mut self.token_failed, true) {
                    return vec![Routed::Notice(problem.worth_retrying())];
                }
            }
        }
        Vec::new()
    }

    pub(crate) fn read_directory_soon(&mut self, now: Instant) {
        self.directory_at.get_or_insert(now + DIRECTORY_SOON);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let session = self.session.as_ref().and_then(Session::deadline);
        [session, self.refresh_at, self.directory_at].into_iter().flatten().min()
    }

    pub(crate) fn tick(&mut self, now: Instant) -> Vec<Routed> {
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = None;
            self.renew_token();
        }
        if self.directory_at.is_some_and(|at| at <= now) {
            self.directory_at = None;
            self.read_directory();
        }
        while self.errands.try_join_next().is_some() || self.closing.try_join_next().is_some() {}
        match self.session.as_ref().and_then(Session::deadline) {
            Some(at) if at <= now => self.drive(now, SessionInput::Timer),
            _ => Vec::new(),
        }
    }

    /// Gives the machine one input and carries out what it wants.
    pub(super) fn drive(&mut self, now: Instant, input: SessionInput) -> Vec<Routed> {
        let mut routed = Vec::new();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let Some(session) = &mut self.session else { break };
            session.set_jitter(jitter());
            if matches!(input, SessionInput::Opened { .. } | SessionInput::NewToken(_)) {
                session.set_proofs(Proofs {
                    connect: self.binding.proof("signalwire.connect"),
                    reauthenticate: self.binding.proof("signalwire.reauthenticate"),
                });
            }
            for output in session.handle(now, input) {
                match output {
                    SessionOutput::Open { attempt, url } => {
                        let generation = u64::from(self.epoch) << 32 | u64::from(attempt);
                        self.socket = Some((
                            attempt,
                            Socket::open(
                                url,
                                self.account.as_ref().and_then(|account| account.pin),
                                generation,
                                self.messages.clone(),
                            ),
                        ));
                    }
                    SessionOutput::CloseSocket { attempt } => {
                        if let Some((_, socket)) = self.socket.take_if(|(of, _)| *of == attempt) {
                            self.closing.spawn(async move {
                                let _ = timeout(Duration::from_secs(2), socket.close()).await;
                            });
                        }
                    }
                    SessionOutput::Send { attempt, text } => {
                        self.wire_log.note(true, &text);
                        let stuck =
                            self.socket.as_ref().is_some_and(|(of, s)| *of == attempt && !s.send(text));
                        if stuck {
                            self.socket = None;
                            inputs.push(SessionInput::Closed { attempt });
                        }
                    }
                    other => self.keep(now, other, &mut routed),
                }
            }
        }
        routed
    }

    /// Outputs that are news.
    fn keep(&mut self, now: Instant, output: SessionOutput, routed: &mut Vec<Routed>) {
        match output {
            SessionOutput::Status(status) => {
                tracing::info!(?status, "session");
                let connected = status.is_connected();
                if self.was_connected && !connected {
                    routed.push(Routed::Lost);
                }
                self.was_connected = connected;
                if matches!(status, SessionStatus::Refused(_)) {
                    routed.push(Routed::Gone);
                    self.token_refused();
                }
            }
            SessionOutput::Connected(connected) => {
                self.asked_for_token = false;
                self.ice_servers = connected.ice_servers.into_iter().map(ice_server).collect();
                self.plan_refresh(now, connected.expires_at);
                self.read_directory();
                routed.push(Routed::Back { resumed: connected.resumed });
            }
            SessionOutput::TokenAccepted { expires_at } => {
                self.asked_for_token = false;
                self.plan_refresh(now, expires_at);
            }
            SessionOutput::Verto { node_id, message } => routed.push(Routed::Verto(node_id, message)),
            SessionOutput::Event(event) => routed.push(Routed::Event(Box::new(event.body))),
            SessionOutput::Reply { ticket, outcome } => {
                let asker = self.askers.remove(&ticket).unwrap_or(Asker::Nobody);
                routed.push(Routed::Reply(asker, outcome));
            }
            SessionOutput::Malformed(error) => {
                tracing::warn!(%error, "the space sent a message that cannot be read");
                routed.push(Routed::Notice(Problem::new(ProblemCode::ProtocolError).because(error)));
            }
            SessionOutput::ResumeChanged(_)
            | SessionOutput::Open { .. }
            | SessionOutput::CloseSocket { .. }
            | SessionOutput::Send { .. } => {}
        }
    }

    /// The space's REST interface with our token, while we have one.
    pub(crate) fn rest(&self) -> Option<&Rest> {
        self.rest.as_ref()
    }

    pub(crate) fn status(&self) -> (RegistrationStatus, Option<Problem>) {
        use RegistrationStatus as R;
        if let Some(problem) = &self.refused {
            return (R::Refused, Some(problem.clone()));
        }
        match self.session.as_ref().map(Session::status) {
            _ if self.awaits_key => (R::Connecting, None),
            None | Some(SessionStatus::Stopped) => (R::SignedOut, None),
            Some(SessionStatus::Connecting) => (R::Connecting, None),
            Some(SessionStatus::Reconnecting(problem)) => (R::Reconnecting, problem.clone()),
            Some(SessionStatus::Offline) => (R::Offline, None),
            Some(SessionStatus::Online) => (R::Online, None),
            Some(SessionStatus::Refused(problem)) => (R::Refused, Some(problem.clone())),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.status().is_connected())
    }

    /// The space's WebSocket.
    pub(crate) fn url(&self) -> Option<String> {
        self.account.as_ref().map(|account| account.url.clone())
    }

    /// Our session there, for a later run.
    pub(crate) fn protocol(&self) -> Option<String> {
        self.session.as_ref().and_then(Session::resume).map(|resume| resume.protocol.clone())
    }

    pub(crate) fn ice_servers(&self) -> &[IceServer] {
        &self.ice_servers
    }

    pub(crate) fn own(&self) -> &Own {
        &self.own
    }

    pub(crate) fn contacts(&self) -> &[ContactView] {
        &self.contacts
    }

    pub(crate) fn space(&self) -> Option<String> {
        self.account.as_ref().map(SpaceAccount::shown_name)
    }

    /// Lets what was said last get out, at most for as long as `patience`.
    pub(crate) async fn close(mut self, patience: Duration) {
        let all = async {
            if let Some((_, socket)) = self.socket.take() {
                socket.close().await;
            }
            while self.closing.join_next().await.is_some() {}
        };
        let _ = timeout(patience, all).await;
    }
}

fn ice_server(server: ahoy_wire::IceServer) -> IceServer {
    IceServer { urls: server.urls, username: server.username, credential: server.credential }
}

/// 0 to 1, different for every phone and moment; the random part of an id is random enough for a back-off.
fn jitter() -> f64 {
    let id = CallId::random();
    let digits = id.as_str().get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    digits.map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}
