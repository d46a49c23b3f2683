//! What the space lets us do in a call, and whose screens are shown in it.

use crate::call::LiveCall;
use ahoy_model::MemberId;
use ahoy_wire::Member;

/// Screens that are remembered; more are a mistake of the space.
const SCREENS: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Rights {
    /// The capability `screenshare` (WIRE.md 6.1).
    share: bool,
    /// `replace` and `merge`: words of the built-in space.
    replace: bool,
    merge: bool,
    /// Others' screens.
    screens: Vec<MemberId>,
}

impl LiveCall {
    /// The capabilities of `call.joined`; the last word counts.
    pub(crate) fn set_rights(&mut self, capabilities: Option<&[String]>) {
        let may = |right: &str| capabilities.is_some_and(|all| all.iter().any(|word| word == right));
        self.rights.share = may("screenshare");
        self.rights.replace = may("replace");
        self.rights.merge = may("merge");
    }

    /// Whether the space can connect this call's far side with somebody else's.
    pub(crate) fn may_replace(&self) -> bool {
        self.rights.replace
    }

    /// Whether the space can bring others into this call.
    pub(crate) fn may_merge(&self) -> bool {
        self.rights.merge
    }

    pub(crate) fn may_share(&self) -> bool {
        self.rights.share
    }

    /// Somebody else's screen is shown, whatever his camera does.
    pub(crate) fn sees_screen(&self) -> bool {
        !self.rights.screens.is_empty()
    }

    /// Whether that member is a further leg of somebody, not somebody himself. Screens of others are noted.
    pub(crate) fn child_came(&mut self, member: &Member) -> bool {
        let Some(parent) = &member.parent_id else { return false };
        let theirs = !self.is_own_member(parent) && member.kind.as_deref() == Some("screen");
        if theirs && !self.rights.screens.contains(&member.member_id) && self.rights.screens.len() < SCREENS {
            self.rights.screens.push(member.member_id.clone());
        }
        true
    }

    pub(crate) fn member_left(&mut self, member: &Member) {
        self.rights.screens.retain(|screen| *screen != member.member_id);
    }
}
