//! Calls: one task each, which owns its legs, their media sessions and its timers.
//!
//! ```text
//!              unknown address
//!  Resolving ──────────────────────────────────────────────┐
//!      │ CALL CREATED                                      │
//!      ▼          cancel · all rejected · nobody · timeout ▼
//!   Ringing ───────────────────────────────────────────► Over
//!      │ first answer (the others: LOSE_RACE)              ▲
//!      ▼          bye · missed ping · media lost           │
//!   Talking ───────────────────────────────────────────────┘
//! ```
//!
//! The task never waits for the network: descriptions are made by side tasks that report back as [`Done`].

mod answer;
mod blend;
mod child;
mod end;
mod inside;
mod leg;
pub mod lodging;
pub mod members;
mod order;
pub mod outlet;
pub mod pump;
mod recode;
mod ring;
mod room;
mod seat;
mod sketch;
pub mod tap;
mod told;
mod transfer;
mod traveller;
mod unite;
mod wishes;

use crate::conference::{Place, RoomSettings};
use crate::core::Core;
use crate::session::{SessionHandle, VertoReplyTo};
use crate::store::AddressRecord;
use ahoy_model::{CallId, DialTarget, Direction, HangupCause, MemberId};
use ahoy_rtc::RtcError;
use ahoy_wire::{BodyWithSdp, CallRequest, ClientVerto, RpcError};
use child::Child;
pub use child::{ChildInvite, ChildKind, parent as parent_of_child};
use leg::{Leg, Prepared, Stage};
use lodging::{Host, LodgeReply};
use pump::LegNews;
use room::Room;
use sketch::Sketch;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
pub use told::media_params;
use transfer::Handover;
use traveller::Traveller;
pub use unite::Unite;
use unite::{FarReply, Gathering, GiveReply};

/// Commands waiting for one call. Whoever sends more waits; a call is always quick to take them.
const QUEUE: usize = 64;
/// How long a call sleeps that waits for its own side tasks only.
const IDLE: Duration = Duration::from_secs(60);

/// A way to talk to a call.
#[derive(Clone)]
pub struct CallHandle {
    commands: mpsc::Sender<CallCommand>,
}

impl CallHandle {
    /// False: the call is over.
    pub async fn send(&self, command: CallCommand) -> bool {
        self.commands.send(command).await.is_ok()
    }

