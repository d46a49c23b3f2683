//! One authorised session with a client: it outlives its socket for a while, and its calls with it (WIRE.md 11).
//!
//! One task owns the socket, the legs and what still has to be sent.

mod expiry;
mod handle;
mod requests;

pub use handle::{Charter, Dialect, MACHINE, Outgoing, SessionCommand, SessionHandle, VertoReplyTo};

use crate::call::{CallCommand, CallHandle};
use crate::core::Core;
use crate::limits::Bucket;
use crate::party::Party;
use crate::socket::{self, Arrival};
use crate::switchboard::Presence;
use crate::token::Claims;
use crate::turn::Issuer;
use crate::{clock, key, presence};
use ahoy_model::{CallId, Secret};
use ahoy_wire::{
    Authorization, AuthorizationState, ConnectReply, Event, EventBody, FabricSubscriber, IceServer,
    PingParams, Reply, ServerMessage, ServerRequest,
};
use axum::extract::ws::{Message, WebSocket, close_code};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc;
use tokio::time::{Instant as TokioInstant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Events about legs that were sent and not acknowledged, at most.
const UNACKNOWLEDGED: usize = 128;
/// Texts that are no message, on one socket, before it is closed.
const STRIKES: u32 = 200;
/// Life of TURN credentials. They are handed out at the connect only, and a session may stay connected for long.
const TURN_LIFE: Duration = Duration::from_secs(24 * 3_600);
/// Legs of one session at one time.
const LEGS: usize = 16;

struct Session {
    core: Arc<Core>,
    handle: SessionHandle,
    claims: Claims,
    /// When the token ends, and whether it has.
    valid_until: TokioInstant,
    expired: bool,
    identity: String,
    state: Secret,
    online: bool,
    /// It has said whether it wants to ring.
    spoken: bool,
    legs: HashMap<CallId, CallHandle>,
    /// Those of them that belong to another leg.
    children: HashSet<CallId>,
    /// Sent, kept until acknowledged: id and text.
    unacknowledged: VecDeque<(String, String)>,
    /// Waiting for a socket.
    waiting: VecDeque<Outgoing>,
    overflow: CancellationToken,
}

/// What becomes of the session's socket.
enum Next {
    /// It is gone; wait for another.
    Detach,
    Attach(Box<Arrival>),
    End,
}

/// A socket with what is counted on it.
struct Attachment {
    socket: WebSocket,
    messages: Bucket,
    strikes: u32,
    /// Nothing is read until then: the client was too fast.
    paused: Option<TokioInstant>,
    next_ping: TokioInstant,
    /// Pings without an answer.
    unanswered: u32,
    /// The TURN server of the door that it came in by.
    relay: Option<Issuer>,
    /// Made room for by dropping this.
    _visit: crate::door::Visit,
}

/// Runs a new session until it is over.
pub async fn run(core: Arc<Core>, dialect: Dialect, arrival: Arrival) {
    let Ok(state) = fresh_state() else {
        return socket::close(arrival.socket, close_code::ERROR, "no randomness").await;
    };
    let (commands, inbox) = mpsc::channel(core.config.limits.outbox);
    let overflow = CancellationToken::new();
    let protocol = format!("signalwire_{}_{}_{}", arrival.claims.jti, Uuid::new_v4(), core.project_id);
    let handle = SessionHandle::new(Charter {
        protocol,
        project_id: core.project_id.clone(),
        node: core.node.clone(),
        party: Party::new(&arrival.claims, &arrival.subscriber),
        dialect,
        state: state.clone(),
        commands,
        overflow: overflow.clone(),
    });
    core.switchboard.add(handle.clone());
    let mut session = Session {
        identity: format!("{}@{}", Uuid::new_v4(), core.node),
        core,
        handle,
        valid_until: expiry::deadline(&arrival.claims),
        expired: false,
        claims: arrival.claims.clone(),
        state,
        online: false,
        spoken: false,
        legs: HashMap::new(),
        children: HashSet::new(),
        unacknowledged: VecDeque::new(),
        waiting: VecDeque::new(),
        overflow,
    };
    session.live(inbox, arrival).await;
    session.end().await;
}

/// Two opaque parts, as the real service's have (WIRE.md 16).
fn fresh_state() -> Result<Secret, key::KeyError> {
    let mut bytes = [0_u8; 48];
    key::fill(&mut bytes)?;
    let (a, b) = bytes.split_at(32);
    Ok(Secret::new(format!("{}:{}", STANDARD.encode(a), STANDARD.encode(b))))
}

impl Session {
    async fn live(&mut self, mut inbox: mpsc::Receiver<SessionCommand>, first: Arrival) {
        let mut next = Next::Attach(Box::new(first));
        loop {
            next = match next {
                Next::Attach(arrival) => self.attached(*arrival, &mut inbox).await,
                Next::Detach => {
                    self.set_presence(false);
                    self.detached(&mut inbox).await
                }
                Next::End => return,
            };
        }
    }

    fn set_presence(&self, attached: bool) {
        self.core.switchboard.set_presence(
            self.handle.protocol(),
            Presence { online: self.can_be_rung(), declines: self.spoken && !self.online, attached },
        );
    }

    /// Without a socket: keep what is to be said, for a while.
    async fn detached(&mut self, inbox: &mut mpsc::Receiver<SessionCommand>) -> Next {
        let end = TokioInstant::now() + self.core.config.timers.resume_grace;
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(SessionCommand::Resume(arrival)) => return Next::Attach(arrival),
                    Some(SessionCommand::Send(message)) => {
                        if self.waiting.len() >= self.core.config.limits.outbox {
                            return Next::End;
                        }
                        self.waiting.push_back(message);
                    }
                    Some(SessionCommand::Dismiss) | None => return Next::End,
                    Some(command) => self.note(command),
                },
                () = sleep_until(end) => return Next::End,
                () = self.overflow.cancelled() => return Next::End,
                () = self.core.close_sessions.cancelled() => return Next::End,
            }
        }
    }

    async fn attached(&mut self, arrival: Arrival, inbox: &mut mpsc::Receiver<SessionCommand>) -> Next {
        let now = TokioInstant::now();
        self.hold(arrival.claims);
        let mut attachment = Attachment {
            socket: arrival.socket,
            messages: Bucket::new(self.core.config.limits.messages, Instant::now()),
            strikes: 0,
            paused: None,
            next_ping: now + self.core.config.timers.socket_ping,
            unanswered: 0,
            relay: arrival.relay,
            _visit: arrival.visit,
        };
        let closing = arrival.closing;
        self.set_presence(true);
        if !self.welcome(&mut attachment, arrival.request).await {
            return Next::Detach;
        }
        presence::introduce(&self.core.switchboard, &self.handle);
        if self.online {
            self.ring_here();
        }
        loop {
            if self.is_over() {
                socket::close(attachment.socket, close_code::POLICY, "the token has expired").await;
                return Next::Detach;
            }
            let paused = attachment.paused;
            // What the client is to be told comes before what it has to say, or a flood of requests would fill the inbox with replies.
            tokio::select! {
                biased;
                () = sleep_until(paused.unwrap_or(now)), if paused.is_some() => attachment.paused = None,
                command = inbox.recv() => match command {
                    Some(SessionCommand::Resume(arrival)) => {
                        // The client noticed the loss of the old socket before we did.
                        return Next::Attach(arrival);
                    }
                    Some(SessionCommand::Send(message)) => {
                        if !self.send(&mut attachment, message).await {
                            return Next::Detach;
                        }
                    }
                    Some(SessionCommand::Dismiss) => {
                        socket::close(attachment.socket, close_code::POLICY, "the subscriber is gone").await;
                        return Next::End;
                    }
                    Some(SessionCommand::Whisper(text)) => {
                        if !self.write(&mut attachment, text).await {
                            return Next::Detach;
                        }
                    }
                    Some(command) => self.note(command),
                    None => return Next::End,
                },
                () = sleep_until(self.valid_until), if !self.expired => self.expire(),
                () = sleep_until(attachment.next_ping) => {
                    if attachment.unanswered >= 2 {
                        socket::close(attachment.socket, close_code::POLICY, "no answer to signalwire.ping").await;
                        return Next::Detach;
                    }
                    attachment.unanswered += 1;
                    attachment.next_ping = TokioInstant::now() + self.core.config.timers.socket_ping;
                    let ping = ServerRequest::Ping(PingParams::at(clock::unix_ms()));
                    let text = ServerMessage::request(Uuid::new_v4().to_string(), ping).to_json();
                    if !self.write(&mut attachment, text).await {
                        return Next::Detach;
                    }
                }
                () = self.overflow.cancelled() => {
                    socket::close(attachment.socket, close_code::POLICY, "reads too slowly").await;
                    return Next::End;
                }
                () = closing.cancelled() => {
                    socket::close(attachment.socket, close_code::AWAY, "this door is closed").await;
                    return Next::End;
                }
                () = self.core.close_sessions.cancelled() => {
                    while let Ok(command) = inbox.try_recv() {
                        if let SessionCommand::Send(message) = command
                            && !self.send(&mut attachment, message).await
                        {
                            return Next::End;
                        }
                    }
                    socket::close(attachment.socket, close_code::AWAY, "the space is shutting down").await;
                    return Next::End;
                }
                received = attachment.socket.recv(), if paused.is_none() => {
                    let Some(Ok(message)) = received else { return Next::Detach };
                    match message {
                        Message::Text(text) => {
                            attachment.unanswered = 0;
                            attachment.paused =
                                attachment.messages.charge(Instant::now()).map(|debt| TokioInstant::now() + debt);
                            if !self.received(&text).await {
                                attachment.strikes += 1;
                            }
                            if attachment.strikes > STRIKES {
                                socket::close(attachment.socket, close_code::POLICY, "these are no messages").await;
                                return Next::Detach;
                            }
                        }
                        Message::Binary(_) => {
                            socket::close(attachment.socket, close_code::UNSUPPORTED, "text only").await;
                            return Next::Detach;
                        }
                        Message::Close(_) => return Next::Detach,
                        Message::Ping(_) | Message::Pong(_) => attachment.unanswered = 0,
                    }
                }
            }
        }
    }

    /// Answers the connect, and sends what could not be sent before.
    async fn welcome(&mut self, attachment: &mut Attachment, request: String) -> bool {
        let reply = ConnectReply {
            protocol: self.handle.protocol().to_owned(),
            identity: Some(self.identity.clone()),
            authorization: Some(self.authorization()),
            ice_servers: Some(self.ice_servers(attachment.relay.as_ref())),
        };
        let state =
            EventBody::AuthorizationState(AuthorizationState { authorization_state: self.state.clone() });
        let mut event = Event::on(self.handle.protocol(), clock::unix_ms(), state);
        event.project_id = Some(self.core.project_id.clone());
        event.node_id = Some(self.core.node.clone());
        let first = [
            ServerMessage::Reply(Reply::ok(request, &reply)).to_json(),
            ServerMessage::event(Uuid::new_v4().to_string(), event).to_json(),
        ];
        let again: Vec<String> = self.unacknowledged.iter().map(|(_, text)| text.clone()).collect();
        for text in first.into_iter().chain(again) {
            if !self.write(attachment, text).await {
                return false;
            }
        }
        while let Some(message) = self.waiting.pop_front() {
            if !self.send(attachment, message).await {
                return false;
            }
        }
        true
    }

    /// False: the socket is gone. What was to be sent is kept.
    async fn send(&mut self, attachment: &mut Attachment, message: Outgoing) -> bool {
        match message.keep {
            Some(id) => {
                if self.unacknowledged.len() >= UNACKNOWLEDGED {
                    self.unacknowledged.pop_front();
                }
                self.unacknowledged.push_back((id, message.text.clone()));
                self.write(attachment, message.text).await
            }
            None => {
                let sent = self.write(attachment, message.text.clone()).await;
                if !sent {
                    self.waiting.push_front(message);
                }
                sent
            }
        }
    }

    async fn write(&self, attachment: &mut Attachment, text: String) -> bool {
        let write = attachment.socket.send(Message::text(text));
        matches!(timeout(self.core.config.timers.write, write).await, Ok(Ok(())))
    }

    /// Commands that need no socket.
    fn note(&mut self, command: SessionCommand) {
        match command {
            SessionCommand::Ring { leg, call } => {
                self.legs.insert(leg, call);
                self.count_legs();
            }
            SessionCommand::Ended(leg) => self.forget(&leg),
            SessionCommand::Send(_)
            | SessionCommand::Whisper(_)
            | SessionCommand::Resume(_)
            | SessionCommand::Dismiss => {}
        }
    }

    fn forget(&mut self, leg: &CallId) {
        self.legs.remove(leg);
        self.children.remove(leg);
        self.count_legs();
    }

    /// A screen that is shared in a call is no further call.
    fn count_legs(&self) {
        self.handle.set_legs(self.legs.len().saturating_sub(self.children.len()));
        self.core.switchboard.settle_presence(&self.handle);
    }

    fn authorization(&self) -> Authorization {
        Authorization {
            jti: Some(self.claims.jti.clone()),
            project_id: Some(self.core.project_id.clone()),
            data_zone: Some("local".into()),
            scope: Some(self.claims.scope.iter().map(String::as_str).collect()),
            fabric_subscriber: Some(FabricSubscriber {
                version: Some(1),
                expires_at: Some(self.claims.exp),
                subscriber_id: Some(self.handle.party().subscriber_id.as_str().into()),
                application_id: None,
                project_id: Some(self.core.project_id.clone()),
                space_id: Some(self.core.space_id.clone()),
            }),
        }
    }

    /// Ours first, then those of the configuration. `near`: the one of the door that the client came in by.
    fn ice_servers(&self, near: Option<&Issuer>) -> Vec<IceServer> {
        let (subscriber, now) = (self.handle.party().subscriber_id.as_str(), SystemTime::now());
        let near = near.map(|near| near.access(subscriber, now, TURN_LIFE));
        let usual = || self.core.turn.as_ref().map(|turn| turn.ice_servers(subscriber, now, TURN_LIFE));
        let ours = near.or_else(usual).map(|access| IceServer {
            urls: access.urls,
            username: Some(access.username),
            credential: Some(access.credential),
            credential_type: Some("password".to_owned()),
        });
        let others = self.core.config.ice_servers.iter().map(|server| IceServer {
            urls: server.urls.clone(),
            username: server.username.clone(),
            credential: server.credential.clone(),
            credential_type: server.credential.as_ref().map(|_| "password".to_owned()),
        });
        ours.into_iter().chain(others).collect()
    }

    async fn end(mut self) {
        self.core.switchboard.remove(&self.handle);
        for (leg, call) in self.legs.drain() {
            call.send(CallCommand::SessionEnded { leg }).await;
        }
    }
}
