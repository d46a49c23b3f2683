//! Legs that belong to a member: a shared screen, a second camera or microphone (WIRE.md 7.7).
//!
//! Each is a call of its own on the wire, but it rings nobody: the space answers it at once and binds it to its parent, which
//! has to be a leg of the same session. [`ChildInvite`] is what reaches the parent's owner.

use super::leg::{Leg, Prepared};
use super::pump::MediaNews;
use super::ring::prepared;
use super::wishes::Wishes;
use super::{Call, Done, Phase};
use crate::conference::Link;
use crate::session::{Dialect, SessionHandle, VertoReplyTo};
use ahoy_model::{CallId, Flow, HangupCause, MediaKind, MemberId};
use ahoy_rtc::{RtcError, SectionWish, Session};
use ahoy_wire::{BodyWithSdp, ClientVerto, DialogParams, ModifyAction, RpcError, VertoResult};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Such legs of one call, at most.
const CHILDREN: usize = 8;
/// The SDK gives a screen share up after this long without media.
const MEDIA: Duration = Duration::from_secs(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildKind {
    Screen,
    Device,
}

impl ChildKind {
    /// What an invite asks for; `None`: a call of its own.
    pub fn of(dialog: &DialogParams) -> Option<Self> {
        match (dialog.screen_share, dialog.additional_device) {
            (Some(true), _) => Some(Self::Screen),
            (_, Some(true)) => Some(Self::Device),
            _ => None,
        }
    }

    /// `member.type`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Device => "device",
        }
    }
}

/// The leg that an invite of a child names as its parent.
pub fn parent(dialog: &DialogParams) -> Option<CallId> {
    let named = dialog.user_variables.as_ref()?.get("memberCallId")?.as_str()?;
    Some(CallId::from(named))
}

/// A leg wants to belong to another one.
pub struct ChildInvite {
    pub kind: ChildKind,
    pub parent: CallId,
    pub leg: CallId,
    pub session: SessionHandle,
    pub offer: String,
    pub reply: VertoReplyTo,
}

impl ChildInvite {
    pub fn new(
        kind: ChildKind,
        parent: CallId,
        session: SessionHandle,
        body: BodyWithSdp,
        reply: VertoReplyTo,
    ) -> Self {
        Self { kind, parent, leg: body.dialog.call_id, session, offer: body.sdp, reply }
    }
}

pub(super) struct Child {
    pub leg: Leg,
    pub kind: ChildKind,
    pub parent: CallId,
    /// Its media flows, and everybody knows of it.
    pub shown: bool,
    /// Where its media goes, in a room.
    pub link: Option<watch::Sender<Option<Link>>>,
}

impl Child {
    fn new(invite: &ChildInvite, parent: &Leg) -> Self {
        let mut leg = Leg::new(invite.leg.clone(), invite.session.clone());
        leg.member.kind = Some(invite.kind.word().to_owned());
        leg.member.parent_id = Some(parent.member.member_id.clone());
        Self { leg, kind: invite.kind, parent: parent.id.clone(), shown: false, link: None }
    }

    pub fn carries(&self, kind: MediaKind) -> bool {
        let agreed = self.leg.rtc.as_ref().map(|rtc| rtc.negotiated()).unwrap_or_default();
        match kind {
            MediaKind::Audio => agreed.audio.is_some_and(|(_, flow)| flow.receives()),
            MediaKind::Video => agreed.video.is_some_and(|(_, flow)| flow.receives()),
        }
    }

    fn has_picture(&self) -> bool {
        self.shown && self.leg.member.video_muted != Some(true) && self.carries(MediaKind::Video)
    }

    /// Whether its client would take a bye for this leg as the end of the whole call, as the SDK's beta.12 does.
    fn must_not_hear_bye(&self) -> bool {
        self.leg.session.dialect() == Dialect::V4
    }
}

impl Call {
    pub(super) fn child(&self, id: &CallId) -> Option<&Child> {
        self.children.iter().find(|child| child.leg.id == *id)
    }

    pub(super) fn child_mut(&mut self, id: &CallId) -> Option<&mut Child> {
        self.children.iter_mut().find(|child| child.leg.id == *id)
    }

