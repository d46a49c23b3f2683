//! What a client asks of its session.

use super::{LEGS, Session, VertoReplyTo};
use crate::call::{self, CallCommand, ChildInvite, ChildKind, Unite};
use crate::party::Reach;
use crate::socket;
use ahoy_model::{CallId, DialTarget, HangupCause};
use ahoy_wire::{
    BodyWithSdp, CallRequest, ClientMessage, ClientRequest, ClientVerto, Modify, ModifyAction,
    ReauthenticateParams, ReauthenticateReply, Reply, RpcError, VertoRequest, VertoResult, parse_client,
};
use std::time::Instant;

impl Session {
    /// Takes one text from the client. False: it is no message.
    pub(super) async fn received(&mut self, text: &str) -> bool {
        match parse_client(text) {
            Ok(ClientMessage::Reply(reply)) => {
                self.unacknowledged.retain(|(id, _)| *id != reply.id);
                true
            }
            Ok(ClientMessage::Request { id, request }) => {
                self.request(id, request).await;
                true
            }
            Err(error) => {
                tracing::debug!(%error, "a message cannot be read");
                match error.reply() {
                    Some(reply) => {
                        self.handle.reply(reply);
                        true
                    }
                    None => false,
                }
            }
        }
    }

    async fn request(&mut self, id: String, request: ClientRequest) {
        match request {
            ClientRequest::Connect(_) => {
                let error =
                    RpcError::new(ahoy_wire::codes::INVALID_REQUEST, "This socket is connected already");
                self.handle.reply(Reply::error(id, error));
            }
            ClientRequest::Reauthenticate(params) => self.reauthenticate(id, params).await,
            // The SDK answers this with its newest token, and tries again (WIRE.md 3.4).
            ClientRequest::SubscriberOnline if self.expired => {
                self.handle.reply(Reply::error(id, RpcError::token_expired()));
            }
            ClientRequest::SubscriberOnline => self.set_online(&id, true),
            ClientRequest::SubscriberOffline => self.set_online(&id, false),
            ClientRequest::Ping(params) => self.handle.reply(Reply::ok(id, &params)),
            ClientRequest::Verto(request) => self.verto(id, request).await,
            ClientRequest::Call(request) => self.call(id, request).await,
            ClientRequest::Unknown { method, .. } => {
                self.handle.reply(Reply::error(id, RpcError::method_not_found(&method)));
            }
        }
    }

    fn set_online(&mut self, id: &str, online: bool) {
        let came = online && !std::mem::replace(&mut self.online, online);
        (self.online, self.spoken) = (online, true);
        self.set_presence(true);
        self.handle.acknowledge(id);
        if came {
            self.ring_here();
        }
    }

    /// Calls that ring at this subscriber's other devices ring here, too.
    pub(super) fn ring_here(&self) {
        for call in self.core.switchboard.ringing(&self.handle.party().subscriber_id) {
            call.nudge(CallCommand::DeviceOnline(self.handle.clone()));
        }
    }

    async fn reauthenticate(&mut self, id: String, params: ReauthenticateParams) {
        match socket::reauthenticate(&self.core, self.handle.party(), &params).await {
            Ok(claims) => {
                self.hold(claims);
                self.set_presence(true);
                let reply = ReauthenticateReply {
                    identity: Some(self.identity.clone()),
                    authorization: Some(self.authorization()),
                };
                self.handle.reply(Reply::ok(id, &reply));
            }
            Err(stranger) => {
                tracing::info!(%stranger, "a new token was refused");
                self.handle.reply(Reply::error(id, stranger.refusal()));
            }
        }
    }

    async fn verto(&mut self, id: String, request: VertoRequest) {
        let leg = request.leg();
        let reply = VertoReplyTo { session: self.handle.clone(), id, inner: request.message_id };
        match request.message {
            // v3 says everything twice; the real service answers with an empty result (WIRE.md 16).
            ClientVerto::Result(_) => reply.ok(VertoResult::default()),
            ClientVerto::Unknown { method, .. } => reply.failed(RpcError::method_not_found(&method)),
            ClientVerto::Subscribe(wanted) => match leg.filter(|leg| self.legs.contains_key(leg)) {
                Some(leg) => self.pass(leg, ClientVerto::Subscribe(wanted), reply).await,
                None => reply.ok(VertoResult::message("OK")),
            },
            ClientVerto::Invite(body) => {
                let leg = body.dialog.call_id.clone();
                if self.legs.contains_key(&leg) {
                    self.pass(leg, ClientVerto::Invite(body), reply).await;
                } else {
                    self.place(leg, body, reply).await;
                }
            }
            ClientVerto::Modify(Modify { action: ModifyAction::Transfer { destination }, .. })
                if !self.may_dial(&destination).await =>
            {
                reply.failed(RpcError::call_error(HangupCause::OutgoingCallBarred));
            }
            ClientVerto::Modify(Modify { action: ModifyAction::Replace { call }, .. }) => {
                self.unite(leg, call, false, reply).await;
            }
            ClientVerto::Modify(Modify { action: ModifyAction::Merge { call }, .. }) => {
                self.unite(leg, call, true, reply).await;
            }
            message => match leg {
                Some(leg) => self.pass(leg, message, reply).await,
                None => reply.failed(RpcError::call_does_not_exist()),
            },
        }
    }

