//! The handle of a session, for calls and for the switchboard.

use crate::call::CallHandle;
use crate::clock;
use crate::party::Party;
use crate::socket::Arrival;
use ahoy_model::{CallId, NodeId, Secret};
use ahoy_wire::{
    Ack, ConversationMessage, Event, EventBody, InnerId, Reply, RpcError, ServerMessage, ServerVerto,
    VertoReply, VertoResult,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What the protocols of machines begin with.
pub const MACHINE: &str = "machine_";

/// Whose words a client speaks (WIRE.md 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    V4,
    V3,
    /// Our own phone, which keeps its legs apart.
    Ahoy,
}

impl Dialect {
    /// By what the client calls itself in its connect.
    pub fn of(agent: Option<&str>) -> Self {
        match agent {
            Some(agent) if agent.starts_with("@signalwire/js/") && agent.contains("/3.") => Self::V3,
            Some(agent) if agent.starts_with("ahoy/") => Self::Ahoy,
            _ => Self::V4,
        }
    }
}

/// What can be sent to a session's task.
pub enum SessionCommand {
    Send(Outgoing),
    /// For a client that listens now; of no interest to one that comes back later.
    Whisper(String),
    /// A leg of `call` begins here; its invite follows.
    Ring {
        leg: CallId,
        call: CallHandle,
    },
    /// The leg is over and need not be known any more.
    Ended(CallId),
    /// A new socket that proved to be this session's.
    Resume(Box<Arrival>),
    /// The subscriber is no more: so is the session.
    Dismiss,
}

/// One message to the client.
pub struct Outgoing {
    pub text: String,
    /// Events about legs are sent again on the next socket when they were not acknowledged: their id.
    pub keep: Option<String>,
}

/// A way to talk to one client. Cheap to clone. Nothing here waits: a client that does not read is disconnected.
#[derive(Clone)]
pub struct SessionHandle(Arc<Inner>);

/// What is fixed when a session begins.
pub struct Charter {
    pub protocol: String,
    pub project_id: String,
    pub node: NodeId,
    pub party: Party,
    pub dialect: Dialect,
    /// The authorization state.
    pub state: Secret,
    pub commands: mpsc::Sender<SessionCommand>,
    /// Cancelled when the client reads too slowly.
    pub overflow: CancellationToken,
}

struct Inner {
    charter: Charter,
    verto_ids: AtomicI64,
    legs: AtomicUsize,
}

impl SessionHandle {
    pub fn new(charter: Charter) -> Self {
        Self(Arc::new(Inner { charter, verto_ids: AtomicI64::new(101), legs: AtomicUsize::new(0) }))
    }

    pub fn protocol(&self) -> &str {
        &self.0.charter.protocol
    }

    pub fn party(&self) -> &Party {
        &self.0.charter.party
    }

    pub fn node(&self) -> &NodeId {
        &self.0.charter.node
    }

    pub fn dialect(&self) -> Dialect {
        self.0.charter.dialect
    }

    /// Whether a client with this authorization state may take the session up. One without any has the random protocol to show.
    pub fn admits(&self, state: Option<&str>) -> bool {
        state.is_none_or(|state| Sha256::digest(state) == Sha256::digest(self.0.charter.state.expose()))
    }

    /// How many legs it is in, ringing ones included.
    pub fn legs(&self) -> usize {
        self.0.legs.load(Ordering::Relaxed)
    }

    pub(super) fn set_legs(&self, legs: usize) {
        self.0.legs.store(legs, Ordering::Relaxed);
    }

    /// A document's, not a person's: it cannot be handed on.
    pub fn is_machine(&self) -> bool {
        self.protocol().starts_with(MACHINE)
    }

    pub fn same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// False: the session is over or overflowing.
    pub fn command(&self, command: SessionCommand) -> bool {
        match self.0.charter.commands.try_send(command) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::warn!(subscriber = self.0.charter.party.subscriber_id, "a client reads too slowly");
                self.0.charter.overflow.cancel();
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    pub fn reply(&self, reply: Reply) {
        self.command(SessionCommand::Send(Outgoing { text: reply.to_json(), keep: None }));
    }

    pub fn acknowledge(&self, id: &str) {
        self.reply(Reply::ok(id, &Ack::ok()));
    }

    /// A message of a conversation.
    pub fn chat(&self, message: ConversationMessage, is_author: bool) {
        let body = EventBody::ConversationMessage(message);
        let event = Event::on(self.protocol(), clock::unix_ms(), body);
        self.push(Event { is_author: Some(is_author), ..event }, true);
    }

    pub fn event(&self, body: EventBody) {
        self.push(Event::on(&self.0.charter.protocol, clock::unix_ms(), body), true);
    }

    /// An event that is soon overtaken by others like it: it is neither kept for a lost socket nor waited for.
    pub fn whisper(&self, body: EventBody) {
        let event = Event {
            project_id: Some(self.0.charter.project_id.clone()),
            node_id: Some(self.0.charter.node.clone()),
            ..Event::on(&self.0.charter.protocol, clock::unix_ms(), body)
        };
        let text = ServerMessage::event(Uuid::new_v4().to_string(), event).to_json();
        // A full queue has no room for what nobody will miss.
        let _ = self.0.charter.commands.try_send(SessionCommand::Whisper(text));
    }

    pub fn verto(&self, message: ServerVerto) {
        let id = self.0.verto_ids.fetch_add(1, Ordering::Relaxed);
        let keep = !matches!(message, ServerVerto::Ping(_));
        self.push(
            Event::verto(&self.0.charter.protocol, clock::unix_ms(), &self.0.charter.node, id, message),
            keep,
        );
    }

    fn push(&self, mut event: Event, keep: bool) {
        event.project_id = Some(self.0.charter.project_id.clone());
        event.node_id.get_or_insert_with(|| self.0.charter.node.clone());
        let id = Uuid::new_v4().to_string();
        let text = ServerMessage::event(id.clone(), event).to_json();
        self.command(SessionCommand::Send(Outgoing { text, keep: keep.then_some(id) }));
    }
}

/// Where the reply to a `webrtc.verto` request goes.
#[derive(Clone)]
pub struct VertoReplyTo {
    pub session: SessionHandle,
    pub id: String,
    pub inner: InnerId,
}

impl VertoReplyTo {
    pub fn ok(self, result: VertoResult) {
        let reply = VertoReply::ok(self.session.node(), self.inner, result);
        self.session.reply(Reply::ok(self.id, &reply));
    }

    /// The failure belongs inside, where `dial()` of the SDK finds it (WIRE.md 4.1).
    pub fn failed(self, error: RpcError) {
        let reply = VertoReply::failed(self.session.node(), self.inner, error);
        self.session.reply(Reply::ok(self.id, &reply));
    }
}
