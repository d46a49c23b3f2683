//! A call that lives: carries out what its machine says, feeds the machine with what media and the user do, and
//! remembers what the view needs.

use crate::call::party::Party;
use crate::call::quiet::Quiet;
use crate::call::rights::Rights;
use crate::call::weather::Weather;
use crate::call::{Flowing, Order, Peer, Role};
use crate::clock::unix_millis;
use crate::dial_options::DialOptions;
use crate::happening::Outlet;
use crate::media_params::MediaParams;
use crate::phone::NetworkConfig;
use crate::registration::Asker;
use crate::room::Conference;
use crate::settings::Settings;
use crate::snapshot::{Event, UnixMillis};
use ahoy_media::Picture;
use ahoy_media::engine::SoundEngine;
use ahoy_media::slot::{SlotReader, SlotWriter, slot};
use ahoy_model::{
    CallId, CallStats, CallStatus, Direction, EndReason, Flow, HangupCause, MediaKind, NodeId, Problem,
    ProblemCode, RoomSessionId,
};
use ahoy_rtc::{IceServer, Negotiated};
use ahoy_signaling::{Asked, Call, CallInput, CallMessage, CallOutput, CallTimes, Outbound, Parent};
use ahoy_wire::{CallAction, CallRequest, ClientRequest, MemberRef, ServerInvite};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinHandle;

/// What a call finds around it.
pub(crate) struct Room<'a> {
    pub(crate) sound: Arc<SoundEngine>,
    pub(crate) camera: SlotReader<Picture>,
    pub(crate) outlet: Outlet,
    pub(crate) ice_servers: &'a [IceServer],
    pub(crate) network: &'a NetworkConfig,
    pub(crate) settings: &'a Settings,
    /// With push to talk: whether the key is held.
    pub(crate) talk_key: Option<bool>,
    /// Nobody is to be seen at our side.
    pub(crate) picture_rests: bool,
}

/// What a call wants from the house.
#[derive(Debug)]
pub(crate) enum Errand {
    Request(Asker, Box<ClientRequest>),
    Tell(Event),
}

/// Our description, made before the user has answered.
#[derive(Debug, PartialEq)]
pub(super) enum Prepared {
    /// Nobody has asked for it yet.
    Nothing,
    /// The machine waits for it.
    Awaited,
    Ready(String),
    Failed,
}

pub(crate) struct LiveCall {
    pub(super) machine: Call,
    pub(super) peer: Option<Peer>,
    pub(super) peers: u64,
    pub(super) prepared: Prepared,
    pub(super) party: Party,
    pub(super) negotiated: Negotiated,
    pub(super) started_at: UnixMillis,
    pub(super) connected_at: Option<UnixMillis>,
    pub(super) gives_up_at: Option<UnixMillis>,
    /// The user wants our picture to be seen.
    pub(super) wants_picture: bool,
    pub(super) muted: bool,
    /// Of the far side, 0 to 2.
    pub(super) volume: f32,
    pub(super) silenced: bool,
    pub(super) far_picture_off: bool,
    pub(super) pictures: bool,
    pub(super) stats: Option<CallStats>,
    pub(super) problem: Option<Problem>,
    pub(super) end: Option<(EndReason, Option<HangupCause>)>,
    ended_at: Option<Instant>,
    pub(super) answered: bool,
    far_rings: bool,
    /// Early media is agreed on.
    early: bool,
    room_session: Option<RoomSessionId>,
    /// What the space was told of our tracks: sound and picture muted.
    pub(super) told_muted: (bool, bool),
    /// Requests about them that the space has yet to confirm.
    pub(super) echoes: (u8, u8),
    pub(super) conference: Conference,
    hold_asked: bool,
    pub(super) flowing: Flowing,
    pub(super) quiet: Quiet,
    pub(super) weather: Weather,
    /// When media was repaired last.
    pub(super) repaired: Option<Instant>,
    /// The far side holds; it is muted.
    pub(super) far_quiet: (bool, bool),
    pub(super) options: DialOptions,
    /// How pictures shall flow in what we offer or answer; `None`: not at all.
    pub(super) video: Option<Flow>,
    /// What the space asked of our media.
    pub(super) media_params: MediaParams,
    /// Other media has been asked for.
    pub(super) changing: bool,
    /// A leg that shares this screen, and nothing else.
    pub(super) screen: Option<SlotReader<Picture>>,
    /// The sound that goes with it.
    pub(super) screen_sound: Option<Arc<SoundEngine>>,
    pub(super) rights: Rights,
    pub(super) remote: Arc<SlotWriter<Picture>>,
    reader: SlotReader<Picture>,
    /// Peers that are closing.
    pub(crate) closing: Vec<JoinHandle<()>>,
}