    /// The same without waiting; a call that is too busy to hear it does not.
    pub fn nudge(&self, command: CallCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// The same without waiting: a call whose queue is full is told a little later.
    pub fn tell(&self, command: CallCommand) {
        if let Err(mpsc::error::TrySendError::Full(command)) = self.commands.try_send(command) {
            let call = self.clone();
            tokio::spawn(async move { call.send(command).await });
        }
    }

    pub fn same_as(&self, other: &Self) -> bool {
        self.commands.same_channel(&other.commands)
    }

    /// Ends a leg from a room. A call that is too busy to hear it is told again by whoever waits for its end.
    pub fn dismiss(&self, leg: CallId, cause: HangupCause) {
        let own = self.clone();
        tokio::spawn(async move { own.send(CallCommand::Dismiss { leg, cause }).await });
    }
}

/// What a call is told.
pub enum CallCommand {
    /// A verto message of a leg's client, which waits for its reply.
    Client { leg: CallId, message: Box<ClientVerto>, reply: VertoReplyTo },
    /// A `call.*` request of a leg's client.
    Method { leg: CallId, id: String, request: CallRequest },
    /// A leg that is to belong to one of this call's.
    Child(Box<ChildInvite>),
    /// Something about this leg that the others in the call are told.
    Announce { leg: CallId, what: Announcement },
    /// This call and another one of a client's are to become one.
    Unite(Box<Unite>),
    /// Who is at the far side of a leg?
    Far { by: CallId, reply: FarReply },
    /// The far side of a leg, still `far`, goes to whoever asks; the leg itself is over.
    Give { by: CallId, far: CallId, reply: GiveReply },
    /// The far side of a machine's leg goes into a room until the room lets it go.
    Lodge { by: CallId, room: DialTarget, reply: LodgeReply },
    /// Takes him back.
    Recall { by: CallId },
    /// The leg's session is over.
    SessionEnded { leg: CallId },
    /// A device of the one who is called can be rung from now on.
    DeviceOnline(SessionHandle),
    /// The leg's room lets it go.
    Dismiss { leg: CallId, cause: HangupCause },
    /// From a leg's media session.
    Media(LegNews),
    /// Something that was begun is done.
    Done(Done),
}

/// What a machine in a call tells the one it talks to.
pub enum Announcement {
    /// `playing`, `paused`, `finished`
    Play {
        control_id: String,
        state: String,
    },
    UserEvent(serde_json::Value),
}

/// Results of side tasks.
pub enum Done {
    Resolved(Result<Destination, HangupCause>),
    /// The caller's answer; `generation` tells late ones from current ones.
    CallerReady {
        generation: u32,
        result: Result<Prepared, RtcError>,
    },
    /// The offer for a device.
    DeviceReady {
        leg: CallId,
        result: Result<Prepared, RtcError>,
    },
    /// The winner's answer has been applied.
    Accepted {
        result: Result<(), RtcError>,
    },
    /// The reply to an `updateMedia`.
    Updated {
        leg: CallId,
        reply: VertoReplyTo,
        result: Result<String, RtcError>,
    },
    /// Where a leg is to be handed over to.
    TransferResolved {
        handover: Handover,
        result: Result<Destination, HangupCause>,
    },
    /// The far side of a client's other call.
    Given {
        wish: Box<Unite>,
        result: Result<Traveller, HangupCause>,
    },
    /// Places in a room, and the far side of a client's other call.
    Gathered {
        wish: Box<Unite>,
        result: Result<Box<Gathering>, HangupCause>,
    },
    /// A place for the one whom a machine talks to.
    Lodging {
        by: CallId,
        reply: LodgeReply,
        place: Result<Box<Place>, HangupCause>,
    },
    /// The answer to a child's invite.
    ChildReady {
        leg: CallId,
        result: Result<Prepared, RtcError>,
    },
    /// The answer to a reattach invite.
    Reattached {
        leg: CallId,
        result: Result<Prepared, RtcError>,
    },
}

/// What was dialled.
pub enum Destination {
    /// One's own sound and picture come back.
    Echo,
    Subscriber(AddressRecord),
    /// A document runs the call.
    Script(std::path::PathBuf),
    Room(Box<RoomSettings>),
    /// A place in a room that lets the caller in.
    Place(Box<Place>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resolving,
    Ringing,
    Talking,
    Over,
}

/// The caller's SDP answer, made while the devices ring.
enum CallerAnswer {
    Making,
    Ready(Prepared),
    /// In use.
    Sent,
}

struct Call {
    core: Arc<Core>,
    own: CallHandle,
    phase: Phase,
    room: Room,
    caller: Leg,
    devices: Vec<Leg>,
    /// What belongs to members, the newest last.
    children: Vec<Child>,
    /// Members that were such, and whose: clients may go on naming them.
    former: Vec<(MemberId, CallId)>,
    /// An echo has one leg only.
    echo: bool,
    /// So has a call into a room.
    place: Option<Box<Place>>,
    /// Unless a machine waits for the caller to come back from there.
    host: Option<Host>,
    /// The room that its client's calls were merged into.
    own_room: Option<RoomSettings>,
    /// The caller's invite, which waits for CALL CREATED.
    invite: Option<VertoReplyTo>,
    offer: String,
    sketch: Sketch,
    answer: CallerAnswer,
    generation: u32,
    /// The device that answered, and whether its answer has been applied.
    winner: Option<CallId>,
    accepted: bool,
    /// What was asked after an answer and before both ends had their descriptions, in its order.
    early: Vec<CallCommand>,
    /// The caller is one who was handed over, and has had its answer long since.
    transferred: bool,
    /// When NO_ANSWER is due.
    ring_until: Instant,
    ringing_told: bool,
    cause: HangupCause,
    /// Media sessions that are being closed.
    closing: JoinSet<()>,
    stop_side_tasks: CancellationToken,
}

/// Begins a call. `None`: it was refused, and the client has been told so.
pub fn place(
    core: &Arc<Core>,
    session: SessionHandle,
    body: BodyWithSdp,
    reply: VertoReplyTo,
) -> Option<CallHandle> {
    if body.dialog.is_reattach() {
        reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        return None;
    }
    if core.calls.len() >= core.config.limits.calls_at_once {
        tracing::warn!("the space holds as many calls as it may");
        reply.failed(RpcError::call_error(HangupCause::SwitchCongestion));
        return None;
    }
    let (commands, inbox) = mpsc::channel(QUEUE);
    let own = CallHandle { commands };
    let dialled = body.dialog.destination_number.clone().unwrap_or_default();
    let mut caller = Leg::new(body.dialog.call_id.clone(), session);
    caller.direction = Direction::Outbound;
    let call = Call {
        invite: Some(reply),
        sketch: sketch::read(&body.sdp),
        offer: body.sdp,
        ..Call::new(core, own.clone(), caller, dialled)
    };
    core.calls.spawn(call.run(inbox));
    Some(own)
}

impl Call {
    fn new(core: &Arc<Core>, own: CallHandle, caller: Leg, dialled: String) -> Self {
        Self {
            core: Arc::clone(core),
            own,
            phase: Phase::Resolving,
            room: Room::new(dialled.clone(), caller.party(), dialled),
            caller,
            devices: Vec::new(),
            children: Vec::new(),
            former: Vec::new(),
            echo: false,
            place: None,
            host: None,
            own_room: None,
            invite: None,
            sketch: Sketch::default(),
            offer: String::new(),
            answer: CallerAnswer::Making,
            generation: 0,
            winner: None,
            accepted: false,
            early: Vec::new(),
            transferred: false,
            ring_until: Instant::now() + core.config.ring_timeout,
            ringing_told: false,
            cause: HangupCause::NormalClearing,
            closing: JoinSet::new(),
            stop_side_tasks: CancellationToken::new(),
        }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<CallCommand>) {
        // One that was made of another call's leg has begun long since.
        if self.phase == Phase::Resolving {
            self.begin();
        }
        while self.phase != Phase::Over {
            let deadline = self.deadline();
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.take(command),
                    None => break,
                },
                () = sleep_until(deadline) => self.tick(Instant::now()),
                () = self.core.end_calls.cancelled() => self.end_everybody(HangupCause::ManagerRequest),
            }
        }
        self.finish(inbox).await;
    }