    /// Two calls of this client are to become one. Guests have no calls to make others of.
    async fn unite(&mut self, leg: Option<CallId>, other: CallId, merge: bool, reply: VertoReplyTo) {
        let known = |leg: &CallId| self.legs.get(leg).filter(|_| !self.children.contains(leg)).cloned();
        let two = leg.and_then(|by| Some((known(&by)?, known(&other)?, by)));
        if self.handle.party().reach != Reach::Everything {
            return reply.failed(RpcError::call_error(HangupCause::OutgoingCallBarred));
        }
        let Some((call, with, by)) = two else { return reply.failed(RpcError::call_does_not_exist()) };
        let wish = Unite { by, other, call: with, merge, reply: reply.clone() };
        if !call.send(CallCommand::Unite(Box::new(wish))).await {
            reply.failed(RpcError::call_does_not_exist());
        }
    }

    /// A message about a leg goes to its call, which answers it.
    async fn pass(&mut self, leg: CallId, message: ClientVerto, reply: VertoReplyTo) {
        let Some(call) = self.legs.get(&leg) else {
            // A late pong is no fault.
            return match message {
                ClientVerto::Pong(_) => reply.ok(VertoResult::ok(leg)),
                _ => reply.failed(RpcError::call_does_not_exist()),
            };
        };
        let command =
            CallCommand::Client { leg: leg.clone(), message: Box::new(message), reply: reply.clone() };
        if !call.send(command).await {
            self.forget(&leg);
            reply.failed(RpcError::call_does_not_exist());
        }
    }

    /// Whether the holder of the token may reach what they dialled (guests reach little).
    async fn may_dial(&self, dialled: &str) -> bool {
        let reach = &self.handle.party().reach;
        if *reach == Reach::Everything {
            return true;
        }
        let Ok(target) = DialTarget::parse(dialled) else { return false };
        let path = target.path();
        let Some((context, name)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
            return false;
        };
        match self.core.store.address_at(context, name).await {
            Ok(address) => address.is_some_and(|address| reach.includes(&address)),
            Err(error) => {
                tracing::error!(%error, "a guest's destination could not be looked up");
                false
            }
        }
    }

    async fn place(&mut self, leg: CallId, body: BodyWithSdp, reply: VertoReplyTo) {
        if let Some(kind) = ChildKind::of(&body.dialog) {
            // Whoever may be in its call may add to it.
            return self.place_child(kind, leg, body, reply).await;
        }
        if self.expired {
            return reply.failed(RpcError::call_error(HangupCause::BearercapabilityNotauth));
        }
        if !self.may_dial(body.dialog.destination_number.as_deref().unwrap_or_default()).await {
            tracing::info!(guest = self.handle.party().subscriber_id, "a guest dialled something else");
            return reply.failed(RpcError::call_error(HangupCause::OutgoingCallBarred));
        }
        let allowed = self.core.door.call(self.handle.party().quota(), Instant::now());
        if let Err(refusal) = allowed {
            tracing::info!(%refusal, "a call was refused");
        }
        if allowed.is_err() || self.legs.len() >= LEGS || leg.is_empty() || leg.as_str().len() > 128 {
            return reply.failed(RpcError::call_error(HangupCause::SwitchCongestion));
        }
        match call::place(&self.core, self.handle.clone(), body, reply) {
            Some(call) => {
                self.legs.insert(leg, call);
                self.count_legs();
            }
            None => tracing::debug!("no call was begun"),
        }
    }

    /// A leg of a member goes to the call of the leg it belongs to, and never rings anybody.
    async fn place_child(&mut self, kind: ChildKind, leg: CallId, body: BodyWithSdp, reply: VertoReplyTo) {
        if self.legs.len() >= LEGS || leg.is_empty() || leg.as_str().len() > 128 {
            return reply.failed(RpcError::call_error(HangupCause::SwitchCongestion));
        }
        let parent = call::parent_of_child(&body.dialog);
        let owner = parent.and_then(|parent| self.legs.get(&parent).map(|call| (parent, call.clone())));
        let Some((parent, call)) = owner else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        };
        let invite = ChildInvite::new(kind, parent, self.handle.clone(), body, reply.clone());
        if !call.send(CallCommand::Child(Box::new(invite))).await {
            return reply.failed(RpcError::call_does_not_exist());
        }
        self.legs.insert(leg.clone(), call);
        self.children.insert(leg);
    }

    async fn call(&mut self, id: String, request: CallRequest) {
        let named =
            request.own.iter().chain(request.targets.members()).find_map(|member| member.call_id.clone());
        let call = named.and_then(|leg| self.legs.get(&leg).map(|call| (leg, call)));
        let Some((leg, call)) = call else {
            return self.handle.reply(Reply::error(id, RpcError::call_does_not_exist()));
        };
        if !call.send(CallCommand::Method { leg, id: id.clone(), request }).await {
            self.handle.reply(Reply::error(id, RpcError::call_does_not_exist()));
        }
    }
}
