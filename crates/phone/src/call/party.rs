//! Who is at the other end, as far as an invite or a dial tells.

use crate::snapshot::ContactView;
use ahoy_model::DialTarget;
use ahoy_wire::ServerInvite;

/// Longer names are cut.
const LONGEST: usize = 100;

/// Who is at the other end, and what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) with_video: bool,
}

impl Party {
    /// Whom we dial. The directory may know a better name than the address.
    pub(crate) fn dialled(target: &DialTarget, with_video: bool, contacts: &[ContactView]) -> Self {
        let known = contacts.iter().find(|contact| contact.address == target.path());
        let name = known.map_or_else(|| target.name().to_owned(), |contact| contact.name.clone());
        Self { name, address: target.path().to_owned(), with_video }
    }

    /// Who calls us.
    pub(crate) fn caller(invite: &ServerInvite, contacts: &[ContactView]) -> Self {
        let number = invite.caller_id_number.as_deref().unwrap_or_default();
        let target = DialTarget::parse(number).ok();
        let address = target.as_ref().map_or_else(|| shown(number), |target| target.path().to_owned());
        let known =
            contacts.iter().find(|contact| contact.address == address).map(|contact| contact.name.clone());
        let name = invite.caller_name().map(shown).filter(|name| !name.is_empty());
        let name = name.or(known).or(target.map(|target| target.name().to_owned()));
        Self {
            name: name.unwrap_or_else(|| address.clone()),
            address,
            with_video: Self::offers_video(&invite.sdp),
        }
    }

    /// A picture section that is not rejected.
    pub(crate) fn offers_video(sdp: &str) -> bool {
        sdp.lines().any(|line| {
            let port = line.strip_prefix("m=video ").and_then(|rest| rest.split_whitespace().next());
            port.is_some_and(|port| port != "0")
        })
    }
}

/// What a stranger wrote, without what would upset a window.
pub(crate) fn shown(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(name: Option<&str>, number: Option<&str>, sdp: &str) -> ServerInvite {
        ServerInvite {
            call_id: "c".into(),
            sdp: sdp.into(),
            caller_id_name: name.map(str::to_owned),
            caller_id_number: number.map(str::to_owned),
            callee_id_name: None,
            callee_id_number: None,
            display_direction: None,
            user_variables: None,
        }
    }

    #[test]
    fn callers_have_a_name_and_an_address_that_can_be_dialled() {
        let known = [ContactView {
            name: "Bobby".into(),
            address: "/private/bob".into(),
            kind: "subscriber".into(),
            can_video: true,
            id: "1".into(),
            presence: None,
            own: false,
        }];
        let party = |name, number| {
            let party = Party::caller(&invite(name, number, "m=video 0 UDP\r\n"), &known);
            assert!(!party.with_video);
            (party.name, party.address)
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            party(Some("Bob\u{7}\n B"), Some("/private/bob?channel=video")),
            pair("Bob B", "/private/bob")
        );
        assert_eq!(party(Some("_undef_"), Some("/private/bob")), pair("Bobby", "/private/bob"));
        assert_eq!(party(None, Some("/private/eve")), pair("eve", "/private/eve"));
        assert_eq!(party(None, None), pair("", ""));
        assert!(Party::caller(&invite(None, None, "m=audio 9 x\r\nm=video 9 x\r\n"), &[]).with_video);
    }
}
