//! Push devices, as version 3 of the SDK registers them (WIRE.md 10). They are known and forgotten again; this space wakes
//! nobody, as it has no account with those who deliver such messages.

use super::body::Body;
use super::errors::{Rejection, json};
use super::identity::Member;
use super::tokens::invalid;
use crate::core::Core;
use ahoy_wire::rest::{PushDevice, PushDeviceRequest};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use uuid::Uuid;

pub const PATH: &str = "/api/fabric/subscriber/devices";

/// What a device may be.
const KINDS: [&str; 3] = ["iOS", "Android", "Desktop"];
/// Longest push token; the longest that are in use have some hundred characters.
const LONGEST: usize = 4_096;

/// `POST …/devices`: the same token is the same device.
pub async fn register(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    body: Body,
) -> Result<Response, Rejection> {
    let request: PushDeviceRequest =
        body.read("device_token", "the body must be JSON with a device_type and a device_token")?;
    let kind = KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(&request.device_type));
    let kind = kind.ok_or_else(|| invalid("device_type", "must be iOS, Android or Desktop"))?;
    let token = request.device_token.expose();
    if token.trim().is_empty() || token.len() > LONGEST {
        return Err(invalid("device_token", "must not be empty or too long"));
    }
    let id = Uuid::new_v4().to_string();
    let known = core.store.add_push_device(id, &bearer.subscriber.id, kind, token).await?;
    let id = known.ok_or(Rejection::Forbidden("There are too many devices"))?;
    let device = PushDevice {
        device_type: Some(kind.to_owned()),
        subscriber_id: Some(bearer.subscriber.id.as_str().into()),
        ..PushDevice::bare(id)
    };
    Ok(json(StatusCode::OK, &device))
}

/// `DELETE …/devices/{id}`
pub async fn forget(
    State(core): State<Arc<Core>>,
    Member(bearer): Member,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    match core.store.remove_push_device(&id, &bearer.subscriber.id).await? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Rejection::NotFound),
    }
}
