//! Becoming a user of a space on this network: by an invite, or by asking its owner. Before a certificate was seen and
//! agreed to, nothing is sent.

use crate::account::SpaceAccount;
use crate::pin::FirstLook;
use crate::rest::{Poster, RestError};
use crate::token_source::UrlSource;
use ahoy_model::{Fingerprint, Problem, ProblemCode, Secret};
use ahoy_wire::lan::{
    Invite, InviteRequest, JoinOutcome, KnockReply, KnockRequest, Membership, Nonce, OpenRequest, WaitReply,
    WaitRequest, paths, plain, verification_code,
};
use rustls::pki_types::ServerName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// For a first look at one address.
const LOOK: Duration = Duration::from_secs(6);
/// Failures in a row after which nobody waits any longer for the owner's word.
const TRIES: u32 = 3;

/// A space at an address, known by its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doorstep {
    /// `host:port`
    pub host: String,
    pub pin: Fingerprint,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Joined {
    pub membership: Membership,
    pub doorstep: Doorstep,
}

/// A request that the owner sees.
pub struct Knock {
    doorstep: Doorstep,
    secret: Secret,
    /// What the space calls itself.
    pub space: String,
    /// The owner sees the same one, unless somebody stands between.
    pub code: String,
}

/// The certificate of whatever answers at `host` (`host:port`).
pub async fn look(host: &str) -> Result<Fingerprint, Problem> {
    let about = |code| Problem::new(code).about(host);
    let name = host.rsplit_once(':').map(|(name, _)| name.trim_matches(['[', ']']));
    if name.is_some_and(is_link_local) {
        return Err(about(ProblemCode::AddressLinkLocal));
    }
    let name = name.and_then(|name| ServerName::try_from(name.to_owned()).ok());
    let name = name.ok_or_else(|| about(ProblemCode::AddressMalformed))?;
    let looking = async {
        let stream = TcpStream::connect(host).await.map_err(|error| about(reason(&error)).because(error))?;
        let (config, look) =
            FirstLook::prepare().map_err(|error| about(ProblemCode::Internal).because(error))?;
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        shaken.map_err(|error| about(ProblemCode::NotASpace).because(error))?;
        look.seen().ok_or_else(|| about(ProblemCode::NotASpace))
    };
    timeout(LOOK, looking).await.unwrap_or_else(|_| Err(about(ProblemCode::AddressSilent)))
}

/// IPv6 that means nothing without the name of an interface (`fe80::1%eth0`), which neither URLs nor ICE candidates carry.
fn is_link_local(name: &str) -> bool {
    let address = name.split('%').next().unwrap_or_default();
    address.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_unicast_link_local())
}

fn reason(error: &io::Error) -> ProblemCode {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => ProblemCode::AddressRefusing,
        // A firewall that says nothing, another network; also how macOS keeps apps from the local network.
        io::ErrorKind::TimedOut
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::PermissionDenied => ProblemCode::AddressSilent,
        _ => ProblemCode::SpaceUnreachable,
    }
}

impl Doorstep {
    /// The first of several addresses at which the space with this certificate answers.
    pub async fn find(hosts: &[String], pin: Fingerprint) -> Result<Self, Problem> {
        let mut looks = JoinSet::new();
        for host in hosts.iter().cloned() {
            looks.spawn(async move { (look(&host).await, host) });
        }
        let mut worst = Problem::new(ProblemCode::SpaceUnreachable);
        while let Some(looked) = looks.join_next().await {
            match looked {
                Ok((Ok(seen), host)) if seen == pin => return Ok(Self { host, pin }),
                // Somebody else has this address now. It counts more than silence elsewhere.
                Ok((Ok(_), host)) => worst = Problem::new(ProblemCode::CertificateChanged).about(host),
                Ok((Err(problem), _)) if worst.code != ProblemCode::CertificateChanged => worst = problem,
                _ => {}
            }
        }
        Err(worst)
    }

    /// Uses an invite up.
    pub async fn redeem(self, invite: &Invite, name: &str) -> Result<Joined, Problem> {
        let request = InviteRequest { code: invite.code.clone(), name: plain(name), device: own_device() };
        let asked = self.ask(paths::INVITE, &request).await;
        let membership: Membership = asked.map_err(|error| match error {
            RestError::Status(403 | 422) => self.problem(ProblemCode::InviteRefused, error),
            error => self.told(error),
        })?;
        Ok(Joined { membership, doorstep: self })
    }