    /// Those that everybody knows of.
    pub(super) fn shown_children(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().filter(|child| child.shown)
    }

    /// Whose picture stands for that leg's: the newest screen, then the newest further camera, then its own.
    pub(super) fn presented_by<'a>(&'a self, leg: &'a Leg) -> &'a Leg {
        let newest = |kind| {
            let fits = |child: &&Child| child.kind == kind && child.parent == leg.id && child.has_picture();
            self.children.iter().rev().find(fits)
        };
        newest(ChildKind::Screen).or_else(|| newest(ChildKind::Device)).map_or(leg, |child| &child.leg)
    }

    /// Further microphones of that leg's member, and the sound of what he shares.
    pub(super) fn voices_beside<'a>(&'a self, leg: &'a Leg) -> impl Iterator<Item = &'a Leg> {
        let sounds = |child: &&Child| child.parent == leg.id && child.carries(MediaKind::Audio);
        self.shown_children().filter(sounds).map(|child| &child.leg)
    }

    /// Takes a child in: created and answered at once.
    pub(super) fn admit(&mut self, invite: ChildInvite) {
        let talking = self.phase == Phase::Talking && self.children.len() < CHILDREN;
        let parent = self.talking().find(|leg| talking && leg.id == invite.parent);
        let Some(parent) = parent.filter(|parent| parent.session.same_as(&invite.session)) else {
            invite.session.command(crate::session::SessionCommand::Ended(invite.leg));
            return invite.reply.failed(RpcError::call_error(HangupCause::RequestedChanUnavail));
        };
        let child = Child::new(&invite, parent);
        let wishes = self.wishes_for_child(&parent.id);
        let config = wishes.config(&self.core.config, self.room.session_id.as_str(), false);
        invite.reply.ok(VertoResult::created(
            child.leg.id.clone(),
            child.leg.member.member_id.clone(),
            self.room.session_id.as_str(),
        ));
        self.children.push(child);
        let (leg, offer) = (invite.leg, invite.offer);
        self.aside(async move {
            let result = Box::pin(Session::answer(config, &offer)).await;
            Done::ChildReady { leg, result: result.map(prepared) }
        });
    }

    /// We receive only, preferably what the one who sees it can be sent as it is.
    fn wishes_for_child(&self, parent: &CallId) -> Wishes {
        let facing = self.other(parent).and_then(|other| other.rtc.as_ref()).map(|rtc| rtc.negotiated());
        let seen = facing.and_then(|agreed| agreed.video).map(|(codec, _)| codec);
        let Wishes { audio, video, .. } = Wishes::everything().with_video_first(seen);
        Wishes {
            audio: audio.map(|wish| SectionWish { flow: Flow::RecvOnly, ..wish }),
            video: video.map(|wish| SectionWish { flow: Flow::RecvOnly, ..wish }),
            stereo: false,
        }
    }

