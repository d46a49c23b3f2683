//! Embeds: a web page holds a `c2c_` token and gets a guest's token for it, for each visitor (WIRE.md 1.2).
//!
//! On the real service people make them on the dashboard; here the project's server does.

use super::body::Body;
use super::errors::{Rejection, json};
use super::guests::{allowed, guest};
use super::identity::ProjectServer;
use super::paging::Paging;
use super::profile::LONGEST;
use super::tokens::{expiry, invalid};
use crate::core::{Core, GUEST_LIFE};
use crate::token::Claims;
use crate::{clock, key, store};
use ahoy_model::Secret;
use ahoy_wire::Stamp;
use ahoy_wire::rest::{Embed, EmbedList, EmbedRequest, EmbedToken};
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

pub const PATH: &str = "/api/fabric/embeds";
/// What embed tokens begin with.
const PREFIX: &str = "c2c_";

/// `POST /api/fabric/embeds/tokens`: whoever holds the embed's token becomes a guest.
pub async fn exchange(
    State(core): State<Arc<Core>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, Rejection> {
    core.door.may_authenticate(from.ip(), Instant::now())?;
    let request: EmbedToken = body.read("token", "the body must be JSON with a token")?;
    let Some(embed) = core.store.embed_of(request.token.expose()).await? else {
        core.door.failed(from.ip(), Instant::now());
        return Err(Rejection::Unauthorised);
    };
    let exp = clock::unix_seconds() + GUEST_LIFE.as_secs();
    let exp = embed.expires_at.and_then(|at| u64::try_from(at).ok()).map_or(exp, |end| exp.min(end));
    let claims = Claims { embed: Some(embed.id), ..guest(&core, embed.allowed, exp) };
    Ok(json(StatusCode::CREATED, &EmbedToken { token: core.mint.seal(&claims, None)? }))
}

/// `POST /api/fabric/embeds`
pub async fn create(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: Body,
) -> Result<Response, Rejection> {
    let request: EmbedRequest =
        body.read("allowed_addresses", "the body must be JSON with allowed_addresses")?;
    let name = request.name.unwrap_or_default();
    if name.chars().count() > LONGEST {
        return Err(invalid("name", "is too long"));
    }
    let expires_at = request.expire_at.map(|at| expiry("expire_at", Some(at))).transpose()?;
    let embed = store::Embed {
        id: Uuid::new_v4().to_string(),
        name,
        allowed: allowed(&core, request.allowed_addresses).await?,
        created_at: i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX),
        expires_at: expires_at.and_then(|at| i64::try_from(at).ok()),
    };
    let mut random = [0; 24];
    key::fill(&mut random)?;
    let token = Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)));
    if !core.store.add_embed(embed.clone(), token.expose()).await? {
        return Err(Rejection::Forbidden("This space has too many embeds"));
    }
    Ok(json(StatusCode::CREATED, &Embed { token: Some(token), ..shown(embed) }))
}

/// `GET /api/fabric/embeds`
pub async fn list(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(paging) = paging.map_err(|_| invalid("query", "The query cannot be read"))?;
    let page = paging.page()?;
    let (embeds, more) = core.store.embeds(page.skip, page.size).await?;
    let data = embeds.into_iter().map(shown).collect();
    Ok(json(StatusCode::OK, &EmbedList { data, links: page.links(PATH, &[], more) }))
}

/// `DELETE /api/fabric/embeds/{id}`: its guests are strangers from then on.
pub async fn remove(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    if !core.store.remove_embed(&id).await? {
        return Err(Rejection::NotFound);
    }
    core.switchboard.dismiss_embed(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn shown(embed: store::Embed) -> Embed {
    Embed {
        id: embed.id,
        allowed_addresses: embed.allowed,
        name: Some(embed.name),
        token: None,
        created_at: Some(Stamp::Text(clock::iso(embed.created_at))),
        expire_at: embed.expires_at.and_then(|at| u64::try_from(at).ok()),
    }
}
