//! The way in for everybody outside: cheap to clone, never blocks, shows the newest snapshot.

use crate::account::SpaceAccount;
use crate::chat::ChatCommand;
use crate::command::{CallCommand, Command, Reply};
use crate::events::{EventReader, EventSource};
use crate::own_rooms::OwnRoom;
use crate::room::RoomAction;
use crate::settings::Settings;
use crate::snapshot::{DialRequest, Levels, Snapshot, TileId};
use crate::wire_log::{RawAnswer, WireLine};
use ahoy_media::Picture;
use ahoy_media::slot::SlotReader;
use ahoy_model::{
    CallId, DeviceId, DeviceKind, DialTarget, Problem, ProblemCode, RingTone, ScreenInfo, Secret,
};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Pictures that can be shown now.
pub(crate) type Tiles = Arc<HashMap<TileId, SlotReader<Picture>>>;

/// Speaks to the one task that is the phone. When the last handle is dropped the phone shuts down.
#[derive(Clone, Debug)]
pub struct PhoneHandle {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) levels: watch::Receiver<Levels>,
    pub(crate) tiles: watch::Receiver<Tiles>,
    pub(crate) events: EventSource,
}

impl PhoneHandle {
    /// The whole truth now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// Says when there is a newer snapshot; readers that are slow skip to the newest.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Happenings from now on.
    pub fn events(&self) -> EventReader {
        self.events.reader()
    }

    /// Loudness for meters, while sound runs.
    pub fn levels(&self) -> watch::Receiver<Levels> {
        self.levels.clone()
    }

    /// A reader for the pictures of a tile: of a call from its start to its end, of the self view always. It waits
    /// while no picture comes, and ends (`None`) when the call is gone. `None` here: there is no such call.
    pub fn pictures(&self, tile: &TileId) -> Option<SlotReader<Picture>> {
        self.tiles.borrow().get(tile).cloned()
    }

    /// Joins a space, leaving the one before. `Err` only for an account that cannot be right (`TokenMalformed`,
    /// `SpaceUnreachable` for a URL that is none); whether the space lets us in is in the snapshot.
    pub async fn sign_in(&self, account: SpaceAccount) -> Result<(), Problem> {
        self.ask(|reply| Command::SignIn(Box::new(account), reply)).await
    }

    /// The last messages to and from the space, while `Advanced::wire_log` is on. They hold secrets.
    pub async fn wire_log(&self) -> Result<Vec<WireLine>, Problem> {
        self.ask(Command::WireLog).await
    }

    /// Sends a request as it is; `params` is JSON. `ProtocolError`: it is none.
    pub async fn ask_raw(&self, method: String, params: String) -> Result<RawAnswer, Problem> {
        self.ask(|reply| Command::AskRaw(method, params, reply)).await
    }

    /// Whether nobody looks at the phone's window; with `Advanced::camera_off_hidden` our picture rests then.
    pub async fn set_out_of_sight(&self, hidden: bool) -> Result<(), Problem> {
        self.ask(|reply| Command::SetOutOfSight(hidden, reply)).await
    }

    /// Ends all calls, leaves the space and forgets the token.
    pub async fn sign_out(&self) -> Result<(), Problem> {
        self.ask(Command::SignOut).await
    }

    /// Whether the space may ring us. Dialling works either way.
    pub async fn set_online(&self, online: bool) -> Result<(), Problem> {
        self.ask(|reply| Command::SetOnline(online, reply)).await
    }

    /// Reads the space's directory again; the result is in the snapshot.
    pub async fn refresh_contacts(&self) -> Result<(), Problem> {
        self.ask(Command::RefreshContacts).await
    }

    /// Places a call; others are put on hold. Returns at once, the call's fate is in the snapshot.
    /// `NotSignedIn`, `TooManyCalls`.
    pub async fn dial(&self, request: DialRequest) -> Result<CallId, Problem> {
        self.ask(|reply| Command::Dial(request, reply)).await
    }

    /// Answers a ringing call, with our picture or without; others are put on hold.
    pub async fn answer(&self, call: CallId, video: bool) -> Result<(), Problem> {
        self.call(call, CallCommand::Answer { video }).await
    }

    /// Answers a ringing call and ends the one that is talked on or placed; held ones stay held.
    pub async fn end_and_answer(&self, call: CallId, video: bool) -> Result<(), Problem> {
        self.ask(|reply| Command::EndAndAnswer(call, video, reply)).await
    }