    /// Asks the owner. Nobody is told anything before the certificate is the pinned one.
    pub async fn knock(self, name: &str) -> Result<Knock, Problem> {
        let mut random = [0; Nonce::LENGTH];
        let no_randomness = |error: getrandom::Error| Problem::new(ProblemCode::Internal).because(error);
        getrandom::fill(&mut random).map_err(no_randomness)?;
        let nonce = Nonce::new(random);
        let request =
            KnockRequest { name: plain(name), device: own_device(), commitment: nonce.commitment() };
        let reply: KnockReply = self.ask(paths::KNOCK, &request).await.map_err(|error| self.told(error))?;
        let code = verification_code(&self.pin, &reply.nonce, &nonce);
        let open = OpenRequest { secret: reply.secret.clone(), nonce };
        self.say(paths::OPEN, &open).await.map_err(|error| self.told(error))?;
        Ok(Knock { secret: reply.secret, space: plain(&reply.space), code, doorstep: self })
    }

    fn rest_url(&self) -> String {
        format!("https://{}", self.host)
    }

    async fn say(&self, path: &str, body: &impl Serialize) -> Result<String, RestError> {
        let body = serde_json::to_value(body).map_err(|error| RestError::Malformed(error.to_string()))?;
        Poster::new(&format!("{}{path}", self.rest_url()), Some(self.pin))?.post(&body).await
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, RestError> {
        let text = self.say(path, body).await?;
        // Not its text: there may be a token in it.
        serde_json::from_str(&text).map_err(|_| RestError::Malformed("it is no answer of a space".into()))
    }

    fn problem(&self, code: ProblemCode, why: RestError) -> Problem {
        Problem::new(code).about(&self.host).because(why)
    }

    fn told(&self, error: RestError) -> Problem {
        match error {
            RestError::Status(429) => self.problem(ProblemCode::JoinCrowded, error),
            RestError::Status(403..=405) | RestError::Malformed(_) => {
                self.problem(ProblemCode::NotASpace, error)
            }
            error => error.problem().about(&self.host),
        }
    }
}

impl Knock {
    /// Until the owner has said something, or nobody waits any more.
    pub async fn wait(&self) -> Result<Joined, Problem> {
        let door = &self.doorstep;
        let request = WaitRequest { secret: self.secret.clone() };
        let mut failures = 0;
        loop {
            let reply: WaitReply = match door.ask(paths::WAIT, &request).await {
                Ok(reply) => reply,
                Err(error) => {
                    failures += 1;
                    if failures >= TRIES {
                        return Err(door.told(error));
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            failures = 0;
            let code = match (reply.outcome, reply.membership) {
                (JoinOutcome::Waiting, _) => continue,
                (JoinOutcome::Accepted, Some(membership)) => {
                    return Ok(Joined { membership, doorstep: door.clone() });
                }
                (JoinOutcome::Refused, _) => ProblemCode::JoinRefused,
                (JoinOutcome::Expired | JoinOutcome::Accepted, _) => ProblemCode::JoinUnanswered,
            };
            return Err(Problem::new(code).about(&self.space));
        }
    }

    /// The owner need not look any more.
    pub async fn withdraw(self) {
        let request = WaitRequest { secret: self.secret.clone() };
        let _ = self.doorstep.say(paths::CANCEL, &request).await;
    }
}

impl Joined {
    /// The account of the new user.
    pub fn account(&self) -> SpaceAccount {
        let Membership { token, refresh_token, space, .. } = &self.membership;
        member_account(&self.doorstep, space, Some(token.clone()), refresh_token.clone())
    }
}

/// The account of somebody who joined before. Without a token a fresh one is asked for first.
pub fn member_account(
    doorstep: &Doorstep,
    space: &str,
    token: Option<Secret>,
    refresh_token: Secret,
) -> SpaceAccount {
    let (url, rest_url) = (format!("wss://{}", doorstep.host), doorstep.rest_url());
    let source = UrlSource::member(&rest_url, refresh_token, doorstep.pin);
    let mut account = SpaceAccount::new(url, rest_url, token.unwrap_or_default());
    account.name = Some(plain(space)).filter(|name| !name.is_empty());
    account.tokens = Some(Arc::new(source));
    account.pin = Some(doorstep.pin);
    account
}

/// What this computer is called, for the owner of a space.
fn own_device() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    plain(name.split('.').next().unwrap_or_default())
}
