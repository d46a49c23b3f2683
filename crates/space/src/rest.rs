//! The REST interface (WIRE.md 10): what clients ask with their token, and what a project's own server asks with its API token.

mod addresses;
pub mod body;
mod calling;
mod conversations;
mod devices;
mod embeds;
pub mod errors;
mod guests;
pub mod identity;
mod info;
mod paging;
mod profile;
mod push;
mod resources;
mod rooms;
mod tokens;

use crate::core::Core;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};
use errors::Rejection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;

/// Longest time one request may take, its body included.
const SLOWEST: Duration = Duration::from_secs(15);

/// Every path that the SDKs or a project's server ask for, with CORS and rate limits.
pub fn routes(core: &Arc<Core>) -> Router<Arc<Core>> {
    // Tokens travel in a header that no page gets by itself, so any page may ask; cookies are never used.
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            HeaderName::from_static("x-requested-with"),
        ])
        .max_age(Duration::from_secs(600));
    Router::new()
        .route("/api/fabric/subscriber/info", get(info::show))
        .route(push::PATH, post(push::register))
        .route("/api/fabric/subscriber/devices/{id}", delete(push::forget))
        .route(devices::TOKEN, post(devices::token))
        .route(devices::REFRESH, post(devices::refresh))
        .route("/api/fabric/subscriber/invites", post(guests::invite))
        .route(addresses::PATH, get(addresses::list))
        .route("/api/fabric/addresses/{id}", get(addresses::show))
        .route("/api/fabric/conversations", get(conversations::list))
        .route("/api/fabric/conversations/join", post(conversations::join))
        .route("/api/fabric/conversations/{group_id}/messages", get(conversations::messages))
        .route("/api/fabric/messages", post(conversations::say))
        .route("/api/fabric/subscribers/tokens", post(tokens::create))
        .route("/api/fabric/subscribers/tokens/refresh", post(tokens::refresh))
        .route("/api/fabric/guests/tokens", post(guests::create))
        .route("/api/fabric/embeds/tokens", post(embeds::exchange))
        .route(embeds::PATH, get(embeds::list).post(embeds::create))
        .route("/api/fabric/embeds/{id}", delete(embeds::remove))
        .route(resources::ALL, get(resources::list))
        .route("/api/fabric/resources/{id}", get(resources::show))
        .route("/api/fabric/resources/{id}/addresses", get(resources::addresses))
        .route(resources::SUBSCRIBERS, get(resources::subscribers).post(resources::create))
        .route(
            "/api/fabric/resources/subscribers/{id}",
            get(resources::show).put(resources::change).delete(resources::remove),
        )
        .route("/api/fabric/resources/subscribers/{id}/addresses", get(resources::addresses))
        .route("/api/fabric/resources/subscribers/{id}/sip_endpoints", get(resources::sip_endpoints))
        .route("/api/calling/calls", post(calling::command))
        .route("/api/fabric/resources/conference_rooms", get(rooms::list).post(rooms::create))
        .route(
            "/api/fabric/resources/conference_rooms/{id}",
            get(rooms::show).put(rooms::change).delete(rooms::delete),
        )
        .fallback(errors::not_found)
        .method_not_allowed_fallback(errors::method_not_allowed)
        .layer(DefaultBodyLimit::max(core.config.limits.body_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, SLOWEST))
        .layer(cors)
        .layer(middleware::from_fn_with_state(Arc::clone(core), limit))
}

/// Counts the request; too many are answered with 429.
pub async fn limit(
    State(core): State<Arc<Core>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    core.door.request(from.ip(), Instant::now())?;
    Ok(next.run(request).await)
}
