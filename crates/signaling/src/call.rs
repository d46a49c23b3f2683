//! One leg, from invite to bye. Its moves are in `transition.rs`.

use crate::phase::Phase;
use crate::repair::Repairs;
use crate::{CallInput, CallMessage, CallOutput, CallTimes, MediaTask};
use ahoy_model::{CallId, CallStatus, Direction, HangupCause, MemberId, NodeId};
use ahoy_wire::{
    BodyWithSdp, ClientBye, ClientInfo, ClientVerto, DialogParams, InnerId, Modify, ModifyAction,
    ServerAttach, ServerInvite, VertoRequest, subscription,
};
use std::time::Instant;

/// Our last offer. An answer is accepted only for an offer that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Offer {
    /// Media is making it.
    Making,
    /// It went out with an invite; `verto.media` or `verto.answer` brings the answer.
    Invited,
    /// It went out with a modify; the reply brings the answer.
    Updating,
    /// It is answered or withdrawn, or there was none.
    Settled,
}

/// The media path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Contact {
    None,
    Up,
    Down,
}

/// What a dial needs.
#[derive(Clone, Debug)]
pub struct Outbound {
    pub call_id: CallId,
    /// As it is dialled, with query parameters.
    pub destination: String,
    /// Told to the space with the invite (`userVariables`).
    pub variables: Vec<(String, String)>,
    /// Where the space shall put the call; `None`: it picks.
    pub node_id: Option<NodeId>,
}

impl Outbound {
    /// Without anything special.
    pub fn to(call_id: impl Into<CallId>, destination: impl Into<String>) -> Self {
        Self {
            call_id: call_id.into(),
            destination: destination.into(),
            variables: Vec::new(),
            node_id: None,
        }
    }
}

/// The leg that a shared screen belongs to.
#[derive(Clone, Debug)]
pub struct Parent {
    pub call_id: CallId,
    pub member_id: Option<MemberId>,
    pub node_id: Option<NodeId>,
}

/// What is known of a call that the space still has and we do not (after a restart of the program).
#[derive(Clone, Debug)]
pub struct Reattach {
    pub direction: Direction,
    pub dialog: DialogParams,
    pub node_id: Option<NodeId>,
}

impl Reattach {
    /// From the space's word, which names both sides as an invite would. Its `display_direction` is "outbound" for calls
    /// of both directions, so the direction has to be known from elsewhere (our own address is caller or callee).
    pub fn offered(attach: &ServerAttach, node_id: Option<NodeId>, direction: Direction) -> Self {
        let callee = attach.callee_id_number.clone().unwrap_or_default();
        let mut dialog = DialogParams::outbound(attach.call_id.clone(), callee);
        if direction == Direction::Inbound {
            dialog.caller_id_name.clone_from(&attach.caller_id_name);
            dialog.caller_id_number.clone_from(&attach.caller_id_number);
        }
        Self { direction, dialog, node_id }
    }
}

/// The machine of one call. See the crate's documentation for how it is driven.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) direction: Direction,
    pub(crate) dialog: DialogParams,
    pub(crate) node_id: Option<NodeId>,
    pub(crate) member_id: Option<MemberId>,
    pub(crate) times: CallTimes,
    pub(crate) phase: Phase,
    pub(crate) offer: Offer,
    pub(crate) contact: Contact,
    /// Media has flowed at some time.
    pub(crate) had_contact: bool,
    /// The offer that is out changes media, and is no repair.
    pub(crate) changing: bool,
    /// Other media is wanted as soon as the offer that is out is settled.
    pub(crate) change_waits: bool,
    pub(crate) rings: bool,
    /// The far side's offer, until it is answered.
    pub(crate) invitation: Option<String>,
    /// When the present phase is over.
    pub(crate) phase_ends: Option<Instant>,
    /// When an unanswered call without session is over.
    pub(crate) session_ends: Option<Instant>,
    /// When a repair that has not helped is tried again.
    pub(crate) again: Option<Instant>,
    pub(crate) repairs: Repairs,
    /// The space has ended the call, and is asked for it.
    pub(crate) given_up: Option<HangupCause>,
}

impl Call {
    /// Places a call: an offer is asked for, and the invite follows it.
    pub fn outbound(now: Instant, wish: Outbound, times: CallTimes) -> (Self, Vec<CallOutput>) {
        let mut dialog = DialogParams::outbound(wish.call_id, wish.destination);
        for (name, value) in wish.variables {
            dialog = dialog.with_variable(&name, value);
        }
        // Empty: the space picks the node.
        let node = Some(wish.node_id.unwrap_or_else(|| NodeId::new("")));
        let mut call = Self::new(now, Direction::Outbound, dialog, node, times, Phase::Gathering);
        call.offer = Offer::Making;
        (call, vec![CallOutput::Status(CallStatus::New), CallOutput::StartMedia(MediaTask::Offer)])
    }

    /// Shares a screen in a call: a leg of its own that rings nobody (WIRE.md 7.7).
    pub fn screen(
        now: Instant,
        wish: Outbound,
        parent: &Parent,
        times: CallTimes,
    ) -> (Self, Vec<CallOutput>) {
        let (mut call, outputs) = Self::outbound(now, wish, times);
        let mut dialog = call.dialog.with_variable("memberCallId", parent.call_id.as_str());
        if let Some(member) = &parent.member_id {
            dialog = dialog.with_variable("memberId", member.as_str());
        }
        dialog.screen_share = Some(true);
        call.dialog = dialog;
        if parent.node_id.is_some() {
            call.node_id.clone_from(&parent.node_id);
        }
        (call, outputs)
    }

