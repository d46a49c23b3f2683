//! Joining and leaving spaces: what was typed becomes an account, what was joined is remembered.

use crate::keychain::Keychain;
use crate::own_space::OwnSpace;
use crate::renewal::{self, Renewal};
use crate::store::{Membership, SettingsStore};
use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_phone::{DeviceKeys, Doorstep, Joined, PhoneHandle, SpaceAccount, member_account};
use ahoy_wire::sat;

/// Typed by the page for SignalWire's cloud: the token itself says which host.
const SIGNALWIRE: &str = "signalwire";

#[derive(Clone)]
pub struct Accounts {
    pub phone: PhoneHandle,
    pub keychain: Keychain,
    pub store: SettingsStore,
    pub own_space: OwnSpace,
    pub keys: DeviceKeys,
}

impl Accounts {
    /// Joins what the last run belonged to. `Ok(false)`: nothing yet, so the user is asked.
    pub async fn rejoin(&self) -> Result<bool, Problem> {
        match self.store.membership() {
            None => return Ok(false),
            Some(Membership::Here) => {
                let name = self.phone.snapshot().settings.display_name.clone();
                self.phone.sign_in(self.own_space.account(&name).await?).await?;
            }
            Some(Membership::Elsewhere { url, rest_url, renewal }) => {
                let tokens = renewal.source(&url, &rest_url, &self.keychain, &self.keys).await;
                let token = match (self.keychain.find(&url).await, &tokens) {
                    (Some(token), _) => token,
                    (None, Some(source)) => source.fresh_token().await?.token,
                    (None, None) => return Ok(false),
                };
                let mut account = SpaceAccount::new(url, rest_url, token);
                account.tokens = tokens;
                self.phone.sign_in(account).await?;
            }
            Some(Membership::Nearby { host, pin, space_id, name }) => {
                let Some(refresh) = self.keychain.find(&renews(&space_id)).await else { return Ok(false) };
                let token = self.keychain.find(&opens(&space_id)).await;
                let mut account = member_account(&Doorstep { host, pin }, &name, token.clone(), refresh);
                if let (None, Some(source)) = (token, account.tokens.clone()) {
                    account.token = source.fresh_token().await?.token;
                }
                self.phone.sign_in(account).await?;
            }
        }
        Ok(true)
    }

    /// The nearby space that we belong to has this address (`host:port`) now.
    pub async fn move_to(&self, to: String) -> Result<(), Problem> {
        let Some(Membership::Nearby { pin, space_id, name, .. }) = self.store.membership() else {
            return Err(Problem::new(ProblemCode::NotSignedIn));
        };
        self.store.keep_membership(Some(&Membership::Nearby { host: to, pin, space_id, name }))?;
        self.rejoin().await.map(drop)
    }

    /// Joins a space that has let us in, under this name, and remembers. A missing keychain is told after joining.
    pub async fn join_member(&self, joined: Joined, name: &str) -> Result<Option<Problem>, Problem> {
        let mut settings = self.phone.snapshot().settings.clone();
        name.trim().clone_into(&mut settings.display_name);
        self.phone.update_settings(settings).await?;
        let account = joined.account();
        let Joined { membership, doorstep } = joined;
        let id = membership.space_id;
        let kept = self.keychain.keep(&renews(&id), &membership.refresh_token).await;
        let kept = kept.and(self.keychain.keep(&opens(&id), &membership.token).await);
        self.phone.sign_in(account).await?;
        let Doorstep { host, pin } = doorstep;
        self.store.keep_membership(Some(&Membership::Nearby {
            host,
            pin,
            space_id: id,
            name: membership.space,
        }))?;
        Ok(kept.err())
    }

    /// For this run only: nothing is remembered.
    pub async fn join_once(&self, url: &str, token: Secret, renewal: Renewal) -> Result<(), Problem> {
        let mut account = account(url, token)?;
        account.tokens = renewal.source(&account.url, &account.rest_url, &self.keychain, &self.keys).await;
        self.phone.sign_in(account).await
    }

    /// How the token of the space that we belong to is renewed; `None` for this computer's own and without one.
    pub fn renewal(&self) -> Option<Renewal> {
        match self.store.membership()? {
            Membership::Here | Membership::Nearby { .. } => None,
            Membership::Elsewhere { renewal, .. } => Some(renewal),
        }
    }

    /// Renews it in another way from now on. `refresh_token`: a new one, for `RefreshToken`. The phone joins again.
    pub async fn set_renewal(
        &self,
        renewal: Renewal,
        refresh_token: Option<Secret>,
    ) -> Result<Option<Problem>, Problem> {
        let Some(Membership::Elsewhere { url, rest_url, .. }) = self.store.membership() else {
            return Err(Problem::new(ProblemCode::NotSignedIn));
        };
        let renewal = renewal.tidy();
        let refresh_token = refresh_token.filter(|token| !token.is_empty());
        let mut trouble = None;
        match (&renewal, refresh_token) {
            (Renewal::RefreshToken, Some(token)) => {
                trouble = renewal::keep(&self.keychain, &url, &token).await.err();
            }
            (Renewal::RefreshToken, None) => {}
            _ => renewal::forget(&self.keychain, &url).await,
        }
        self.store.keep_membership(Some(&Membership::Elsewhere { url, rest_url, renewal }))?;
        self.rejoin().await?;
        Ok(trouble)
    }

