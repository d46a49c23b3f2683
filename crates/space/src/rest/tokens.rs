//! Tokens for subscribers, made for a project's server.

use super::errors::{Rejection, json};
use super::identity::ProjectServer;
use crate::clock;
use crate::core::{Core, REFRESH_LIFE, TOKEN_LIFE};
use crate::store::Profile;
use crate::token::TokenKind;
use ahoy_model::Secret;
use ahoy_wire::rest::{self, TokenRefreshRequest, TokenReply, TokenRequest};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Longest text of one profile field, characters.
const LONGEST: usize = 255;
/// Length of an RFC 7638 thumbprint in base64url.
const FINGERPRINT: usize = 43;

/// `POST /api/fabric/subscribers/tokens`
pub async fn create(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: String,
) -> Result<Response, Rejection> {
    let request: TokenRequest = rest::parse(&body).map_err(|_| Rejection::Invalid {
        attribute: "reference",
        code: "missing_required_parameter",
        message: "the body must be JSON with a reference",
    })?;
    let now = clock::unix_seconds();
    let exp = request.expire_at.unwrap_or(now + TOKEN_LIFE.as_secs());
    if exp <= now {
        return Err(Rejection::Invalid {
            attribute: "expire_at",
            code: "invalid",
            message: "must be in the future",
        });
    }
    if request.fingerprint.as_ref().is_some_and(|print| print.len() != FINGERPRINT) {
        return Err(Rejection::Invalid {
            attribute: "fingerprint",
            code: "invalid",
            message: "must have 43 characters",
        });
    }
    let profile = profile(&request)?;
    let subscriber = core.store.admit(profile).await?;
    let scope = request.scope.iter().flat_map(|scope| scope.split_whitespace()).map(str::to_owned).collect();
    let token = core.seal(&subscriber.id, TokenKind::Subscriber, exp, scope, request.fingerprint)?;
    let refresh_token = refresh_token(&core, &subscriber.id, exp.max(now + TOKEN_LIFE.as_secs()))?;
    let reply = TokenReply {
        token,
        subscriber_id: Some(subscriber.id.as_str().into()),
        refresh_token: Some(refresh_token),
    };
    Ok(json(StatusCode::OK, &reply))
}

/// `POST /api/fabric/subscribers/tokens/refresh`: whoever holds the refresh token may use it.
pub async fn refresh(
    State(core): State<Arc<Core>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: String,
) -> Result<Response, Rejection> {
    core.door.may_authenticate(from.ip(), Instant::now())?;
    let request: TokenRefreshRequest = rest::parse(&body).map_err(|_| Rejection::Invalid {
        attribute: "refresh_token",
        code: "missing_required_parameter",
        message: "the body must be JSON with a refresh_token",
    })?;
    let bearer = core.recognise(request.refresh_token.expose(), TokenKind::Refresh).await;
    let (_, subscriber) = bearer.inspect_err(|_| core.door.failed(from.ip(), Instant::now()))?;
    let exp = clock::unix_seconds() + TOKEN_LIFE.as_secs();
    let token = core.seal(&subscriber.id, TokenKind::Subscriber, exp, Vec::new(), None)?;
    let reply = TokenReply {
        token,
        subscriber_id: None,
        refresh_token: Some(refresh_token(&core, &subscriber.id, exp)?),
    };
    Ok(json(StatusCode::CREATED, &reply))
}

/// Five minutes longer than the token it belongs to.
fn refresh_token(core: &Core, subscriber: &str, exp: u64) -> Result<Secret, Rejection> {
    let longer = REFRESH_LIFE.saturating_sub(TOKEN_LIFE).as_secs();
    Ok(core.seal(subscriber, TokenKind::Refresh, exp.saturating_add(longer), Vec::new(), None)?)
}

fn profile(request: &TokenRequest) -> Result<Profile, Rejection> {
    let too_long =
        |attribute: &'static str| Rejection::Invalid { attribute, code: "too_long", message: "is too long" };
    let reference = request.reference.trim().to_owned();
    if reference.is_empty() {
        return Err(Rejection::Invalid {
            attribute: "reference",
            code: "blank",
            message: "must not be blank",
        });
    }
    if reference.chars().count() > LONGEST {
        return Err(too_long("reference"));
    }
    let field = |attribute: &'static str, value: &Option<String>| match value {
        Some(text) if text.chars().count() > LONGEST => Err(too_long(attribute)),
        other => Ok(other.clone()),
    };
    let time_zone = request.time_zone.as_ref().and_then(|zone| match zone {
        serde_json::Value::String(text) => Some(text.chars().take(LONGEST).collect()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    Ok(Profile {
        email: reference.contains('@').then(|| reference.clone()),
        reference,
        first_name: field("first_name", &request.first_name)?,
        last_name: field("last_name", &request.last_name)?,
        display_name: field("display_name", &request.display_name)?,
        job_title: field("job_title", &request.job_title)?,
        time_zone,
        country: field("country", &request.country)?,
        region: field("region", &request.region)?,
        company_name: field("company_name", &request.company_name)?,
    })
}
