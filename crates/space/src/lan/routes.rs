//! What is asked at the second door only (`ahoy_wire::lan`). No page of the web may: there is no CORS here.

use super::desk::{DeskError, JoinDesk};
use super::{hosts, owner};
use crate::clock;
use crate::core::{Core, TOKEN_LIFE};
use crate::rest::body::Body;
use crate::rest::errors::{Rejection, json};
use crate::rest::limit;
use crate::store::{Profile, StoreError, Subscriber};
use crate::token::TokenKind;
use ahoy_model::{Fingerprint, Secret};
use ahoy_wire::lan::{
    Invite, InviteRequest, JoinOutcome, KnockReply, KnockRequest, Membership, OpenRequest, RenewReply,
    RenewRequest, WaitReply, WaitRequest, paths, plain,
};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::timeout;
use tower_http::timeout::TimeoutLayer;

/// Longest body, bytes.
const LARGEST: usize = 4 << 10;
/// A joiner who waits is answered after this time at the latest, and asks again.
const LONG_POLL: Duration = Duration::from_secs(10);
const SLOWEST: Duration = Duration::from_secs(15);

pub struct Reception {
    pub core: Arc<Core>,
    pub desk: JoinDesk,
    /// What the space is called now.
    pub name: watch::Sender<String>,
    pub fingerprint: Fingerprint,
    pub port: u16,
}

pub fn routes(reception: &Arc<Reception>) -> Router {
    Router::new()
        .route(paths::KNOCK, post(knock))
        .route(paths::OPEN, post(open))
        .route(paths::WAIT, post(wait))
        .route(paths::CANCEL, post(cancel))
        .route(paths::INVITE, post(redeem))
        .route(paths::RENEW, post(renew))
        .merge(owner::routes(&reception.core))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, SLOWEST))
        .layer(middleware::from_fn_with_state(Arc::clone(&reception.core), limit))
        .with_state(Arc::clone(reception))
}