    fn take(&mut self, command: CallCommand) {
        let Some(command) = self.put_off(command) else { return };
        match command {
            CallCommand::Client { leg, message, reply } => self.client(&leg, *message, reply),
            CallCommand::Method { leg, id, request } => self.method(&leg, &id, request),
            CallCommand::Child(invite) => self.admit(*invite),
            CallCommand::Announce { leg, what } => self.announce(&leg, what),
            CallCommand::Unite(wish) => self.unite(wish),
            CallCommand::Far { by, reply } => self.tell_far(&by, reply),
            CallCommand::Give { by, far, reply } => self.give(&by, &far, reply),
            CallCommand::Lodge { by, room, reply } => self.lodge(by, room, reply),
            CallCommand::Recall { by } => self.recall(&by),
            CallCommand::SessionEnded { leg } => self.session_ended(&leg),
            CallCommand::DeviceOnline(device) => self.device_online(device),
            CallCommand::Dismiss { leg, cause } => self.dismissed(&leg, cause),
            CallCommand::Media((leg, news)) => self.media(&leg, news),
            CallCommand::Done(done) => self.done(done),
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Resolved(Ok(destination)) => self.resolved(destination),
            Done::Resolved(Err(cause)) => self.refuse(cause),
            Done::CallerReady { generation, result } => self.caller_ready(generation, result),
            Done::DeviceReady { leg, result } => self.device_ready(&leg, result),
            Done::Accepted { result } => self.accepted(result),
            Done::Updated { leg, reply, result } => self.updated(&leg, reply, result),
            Done::TransferResolved { handover, result } => self.transfer_resolved(handover, result),
            Done::Given { wish, result } => self.given(*wish, result),
            Done::Gathered { wish, result } => self.gathered(*wish, result),
            Done::Lodging { by, reply, place } => self.lodging(&by, reply, place),
            Done::ChildReady { leg, result } => self.child_ready(&leg, result),
            Done::Reattached { leg, result } => self.reattached(&leg, result),
        }
    }

    /// Runs `work` beside the call and reports what came of it. It is dropped when the call ends first.
    fn aside(&self, work: impl Future<Output = Done> + Send + 'static) {
        let (own, stop) = (self.own.clone(), self.stop_side_tasks.clone());
        tokio::spawn(async move {
            let Some(done) = stop.run_until_cancelled(work).await else { return };
            own.send(CallCommand::Done(done)).await;
        });
    }

    fn deadline(&self) -> Instant {
        let legs = self.legs().filter_map(Leg::deadline);
        let children = self.children.iter().filter_map(|child| child.leg.deadline());
        legs.chain(children).chain(self.ring_deadline()).min().unwrap_or_else(|| Instant::now() + IDLE)
    }

    /// When it is time for NO_ANSWER: as long as nobody has answered.
    fn ring_deadline(&self) -> Option<Instant> {
        let unanswered = self.phase != Phase::Talking && self.winner.is_none() && !self.has_one_leg();
        unanswered.then_some(self.ring_until)
    }

    /// All legs that are not over.
    fn legs(&self) -> impl Iterator<Item = &Leg> {
        std::iter::once(&self.caller).chain(&self.devices).filter(|leg| leg.stage != Stage::Over)
    }

    fn leg_mut(&mut self, id: &CallId) -> Option<&mut Leg> {
        std::iter::once(&mut self.caller)
            .chain(&mut self.devices)
            .find(|leg| leg.id == *id && leg.stage != Stage::Over)
    }

    fn leg(&self, id: &CallId) -> Option<&Leg> {
        self.legs().find(|leg| leg.id == *id)
    }

    /// The other one of two that talk; an echo's own leg.
    fn other(&self, id: &CallId) -> Option<&Leg> {
        if self.echo {
            return Some(&self.caller);
        }
        if *id == self.caller.id {
            let winner = self.winner.as_ref()?;
            return self.devices.iter().find(|leg| leg.id == *winner);
        }
        Some(&self.caller)
    }

    /// Nobody has to answer it but the space.
    fn has_one_leg(&self) -> bool {
        self.echo || self.place.is_some()
    }

    fn is_caller(&self, id: &CallId) -> bool {
        self.caller.id == *id
    }
}
