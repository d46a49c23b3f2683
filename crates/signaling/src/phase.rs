//! The states of a call. Finer than [`CallStatus`], which is what people see.

use crate::CallTimes;
use ahoy_model::{CallStatus, EndReason, HangupCause};
use std::time::Duration;

/// Whether the call goes back to talking or to hold once media is repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Line {
    Open,
    Held,
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct End {
    pub reason: EndReason,
    pub cause: Option<HangupCause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// Outbound: our offer is being made.
    Gathering,
    /// Outbound: the invite is on its way.
    Inviting,
    /// Outbound: the space has the call.
    Trying,
    /// Outbound: early media came.
    RingingOut,
    /// Inbound: the user is asked.
    RingingIn,
    /// Inbound: the user said yes, our answer is being made.
    Answering,
    Connecting,
    Connected,
    /// Connected, and hold is asked for.
    Holding,
    Held,
    /// Held, and the end of hold is asked for.
    Resuming,
    /// Contact was lost a moment ago.
    Wavering(Line),
    /// A media restart is under way.
    Recovering(Line),
    /// The space forgot us: a reattach invite is under way.
    Reattaching(Line),
    /// Our bye is on its way.
    Disconnecting(End),
    Destroyed,
}

impl Phase {
    pub fn status(self) -> CallStatus {
        match self {
            Self::Gathering | Self::Inviting => CallStatus::New,
            Self::Trying => CallStatus::Trying,
            Self::RingingOut | Self::RingingIn => CallStatus::Ringing,
            Self::Answering | Self::Connecting => CallStatus::Connecting,
            Self::Connected | Self::Holding => CallStatus::Connected,
            Self::Held | Self::Resuming => CallStatus::Held,
            Self::Wavering(_) | Self::Recovering(_) | Self::Reattaching(_) => CallStatus::Recovering,
            Self::Disconnecting(_) => CallStatus::Disconnecting,
            Self::Destroyed => CallStatus::Destroyed,
        }
    }

    /// Both sides have agreed, as far as we know; decides what a hang-up is called.
    pub fn is_answered(self) -> bool {
        !matches!(
            self,
            Self::Gathering
                | Self::Inviting
                | Self::Trying
                | Self::RingingOut
                | Self::RingingIn
                | Self::Answering
                | Self::Destroyed
        )
    }

    /// The call exists in the space only as long as our session does.
    pub fn needs_session(self) -> bool {
        matches!(self, Self::Trying | Self::RingingOut | Self::RingingIn)
    }

    pub fn line(self) -> Line {
        match self {
            Self::Held | Self::Resuming => Line::Held,
            Self::Wavering(line) | Self::Recovering(line) | Self::Reattaching(line) => line,
            _ => Line::Open,
        }
    }

    /// How long this may last; `None`: as long as the user likes. `Inviting` inherits the limit of `Gathering`.
    pub fn limit(self, times: &CallTimes) -> Option<Duration> {
        Some(match self {
            Self::Gathering | Self::Inviting => times.dial,
            Self::Trying | Self::RingingOut => times.no_answer,
            Self::RingingIn => times.ring,
            Self::Answering => times.answering,
            Self::Connecting => times.connecting,
            Self::Holding | Self::Resuming => times.hold,
            Self::Wavering(_) => times.grace,
            Self::Recovering(_) | Self::Reattaching(_) => times.recovering,
            Self::Disconnecting(_) => times.disconnecting,
            Self::Connected | Self::Held | Self::Destroyed => return None,
        })
    }
}

impl Line {
    /// Where the call is when media flows (again).
    pub fn connected(self) -> Phase {
        match self {
            Self::Open => Phase::Connected,
            Self::Held => Phase::Held,
        }
    }
}