    /// Somebody calls: it rings. No media is made before the user answers.
    pub fn inbound(
        now: Instant,
        invite: &ServerInvite,
        node_id: Option<NodeId>,
        times: CallTimes,
    ) -> (Self, Vec<CallOutput>) {
        let dialog = DialogParams::inbound(invite);
        let mut call = Self::new(now, Direction::Inbound, dialog, node_id, times, Phase::RingingIn);
        call.invitation = Some(invite.sdp.clone());
        call.rings = true;
        (call, vec![CallOutput::Status(CallStatus::Ringing), CallOutput::StartRinging])
    }

    /// Takes up a call that the space still has.
    pub fn reattached(now: Instant, known: Reattach, times: CallTimes) -> (Self, Vec<CallOutput>) {
        let phase = Phase::Reattaching(crate::phase::Line::Open);
        let mut call = Self::new(now, known.direction, known.dialog, known.node_id, times, phase);
        call.offer = Offer::Making;
        call.had_contact = true;
        (call, vec![CallOutput::Status(CallStatus::Recovering), CallOutput::StartMedia(MediaTask::Offer)])
    }

    fn new(
        now: Instant,
        direction: Direction,
        dialog: DialogParams,
        node_id: Option<NodeId>,
        times: CallTimes,
        phase: Phase,
    ) -> Self {
        Self {
            direction,
            dialog,
            node_id,
            member_id: None,
            phase,
            offer: Offer::Settled,
            contact: Contact::None,
            had_contact: false,
            changing: false,
            change_waits: false,
            rings: false,
            invitation: None,
            phase_ends: phase.limit(&times).map(|limit| now + limit),
            session_ends: None,
            again: None,
            repairs: Repairs::default(),
            given_up: None,
            times,
        }
    }

    pub fn id(&self) -> &CallId {
        &self.dialog.call_id
    }

    pub fn direction(&self) -> Direction {
        self.direction
    }

    pub fn status(&self) -> CallStatus {
        self.phase.status()
    }

    /// Our own member id, once the space has told.
    pub fn member_id(&self) -> Option<&MemberId> {
        self.member_id.as_ref()
    }

    /// Where the call lives in the space.
    pub fn node_id(&self) -> Option<&NodeId> {
        self.node_id.as_ref()
    }

    /// What to remember for [`Call::reattached`].
    pub fn to_reattach(&self) -> Reattach {
        Reattach { direction: self.direction, dialog: self.dialog.clone(), node_id: self.node_id.clone() }
    }

    /// The present phase ends by itself at this moment (an inbound call stops ringing, a dial is given up).
    pub fn phase_ends(&self) -> Option<Instant> {
        self.phase_ends
    }

    /// When to send [`CallInput::Timer`].
    pub fn deadline(&self) -> Option<Instant> {
        [self.phase_ends, self.session_ends, self.again].into_iter().flatten().min()
    }

    /// Takes one input and says what is to be done, in order. After [`CallStatus::Destroyed`] nothing is.
    pub fn handle(&mut self, now: Instant, input: CallInput) -> Vec<CallOutput> {
        let mut outputs = Vec::new();
        self.step(now, input, &mut outputs);
        outputs
    }

    /// A message of this call as the parameters of `webrtc.verto`. `message_id` is a fresh id.
    pub fn request(&self, message: CallMessage, message_id: impl Into<InnerId>) -> VertoRequest {
        let call_id = self.id().clone();
        let sessid = Some(call_id.to_string());
        let bare = DialogParams::bare(call_id.clone());
        let modify = |action| Modify { dialog: bare.clone(), sessid: sessid.clone(), action };
        let with_sdp = |dialog: DialogParams, sdp| BodyWithSdp { dialog, sdp, sessid: None };
        let subscribe = matches!(
            message,
            CallMessage::Invite { .. } | CallMessage::Reattach { .. } | CallMessage::Answer { .. }
        );
        let message = match message {
            CallMessage::Invite { sdp } => ClientVerto::Invite(with_sdp(self.dialog.clone(), sdp)),
            CallMessage::Reattach { sdp } => {
                ClientVerto::Invite(with_sdp(self.dialog.clone().reattaching(), sdp))
            }
            CallMessage::Answer { sdp } => ClientVerto::Answer(with_sdp(self.dialog.clone(), sdp)),
            CallMessage::Bye { cause } => ClientVerto::Bye(ClientBye::new(self.dialog.clone(), cause)),
            CallMessage::Hold => ClientVerto::Modify(modify(ModifyAction::Hold)),
            CallMessage::Unhold => ClientVerto::Modify(modify(ModifyAction::Unhold)),
            CallMessage::UpdateMedia { sdp } => ClientVerto::Modify(Modify {
                dialog: self.dialog.clone(),
                sessid: None,
                action: ModifyAction::UpdateMedia { sdp },
            }),
            CallMessage::Transfer { destination } => ClientVerto::Modify(Modify {
                dialog: self.dialog.clone(),
                sessid: None,
                action: ModifyAction::Transfer { destination },
            }),
            CallMessage::Unite { other: call, merge } => ClientVerto::Modify(modify(match merge {
                true => ModifyAction::Merge { call },
                false => ModifyAction::Replace { call },
            })),
            CallMessage::Digits(digits) => ClientVerto::Info(ClientInfo {
                dialog: bare,
                sessid,
                dtmf: Some(digits),
                dtmf_duration: None,
                txt: None,
                msg: None,
            }),
            CallMessage::Pong(ping) => ClientVerto::Pong(ping),
        };
        VertoRequest {
            call_id: Some(call_id),
            node_id: self.node_id.clone(),
            subscribe: subscribe.then(|| match self.dialog.screen_share {
                Some(true) => subscription::SCREEN_SHARE.map(str::to_owned).to_vec(),
                _ => subscription::MAIN.map(str::to_owned).to_vec(),
            }),
            message_id: message_id.into(),
            message,
        }
    }
}