impl LiveCall {
    pub(crate) fn dial(
        now: Instant,
        id: CallId,
        destination: String,
        party: Party,
        options: DialOptions,
        room: &Room,
    ) -> (Self, Vec<Errand>) {
        let wish = Outbound {
            variables: options.variables(&destination),
            node_id: options.node.clone().map(NodeId::new),
            ..Outbound::to(id, destination)
        };
        let (machine, outputs) = Call::outbound(now, wish, times(room.settings));
        let mut call = Self::new(machine, party);
        call.video = options.video(call.party.with_video);
        call.options = options;
        call.wants_picture = call.party.with_video;
        let errands = call.carry_out(now, outputs, room);
        (call, errands)
    }

    /// Somebody calls. The answer is prepared while it rings, without a device and without a packet.
    pub(crate) fn ring(
        now: Instant,
        invite: &ServerInvite,
        node: Option<NodeId>,
        party: Party,
        room: &Room,
    ) -> (Self, Vec<Errand>) {
        let (machine, outputs) = Call::inbound(now, invite, node, times(room.settings));
        let mut call = Self::new(machine, party);
        call.video = call.party.with_video.then_some(Flow::SendRecv);
        call.start_peer(Role::Answers(invite.sdp.clone()), room);
        let errands = call.carry_out(now, outputs, room);
        (call, errands)
    }

    /// A leg beside a call that shows `screen` in it, and sends what `sound` hears.
    pub(crate) fn share(
        now: Instant,
        id: CallId,
        of: &Self,
        (screen, sound): (SlotReader<Picture>, Option<Arc<SoundEngine>>),
        room: &Room,
    ) -> (Self, Vec<Errand>) {
        let parent = Parent {
            call_id: of.id().clone(),
            member_id: of.machine.member_id().cloned(),
            node_id: of.machine.node_id().cloned(),
        };
        let wish = Outbound::to(id, of.party.address.clone());
        let (machine, outputs) = Call::screen(now, wish, &parent, times(room.settings));
        let mut call = Self::new(machine, of.party.clone());
        call.screen = Some(screen);
        call.video = Some(Flow::SendOnly);
        call.wants_picture = true;
        call.muted = sound.is_none();
        call.screen_sound = sound;
        let errands = call.carry_out(now, outputs, room);
        (call, errands)
    }

    pub(super) fn new(machine: Call, party: Party) -> Self {
        let (remote, reader) = slot();
        Self {
            machine,
            peer: None,
            peers: 0,
            prepared: Prepared::Nothing,
            party,
            negotiated: Negotiated::default(),
            started_at: unix_millis(),
            connected_at: None,
            gives_up_at: None,
            wants_picture: false,
            muted: false,
            volume: 1.0,
            silenced: false,
            far_picture_off: false,
            pictures: false,
            stats: None,
            problem: None,
            end: None,
            ended_at: None,
            answered: false,
            far_rings: false,
            early: false,
            room_session: None,
            told_muted: (false, false),
            echoes: (0, 0),
            conference: Conference::default(),
            hold_asked: false,
            flowing: Flowing::default(),
            quiet: Quiet::default(),
            weather: Weather::default(),
            repaired: None,
            far_quiet: (false, false),
            options: DialOptions::default(),
            video: None,
            media_params: MediaParams::default(),
            changing: false,
            screen: None,
            screen_sound: None,
            rights: Rights::default(),
            remote: Arc::new(remote),
            reader,
            closing: Vec::new(),
        }
    }

