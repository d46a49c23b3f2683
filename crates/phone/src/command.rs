//! What a handle asks of the phone. Each asks for a reply, so that the asker learns what came of it.

use crate::account::SpaceAccount;
use crate::chat::ChatCommand;
use crate::own_rooms::OwnRoom;
use crate::preflight::Ground;
use crate::room::RoomAction;
use crate::settings::Settings;
use crate::snapshot::DialRequest;
use crate::wire_log::{RawAnswer, WireLine};
use ahoy_model::{CallId, DeviceId, DeviceKind, Problem, RingTone, ScreenInfo, Secret};
use std::time::Duration;
use tokio::sync::oneshot;

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Problem>>;

#[derive(Debug)]
pub(crate) enum Command {
    SignIn(Box<SpaceAccount>, Reply<()>),
    SignOut(Reply<()>),
    SetOnline(bool, Reply<()>),
    RefreshContacts(Reply<()>),
    Dial(DialRequest, Reply<CallId>),
    Call(CallId, CallCommand, Reply<()>),
    EndAndAnswer(CallId, bool, Reply<()>),
    ChooseDevice(DeviceKind, Option<DeviceId>, Reply<()>),
    ListScreens(Reply<Vec<ScreenInfo>>),
    /// Push to talk.
    HoldTalkKey(bool, Reply<()>),
    /// Nobody looks at the phone's window.
    SetOutOfSight(bool, Reply<()>),
    WireLog(Reply<Vec<WireLine>>),
    /// Method and parameters.
    AskRaw(String, String, Reply<RawAnswer>),
    /// Of whom this call is with, 0 to 2.
    SetVolume(CallId, f32, Reply<()>),
    /// What a check of the set-up starts from.
    Ground(Reply<Ground>),
    /// How long the space takes to answer.
    Probe(Reply<Duration>),
    SetPreview(bool, Reply<()>),
    /// Of the open camera, by the control's id.
    SetCameraControl(String, f64, Reply<()>),
    ResetCameraControls(Reply<()>),
    TestSpeaker(Reply<()>),
    TestRing(RingTone, Reply<()>),
    UpdateSettings(Box<Settings>, Reply<()>),
    /// For one of the user's own servers, by its URL.
    KeepIceCredential(String, Option<Secret>, Reply<()>),
    Chat(ChatCommand, Reply<()>),
    ListRooms(Reply<Vec<OwnRoom>>),
    SaveRoom(Box<OwnRoom>, Reply<OwnRoom>),
    DeleteRoom(String, Reply<()>),
    DeleteHistory(Option<CallId>, Reply<()>),
    MarkMissedSeen(Reply<()>),
    ShutDown(Reply<()>),
}

/// What can be asked of one call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CallCommand {
    Answer {
        video: bool,
    },
    Decline,
    Silence,
    HangUp,
    SetMuted(bool),
    SetCamera(bool),
    Hold,
    Resume,
    SendDigits(String),
    /// To this address; the call leaves us.
    Transfer(String),
    /// With the active call: everybody stays, or only the far sides.
    Unite {
        merge: bool,
    },
    /// A screen, in place of the one that is shared already, with the computer's sound or without.
    ShareScreen {
        source: DeviceId,
        sound: bool,
    },
    StopSharing,
    MakeActive,
    Dismiss,
    Room(RoomAction),
}
