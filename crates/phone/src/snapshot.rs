//! What the UI may know: the whole truth at one moment (`Snapshot`), and the happenings between two of them (`Event`).

use crate::dial_options::DialOptions;
use ahoy_model::{
    CallId, CallStats, CallStatus, CameraControl, DeviceChoice, DeviceInfo, DeviceKind, DialTarget,
    Direction, EndReason, HangupCause, Problem, Quality, SwitchReason,
};
use serde::{Deserialize, Serialize};

/// Unix time in ms, as JavaScript's `Date` counts it.
pub type UnixMillis = f64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationStatus {
    /// No space chosen yet (first start) or signed out.
    SignedOut,
    Connecting,
    /// Lost the space, trying again by itself.
    Reconnecting,
    /// Connected, but does not want to ring (do not disturb at the space).
    Offline,
    Online,
    /// Given up: the token is wrong or over. Needs the user.
    Refused,
}

/// What can be done with a call now. The UI never works this out by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CallActions {
    pub answer: bool,
    pub decline: bool,
    pub silence: bool,
    pub hang_up: bool,
    pub hold: bool,
    pub resume: bool,
    pub mute: bool,
    pub camera: bool,
    pub digits: bool,
    pub transfer: bool,
    /// Share a screen, or stop sharing it.
    pub share: bool,
    /// Its far side and the active call's can be connected without us, or all be merged into one call.
    pub connect: bool,
    pub merge: bool,
}

/// One living call, or one that ended a moment ago and still shows why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CallView {
    pub id: CallId,
    pub direction: Direction,
    pub status: CallStatus,
    /// The far side's name; falls back to the address.
    pub name: String,
    /// The far side's address as it can be dialled.
    pub address: String,
    pub started_at: UnixMillis,
    pub connected_at: Option<UnixMillis>,
    /// When ringing gives up.
    pub gives_up_at: Option<UnixMillis>,
    /// The caller offers (inbound) or we asked for (outbound) a picture.
    pub with_video: bool,
    /// A picture comes in now.
    pub receives_video: bool,
    /// A check of the set-up: not to be shown as a call.
    pub check: bool,
    /// The far side shows a screen.
    pub far_shares: bool,
    /// We show a screen.
    pub sharing: bool,
    /// The room it is in, when there may be more than one far side.
    pub room: Option<crate::RoomView>,
    pub muted: bool,
    /// How loud the far side is heard here, 0 to 2.
    pub volume: f32,
    /// Our camera is off in this call.
    pub camera_off: bool,
    /// The user stopped the ringing noise without declining.
    pub silenced: bool,
    pub actions: CallActions,
    pub end: Option<EndReason>,
    pub cause: Option<HangupCause>,
    pub stats: Option<CallStats>,
    pub quality: Option<Quality>,
    /// Something about this call that the user should know (no packets, camera lost).
    pub problem: Option<Problem>,
}

/// A call in history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CompletedCall {
    pub id: CallId,
    pub direction: Direction,
    pub name: String,
    pub address: String,
    pub started_at: UnixMillis,
    /// ms of talk; 0 if never answered.
    pub duration: f64,
    pub with_video: bool,
    pub end: EndReason,
    pub missed: bool,
}

/// An address of the space's directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct ContactView {
    /// The space's name for it.
    pub id: String,
    pub name: String,
    /// Without query, `/private/bob`.
    pub address: String,
    /// `subscriber`, `room`, `app` or `call`, as the space says.
    pub kind: String,
    pub can_video: bool,
    /// `None`: the space does not say.
    pub presence: Option<crate::Presence>,
    /// In the user's own list, not in the space's.
    pub own: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct DevicesView {
    pub cameras: Vec<DeviceInfo>,
    pub microphones: Vec<DeviceInfo>,
    pub speakers: Vec<DeviceInfo>,
    /// One per kind.
    pub choices: Vec<DeviceChoice>,
    /// What the computer plays can be sent with a shared screen.
    pub system_sound: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct Snapshot {
    /// Counts up with every change.
    pub revision: u32,
    pub registration: RegistrationStatus,
    /// Why it is not online.
    pub registration_problem: Option<Problem>,
    /// The space's name or address, for the user.
    pub space: Option<String>,
    /// Our own name and addresses there.
    pub own_name: Option<String>,
    pub own_addresses: Vec<String>,
    /// Newest last. Ended calls stay until dismissed or 10 s have passed.
    pub calls: Vec<CallView>,
    /// The call that has the microphone, the speaker and the large picture.
    pub active_call: Option<CallId>,
    /// Newest first, at most 200.
    pub history: Vec<CompletedCall>,
    pub missed: u32,
    pub contacts: Vec<ContactView>,
    /// The one with the newest line first.
    pub chats: Vec<crate::ChatView>,
    /// The conversation that is looked at.
    pub chat: Option<crate::OpenChat>,
    pub devices: DevicesView,
    /// Self view is running (preview or call).
    pub camera_running: bool,
    /// With push to talk: the key is held.
    pub talk_key: bool,
    /// What the camera delivers now.
    pub camera_format: Option<CaptureFormat>,
    /// What can be adjusted at the camera that runs.
    pub camera_controls: Vec<CameraControl>,
    pub settings: crate::Settings,
}

/// Width and height in pixels, pictures a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CaptureFormat {
    pub width: u32,
    pub height: u32,
    pub fps: u32,
}

/// A picture that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "tile", content = "call")]
pub enum TileId {
    SelfView,
    Remote(CallId),
}

/// Loudness for meters, 0 to 1, about 30 a second. Apart from snapshots so that they stay rare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct Levels {
    pub microphone: f32,
    pub speaker: f32,
    /// The microphone was overdriven just now.
    pub clipping: bool,
    /// Speaking while muted.
    pub talking_muted: bool,
}

/// A happening. A reader that lags gets `Missed` and reads the snapshot again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "event", content = "value")]
pub enum Event {
    IncomingCall(CallId),
    /// The noise of this call must stop now (answered, ended or silenced).
    RingingStopped(CallId),
    CallEnded(CallId),
    /// The far side pressed a key.
    DigitReceived {
        call: CallId,
        digit: String,
    },
    /// Another device is in use, without the user having chosen it. Names as shown; `None`: none.
    DeviceSwitched {
        kind: DeviceKind,
        from: Option<String>,
        to: Option<String>,
        reason: SwitchReason,
    },
    DeviceChanged {
        kind: DeviceKind,
        choice: DeviceChoice,
    },
    /// Something to tell the user once, not bound to a call.
    Notice(Problem),
    Missed(u32),
    /// Somebody wrote, in a conversation that is not open.
    Message {
        name: String,
        address: Option<String>,
        text: String,
    },
}

/// What a dial asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct DialRequest {
    pub to: DialTarget,
    /// Send our picture and ask for theirs.
    pub video: bool,
    #[serde(default)]
    pub options: DialOptions,
}

impl DialRequest {
    /// With nothing special.
    pub fn new(to: DialTarget, video: bool) -> Self {
        Self { to, video, options: DialOptions::default() }
    }
}