    /// Joins and remembers. A missing keychain is told as a problem after joining.
    pub async fn join(&self, url: &str, token: Secret) -> Result<Option<Problem>, Problem> {
        let account = account(url, token.clone())?;
        let membership = Membership::Elsewhere {
            url: account.url.clone(),
            rest_url: account.rest_url.clone(),
            renewal: Renewal::Nothing,
        };
        let name = account.url.clone();
        self.phone.sign_in(account).await?;
        self.store.keep_membership(Some(&membership))?;
        Ok(self.keychain.keep(&name, &token).await.err())
    }

    /// Joins this computer's own space under this name, and remembers.
    pub async fn join_here(&self, name: &str) -> Result<(), Problem> {
        let mut settings = self.phone.snapshot().settings.clone();
        name.trim().clone_into(&mut settings.display_name);
        let account = self.own_space.account(&settings.display_name).await?;
        self.phone.update_settings(settings).await?;
        self.phone.sign_in(account).await?;
        self.store.keep_membership(Some(&Membership::Here))
    }

    /// Leaves and forgets the token.
    pub async fn leave(&self) -> Result<(), Problem> {
        self.phone.sign_out().await?;
        match self.store.membership() {
            Some(Membership::Elsewhere { url, .. }) => {
                self.keychain.forget(&url).await;
                renewal::forget(&self.keychain, &url).await;
            }
            Some(Membership::Nearby { space_id, .. }) => {
                self.keychain.forget(&opens(&space_id)).await;
                self.keychain.forget(&renews(&space_id)).await;
            }
            Some(Membership::Here) | None => {}
        }
        self.store.keep_membership(None)
    }
}

/// Under which names a nearby space's secrets are kept.
fn opens(space_id: &str) -> String {
    format!("nearby {space_id}")
}

fn renews(space_id: &str) -> String {
    format!("nearby {space_id} refresh")
}

/// `signalwire`, `ws://host:port`, `https://host` or just a host, and a token.
fn account(typed: &str, token: Secret) -> Result<SpaceAccount, Problem> {
    let token = Secret::new(token.expose().trim());
    let hosts = sat::Header::of(&token)
        .map(|header| header.hosts())
        .map_err(|error| Problem::new(ProblemCode::TokenMalformed).because(error))?;
    let typed = typed.trim().trim_end_matches('/');
    if typed == SIGNALWIRE {
        return Ok(SpaceAccount::new(hosts.socket, hosts.rest, token));
    }
    let (socket, rest) =
        urls(typed).ok_or_else(|| Problem::new(ProblemCode::SpaceUnreachable).about(typed))?;
    // A token that names its hosts knows better where REST lives than a rule does.
    let rest = if hosts.socket.trim_end_matches('/') == socket { hosts.rest } else { rest };
    Ok(SpaceAccount::new(socket, rest, token))
}

/// WebSocket and REST base of what was typed. Only an address of this machine or its network may go without TLS unasked.
fn urls(typed: &str) -> Option<(String, String)> {
    let (scheme, rest) = typed.split_once("://").unwrap_or(("", typed));
    let authority =
        rest.split(['/', '?', '#']).next().filter(|a| !a.is_empty() && !a.contains(char::is_whitespace))?;
    if authority.contains('@') {
        return None;
    }
    let secure = match scheme {
        "ws" | "http" => false,
        "wss" | "https" => true,
        "" => !is_near(authority),
        _ => return None,
    };
    let (socket, rest) = if secure { ("wss", "https") } else { ("ws", "http") };
    Some((format!("{socket}://{authority}"), format!("{rest}://{authority}")))
}

fn is_near(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    match host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(std::net::IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => host == "localhost" || host.ends_with(".local"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_addresses_become_urls() {
        let of = |typed| urls(typed).map(|(socket, rest)| format!("{socket} {rest}"));
        assert_eq!(of("ws://127.0.0.1:7780/").as_deref(), Some("ws://127.0.0.1:7780 http://127.0.0.1:7780"));
        assert_eq!(of("https://space.example").as_deref(), Some("wss://space.example https://space.example"));
        assert_eq!(
            of("192.168.1.20:7780").as_deref(),
            Some("ws://192.168.1.20:7780 http://192.168.1.20:7780")
        );
        assert_eq!(
            of("space.example:8443").as_deref(),
            Some("wss://space.example:8443 https://space.example:8443")
        );
        for bad in ["", "ftp://x", "ws://", "ws://a b", "wss://me:secret@host"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_that_is_none_is_told_before_any_network() {
        let problem = account("ws://127.0.0.1:1", Secret::new("nonsense")).unwrap_err();
        assert_eq!(problem.code, ProblemCode::TokenMalformed);
    }
}