    /// Turns a ringing call away; the caller hears that we are busy.
    pub async fn decline(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Decline).await
    }

    /// Stops the noise; the call goes on ringing without it.
    pub async fn silence(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Silence).await
    }

    /// Ends a call in any state: hangs up, cancels or declines.
    pub async fn hang_up(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::HangUp).await
    }

    pub async fn set_muted(&self, call: CallId, muted: bool) -> Result<(), Problem> {
        self.call(call, CallCommand::SetMuted(muted)).await
    }

    /// Our picture in this call.
    pub async fn set_camera(&self, call: CallId, on: bool) -> Result<(), Problem> {
        self.call(call, CallCommand::SetCamera(on)).await
    }

    pub async fn hold(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Hold).await
    }

    /// Connects the far side of this call with that of the active one, and leaves both. Both end as `Transferred`, or the active
    /// one goes on with a problem. `CallNotPossible` where `CallActions::connect` is false.
    pub async fn connect_calls(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Unite { merge: false }).await
    }

    /// Makes this call and the active one a room with everybody in it; the active call goes on as that.
    pub async fn merge_calls(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Unite { merge: true }).await
    }

    /// Takes a held call back; others are put on hold.
    pub async fn resume(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Resume).await
    }

    /// 0-9, A-D, `*`, `#`; others are refused (`CallNotPossible`).
    pub async fn send_digits(&self, call: CallId, digits: String) -> Result<(), Problem> {
        self.call(call, CallCommand::SendDigits(digits)).await
    }

    /// Connects the far side with somebody else and leaves the call. What came of it is in the snapshot: the call ends
    /// as `Transferred`, or goes on with a problem.
    pub async fn transfer(&self, call: CallId, to: DialTarget) -> Result<(), Problem> {
        self.call(call, CallCommand::Transfer(to.to_string())).await
    }

    /// What can be shared now. The test picture is always there, last.
    pub async fn screens(&self) -> Result<Vec<ScreenInfo>, Problem> {
        self.ask(Command::ListScreens).await
    }

    /// Shows a screen in a call, beside what the camera shows; a screen that is shared already is replaced. What it shows
    /// is `source`, opened as a camera is (`test:picture=…` is one, too). `sound`: what the computer plays goes with it, as far
    /// as the system gives it (`DevicesView::system_sound`). `CallNotPossible` where it may not be done.
    pub async fn share_screen(&self, call: CallId, source: DeviceId, sound: bool) -> Result<(), Problem> {
        self.call(call, CallCommand::ShareScreen { source, sound }).await
    }

    /// Nothing happens when no screen is shared.
    pub async fn stop_sharing(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::StopSharing).await
    }

    /// Gives a call the microphone, the speaker and the large picture: resumes it if it is held, holds the others.
    pub async fn set_active(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::MakeActive).await
    }

    /// Asks the room that a call is in for something; what comes of it is in the snapshot. `CallNotPossible`: the call is in
    /// no room, or the member has left.
    pub async fn ask_room(&self, call: CallId, action: RoomAction) -> Result<(), Problem> {
        self.call(call, CallCommand::Room(action)).await
    }

    /// Takes a call that is over out of the snapshot.
    pub async fn dismiss(&self, call: CallId) -> Result<(), Problem> {
        self.call(call, CallCommand::Dismiss).await
    }

    /// `None` follows the system's default, `DeviceId::none()` has none. Calls change over at once.
    pub async fn choose_device(&self, kind: DeviceKind, id: Option<DeviceId>) -> Result<(), Problem> {
        self.ask(|reply| Command::ChooseDevice(kind, id, reply)).await
    }

    /// With push to talk (a setting): one is heard while the key is held.
    pub async fn hold_talk_key(&self, held: bool) -> Result<(), Problem> {
        self.ask(|reply| Command::HoldTalkKey(held, reply)).await
    }

    /// How loud the far side of a call is heard, 0 to 2; remembered for its address.
    pub async fn set_volume(&self, call: CallId, volume: f32) -> Result<(), Problem> {
        self.ask(|reply| Command::SetVolume(call, volume, reply)).await
    }

    /// Runs camera and microphone for the self view and the meter without a call. Nothing leaves the machine.
    pub async fn set_preview(&self, on: bool) -> Result<(), Problem> {
        self.ask(|reply| Command::SetPreview(on, reply)).await
    }

    /// Adjusts the camera that runs, by one of `Snapshot::camera_controls`; remembered for this camera. What the driver makes of
    /// it is in the snapshot; where that is something else, a notice says so. `CameraAbsent`: no such control.
    pub async fn set_camera_control(&self, control: String, value: f64) -> Result<(), Problem> {
        self.ask(|reply| Command::SetCameraControl(control, value, reply)).await
    }

    /// Brings everything at the camera that runs back to what its driver calls usual. `CameraAbsent`: none runs.
    pub async fn reset_camera_controls(&self) -> Result<(), Problem> {
        self.ask(Command::ResetCameraControls).await
    }

    /// Plays a short tone on the chosen speaker.
    pub async fn test_speaker(&self) -> Result<(), Problem> {
        self.ask(Command::TestSpeaker).await
    }

    /// Rings for a moment, on the device that rings.
    pub async fn test_ring(&self, tone: RingTone) -> Result<(), Problem> {
        self.ask(|reply| Command::TestRing(tone, reply)).await
    }

    /// Replaces the settings; numbers out of range are brought into it.
    pub async fn update_settings(&self, settings: Settings) -> Result<(), Problem> {
        self.ask(|reply| Command::UpdateSettings(Box::new(settings), reply)).await
    }

    /// The password of one of the servers in `Settings::ice_servers`; `None` forgets it.
    pub async fn keep_ice_credential(&self, url: String, secret: Option<Secret>) -> Result<(), Problem> {
        self.ask(|reply| Command::KeepIceCredential(url, secret, reply)).await
    }

    /// The conversation with this address becomes `Snapshot::chat`; what is in it counts as read. `NotSignedIn`.
    pub async fn open_chat(&self, address: String) -> Result<(), Problem> {
        self.chat(ChatCommand::Open(address)).await
    }

    /// No conversation is looked at any more.
    pub async fn close_chat(&self) -> Result<(), Problem> {
        self.chat(ChatCommand::Close).await
    }

    /// Lines before the oldest one shown; they come into `Snapshot::chat`.
    pub async fn older_messages(&self) -> Result<(), Problem> {
        self.chat(ChatCommand::Older).await
    }

    /// Returns when the space has taken the text. `NotSignedIn`, `AddressUnknown`, `CallRefused` (blank, too long, or not
    /// allowed), `SpaceUnreachable`.
    pub async fn send_text(&self, address: String, text: String) -> Result<(), Problem> {
        self.chat(ChatCommand::Say { address, text }).await
    }

    async fn chat(&self, command: ChatCommand) -> Result<(), Problem> {
        self.ask(|reply| Command::Chat(command, reply)).await
    }

    /// Our rooms, by name. `RoomsNotAllowed` where only the space's own server keeps rooms.
    pub async fn rooms(&self) -> Result<Vec<OwnRoom>, Problem> {
        self.ask(Command::ListRooms).await
    }

    /// Makes a room (`id: None`), or changes it; how the space has it then.
    pub async fn save_room(&self, room: OwnRoom) -> Result<OwnRoom, Problem> {
        self.ask(|reply| Command::SaveRoom(Box::new(room), reply)).await
    }

    /// Whoever is in it has to go.
    pub async fn delete_room(&self, id: String) -> Result<(), Problem> {
        self.ask(|reply| Command::DeleteRoom(id, reply)).await
    }

    /// One call, or all.
    pub async fn delete_history(&self, call: Option<CallId>) -> Result<(), Problem> {
        self.ask(|reply| Command::DeleteHistory(call, reply)).await
    }

    pub async fn mark_missed_seen(&self) -> Result<(), Problem> {
        self.ask(Command::MarkMissedSeen).await
    }

    /// Hangs up, says good-bye, closes devices and writes history. Returns when all of that is done (at most about 3 s).
    pub async fn shut_down(&self) -> Result<(), Problem> {
        self.ask(Command::ShutDown).await
    }

    async fn call(&self, id: CallId, command: CallCommand) -> Result<(), Problem> {
        self.ask(|reply| Command::Call(id, command, reply)).await
    }

    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let gone = || Problem::new(ProblemCode::Internal).because("the phone has shut down");
        self.commands.send(command(reply)).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}
