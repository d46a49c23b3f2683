//! What goes into a [`crate::Call`] and what comes out.

use crate::{Answer, RequestFailure};
use ahoy_model::{CallId, CallStatus, EndReason, HangupCause, NodeId};
use ahoy_wire::{ServerVerto, VertoPing, VertoResult};
use std::num::NonZeroU32;
use std::time::Duration;

/// How long a call waits for what, and how often it tries. The defaults are those of WIRE.md 9.4 where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimes {
    /// From dialling until the space has taken the call, gathering included.
    pub dial: Duration,
    /// Until the far side answers. The space usually gives up first.
    pub no_answer: Duration,
    /// How long an inbound call rings.
    pub ring: Duration,
    /// From the user's "answer" until our SDP is made.
    pub answering: Duration,
    /// From the answer until media flows.
    pub connecting: Duration,
    /// For the reply to hold and resume.
    pub hold: Duration,
    /// How long lost contact may come back by itself before it is repaired.
    pub grace: Duration,
    /// How long a repair may take, of a call that has had media.
    pub recovering: Duration,
    /// Pause between two tries at a repair.
    pub again: Duration,
    /// Between two offers of repairs of one call, whatever asks for them: a lost path, silence, another network.
    pub repair_pause: Duration,
    /// Offers that one repair may make until media flows; `None`: as many as its time allows. Those that never left do not count.
    pub repair_tries: Option<NonZeroU32>,
    /// A call that the space ends for want of media (`MEDIA_TIMEOUT`) is asked for again, once.
    pub ask_again: bool,
    /// For the space to confirm our bye.
    pub disconnecting: Duration,
    /// How long an unanswered call outlives the session's connection.
    pub without_session: Duration,
}

impl Default for CallTimes {
    fn default() -> Self {
        Self {
            dial: Duration::from_secs(10),
            no_answer: Duration::from_secs(90),
            ring: Duration::from_secs(60),
            answering: Duration::from_secs(10),
            connecting: Duration::from_secs(15),
            hold: Duration::from_secs(6),
            grace: Duration::from_secs(3),
            recovering: Duration::from_secs(60),
            again: Duration::from_secs(2),
            repair_pause: Duration::from_secs(1),
            repair_tries: None,
            ask_again: true,
            disconnecting: Duration::from_secs(2),
            without_session: Duration::from_secs(15),
        }
    }
}

/// A reply to one of our verto messages that was no refusal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accepted {
    pub node_id: Option<NodeId>,
    pub result: VertoResult,
}

/// What a reply is about: [`CallMessage::asked`] of the message it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    Invite,
    Answer,
    Bye,
    Hold,
    Unhold,
    UpdateMedia,
    Transfer,
    Unite,
    Digits,
    Pong,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one value lives for the time of one step")]
pub enum CallInput {
    // From the user
    Answer,
    Decline,
    HangUp,
    /// Stop the noise, keep ringing.
    Silence,
    Hold,
    Resume,
    Digits(String),
    Transfer {
        destination: String,
    },
    /// This call and that one become one: by merging, or by connecting the far sides.
    Unite {
        other: CallId,
        merge: bool,
    },
    /// Other media than before is wanted: a picture added or left out.
    ChangeMedia,

    // From the space
    Reply {
        to: Asked,
        outcome: Result<Accepted, RequestFailure>,
    },
    /// Early media.
    FarMedia {
        sdp: String,
    },
    FarAnswered {
        sdp: Option<String>,
    },
    FarBye {
        cause: HangupCause,
    },
    FarPing(VertoPing),
    /// The space still has this call and wants to be asked for it again.
    FarAttach,
    /// Anything else that names this call. Never changes it.
    Other,

    // From media
    /// The description that [`CallOutput::StartMedia`] asked for.
    SdpReady(String),
    /// A description could not be made, or the far side's makes no sense together with ours.
    SdpRefused,
    /// Media flows.
    MediaConnected,
    /// Contact was lost; it may come back.
    MediaDisconnected,
    /// Contact is gone for good.
    MediaFailed,
    /// Contact seems to stand, but what should come does not come.
    MediaSilent,

