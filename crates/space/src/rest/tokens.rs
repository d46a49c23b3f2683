//! Tokens for subscribers, made for a project's server.

use super::body::Body;
use super::errors::{Rejection, json};
use super::identity::ProjectServer;
use super::profile::{self, LONGEST};
use crate::clock;
use crate::core::{Core, REFRESH_LIFE, TOKEN_LIFE};
use crate::proof::THUMBPRINT;
use crate::store::Profile;
use crate::token::{Claims, REFRESH_SCOPE, TokenKind};
use ahoy_wire::rest::{TokenRefreshRequest, TokenReply, TokenRequest};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Length of life of a token that is to be exchanged for a client-bound one and says not by whom, seconds.
const UNBOUND: u64 = 60;

/// `POST /api/fabric/subscribers/tokens`
pub async fn create(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: Body,
) -> Result<Response, Rejection> {
    let request: TokenRequest = body.read("reference", "the body must be JSON with a reference")?;
    let mut exp = expiry("expire_at", request.expire_at)?;
    if request.fingerprint.as_ref().is_some_and(|print| print.len() != THUMBPRINT) {
        return Err(invalid("fingerprint", "must have 43 characters"));
    }
    let scope: Vec<String> =
        request.scope.iter().flat_map(|scope| scope.split_whitespace()).map(str::to_owned).collect();
    if scope.iter().any(|scope| scope != REFRESH_SCOPE) {
        return Err(invalid("scope", "must be sat:refresh"));
    }
    if !scope.is_empty() && request.fingerprint.is_none() {
        exp = exp.min(clock::unix_seconds() + UNBOUND);
    }
    let ch = cluster_host(request.ch.as_deref())?;
    let subscriber = core.store.admit(profile(&request)?).await?;
    let claims =
        Claims { scope, cnf: request.fingerprint, ..core.claims(&subscriber.id, TokenKind::Subscriber, exp) };
    let mut reply = pair(&core, &claims, ch)?;
    reply.subscriber_id = Some(subscriber.id.as_str().into());
    Ok(json(StatusCode::OK, &reply))
}

/// `POST /api/fabric/subscribers/tokens/refresh`: whoever holds the refresh token may use it. The new pair has the
/// rights of the old one; a client-bound token stays bound.
pub async fn refresh(
    State(core): State<Arc<Core>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, Rejection> {
    core.door.may_authenticate(from.ip(), Instant::now())?;
    let request: TokenRefreshRequest =
        body.read("refresh_token", "the body must be JSON with a refresh_token")?;
    let bearer = core.recognise(request.refresh_token.expose(), TokenKind::REFRESHES).await;
    let (old, _) = bearer.inspect_err(|_| core.door.failed(from.ip(), Instant::now()))?;
    let kind = if old.is_guest() { TokenKind::Guest } else { TokenKind::Subscriber };
    let fresh = core.claims(&old.sub, kind, clock::unix_seconds() + TOKEN_LIFE.as_secs());
    let claims = Claims { jti: fresh.jti, kind, iat: fresh.iat, exp: fresh.exp, ..old };
    Ok(json(StatusCode::CREATED, &pair(&core, &claims, None)?))
}

/// The token with these claims, and its refresh token, which lives five minutes longer.
pub fn pair(core: &Core, claims: &Claims, ch: Option<&str>) -> Result<TokenReply, Rejection> {
    let longer = REFRESH_LIFE.saturating_sub(TOKEN_LIFE).as_secs();
    let kind = if claims.is_guest() { TokenKind::GuestRefresh } else { TokenKind::Refresh };
    let exp = claims.exp.max(clock::unix_seconds() + TOKEN_LIFE.as_secs()).saturating_add(longer);
    let refresh = Claims { kind, ..claims.clone() };
    let refresh = Claims { exp, jti: Uuid::new_v4().to_string(), ..refresh };
    Ok(TokenReply {
        token: core.mint.seal(claims, ch)?,
        subscriber_id: None,
        refresh_token: Some(core.mint.seal(&refresh, ch)?),
    })
}

/// When a token ends: at the time that is asked for, or two hours from now.
pub fn expiry(attribute: &'static str, asked: Option<u64>) -> Result<u64, Rejection> {
    let now = clock::unix_seconds();
    let exp = asked.unwrap_or(now + TOKEN_LIFE.as_secs());
    if exp <= now { Err(invalid(attribute, "must be in the future")) } else { Ok(exp) }
}

/// Host, optionally with a port, as it can stand in a URL.
pub fn cluster_host(ch: Option<&str>) -> Result<Option<&str>, Rejection> {
    let fits = |ch: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        !ch.is_empty() && ch.len() <= LONGEST && ch.chars().all(plain)
    };
    match ch {
        Some(ch) if !fits(ch) => Err(invalid("ch", "must be a host")),
        ch => Ok(ch),
    }
}

pub fn invalid(attribute: &'static str, message: &'static str) -> Rejection {
    Rejection::Invalid { attribute, code: "invalid", message }
}

fn profile(request: &TokenRequest) -> Result<Profile, Rejection> {
    let reference = profile::reference("reference", &request.reference)?;
    profile::checked(Profile {
        email: reference.contains('@').then(|| reference.clone()),
        reference,
        first_name: request.first_name.clone(),
        last_name: request.last_name.clone(),
        display_name: request.display_name.clone(),
        job_title: request.job_title.clone(),
        time_zone: request.time_zone.as_ref().and_then(profile::time_zone),
        country: request.country.clone(),
        region: request.region.clone(),
        company_name: request.company_name.clone(),
    })
}
