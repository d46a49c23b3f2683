//! How a room is talked to.

use super::canvas::LineId;
use super::intake::Link;
use super::line::Exit;
use super::settings::RoomSettings;
use crate::call::CallHandle;
use crate::record::{RecordError, Recorded};
use crate::session::SessionHandle;
use ahoy_model::{CallId, HangupCause, RoomSessionId};
use ahoy_rtc::Session;
use ahoy_wire::{CallRequest, Member};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Commands waiting for one room, which is always quick to take them. Members' own tasks wait when there are more.
const QUEUE: usize = 512;

/// A way to talk to a room.
#[derive(Clone)]
pub struct RoomHandle {
    commands: mpsc::Sender<RoomCommand>,
}

impl RoomHandle {
    pub fn new() -> (Self, mpsc::Receiver<RoomCommand>) {
        let (commands, inbox) = mpsc::channel(QUEUE);
        (Self { commands }, inbox)
    }

    /// False: the room is over.
    pub async fn send(&self, command: RoomCommand) -> bool {
        self.commands.send(command).await.is_ok()
    }

    /// Without waiting. False: over, or far behind.
    pub fn tell(&self, command: RoomCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }

    pub fn is_over(&self) -> bool {
        self.commands.is_closed()
    }

    pub fn same_as(&self, other: &Self) -> bool {
        self.commands.same_channel(&other.commands)
    }
}

/// What a room is told.
pub enum RoomCommand {
    /// Somebody wants to come in: may he?
    Admit {
        leg: CallId,
        subscriber: String,
        reply: oneshot::Sender<Result<Admission, HangupCause>>,
    },
    /// His media is agreed on: here he is.
    Enter(Box<Entrance>),
    /// New media for a member, after a renegotiation or on a new path; `again`: its client has lost all it knew.
    Media {
        leg: CallId,
        rtc: Arc<Session>,
        again: bool,
    },
    Held {
        leg: CallId,
        held: bool,
    },
    /// A `call.*` request of a member's client.
    Method {
        leg: CallId,
        id: String,
        request: Box<CallRequest>,
    },
    Leave {
        leg: CallId,
    },
    Line(LineId, LineNews),
    /// The settings have changed; `None`: the room has been deleted.
    Changed(Option<Box<RoomSettings>>),
    /// What the room plays has pictures.
    Shows(LineId),
    /// A recording is over, because it was stopped or could not go on.
    Recorded {
        line: LineId,
        end: Result<Recorded, RecordError>,
    },
    /// A thread has ended by itself.
    ThreadEnded,
}

/// What a room learns about a member's media.
pub enum LineNews {
    Connected,
    KeyFrameWanted,
    /// What the path to the member carries, bit/s.
    Carries(u32),
    DecoderEnded,
    Talks(bool),
}

/// The room's yes.
pub struct Admission {
    pub session_id: RoomSessionId,
    pub room_id: String,
    pub display_name: String,
    /// What a leg's pictures may take at most, bit/s.
    pub max_bitrate: u32,
}

/// A new member.
pub struct Entrance {
    pub leg: CallId,
    pub member: Member,
    pub session: SessionHandle,
    pub call: CallHandle,
    pub rtc: Arc<Session>,
    pub exit: Exit,
    pub link: watch::Sender<Option<Link>>,
    /// The leg of the member it belongs to: a shared screen, a further camera or microphone.
    pub parent: Option<CallId>,
}