    // From the session
    SessionLost,
    SessionBack {
        resumed: bool,
    },
    /// Signed out or refused: there will be no other session.
    SessionGone,

    /// [`crate::Call::deadline`] has passed.
    Timer,
}

impl CallInput {
    /// The session's answer to a message of this call; `to` is what [`CallMessage::asked`] said when it was sent.
    pub fn replied(to: Asked, outcome: Result<Answer, RequestFailure>) -> Self {
        let outcome = outcome.map(|answer| match answer {
            Answer::Verto(accepted) => accepted,
            Answer::Done(_) | Answer::Layouts(_) | Answer::Members(_) | Answer::Raw(_) => Accepted::default(),
        });
        Self::Reply { to, outcome }
    }
}

impl From<ServerVerto> for CallInput {
    /// For messages of a call that exists. An invite for it can only be a repetition.
    fn from(message: ServerVerto) -> Self {
        match message {
            ServerVerto::Media(media) => Self::FarMedia { sdp: media.sdp },
            ServerVerto::Answer(answer) => {
                Self::FarAnswered { sdp: answer.sdp.filter(|sdp| !sdp.is_empty()) }
            }
            ServerVerto::Bye(bye) => Self::FarBye { cause: bye.read_cause() },
            ServerVerto::Ping(ping) => Self::FarPing(ping),
            ServerVerto::Attach(_) => Self::FarAttach,
            ServerVerto::Invite(_)
            | ServerVerto::MediaParams(_)
            | ServerVerto::Display(_)
            | ServerVerto::Info(_)
            | ServerVerto::Unknown { .. } => Self::Other,
        }
    }
}

/// What we say to the space about a call; [`crate::Call::request`] puts it into its envelope.
#[derive(Clone, Debug, PartialEq)]
pub enum CallMessage {
    Invite {
        sdp: String,
    },
    /// Takes up a call that the space has lost sight of.
    Reattach {
        sdp: String,
    },
    Answer {
        sdp: String,
    },
    Bye {
        cause: Option<HangupCause>,
    },
    Hold,
    Unhold,
    UpdateMedia {
        sdp: String,
    },
    Unite {
        other: CallId,
        merge: bool,
    },
    Transfer {
        destination: String,
    },
    Digits(String),
    Pong(VertoPing),
}

impl CallMessage {
    pub fn asked(&self) -> Asked {
        match self {
            Self::Invite { .. } | Self::Reattach { .. } => Asked::Invite,
            Self::Answer { .. } => Asked::Answer,
            Self::Bye { .. } => Asked::Bye,
            Self::Hold => Asked::Hold,
            Self::Unhold => Asked::Unhold,
            Self::UpdateMedia { .. } => Asked::UpdateMedia,
            Self::Transfer { .. } => Asked::Transfer,
            Self::Unite { .. } => Asked::Unite,
            Self::Digits(_) => Asked::Digits,
            Self::Pong(_) => Asked::Pong,
        }
    }
}

/// What media is to make. Each ends in [`CallInput::SdpReady`] or [`CallInput::SdpRefused`]; only news of the last task count,
/// the driver keeps back what belongs to an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaTask {
    /// A peer connection with an offer.
    Offer,
    /// A peer connection that answers this offer. Only now the user has agreed to media.
    Answer { offer: String },
    /// A new offer with fresh candidates on the running peer connection.
    Restart,
    /// A new offer with other media on the running peer connection.
    Change,
    /// A new peer connection with an offer in place of the old one.
    Replace,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum CallOutput {
    Send(CallMessage),
    StartMedia(MediaTask),
    /// The far side's answer to our last offer. Once per offer.
    AcceptAnswer(String),
    /// Stop capture and playout, close the peer connection. Once, at the end.
    CloseMedia,
    /// Always followed by `StopRinging` before the end.
    StartRinging,
    StopRinging,
    Status(CallStatus),
    /// Hold, resume, digits, transfer or other media was refused or not answered; all is as before.
    Refused(Asked),
    /// Why the call is over. Once; only `Status(Destroyed)` follows.
    Ended {
        reason: EndReason,
        cause: Option<HangupCause>,
    },
}
