//! Guests: people without an account, who may call a few addresses and nothing else (WIRE.md 10).

use super::body::Body;
use super::errors::{Rejection, json};
use super::identity::{Member, ProjectServer};
use super::tokens::{cluster_host, expiry, invalid, pair};
use crate::core::Core;
use crate::store::AddressType;
use crate::token::{Claims, TokenKind};
use ahoy_wire::rest::{EmbedToken, GuestTokenRequest, InviteRequest};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

/// Addresses of one guest.
const MOST: usize = 10;

/// `POST /api/fabric/guests/tokens`, for a project's server.
pub async fn create(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: Body,
) -> Result<Response, Rejection> {
    let request: GuestTokenRequest =
        body.read("allowed_addresses", "the body must be JSON with allowed_addresses")?;
    let exp = expiry("expire_at", request.expire_at)?;
    let ch = cluster_host(request.ch.as_deref())?;
    let allowed = allowed(&core, request.allowed_addresses).await?;
    Ok(json(StatusCode::CREATED, &pair(&core, &guest(&core, allowed, exp), ch)?))
}

/// `POST /api/fabric/subscriber/invites`: a subscriber lets somebody call them, or come to a room.
pub async fn invite(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    body: Body,
) -> Result<Response, Rejection> {
    let request: InviteRequest = body.read("address_id", "the body must be JSON with an address_id")?;
    let exp = expiry("expires_at", request.expires_at)?;
    let address = core.store.address(&request.address_id).await?;
    let open = |kind| kind == AddressType::Room || kind == AddressType::App;
    let own = |id: Option<&str>| id == Some(bearer.subscriber.id.as_str());
    if !address.is_some_and(|address| open(address.kind) || own(address.subscriber_id.as_deref())) {
        return Err(invalid("address_id", "must be an address of the subscriber, or a room"));
    }
    let token = core.mint.seal(&guest(&core, vec![request.address_id], exp), None)?;
    Ok(json(StatusCode::CREATED, &EmbedToken { token }))
}

/// A new guest.
pub fn guest(core: &Core, allowed: Vec<String>, exp: u64) -> Claims {
    Claims { allowed, ..core.claims(&Uuid::new_v4().to_string(), TokenKind::Guest, exp) }
}

/// Address ids that exist, each once.
pub async fn allowed(core: &Core, mut ids: Vec<String>) -> Result<Vec<String>, Rejection> {
    let attribute = "allowed_addresses";
    ids.sort();
    ids.dedup();
    if ids.is_empty() || ids.len() > MOST {
        return Err(invalid(attribute, "must name one to ten addresses"));
    }
    for id in &ids {
        if core.store.address(id).await?.is_none() {
            return Err(invalid(attribute, "names an address that does not exist"));
        }
    }
    Ok(ids)
}