    pub(crate) fn id(&self) -> &CallId {
        self.machine.id()
    }

    /// The machine's, and beyond it what the space tells without a message of the call: that it rings over there.
    pub(crate) fn status(&self) -> CallStatus {
        match self.machine.status() {
            CallStatus::Trying if self.far_rings => CallStatus::Ringing,
            status => status,
        }
    }

    pub(crate) fn set_far_rings(&mut self) {
        self.far_rings = true;
    }

    pub(crate) fn direction(&self) -> Direction {
        self.machine.direction()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.machine.deadline()
    }

    pub(crate) fn reader(&self) -> SlotReader<Picture> {
        self.reader.clone()
    }

    pub(crate) fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }

    pub(crate) fn was_answered(&self) -> bool {
        self.answered
    }

    pub(crate) fn has_early_media(&self) -> bool {
        self.early
    }

    pub(crate) fn room_session(&self) -> Option<&RoomSessionId> {
        self.room_session.as_ref()
    }

    /// Feeds the machine and carries out what it says.
    pub(crate) fn handle(&mut self, now: Instant, input: CallInput, room: &Room) -> Vec<Errand> {
        let outputs = self.machine.handle(now, input);
        self.carry_out(now, outputs, room)
    }

    pub(super) fn carry_out(&mut self, now: Instant, outputs: Vec<CallOutput>, room: &Room) -> Vec<Errand> {
        let mut errands = Vec::new();
        let mut waiting: VecDeque<CallOutput> = outputs.into();
        while let Some(output) = waiting.pop_front() {
            match output {
                CallOutput::Send(message) => {
                    let opens = matches!(message, CallMessage::Answer { .. });
                    let asker = Asker::Call(self.id().clone(), message.asked());
                    let request = self.machine.request(message, CallId::random().as_str());
                    errands.push(Errand::Request(asker, Box::new(ClientRequest::Verto(request))));
                    if opens {
                        self.order(Order::Open);
                    }
                }
                CallOutput::StartMedia(task) => {
                    if let Some(input) = self.start_media(now, task, room) {
                        waiting.extend(self.machine.handle(now, input));
                    }
                }
                CallOutput::AcceptAnswer(sdp) => {
                    self.early = !self.answered;
                    self.order(Order::Accept(sdp));
                }
                CallOutput::CloseMedia => self.close_peer(),
                CallOutput::StartRinging => {
                    errands.push(Errand::Tell(Event::IncomingCall(self.id().clone())))
                }
                CallOutput::StopRinging => {
                    errands.push(Errand::Tell(Event::RingingStopped(self.id().clone())))
                }
                CallOutput::Status(status) => self.note_status(now, status),
                CallOutput::Refused(Asked::UpdateMedia) => self.change_refused("the space refused it"),
                CallOutput::Refused(asked) => {
                    let problem = Problem::new(ProblemCode::CallRefused);
                    self.problem = Some(problem.because(format_args!("the space refused: {asked:?}")));
                }
                CallOutput::Ended { reason, cause } => {
                    self.end = Some((reason, cause));
                    self.ended_at = Some(now);
                    self.pictures = false;
                    errands.push(Errand::Tell(Event::CallEnded(self.id().clone())));
                }
            }
        }
        if self.screen.is_some() {
            // Nobody outside knows it as a call.
            errands.retain(|errand| matches!(errand, Errand::Request(..)));
        }
        errands
    }

    fn note_status(&mut self, now: Instant, status: CallStatus) {
        tracing::info!(call = %self.id(), ?status, "call");
        if status.is_answered() {
            self.answered = true;
        }
        if status == CallStatus::Connected {
            self.connected_at.get_or_insert_with(unix_millis);
            if self.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::MediaFailed) {
                self.problem = None;
            }
        }
        if status != CallStatus::Connected {
            self.hold_asked = false;
        }
        let waits = !status.is_answered() && !status.is_over();
        self.gives_up_at = self
            .machine
            .phase_ends()
            .filter(|_| waits)
            .map(|at| unix_millis() + at.saturating_duration_since(now).as_secs_f64() * 1000.0);
    }

    /// What flows now; told to the media only when it changes.
    pub(crate) fn set_flow(&mut self, flowing: Flowing) {
        if self.flowing != flowing && self.order(Order::Flow(flowing)) {
            self.flowing = flowing;
        }
    }

    /// Brings media in line with where the call stands. `active`: it has the microphone and the speaker.
    pub(crate) fn settle(&mut self, active: bool, room: &Room) -> Vec<Errand> {
        let status = self.status();
        let talks = status.is_answered() && status != CallStatus::Held;
        self.set_flow(Flowing {
            talking: active && (talks || (self.early && !status.is_over())),
            // The key is for the microphone.
            muted: self.muted || (room.talk_key == Some(false) && self.screen.is_none()) || !talks,
            picture: self.wants_picture && talks && (!room.picture_rests || self.screen.is_some()),
        });
        self.volume = room.settings.volume_of(&self.party.address);
        room.sound.set_volume(self.id().clone(), self.volume);
        self.tell_muted(status)
    }

    pub(crate) fn address(&self) -> &str {
        &self.party.address
    }

    /// Whether the camera has to run for this call.
    pub(crate) fn needs_camera(&self) -> bool {
        let status = self.status();
        let on = status.is_answered() || (self.direction() == Direction::Outbound && !status.is_over());
        self.wants_picture && on && status != CallStatus::Held && self.can_send_picture()
    }

    /// Before the answer: what we offer. After it: what both sides agreed on.
    pub(super) fn can_send_picture(&self) -> bool {
        match &self.negotiated.video {
            Some((_, flow)) => flow.sends(),
            None => self.video.is_some_and(Flow::sends) && self.negotiated.audio.is_none(),
        }
    }

    /// Tells the others in the room what of ours is muted, once we are in it.
    fn tell_muted(&mut self, status: CallStatus) -> Vec<Errand> {
        let own = self.machine.member_id().cloned().zip(self.machine.node_id().cloned());
        let Some((member, node)) =
            own.filter(|_| self.room_session.is_some() && status == CallStatus::Connected)
        else {
            return Vec::new();
        };
        let own = MemberRef::new(member, self.id().clone(), node);
        let wanted = (self.muted, self.party.with_video && !self.wants_picture);
        let told = std::mem::replace(&mut self.told_muted, wanted);
        let tell = |kind, was: bool, is: bool| {
            let action = if is { CallAction::Mute(vec![kind]) } else { CallAction::Unmute(vec![kind]) };
            let request = ClientRequest::Call(CallRequest::on_self(own.clone(), action));
            (was != is).then(|| Errand::Request(Asker::Nobody, Box::new(request)))
        };
        let told_now = [tell(MediaKind::Audio, told.0, wanted.0), tell(MediaKind::Video, told.1, wanted.1)];
        for (kind, _) in
            [MediaKind::Audio, MediaKind::Video].iter().zip(&told_now).filter(|(_, told)| told.is_some())
        {
            self.expect_echo(*kind);
        }
        told_now.into_iter().flatten().collect()
    }

    /// Puts a call that is not talked on on hold, once.
    pub(crate) fn park(&mut self, now: Instant, room: &Room) -> Vec<Errand> {
        if !self.status().can_hold() || std::mem::replace(&mut self.hold_asked, true) {
            return Vec::new();
        }
        self.handle(now, CallInput::Hold, room)
    }

    pub(crate) fn joined(&mut self, room_session: RoomSessionId) {
        self.room_session = Some(room_session);
    }

    pub(crate) fn is_own_member(&self, member: &ahoy_model::MemberId) -> bool {
        self.machine.member_id() == Some(member)
    }

    pub(crate) fn set_far_picture(&mut self, off: bool) {
        self.far_picture_off = off;
    }

    /// Somebody else is at the far side now. Only what can be dialled is taken.
    pub(crate) fn set_address(&mut self, address: &str) {
        if address.starts_with('/') {
            self.party.address = address.to_owned();
        }
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        if !name.trim().is_empty() {
            self.party.name = name.trim().to_owned();
        }
    }
}

pub(super) fn times(settings: &Settings) -> CallTimes {
    settings.advanced.call_times(settings.ring_seconds)
}
