//! The status of a call in SignalWire's words (WIRE.md 8), plus `Held`, which the SDK leaves to its user.

use crate::HangupCause;
use serde::{Deserialize, Serialize};

/// Which side placed the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Outbound,
    Inbound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Audio,
    Video,
}

/// The direction of one media section as we see it (RFC 8866 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Flow {
    pub fn new(send: bool, receive: bool) -> Self {
        match (send, receive) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same section as the far side sees it.
    pub fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What is left when the far side offers `theirs` (as the far side wrote it).
    pub fn meet(self, theirs: Self) -> Self {
        Self::new(self.sends() && theirs.receives(), self.receives() && theirs.sends())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Made, nothing sent yet (gathering candidates).
    New,
    /// The space has accepted the invite.
    Trying,
    /// The far side rings (outbound) or we ring (inbound).
    Ringing,
    /// Answered; media is being connected.
    Connecting,
    Connected,
    /// On hold by us; media is still connected.
    Held,
    /// Media was lost and is being brought back.
    Recovering,
    /// We hung up and wait for the space to confirm.
    Disconnecting,
    /// Over; `EndReason` says why.
    Disconnected,
    /// Over because something broke; `EndReason` says what.
    Failed,
    /// Over and released. Nothing follows.
    Destroyed,
}

impl CallStatus {
    pub const ALL: [Self; 11] = [
        Self::New,
        Self::Trying,
        Self::Ringing,
        Self::Connecting,
        Self::Connected,
        Self::Held,
        Self::Recovering,
        Self::Disconnecting,
        Self::Disconnected,
        Self::Failed,
        Self::Destroyed,
    ];

    /// Nothing the user does can bring the call back.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Disconnecting | Self::Disconnected | Self::Failed | Self::Destroyed)
    }

    /// Both sides agreed to talk.
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Connecting | Self::Connected | Self::Held | Self::Recovering)
    }

    pub fn can_hold(self) -> bool {
        matches!(self, Self::Connected)
    }

    pub fn can_resume(self) -> bool {
        matches!(self, Self::Held)
    }

    pub fn can_send_digits(self) -> bool {
        matches!(self, Self::Connected | Self::Connecting | Self::Recovering)
    }

    pub fn can_hang_up(self) -> bool {
        !self.is_over()
    }

    pub fn can_answer(self, direction: Direction) -> bool {
        direction == Direction::Inbound && self == Self::Ringing
    }
}

/// Why a call is over, for history and for the words shown to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// We hung up an answered call.
    HungUp,
    /// The far side hung up an answered call.
    FarHungUp,
    /// We gave up before an answer (outbound) or the caller did (inbound).
    Cancelled,
    /// We declined (inbound).
    Declined,
    /// The far side declined.
    Rejected,
    Busy,
    NoAnswer,
    AnsweredElsewhere,
    /// The address exists but nobody is online there.
    Offline,
    UnknownAddress,
    /// The space refused: not allowed, locked, or limits.
    Refused,
    /// No common codec or media could not be set up.
    Incompatible,
    /// Media or signalling was lost for good.
    ConnectionLost,
    /// The space did not answer in time.
    TimedOut,
    Transferred,
    /// Anything else; the hang-up cause tells more.
    Failed,
}

impl EndReason {
    /// What a hang-up cause from the far side means for a call that was or was not answered (WIRE.md 9.3).
    pub fn from_cause(cause: HangupCause, direction: Direction, answered: bool) -> Self {
        use HangupCause as C;
        match cause {
            C::NormalClearing | C::NormalUnspecified | C::ManagerRequest if answered => Self::FarHungUp,
            C::UserBusy if direction == Direction::Inbound => Self::Cancelled,
            C::UserBusy => Self::Busy,
            C::CallRejected | C::Decline | C::RejectAll => Self::Rejected,
            C::NoAnswer | C::NoUserResponse | C::AllottedTimeout | C::ProgressTimeout => Self::NoAnswer,
            C::SubscriberAbsent | C::UserNotRegistered => Self::Offline,
            C::UnallocatedNumber | C::NoRouteDestination | C::InvalidNumberFormat => Self::UnknownAddress,
            C::OriginatorCancel => Self::Cancelled,
            C::LoseRace | C::PickedOff => Self::AnsweredElsewhere,
            C::OutgoingCallBarred
            | C::BearercapabilityNotauth
            | C::SwitchCongestion
            | C::RequestedChanUnavail => Self::Refused,
            C::IncompatibleDestination => Self::Incompatible,
            C::MediaTimeout | C::NetworkOutOfOrder | C::DestinationOutOfOrder | C::NormalTemporaryFailure => {
                Self::ConnectionLost
            }
            C::RecoveryOnTimerExpire => Self::TimedOut,
            C::BlindTransfer | C::AttendedTransfer => Self::Transferred,
            C::NormalClearing | C::NormalUnspecified | C::ManagerRequest => match direction {
                Direction::Outbound => Self::Rejected,
                Direction::Inbound => Self::Cancelled,
            },
            C::InvalidCallReference | C::Other(_) => Self::Failed,
        }
    }

    /// Shown as a missed call in history (inbound only).
    pub fn is_missed(self) -> bool {
        matches!(
            self,
            Self::Cancelled | Self::NoAnswer | Self::TimedOut | Self::ConnectionLost | Self::Failed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_meet_as_rfc_3264_says() {
        assert_eq!(Flow::SendRecv.meet(Flow::SendOnly), Flow::RecvOnly);
        assert_eq!(Flow::SendOnly.meet(Flow::SendOnly), Flow::Inactive);
        assert_eq!(Flow::SendRecv.meet(Flow::SendRecv), Flow::SendRecv);
        assert_eq!(Flow::RecvOnly.reversed(), Flow::SendOnly);
    }

    #[test]
    fn the_same_cause_reads_differently_before_and_after_the_answer() {
        let clear = HangupCause::NormalClearing;
        assert_eq!(EndReason::from_cause(clear, Direction::Inbound, true), EndReason::FarHungUp);
        assert_eq!(EndReason::from_cause(clear, Direction::Inbound, false), EndReason::Cancelled);
        assert_eq!(
            EndReason::from_cause(HangupCause::LoseRace, Direction::Inbound, false),
            EndReason::AnsweredElsewhere
        );
    }
}
