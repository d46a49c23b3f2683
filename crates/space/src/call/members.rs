//! `call.*`: what members do to themselves, to each other and to the room (WIRE.md 5).

use super::child::Child;
use super::{Call, Phase};
use ahoy_model::{CallId, HangupCause, MediaKind, MemberId};
use ahoy_wire::{CallAction, CallRequest, LayoutListReply, Member, MemberListReply, Reply, RpcError};

const LAYOUTS: [&str; 2] = ["grid-responsive", "full-screen"];
/// Longest name of a layout that is passed on.
const NAME: usize = 64;

impl Call {
    pub(super) fn method(&mut self, id: &CallId, request: &str, body: CallRequest) {
        // A child asks in its parent's name.
        let parent = self.child(id).map(|child| child.parent.clone());
        let id = parent.as_ref().unwrap_or(id);
        let Some(session) = self.leg(id).map(|leg| leg.session.clone()) else {
            return self.no_such_call(id, request);
        };
        if self.phase == Phase::Talking && self.place.is_some() {
            return self.ask_room(id, request, body);
        }
        if self.phase != Phase::Talking {
            return session
                .reply(Reply::error(request, RpcError::call_error(HangupCause::InvalidCallReference)));
        }
        let targets = self.targets(id, &body);
        match body.action {
            CallAction::LayoutList => {
                let reply = LayoutListReply {
                    layouts: LAYOUTS.map(str::to_owned).to_vec(),
                    code: Some("200".into()),
                    message: Some("OK".into()),
                };
                return session.reply(Reply::ok(request, &reply));
            }
            CallAction::MemberList => {
                let reply = MemberListReply {
                    members: self.members(),
                    code: Some("200".into()),
                    message: Some("OK".into()),
                };
                return session.reply(Reply::ok(request, &reply));
            }
            CallAction::Transfer => {
                return session.reply(Reply::error(request, RpcError::method_not_found("call.transfer")));
            }
            _ => {}
        }
        if targets.is_empty() {
            return session.reply(Reply::error(request, RpcError::invalid_params("no such member")));
        }
        session.acknowledge(request);
        match body.action {
            CallAction::Lock => self.lock(true),
            CallAction::Unlock => self.lock(false),
            CallAction::LayoutSet { layout, .. } => {
                self.room.layout = layout.chars().take(NAME).collect();
                self.tell_layout();
            }
            CallAction::PositionSet { .. } => self.tell_layout(),
            CallAction::End | CallAction::MemberRemove => {
                if let Some(target) = targets.first() {
                    match self.child(target).is_some() {
                        true => self.end_child(target, HangupCause::NormalClearing),
                        false => self.hang_up(target, HangupCause::NormalClearing),
                    }
                }
            }
            action => {
                for target in &targets {
                    self.change(target, &action);
                }
            }
        }
    }

    /// Legs of the members that a request names, by member id only: v4 fills in the rest with its own call's.
    fn targets(&self, id: &CallId, request: &CallRequest) -> Vec<CallId> {
        let named = request.targets.members();
        if named.is_empty() {
            return vec![id.clone()];
        }
        let mut found: Vec<CallId> = Vec::new();
        for target in named {
            if target.is_all() {
                return self.talking().map(|leg| leg.id.clone()).collect();
            }
            if let Some(leg) = self.target(&target.member_id, &request.action)
                && !found.contains(&leg)
            {
                found.push(leg);
            }
        }
        found
    }

    /// The leg of one member. Of a child's parent when the child has no such thing.
    fn target(&self, member: &MemberId, action: &CallAction) -> Option<CallId> {
        if let Some(leg) = self.talking().find(|leg| leg.member.member_id == *member) {
            return Some(leg.id.clone());
        }
        match self.shown_children().find(|child| child.leg.member.member_id == *member) {
            Some(child) if has(child, action) => Some(child.leg.id.clone()),
            Some(child) => Some(child.parent.clone()),
            None => self.alias(member),
        }
    }

    fn lock(&mut self, locked: bool) {
        self.room.locked = locked;
        let members = self.members();
        for leg in self.talking() {
            leg.event(self.room.updated(members.clone()));
        }
    }

