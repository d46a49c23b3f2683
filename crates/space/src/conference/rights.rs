//! Who may do what (WIRE.md 6.1): strings in a tree, where a parent grants its children.

use ahoy_model::MediaKind;
use ahoy_wire::CallAction;
use serde::{Deserialize, Serialize};

/// What somebody is in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Owner,
    /// Speaks and is seen; what else depends on the room.
    #[default]
    Member,
    /// Hears and sees.
    Audience,
}

/// The last three are ours: the service has no words for them.
const ALL: [&str; 12] = [
    "self",
    "member",
    "layout",
    "digit",
    "vmuted",
    "lock",
    "device",
    "screenshare",
    "end",
    "recording",
    "playback",
    "merge",
];
const GUEST: [&str; 4] = ["self", "digit", "device", "screenshare"];
const AUDIENCE: [&str; 4] = ["self.deaf", "self.raisehand", "self.speaker", "self.meta"];

impl Role {
    /// What goes into `call.joined`. `moderated`: the room has an owner, who alone moderates.
    pub fn capabilities(self, moderated: bool) -> &'static [&'static str] {
        match self {
            Self::Owner => &ALL,
            Self::Member if !moderated => &ALL,
            Self::Member => &GUEST,
            Self::Audience => &AUDIENCE,
        }
    }

    /// Whether these rights cover what a request needs.
    pub fn may(self, moderated: bool, needed: &str) -> bool {
        self.capabilities(moderated).iter().any(|grant| covers(grant, needed))
    }
}

fn covers(grant: &str, needed: &str) -> bool {
    needed == grant || needed.strip_prefix(grant).is_some_and(|rest| rest.starts_with('.'))
}

/// The right that an action needs on oneself (`own`) or on somebody else. `None`: everybody may.
pub fn needed(action: &CallAction, own: bool) -> Vec<String> {
    let whom = if own { "self" } else { "member" };
    let on_off = |on: bool| if on { "on" } else { "off" };
    let mute = |kinds: &[MediaKind], on: bool| -> Vec<String> {
        let word = |kind: &MediaKind| match kind {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        };
        kinds.iter().map(|kind| format!("{whom}.mute.{}.{}", word(kind), on_off(on))).collect()
    };
    let one = |right: &str| vec![format!("{whom}.{right}")];
    match action {
        CallAction::Mute(kinds) => mute(kinds, true),
        CallAction::Unmute(kinds) => mute(kinds, false),
        CallAction::Deaf => one("deaf.on"),
        CallAction::Undeaf => one("deaf.off"),
        CallAction::RaiseHand | CallAction::LowerHand => one("raisehand"),
        CallAction::MicrophoneVolume(_) => one("microphone.volume.set"),
        CallAction::MicrophoneSensitivity(_) => one("microphone.sensitivity.set"),
        CallAction::SpeakerVolume(_) => one("speaker.volume.set"),
        CallAction::PositionSet { .. } => one("position.set"),
        CallAction::AudioFlags(_) => one("audioflags.set"),
        CallAction::LowBitrate(_) => one("lowbitrate"),
        CallAction::MemberMeta { .. } => one("meta"),
        // Whoever may not remove others may still leave.
        CallAction::MemberRemove if own => Vec::new(),
        CallAction::MemberRemove => one("remove"),
        CallAction::Promote | CallAction::Demote => vec!["member.role".into()],
        CallAction::Lock => vec!["lock.on".into()],
        CallAction::Unlock => vec!["lock.off".into()],
        CallAction::LayoutSet { .. } | CallAction::RoomMeta { .. } => vec!["layout.set".into()],
        CallAction::HideVideoMuted(on) => vec![format!("vmuted.hide.{}", on_off(*on))],
        CallAction::PrioritizeHandraise(_) => vec!["member.raisehand".into()],
        CallAction::Recording(_) => vec!["recording".into()],
        CallAction::Playback(_) => vec!["playback".into()],
        // To end one's own call is to hang up; to end the room's is not.
        CallAction::End if own => Vec::new(),
        CallAction::End => vec!["end".into()],
        CallAction::LayoutList | CallAction::MemberList | CallAction::Transfer => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(role: Role, moderated: bool, action: &CallAction, own: bool) -> bool {
        needed(action, own).iter().all(|right| role.may(moderated, right))
    }

    #[test]
    fn a_parent_grants_its_children_and_nobody_elses() {
        assert!(covers("self", "self.mute.audio.on") && covers("end", "end"));
        assert!(!covers("self", "selfish") && !covers("self.deaf", "self") && !covers("member", "self.deaf"));
    }

    #[test]
    fn roles_may_what_they_should() {
        let mute = CallAction::Mute(vec![MediaKind::Audio, MediaKind::Video]);
        assert!(may(Role::Owner, true, &mute, false) && may(Role::Member, false, &mute, false));
        assert!(!may(Role::Member, true, &mute, false) && may(Role::Member, true, &mute, true));
        assert!(!may(Role::Audience, false, &mute, true));
        assert!(may(Role::Audience, true, &CallAction::RaiseHand, true));
        assert!(may(Role::Audience, true, &CallAction::MemberRemove, true));
        assert!(!may(Role::Member, true, &CallAction::MemberRemove, false));
        for action in [
            CallAction::Lock,
            CallAction::End,
            CallAction::Promote,
            CallAction::HideVideoMuted(true),
            CallAction::Recording(ahoy_wire::RecordingOrder::Start),
            CallAction::Playback(ahoy_wire::PlaybackOrder::Stop),
        ] {
            assert!(may(Role::Owner, true, &action, false));
            assert!(!may(Role::Member, true, &action, false));
            assert!(!may(Role::Audience, false, &action, false));
        }
        assert!(may(Role::Audience, true, &CallAction::LayoutList, true));
    }
}
