//! Errors in a form that people and the UI can act on.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What went wrong, for machines. The UI picks the sentence; every code has one in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    // Reaching a space
    SpaceUnreachable,
    SpaceUntrusted,
    SpaceTimeout,
    TokenMalformed,
    TokenExpired,
    TokenRefused,
    NotSignedIn,
    ProtocolError,
    PortInUse,
    // Spaces nearby
    /// The certificate is not the one that was pinned.
    CertificateChanged,
    /// The computer is there, and nothing listens at that port.
    AddressRefusing,
    /// Nothing came back at all: a firewall, another network, or a system that keeps apps out of the local network.
    AddressSilent,
    /// It holds on one cable only (IPv6 link-local), and media finds no way by it.
    AddressLinkLocal,
    /// Something answers there that is no space of ours.
    NotASpace,
    InviteMalformed,
    /// Used, expired, or not of this space.
    InviteRefused,
    JoinRefused,
    JoinUnanswered,
    /// Too many people wait at that door.
    JoinCrowded,
    /// The owner of the space removed this account.
    MembershipEnded,
    /// This computer's space cannot be opened to the network.
    LanUnavailable,
    /// Nothing can be announced or found on this network.
    DiscoveryUnavailable,
    // Placing and holding calls
    AddressMalformed,
    AddressUnknown,
    CallUnknown,
    CallNotPossible,
    CallRefused,
    CallTimeout,
    MediaFailed,
    /// The network carries too little of our picture, which rests meanwhile.
    PictureRests,
    /// The network's delay, or its unevenness, is far above what is usual in the call; it loses much.
    ConnectionSlow,
    ConnectionUneven,
    ConnectionLossy,
    TooManyCalls,
    // Rooms of ours
    /// The space lets nobody but its own server make rooms.
    RoomsNotAllowed,
    /// The space does not take these settings: the name is taken, or a number is out of range.
    RoomRefused,
    // Devices
    CameraAbsent,
    CameraBusy,
    CameraDenied,
    CameraHung,
    CameraBroken,
    /// The camera cannot do what was asked for and was asked for less.
    CameraReduced,
    /// One of the camera's own controls is at another value than was wished for.
    CameraControlRefused,
    MicrophoneAbsent,
    MicrophoneBusy,
    MicrophoneDenied,
    MicrophoneHung,
    MicrophoneBroken,
    SpeakerAbsent,
    SpeakerBusy,
    SpeakerDenied,
    SpeakerHung,
    SpeakerBroken,
    // This machine
    StorageFailed,
    SettingsUnreadable,
    /// The whole file was: it is kept aside, and the phone starts with what was saved before, or afresh.
    SettingsRestored,
    SettingsSetAside,
    KeychainUnavailable,
    FileUnreadable,
    DisplayMissing,
    /// A new version is there (its number).
    UpdateAvailable,
    UpdateUnreachable,
    /// What is said of it, or the version itself, is not signed by us.
    UpdateForged,
    UpdateMalformed,
    UpdateDuringCall,
    UpdateFailed,
    /// Another program has these keys, or no keyboard has them.
    ShortcutTaken,
    Overloaded,
    Internal,
}

/// One problem: its code, what it is about (an address, a device's name; never a secret), a detail for the log, and whether trying again can help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Problem {
    pub code: ProblemCode,
    pub subject: Option<String>,
    pub detail: Option<String>,
    pub retry: bool,
}

impl Problem {
    pub fn new(code: ProblemCode) -> Self {
        Self { code, subject: None, detail: None, retry: false }
    }

    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub fn because(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    pub fn worth_retrying(mut self) -> Self {
        self.retry = true;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.code)?;
        if let Some(subject) = &self.subject {
            write!(f, " ({subject})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