    /// What each of them sees now.
    pub(super) fn tell_layout(&self) {
        for leg in self.talking() {
            if let Some(other) = self.other(&leg.id) {
                leg.event(self.room.layout_changed(&self.presented_by(other).member.member_id));
            }
        }
    }

    /// Changes one member and tells everybody.
    fn change(&mut self, target: &CallId, action: &CallAction) {
        let member = match self.children.iter_mut().find(|child| child.leg.id == *target) {
            Some(child) => Some(&mut child.leg.member),
            None => self.leg_mut(target).map(|leg| &mut leg.member),
        };
        let Some(member) = member else { return };
        let fields = apply(member, action);
        if fields.is_empty() {
            return;
        }
        let member = member.clone();
        if let (CallAction::AudioFlags(_), Some(leg)) = (action, self.leg(target)) {
            self.tell_media_params(leg);
        }
        self.set_routes();
        for leg in self.talking() {
            leg.event(self.room.member_updated(&member, &fields));
        }
    }
}

impl Call {
    /// Who is meant by a member id in a room.
    pub(super) fn stand_in(&self, member: &MemberId, action: &CallAction) -> MemberId {
        let child = self.shown_children().find(|child| child.leg.member.member_id == *member);
        let parent = match child {
            Some(child) if has(child, action) => None,
            Some(child) => Some(child.parent.clone()),
            None => self.alias(member),
        };
        let own = parent.and_then(|parent| self.leg(&parent));
        own.map_or_else(|| member.clone(), |leg| leg.member.member_id.clone())
    }
}

/// Whether a child has what the action is about; it has no ears and no hands.
fn has(child: &Child, action: &CallAction) -> bool {
    match action {
        CallAction::Mute(kinds) | CallAction::Unmute(kinds) => kinds.iter().any(|kind| child.carries(*kind)),
        CallAction::MicrophoneVolume(_)
        | CallAction::MicrophoneSensitivity(_)
        | CallAction::AudioFlags(_) => child.carries(MediaKind::Audio),
        CallAction::PositionSet { .. } | CallAction::MemberRemove | CallAction::End => true,
        _ => false,
    }
}

/// The names of the fields that `action` sets.
pub fn apply(member: &mut Member, action: &CallAction) -> Vec<&'static str> {
    let mut mute = |kinds: &[MediaKind], muted: bool| {
        let mut fields = Vec::new();
        if kinds.contains(&MediaKind::Audio) {
            member.audio_muted = Some(muted);
            fields.push("audio_muted");
        }
        if kinds.contains(&MediaKind::Video) {
            member.video_muted = Some(muted);
            fields.push("video_muted");
        }
        fields
    };
    match action {
        CallAction::Mute(kinds) => return mute(kinds, true),
        CallAction::Unmute(kinds) => return mute(kinds, false),
        _ => {}
    }
    match action {
        CallAction::Deaf | CallAction::Undeaf => {
            member.deaf = Some(matches!(action, CallAction::Deaf));
            vec!["deaf"]
        }
        CallAction::RaiseHand | CallAction::LowerHand => {
            member.handraised = Some(matches!(action, CallAction::RaiseHand));
            vec!["handraised"]
        }
        CallAction::MicrophoneVolume(volume) => {
            member.input_volume = Some(*volume);
            vec!["input_volume"]
        }
        CallAction::SpeakerVolume(volume) => {
            member.output_volume = Some(*volume);
            vec!["output_volume"]
        }
        CallAction::MicrophoneSensitivity(sensitivity) => {
            member.input_sensitivity = Some(*sensitivity);
            vec!["input_sensitivity"]
        }
        CallAction::AudioFlags(flags) => {
            let mut fields = Vec::new();
            let mut set = |name, field: &mut Option<bool>, flag: Option<bool>| {
                if flag.is_some() {
                    *field = flag;
                    fields.push(name);
                }
            };
            set("echo_cancellation", &mut member.echo_cancellation, flags.echo_cancellation);
            set("auto_gain", &mut member.auto_gain, flags.auto_gain);
            set("noise_suppression", &mut member.noise_suppression, flags.noise_suppression);
            fields
        }
        CallAction::LowBitrate(on) => {
            member.lowbitrate = Some(*on);
            vec!["lowbitrate"]
        }
        _ => Vec::new(),
    }
}
