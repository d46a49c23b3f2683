//! Client-bound tokens: got with a proof of possession, and renewed with one (WIRE.md 1.5).

use super::body::Body;
use super::errors::{Rejection, json};
use super::identity::{Bearer, Member};
use crate::clock;
use crate::core::Core;
use crate::proof::Purpose;
use crate::token::{Claims, TokenKind};
use ahoy_wire::rest::{DeviceTokenReply, DeviceTokenRequest};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

pub const TOKEN: &str = "/api/fabric/subscriber/devices/token";
pub const REFRESH: &str = "/api/fabric/subscriber/devices/refresh";

/// `POST …/devices/token`: binds a token to the key of the proof, or to the only one that it allows.
pub async fn token(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    body: Body,
) -> Result<Response, Rejection> {
    if !bearer.claims.may_be_bound() {
        return Err(Rejection::Forbidden("The token's scope does not allow this"));
    }
    exchange(&core, &bearer, body, Purpose::Post(TOKEN))
}

/// `POST …/devices/refresh`: a new one for the one that is shown, while that is valid.
pub async fn refresh(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    body: Body,
) -> Result<Response, Rejection> {
    if bearer.claims.kind != TokenKind::Device {
        return Err(Rejection::Forbidden("This is no client-bound token"));
    }
    exchange(&core, &bearer, body, Purpose::PostWith(REFRESH, &bearer.token))
}

fn exchange(core: &Core, bearer: &Bearer, body: Body, purpose: Purpose<'_>) -> Result<Response, Rejection> {
    let request: DeviceTokenRequest = body.read("dpop_token", "the body must be JSON with a dpop_token")?;
    if request.expire_in == Some(0) {
        return Err(Rejection::Invalid {
            attribute: "expire_in",
            code: "invalid",
            message: "must be at least one second",
        });
    }
    let thumbprint = core.prove(&bearer.claims, request.dpop_token.as_ref(), purpose)?;
    let longest = core.config.timers.device_token.as_secs();
    let expires_in = request.expire_in.map_or(longest, |asked| asked.min(longest)).max(1);
    let exp = clock::unix_seconds() + expires_in;
    let claims = Claims {
        scope: bearer.claims.scope.clone(),
        cnf: Some(thumbprint),
        ..core.claims(&bearer.subscriber.id, TokenKind::Device, exp)
    };
    let reply = DeviceTokenReply {
        token: core.mint.seal(&claims, None)?,
        expires_at: Some(exp),
        expires_in: Some(expires_in),
    };
    Ok(json(StatusCode::OK, &reply))
}
