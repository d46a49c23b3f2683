//! People whom the user knows and the space does not list.

use ahoy_model::DialTarget;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct OwnContact {
    pub name: String,
    /// What is dialled.
    pub address: String,
}

/// Without control characters, doubles and what cannot be dialled.
pub(crate) fn sane(contacts: Vec<OwnContact>, most: usize) -> Vec<OwnContact> {
    let mut kept: Vec<OwnContact> = Vec::new();
    for contact in contacts {
        let name: String = contact.name.chars().filter(|c| !c.is_control()).take(100).collect();
        let Ok(target) = DialTarget::parse(&contact.address) else { continue };
        let address = target.path().to_owned();
        if kept.len() < most && !name.trim().is_empty() && kept.iter().all(|known| known.address != address) {
            kept.push(OwnContact { name, address });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_called_is_kept_and_once() {
        let contact = |name: &str, address: &str| OwnContact { name: name.into(), address: address.into() };
        let kept = sane(
            vec![
                contact("Dora\u{7}", "sip:dora@example.org"),
                contact("Again", "sip:dora@example.org"),
                contact(" ", "+15550100"),
                contact("Nobody", "not an address at all"),
                contact("Office", "+1 555 0100 199"),
                contact("One too many", "/private/x"),
            ],
            2,
        );
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert_eq!((kept[0].name.as_str(), kept[0].address.as_str()), ("Dora", "sip:dora@example.org"));
    }
}
