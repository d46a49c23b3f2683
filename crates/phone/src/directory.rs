//! What the space knows: about us, and whom one can call there.

use crate::rest::{Rest, RestError};
use crate::snapshot::ContactView;
use ahoy_model::DialTarget;
use ahoy_wire::rest::{AddressList, FabricAddress, SubscriberInfo};

/// Addresses that are kept. A larger directory is searched at the space, not here.
const LIMIT: usize = 1_000;
/// Pages that are read, whatever a space says about more.
const PAGES: usize = 50;
const ADDRESSES: &str = "/api/fabric/addresses";

/// Ourselves, as the UI shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) name: Option<String>,
    pub(crate) addresses: Vec<String>,
    /// The id of the first of them, by which conversations know us.
    pub(crate) address_id: Option<String>,
    /// The token says that it wants to be bound to this device (`sat:refresh`).
    pub(crate) wants_binding: bool,
}

pub(crate) async fn own(rest: &Rest) -> Result<Own, RestError> {
    let info: SubscriberInfo = rest.get("/api/fabric/subscriber/info").await?;
    let full = [info.first_name.as_deref(), info.last_name.as_deref()];
    let full: Vec<&str> = full.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    let name = [info.display_name.clone(), Some(full.join(" ")), info.email.clone()];
    Ok(Own {
        name: name.into_iter().flatten().find(|name| !name.trim().is_empty()),
        addresses: info.fabric_addresses.iter().flatten().filter_map(dial_path).collect(),
        address_id: info.fabric_addresses.iter().flatten().next().map(|address| address.id.clone()),
        wants_binding: info
            .sat_claims
            .and_then(|claims| claims.scope)
            .is_some_and(|scope| can_refresh(&scope)),
    })
}

/// A scope is a list, or text with blanks.
fn can_refresh(scope: &serde_json::Value) -> bool {
    const REFRESH: &str = "sat:refresh";
    match scope {
        serde_json::Value::String(text) => text.split_whitespace().any(|one| one == REFRESH),
        serde_json::Value::Array(all) => all.iter().any(|one| one.as_str() == Some(REFRESH)),
        _ => false,
    }
}

/// Everybody, by name.
pub(crate) async fn contacts(rest: &Rest) -> Result<Vec<ContactView>, RestError> {
    let mut contacts = Vec::new();
    let mut next = Some(format!("{ADDRESSES}?sort_by=name&sort_order=asc"));
    for _ in 0..PAGES {
        let Some(target) = next.take() else { break };
        let page: AddressList = rest.get(&target).await?;
        let empty = page.data.is_empty();
        contacts.extend(page.data.iter().filter_map(contact));
        if empty || contacts.len() >= LIMIT {
            break;
        }
        next = page.links.next.filter(|next| !next.is_empty() && *next != target);
    }
    contacts.truncate(LIMIT);
    Ok(contacts)
}

/// One address by what is dialled; `None` when the space does not know it.
pub(crate) async fn find(rest: &Rest, target: &DialTarget) -> Result<Option<ContactView>, RestError> {
    let list: AddressList = rest.find(ADDRESSES, "name", target.path()).await?;
    Ok(list.data.iter().find_map(contact))
}

fn contact(address: &FabricAddress) -> Option<ContactView> {
    let path = dial_path(address)?;
    let name =
        [&address.display_name, &address.name].into_iter().flatten().find(|name| !name.trim().is_empty());
    let channels = address.channels.as_ref();
    Some(ContactView {
        id: address.id.clone(),
        name: name.cloned().unwrap_or_else(|| path.clone()),
        address: path,
        kind: address.kind.clone().unwrap_or_else(|| "call".into()),
        can_video: channels.is_some_and(|channels| channels.video.is_some()),
        presence: None,
        own: false,
    })
}

/// What to dial, without its channel; `None` for addresses that only take messages.
fn dial_path(address: &FabricAddress) -> Option<String> {
    let channels = address.channels.as_ref()?;
    let uri = channels.audio.as_ref().or(channels.video.as_ref())?;
    DialTarget::parse(uri).ok().map(|target| target.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_contacts() {
        let list: AddressList = ahoy_wire::rest::parse(
            r#"{"data":[
                {"id":"1","name":"bob","display_name":"Bob B","type":"subscriber","channels":{"audio":"/private/bob?channel=audio","video":"/private/bob?channel=video"}},
                {"id":"2","name":"lobby","type":"room","channels":{"video":"/public/lobby?channel=video"}},
                {"id":"3","name":"shop","channels":{"audio":"+15550100199","messaging":"x"}},
                {"id":"4","name":"mail","channels":{"messaging":"/private/mail?channel=messaging"}},
                {"id":"5","name":"odd","channels":{"audio":"/a/b/c/d"}}],"links":{}}"#,
        )
        .unwrap();
        let contacts: Vec<_> = list.data.iter().filter_map(contact).collect();
        let shown: Vec<_> = contacts
            .iter()
            .map(|c| (c.name.as_str(), c.address.as_str(), c.kind.as_str(), c.can_video))
            .collect();
        assert_eq!(
            shown,
            [
                ("Bob B", "/private/bob", "subscriber", true),
                ("lobby", "/public/lobby", "room", true),
                ("shop", "+15550100199", "call", false),
            ]
        );
    }
}