async fn knock(
    State(here): State<Arc<Reception>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, Rejection> {
    let request: KnockRequest =
        body.read("name", "the body must be JSON with name, device and commitment")?;
    named(&request.name)?;
    let KnockRequest { name, device, commitment } = request;
    let (secret, nonce) = here.desk.knock(Instant::now(), from.ip(), &name, &device, commitment)?;
    Ok(json(StatusCode::CREATED, &KnockReply { secret, nonce, space: here.name.borrow().clone() }))
}

async fn open(
    State(here): State<Arc<Reception>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, Rejection> {
    let request: OpenRequest = body.read("nonce", "the body must be JSON with secret and nonce")?;
    here.core.door.may_authenticate(from.ip(), Instant::now())?;
    let opened = here.desk.open(Instant::now(), &request.secret, request.nonce);
    opened.inspect_err(|_| here.core.door.failed(from.ip(), Instant::now()))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn wait(State(here): State<Arc<Reception>>, body: Body) -> Result<Response, Rejection> {
    let request: WaitRequest = body.read("secret", "the body must be JSON with a secret")?;
    let mut changes = here.desk.changes();
    let decided = async {
        loop {
            changes.mark_unchanged();
            let (outcome, membership) = here.desk.outcome(Instant::now(), &request.secret);
            if outcome != JoinOutcome::Waiting || changes.changed().await.is_err() {
                return WaitReply { outcome, membership };
            }
        }
    };
    let waiting = WaitReply { outcome: JoinOutcome::Waiting, membership: None };
    Ok(json(StatusCode::OK, &timeout(LONG_POLL, decided).await.unwrap_or(waiting)))
}

async fn cancel(State(here): State<Arc<Reception>>, body: Body) -> Result<Response, Rejection> {
    let request: WaitRequest = body.read("secret", "the body must be JSON with a secret")?;
    here.desk.withdraw(Instant::now(), &request.secret);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn redeem(
    State(here): State<Arc<Reception>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, Rejection> {
    let request: InviteRequest = body.read("code", "the body must be JSON with code, name and device")?;
    named(&request.name)?;
    here.core.door.may_authenticate(from.ip(), Instant::now())?;
    if !here.core.store.take_invite(&request.code).await? {
        here.core.door.failed(from.ip(), Instant::now());
        return Err(Rejection::Forbidden("This invite is used up, has expired or was never made"));
    }
    let membership = here.admit(&request.name, &request.device).await?;
    here.desk.touch();
    Ok(json(StatusCode::CREATED, &membership))
}

async fn renew(
    State(here): State<Arc<Reception>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, Rejection> {
    let request: RenewRequest = body.read("refresh_token", "the body must be JSON with a refresh_token")?;
    here.core.door.may_authenticate(from.ip(), Instant::now())?;
    let Some(member) = here.core.store.member_with(&request.refresh_token).await? else {
        here.core.door.failed(from.ip(), Instant::now());
        return Err(Rejection::Unauthorised);
    };
    let (token, expires_at) = here.token(&member)?;
    Ok(json(StatusCode::OK, &RenewReply { token, expires_at }))
}

impl Reception {
    /// Makes whoever asked a user of this space.
    pub async fn accept(&self, request: &str) -> Result<(), AdmitError> {
        let waiting = self.desk.waiting(Instant::now()).into_iter().find(|waiting| waiting.id == request);
        let waiting = waiting.ok_or(DeskError::Unknown)?;
        let membership = self.admit(&waiting.name, &waiting.device).await?;
        Ok(self.desk.decide(Instant::now(), request, Some(membership))?)
    }

    /// Lets one person in, once, within `life`. `None`: there are too many invites already.
    pub async fn invite(&self, life: Duration) -> Result<Option<Invite>, StoreError> {
        let expires_at = clock::unix_seconds().saturating_add(life.as_secs());
        let code = self.core.store.add_invite(expires_at).await?;
        self.desk.touch();
        Ok(code.map(|code| Invite {
            space: self.name.borrow().clone(),
            hosts: hosts::of_this_machine(self.port),
            fingerprint: self.fingerprint,
            code,
            expires_at,
        }))
    }

    /// Makes a new user of the space, and what they need to be one.
    pub async fn admit(&self, name: &str, device: &str) -> Result<Membership, AdmitError> {
        let profile = Profile { display_name: Some(plain(name)), ..Profile::default() };
        let (member, refresh_token) = self.core.store.add_member(profile, plain(device)).await?;
        let (token, _) = self.token(&member)?;
        tracing::info!(subscriber = member.id, "somebody joined over the network");
        Ok(Membership {
            space_id: self.core.space_id.clone(),
            space: self.name.borrow().clone(),
            token,
            refresh_token,
        })
    }

    fn token(&self, member: &Subscriber) -> Result<(Secret, u64), crate::key::KeyError> {
        let exp = clock::unix_seconds().saturating_add(TOKEN_LIFE.as_secs());
        let claims = self.core.claims(&member.id, TokenKind::Subscriber, exp);
        Ok((self.core.mint.seal(&claims, None)?, exp))
    }
}

/// Why somebody could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] crate::key::KeyError),
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<AdmitError> for Rejection {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::Store(error) => error.into(),
            AdmitError::Key(error) => error.into(),
            AdmitError::Desk(error) => error.into(),
        }
    }
}

impl From<DeskError> for Rejection {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Crowded => Self::Later,
            DeskError::Unknown => Self::NotFound,
            DeskError::Broken => Self::Forbidden("The number is not the one that was promised"),
            DeskError::Key(error) => error.into(),
        }
    }
}

fn named(name: &str) -> Result<(), Rejection> {
    match plain(name).is_empty() {
        true => Err(Rejection::Invalid { attribute: "name", code: "blank", message: "must not be blank" }),
        false => Ok(()),
    }
}
