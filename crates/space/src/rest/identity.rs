//! Who asks: a client with its token, or a project's server with its API token.

use super::errors::Rejection;
use crate::core::Core;
use crate::store::Subscriber;
use crate::token::{Claims, TokenKind};
use ahoy_model::Secret;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

/// The bearer of an access token. Requests other than those for a client-bound token need no proof, as the SDK sends
/// none with them (WIRE.md 1.5).
pub struct Bearer {
    pub claims: Claims,
    pub subscriber: Subscriber,
    /// As it came.
    pub token: Secret,
}

/// A bearer who is no guest.
pub struct Member(pub Bearer);

/// The project's own server.
pub struct ProjectServer;

/// The address of whoever asks.
fn address(parts: &Parts) -> Result<IpAddr, Rejection> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|from| from.ip()).ok_or(Rejection::Broken)
}

/// What stands behind `scheme ` in the authorization header.
fn credentials(parts: &Parts, scheme: &str) -> Result<Secret, Rejection> {
    let text = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or(Rejection::Unauthorised)?;
    match text.split_once(' ') {
        Some((word, rest)) if word.eq_ignore_ascii_case(scheme) => Ok(Secret::new(rest.trim())),
        _ => Err(Rejection::Unauthorised),
    }
}

impl FromRequestParts<Arc<Core>> for Bearer {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Rejection> {
        let from = address(parts)?;
        core.door.may_authenticate(from, Instant::now())?;
        let token = credentials(parts, "Bearer")?;
        match core.recognise(token.expose(), TokenKind::ACCESS).await {
            Ok((claims, subscriber)) => Ok(Self { claims, subscriber, token }),
            Err(stranger) => {
                core.door.failed(from, Instant::now());
                Err(stranger.into())
            }
        }
    }
}

impl FromRequestParts<Arc<Core>> for Member {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Rejection> {
        let bearer = Bearer::from_request_parts(parts, core).await?;
        if bearer.claims.is_guest() {
            return Err(Rejection::Forbidden("Guests may not do this"));
        }
        Ok(Self(bearer))
    }
}

impl FromRequestParts<Arc<Core>> for ProjectServer {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Rejection> {
        let from = address(parts)?;
        core.door.may_authenticate(from, Instant::now())?;
        let given = credentials(parts, "Basic")?;
        let known = core.config.project.as_ref().is_some_and(|(id, secret)| {
            let wanted = format!("{id}:{}", secret.expose());
            STANDARD.decode(given.expose()).is_ok_and(|given| same(&given, wanted.as_bytes()))
        });
        if known {
            return Ok(Self);
        }
        core.door.failed(from, Instant::now());
        Err(Rejection::Unauthorised)
    }
}

/// Compares digests, so that the time taken says nothing about the secret.
fn same(a: &[u8], b: &[u8]) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}
