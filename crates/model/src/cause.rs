//! Hang-up causes with FreeSWITCH's numbers and names (WIRE.md 9.3).

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($name:ident = $code:literal $word:literal),* $(,)?) => {
        /// Why a leg ended, as it travels in `verto.bye`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum HangupCause {
            $($name,)*
            /// A number that this list does not know.
            Other(u16),
        }

        impl HangupCause {
            pub const KNOWN: &[Self] = &[$(Self::$name,)*];

            pub fn code(self) -> u16 {
                match self { $(Self::$name => $code,)* Self::Other(code) => code }
            }

            pub fn from_code(code: u16) -> Self {
                match code { $($code => Self::$name,)* other => Self::Other(other) }
            }

            /// The name on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* Self::Other(_) => "UNKNOWN" }
            }

            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

causes! {
    UnallocatedNumber = 1 "UNALLOCATED_NUMBER",
    NoRouteDestination = 3 "NO_ROUTE_DESTINATION",
    NormalClearing = 16 "NORMAL_CLEARING",
    UserBusy = 17 "USER_BUSY",
    NoUserResponse = 18 "NO_USER_RESPONSE",
    NoAnswer = 19 "NO_ANSWER",
    SubscriberAbsent = 20 "SUBSCRIBER_ABSENT",
    CallRejected = 21 "CALL_REJECTED",
    DestinationOutOfOrder = 27 "DESTINATION_OUT_OF_ORDER",
    InvalidNumberFormat = 28 "INVALID_NUMBER_FORMAT",
    NormalUnspecified = 31 "NORMAL_UNSPECIFIED",
    NetworkOutOfOrder = 38 "NETWORK_OUT_OF_ORDER",
    NormalTemporaryFailure = 41 "NORMAL_TEMPORARY_FAILURE",
    SwitchCongestion = 42 "SWITCH_CONGESTION",
    RequestedChanUnavail = 44 "REQUESTED_CHAN_UNAVAIL",
    OutgoingCallBarred = 52 "OUTGOING_CALL_BARRED",
    BearercapabilityNotauth = 57 "BEARERCAPABILITY_NOTAUTH",
    InvalidCallReference = 81 "INVALID_CALL_REFERENCE",
    IncompatibleDestination = 88 "INCOMPATIBLE_DESTINATION",
    RecoveryOnTimerExpire = 102 "RECOVERY_ON_TIMER_EXPIRE",
    OriginatorCancel = 487 "ORIGINATOR_CANCEL",
    LoseRace = 702 "LOSE_RACE",
    ManagerRequest = 703 "MANAGER_REQUEST",
    BlindTransfer = 800 "BLIND_TRANSFER",
    AttendedTransfer = 801 "ATTENDED_TRANSFER",
    AllottedTimeout = 802 "ALLOTTED_TIMEOUT",
    MediaTimeout = 804 "MEDIA_TIMEOUT",
    PickedOff = 805 "PICKED_OFF",
    UserNotRegistered = 806 "USER_NOT_REGISTERED",
    ProgressTimeout = 807 "PROGRESS_TIMEOUT",
    Decline = 816 "DECLINE",
    RejectAll = 825 "REJECT_ALL",
}

impl HangupCause {
    /// What a `verto.bye` says: the name decides, the number helps where the name is unknown, neither means normal clearing.
    pub fn read(word: Option<&str>, code: Option<u16>) -> Self {
        word.and_then(Self::from_word).or(code.map(Self::from_code)).unwrap_or(Self::NormalClearing)
    }
}

#[cfg(test)]
mod tests {
    use super::HangupCause as C;

    #[test]
    fn names_and_numbers_lead_back_to_the_same_cause() {
        for &cause in C::KNOWN {
            assert_eq!(C::from_code(cause.code()), cause);
            assert_eq!(C::from_word(cause.word()), Some(cause));
        }
        assert_eq!(C::read(Some("NEW_CAUSE"), Some(999)), C::Other(999));
        assert_eq!(C::read(None, None), C::NormalClearing);
    }
}
