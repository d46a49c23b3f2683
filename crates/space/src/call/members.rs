//! `call.*`: what members do to themselves, to each other and to the room (WIRE.md 5).

use super::{Call, Phase};
use ahoy_model::{CallId, HangupCause, MediaKind};
use ahoy_wire::{CallAction, CallRequest, LayoutListReply, Member, MemberListReply, Reply, RpcError};

const LAYOUTS: [&str; 2] = ["grid-responsive", "full-screen"];
/// Longest name of a layout that is passed on.
const NAME: usize = 64;

impl Call {
    pub(super) fn method(&mut self, id: &CallId, request: &str, body: CallRequest) {
        let Some(session) = self.leg(id).map(|leg| leg.session.clone()) else {
            return self.no_such_call(id, request);
        };
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
                    members: self.talking().map(|leg| leg.member.clone()).collect(),
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
                    self.hang_up(target, HangupCause::NormalClearing);
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
        let meant = |member: &Member| {
            named.iter().any(|target| target.is_all() || target.member_id == member.member_id)
        };
        self.talking().filter(|leg| meant(&leg.member)).map(|leg| leg.id.clone()).collect()
    }

    fn lock(&mut self, locked: bool) {
        self.room.locked = locked;
        let members: Vec<Member> = self.talking().map(|leg| leg.member.clone()).collect();
        for leg in self.talking() {
            leg.event(self.room.updated(members.clone()));
        }
    }

    fn tell_layout(&self) {
        for leg in self.talking() {
            if let Some(other) = self.other(&leg.id) {
                leg.event(self.room.layout_changed(&other.member.member_id));
            }
        }
    }

    /// Changes one member and tells everybody.
    fn change(&mut self, target: &CallId, action: &CallAction) {
        let Some(leg) = self.leg_mut(target) else { return };
        let fields = apply(&mut leg.member, action);
        if fields.is_empty() {
            return;
        }
        let member = leg.member.clone();
        self.set_routes();
        for leg in self.talking() {
            leg.event(self.room.member_updated(&member, &fields));
        }
    }
}

/// The names of the fields that `action` sets.
fn apply(member: &mut Member, action: &CallAction) -> Vec<&'static str> {
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
