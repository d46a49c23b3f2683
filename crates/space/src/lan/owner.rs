//! What the owner of a space without a window asks at the second door, with the project's credentials.

use super::desk::JoinRequest;
use super::routes::Reception;
use crate::core::Core;
use crate::rest::errors::{Rejection, json};
use crate::rest::identity::ProjectServer;
use ahoy_wire::lan::{InviteReply, WaitingPeople, WaitingPerson, paths};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_extractor_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An invite lasts so long.
pub const INVITE: Duration = Duration::from_secs(24 * 3_600);

pub fn routes(core: &Arc<Core>) -> Router<Arc<Reception>> {
    Router::new()
        .route(paths::INVITES, post(invite))
        .route(paths::REQUESTS, get(requests))
        .route(paths::ACCEPT, post(accept))
        .route(paths::REFUSE, post(refuse))
        .route_layer(from_extractor_with_state::<ProjectServer, _>(Arc::clone(core)))
}

async fn invite(State(here): State<Arc<Reception>>) -> Result<Response, Rejection> {
    let invite = here.invite(INVITE).await?.ok_or(Rejection::Later)?;
    let expires_at = invite.expires_at;
    Ok(json(StatusCode::CREATED, &InviteReply { link: invite.link(), expires_at }))
}

async fn requests(State(here): State<Arc<Reception>>) -> Response {
    let person = |request: JoinRequest| WaitingPerson {
        id: request.id,
        name: request.name,
        device: request.device,
        from: request.from,
        code: request.code,
        seconds_left: request.left.as_secs(),
    };
    let data = here.desk.waiting(Instant::now()).into_iter().map(person).collect();
    json(StatusCode::OK, &WaitingPeople { data })
}

async fn accept(State(here): State<Arc<Reception>>, Path(id): Path<String>) -> Result<Response, Rejection> {
    here.accept(&id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn refuse(State(here): State<Arc<Reception>>, Path(id): Path<String>) -> Result<Response, Rejection> {
    here.desk.decide(Instant::now(), &id, None)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
