//! What goes into a [`crate::Session`] and what comes out.

use crate::Accepted;
use ahoy_model::{NodeId, Problem, ProblemCode, Secret, SubscriberId};
use ahoy_wire::{
    Ack, ClientRequest, Event, IceServer, LayoutListReply, MemberListReply, ServerVerto, VertoFailure,
    WireError,
};
use std::time::Duration;

/// How long a session waits for what (WIRE.md 9.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// For a socket to open.
    pub open: Duration,
    /// The first pause before the next try, and the longest; each is twice the one before.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// For the answer to a request.
    pub request: Duration,
}

impl Default for SessionTimes {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(10),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(3),
            request: Duration::from_secs(5),
        }
    }
}

/// What a session needs to know from the start.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// `wss://…` or `ws://…`
    pub url: String,
    pub token: Secret,
    /// Who we are, `ahoy/0.1.0`.
    pub agent: String,
    /// Starts every request id; fresh for every session (a UUID will do), so that ids never repeat.
    pub id_prefix: String,
    /// Whether calls shall ring here.
    pub online: bool,
    /// What an earlier session left, to take up its calls.
    pub resume: Option<Resume>,
    pub times: SessionTimes,
}

/// What a space wants to see again when a lost session is taken up (WIRE.md 3.1, 3.2). Both are opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    pub protocol: String,
    pub authorization_state: Option<Secret>,
}

/// Proofs of possession (DPoP) for a token that is bound to this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    pub connect: Option<Secret>,
    pub reauthenticate: Option<Secret>,
}

/// Chosen by who asks; comes back with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Why a socket could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenFailure {
    /// No such host, refused, no network.
    Unreachable,
    /// The certificate is not to be trusted.
    Untrusted,
    /// The certificate is not the one that was pinned.
    CertificateChanged,
    /// Something answers, but it is no space.
    NotASpace,
}

impl OpenFailure {
    pub(crate) fn problem(self) -> Problem {
        Problem::new(match self {
            Self::Unreachable => ProblemCode::SpaceUnreachable,
            Self::Untrusted => ProblemCode::SpaceUntrusted,
            Self::CertificateChanged => ProblemCode::CertificateChanged,
            Self::NotASpace => ProblemCode::ProtocolError,
        })
        .worth_retrying()
    }
}

/// What happened. `attempt` is the number that [`SessionOutput::Open`] named: news of sockets that are given up already is ignored.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one step")]
pub enum SessionInput {
    /// Connect and stay connected.
    Start,
    /// Go offline, close and stay closed.
    Stop,
    Opened {
        attempt: u32,
    },
    OpenFailed {
        attempt: u32,
        failure: OpenFailure,
    },
    /// The socket closed or broke.
    Closed {
        attempt: u32,
    },
    Received {
        attempt: u32,
        text: String,
    },
    /// Whether calls shall ring here.
    SetOnline(bool),
    /// A new token: used at once where a session stands, and to try again where the last one was refused.
    NewToken(Secret),
    /// The network changed or the machine woke up: do not wait any longer before the next attempt, and see whether a
    /// session that seems to stand still does.
    Hurry,
    /// A request of a call. Answered by [`SessionOutput::Reply`] in every case.
    Request {
        ticket: Ticket,
        request: ClientRequest,
    },
    /// [`crate::Session::deadline`] has passed.
    Timer,
}

/// Where the session stands.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionStatus {
    /// Not started, or stopped.
    Stopped,
    /// The first attempt.
    Connecting,
    /// Trying again by itself, for ever; with what was wrong last.
    Reconnecting(Option<Problem>),
    /// Connected; calls do not ring here.
    Offline,
    /// Connected; calls ring here.
    Online,
    /// Given up: only a new token or a new start helps.
    Refused(Problem),
}

impl SessionStatus {
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Offline | Self::Online)
    }
}

/// What the space said about us.
#[derive(Clone, Debug, PartialEq)]
pub struct Connected {
    /// False: the space knows nothing of calls that were running; they have to be taken up one by one.
    pub resumed: bool,
    pub ice_servers: Vec<IceServer>,
    pub subscriber_id: Option<SubscriberId>,
    pub project_id: Option<String>,
    /// When the token ends, unix seconds.
    pub expires_at: Option<u64>,
}

/// The typed answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Verto(Accepted),
    /// A `call.*` that is only acknowledged.
    Done(Ack),
    Layouts(LayoutListReply),
    Members(MemberListReply),
    /// To a request that we know nothing about.
    Raw(ahoy_wire::ReplyResult),
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequestFailure {
    #[error(transparent)]
    Refused(#[from] VertoFailure),
    #[error("the space did not answer in time")]
    TimedOut,
    /// It was sent, then the socket was lost: it may or may not have been carried out.
    #[error("the connection was lost before the answer came")]
    Lost,
    /// It was never sent.
    #[error("there is no connection with the space")]
    NotConnected,
    #[error("too many requests are waiting for an answer")]
    QueueFull,
}

impl RequestFailure {
    /// The space says that it does not know this call (any more).
    pub fn call_is_gone(&self) -> bool {
        match self {
            Self::Refused(failure) => {
                failure.cause == Some(ahoy_model::HangupCause::InvalidCallReference)
                    || failure.error.message.contains("CALL DOES NOT EXIST")
            }
            _ => false,
        }
    }
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one step")]
pub enum SessionOutput {
    /// Open a socket; news of it carries this attempt's number. At most 10 s are waited for it.
    Open {
        attempt: u32,
        url: String,
    },
    /// Close this attempt's socket after what was sent before. Nothing of it is heard any more.
    CloseSocket {
        attempt: u32,
    },
    Send {
        attempt: u32,
        text: String,
    },
    Status(SessionStatus),
    /// A session stands. Follows every successful connect, before its status.
    Connected(Connected),
    /// Kept by who wants to resume after a restart of the program. `None`: nothing to resume.
    ResumeChanged(Option<Resume>),
    /// About a leg. `node_id` is where the call lives.
    Verto {
        node_id: Option<NodeId>,
        message: ServerVerto,
    },
    /// Any other event.
    Event(Event),
    Reply {
        ticket: Ticket,
        outcome: Result<Answer, RequestFailure>,
    },
    /// The space took the new token.
    TokenAccepted {
        expires_at: Option<u64>,
    },
    /// A text that is no message; told once per connection.
    Malformed(WireError),
}
