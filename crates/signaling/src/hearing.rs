//! What a session makes of the texts that its space sends.

use crate::pending::{Question, read_answer};
use crate::session::{Link, Outputs, Ready, Session};
use crate::session_io::{Connected, Resume, SessionOutput, SessionStatus};
use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_wire::{
    Connect, ConnectReply, Event, EventBody, Reauthenticate, Reply, ReplyError, RpcError, ServerMessage,
    ServerRequest, SubscriberOffline, SubscriberOnline, WireError, codes, parse_server, read_reply,
};
use std::time::Instant;

impl Session {
    pub(crate) fn hear(&mut self, now: Instant, text: &str, out: &mut Outputs) {
        if let Link::Ready(ready) = &mut self.link {
            ready.last_heard = now;
        }
        match parse_server(text) {
            Ok(ServerMessage::Reply(reply)) => self.hear_reply(now, reply, out),
            Ok(ServerMessage::Request { id, request }) => self.hear_request(now, id, request, out),
            Err(error) => {
                // An event counts as received even if we make nothing of it: the space only wants to know that we live.
                if let WireError::BadParams { id, .. } = &error {
                    self.respond(Reply::empty(id.clone()), out);
                }
                if !std::mem::replace(&mut self.malformed_told, true) {
                    out.push(SessionOutput::Malformed(error));
                }
            }
        }
    }

    fn respond(&self, reply: Reply, out: &mut Outputs) {
        out.push(SessionOutput::Send { attempt: self.attempt, text: reply.to_json() });
    }

    fn hear_request(&mut self, now: Instant, id: String, request: ServerRequest, out: &mut Outputs) {
        match request {
            ServerRequest::Event(event) => {
                self.respond(Reply::empty(id), out);
                self.hear_event(event, out);
            }
            ServerRequest::Ping(params) => {
                if let Link::Ready(ready) = &mut self.link {
                    ready.pings = true;
                }
                self.respond(Reply::ok(id, &params), out);
            }
            ServerRequest::Disconnect => {
                self.respond(Reply::empty(id), out);
                self.close(out);
                let problem = Problem::new(ProblemCode::SpaceUnreachable).worth_retrying();
                self.lose(now, problem.because("the space ended the connection"), out);
            }
            ServerRequest::Unknown { method, .. } => {
                tracing::debug!(method, "unknown request of the space");
                self.respond(Reply::error(id, RpcError::method_not_found(&method)), out);
            }
        }
    }

    fn hear_event(&mut self, event: Event, out: &mut Outputs) {
        if let EventBody::AuthorizationState(state) = event.body {
            if matches!(self.link, Link::Connecting) {
                // It overtook the reply to our connect; whose session it belongs to is known with that.
                self.early_state = Some(state.authorization_state);
            } else if let Some(resume) = &mut self.config.resume {
                resume.authorization_state = Some(state.authorization_state);
                out.push(SessionOutput::ResumeChanged(self.config.resume.clone()));
            }
            return;
        }
        if self.is_stale(&event) {
            tracing::debug!(event = event.body.event_type(), "event of an earlier session");
            return;
        }
        out.push(match event {
            Event { body: EventBody::Verto(verto), node_id, .. } => {
                SessionOutput::Verto { node_id, message: verto.message }
            }
            event => SessionOutput::Event(event),
        });
    }

    /// An event for a session that is no longer ours (WIRE.md 2.1). Conversations have channels of their own.
    fn is_stale(&self, event: &Event) -> bool {
        let ours = match &event.body {
            EventBody::ConversationMessage(_)
            | EventBody::ConversationMessageUpdated(_)
            | EventBody::Unknown { .. } => return false,
            _ => self.config.resume.as_ref(),
        };
        match (&event.channel, ours) {
            (Some(channel), Some(ours)) => !channel.is_for(&ours.protocol),
            _ => false,
        }
    }