    pub(super) fn child_ready(&mut self, id: &CallId, result: Result<Prepared, RtcError>) {
        let ready = match result {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(%error, "a further leg of a member cannot be answered");
                return self.end_child(id, HangupCause::IncompatibleDestination);
            }
        };
        let limit = MEDIA.min(self.core.config.timers.media);
        let own = self.own.clone();
        let in_room = self.place.is_some();
        let Some(child) = self.child_mut(id) else { return };
        let sdp = ready.sdp.clone();
        if in_room {
            let (link, links) = watch::channel(None);
            child.link = Some(link);
            child.leg.attach_in_room(ready, own, links);
        } else {
            child.leg.attach(ready, own);
        }
        // It is not pinged: its parent is, and its media is watched.
        child.leg.stage = super::leg::Stage::Answered;
        child.leg.media_by = Some(Instant::now() + limit);
        child.leg.say_answered(Some(sdp));
    }

    /// News of its media. Shown once it flows, so that nobody looks at nothing meanwhile.
    pub(super) fn child_media(&mut self, id: &CallId, news: MediaNews) {
        let limit = MEDIA.min(self.core.config.timers.media);
        let Some(child) = self.child_mut(id) else { return };
        match news {
            MediaNews::Connected => {
                child.leg.media_by = None;
                if std::mem::replace(&mut child.shown, true) {
                    return;
                }
                if child.link.is_some() {
                    return self.child_enters(id);
                }
                let member = child.leg.member.clone();
                for leg in self.talking() {
                    leg.event(self.room.member_joined(&member));
                }
                self.set_routes();
                self.tell_layout();
            }
            MediaNews::Disconnected(_) => {
                child.leg.media_by.get_or_insert_with(|| Instant::now() + limit);
            }
            MediaNews::Failed(_) => self.end_child(id, HangupCause::MediaTimeout),
            MediaNews::Digit(_) => {}
        }
    }

    /// What its client says about it.
    pub(super) fn child_client(&mut self, id: &CallId, message: ClientVerto, reply: VertoReplyTo) {
        match message {
            ClientVerto::Bye(_) => {
                reply.ok(VertoResult::ended(id.clone(), HangupCause::NormalClearing));
                self.remove_child(id, None);
            }
            ClientVerto::Modify(modify) => match modify.action {
                ModifyAction::UpdateMedia { sdp } => {
                    let Some(child) = self.child(id) else { return };
                    let (rtc, wishes) = (child.leg.rtc.clone(), self.wishes_for_child(&child.parent));
                    self.reanswer(id, rtc, &wishes, sdp, reply);
                }
                // Whatever is done to the member is done by its parent.
                ModifyAction::Hold | ModifyAction::Unhold => reply.ok(VertoResult::ok(id.clone())),
                ModifyAction::Transfer { .. }
                | ModifyAction::Replace { .. }
                | ModifyAction::Merge { .. }
                | ModifyAction::Other(_) => {
                    reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
                }
            },
            ClientVerto::Invite(_) | ClientVerto::Answer(_) => {
                reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
            }
            ClientVerto::Unknown { method, .. } => reply.failed(RpcError::method_not_found(&method)),
            ClientVerto::Info(_)
            | ClientVerto::Pong(_)
            | ClientVerto::Subscribe(_)
            | ClientVerto::Attach(_)
            | ClientVerto::Result(_) => reply.ok(VertoResult::ok(id.clone())),
        }
    }

    /// Ends it from here. Its client hears a bye only when that costs it nothing else.
    pub(super) fn end_child(&mut self, id: &CallId, cause: HangupCause) {
        self.remove_child(id, Some(cause));
    }

    /// All of one parent, which begins anew or is over.
    pub(super) fn end_children_of(&mut self, parent: &CallId, cause: HangupCause) {
        let ids: Vec<CallId> = self
            .children
            .iter()
            .filter(|child| child.parent == *parent)
            .map(|child| child.leg.id.clone())
            .collect();
        for id in ids {
            self.end_child(&id, cause);
        }
    }

    fn remove_child(&mut self, id: &CallId, bye: Option<HangupCause>) {
        let Some(at) = self.children.iter().position(|child| child.leg.id == *id) else { return };
        let mut child = self.children.remove(at);
        if let Some(cause) = bye.filter(|_| !child.must_not_hear_bye()) {
            child.leg.bye(cause);
        }
        let media = child.leg.release();
        self.close(media);
        self.former.push((child.leg.member.member_id.clone(), child.parent.clone()));
        if self.former.len() > CHILDREN {
            self.former.remove(0);
        }
        if child.shown && child.link.is_some() {
            self.child_leaves(id);
        } else if child.shown {
            for leg in self.talking() {
                leg.event(self.room.member_left(&child.leg.member, "hangup"));
            }
            self.set_routes();
            self.tell_layout();
        }
    }

    /// Without a word to the others, who leave, too.
    pub(super) fn release_children(&mut self, cause: HangupCause) {
        for mut child in std::mem::take(&mut self.children) {
            if !child.must_not_hear_bye() {
                child.leg.bye(cause);
            }
            let media = child.leg.release();
            self.close(media);
        }
    }

    /// The SDK's beta.12 takes the member id of its last child for its own: once that child is gone, its parent is meant.
    pub(super) fn alias(&self, member: &MemberId) -> Option<CallId> {
        self.former.iter().rev().find(|(former, _)| former == member).map(|(_, parent)| parent.clone())
    }
}