    fn hear_reply(&mut self, now: Instant, reply: Reply, out: &mut Outputs) {
        let Some(entry) = self.pending.take(&reply.id) else {
            tracing::debug!("a reply nobody waits for");
            return;
        };
        match entry.question {
            Question::Call(waiting) => {
                let outcome = read_answer(&waiting.request, reply.outcome);
                out.push(SessionOutput::Reply { ticket: waiting.ticket, outcome });
            }
            Question::Connect { resuming, token } => match read_reply::<Connect>(reply.outcome) {
                Ok(connected) => self.connected(now, connected, resuming, token, out),
                Err(error) => self.not_connected(now, error, resuming, out),
            },
            Question::Online { last_try } => match read_reply::<SubscriberOnline>(reply.outcome) {
                Ok(_) if self.config.online => self.set_status(SessionStatus::Online, out),
                Ok(_) => {}
                Err(error) if !last_try => {
                    tracing::info!(error = clip(&error), "not registered, authenticating once more");
                    self.reauthenticate(now, true, out);
                }
                Err(error) if is_about_credentials(&error) => self.refuse(credentials_problem(&error), out),
                Err(error) => {
                    tracing::warn!(error = clip(&error), "not registered");
                    self.set_status(SessionStatus::Offline, out);
                }
            },
            Question::Offline => {
                if let Err(error) = read_reply::<SubscriberOffline>(reply.outcome) {
                    tracing::warn!(error = clip(&error), "the space keeps us online");
                }
                if !self.config.online {
                    self.set_status(SessionStatus::Offline, out);
                }
            }
            Question::Reauthenticate { then_online } => match read_reply::<Reauthenticate>(reply.outcome) {
                Ok(reply) => {
                    let expires_at = reply.authorization.and_then(|a| a.fabric_subscriber?.expires_at);
                    out.push(SessionOutput::TokenAccepted { expires_at });
                    if then_online {
                        self.register(now, true, out);
                    }
                }
                Err(error) if is_about_credentials(&error) => self.refuse(credentials_problem(&error), out),
                Err(error) => {
                    tracing::warn!(error = clip(&error), "the new token was not taken");
                    if then_online {
                        self.set_status(SessionStatus::Offline, out);
                    }
                }
            },
        }
    }

    fn connected(
        &mut self,
        now: Instant,
        reply: ConnectReply,
        resuming: bool,
        token: Secret,
        out: &mut Outputs,
    ) {
        let earlier =
            self.config.resume.take().filter(|earlier| resuming && earlier.protocol == reply.protocol);
        let resumed = earlier.is_some();
        let newest = self.early_state.take();
        let authorization_state = newest.or(earlier.and_then(|earlier| earlier.authorization_state));
        self.config.resume = Some(Resume { protocol: reply.protocol, authorization_state });
        out.push(SessionOutput::ResumeChanged(self.config.resume.clone()));
        self.link = Link::Ready(Ready { since: now, last_heard: now, pings: false });
        let authorization = reply.authorization.unwrap_or_default();
        let subscriber = authorization.fabric_subscriber.unwrap_or_default();
        self.project_id = authorization.project_id.or(subscriber.project_id);
        out.push(SessionOutput::Connected(Connected {
            resumed,
            ice_servers: reply.ice_servers.unwrap_or_default(),
            subscriber_id: subscriber.subscriber_id,
            project_id: self.project_id.clone(),
            expires_at: subscriber.expires_at,
        }));
        if token != self.config.token {
            self.reauthenticate(now, false, out);
        }
        if self.config.online {
            self.register(now, false, out);
        } else {
            self.set_status(SessionStatus::Offline, out);
        }
        self.flush(now, out);
    }

    fn not_connected(&mut self, now: Instant, error: ReplyError, resuming: bool, out: &mut Outputs) {
        if is_about_credentials(&error) {
            if !resuming {
                return self.refuse(credentials_problem(&error), out);
            }
            // What we remember is of no use any more: once more without it.
            self.forget(out);
            self.close(out);
            return self.open(now, out);
        }
        self.close(out);
        let problem = Problem::new(ProblemCode::ProtocolError).because(clip(&error)).worth_retrying();
        self.lose(now, problem, out);
    }
}

/// The three codes that trying again with the same words cannot change (WIRE.md 9.1).
fn is_about_credentials(error: &ReplyError) -> bool {
    matches!(
        error,
        ReplyError::Rpc(RpcError {
            code: codes::AUTHENTICATION_FAILED | codes::REQUESTER_VALIDATION_FAILED | codes::INVALID_PARAMS,
            ..
        })
    )
}

fn credentials_problem(error: &ReplyError) -> Problem {
    let code = match error {
        ReplyError::Rpc(error) if error.message.to_ascii_lowercase().contains("expired") => {
            ProblemCode::TokenExpired
        }
        ReplyError::Rpc(RpcError { code: codes::AUTHENTICATION_FAILED, .. }) => ProblemCode::TokenRefused,
        _ => ProblemCode::ProtocolError,
    };
    Problem::new(code).because(clip(error))
}

/// The space's own words go on only in part.
fn clip(error: &ReplyError) -> String {
    error.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}
