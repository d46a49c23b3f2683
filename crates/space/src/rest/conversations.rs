//! Conversations: joined and listed, so that the SDK is content; nothing is written into them yet.

use super::errors::{Rejection, json};
use super::identity::Bearer;
use crate::core::Core;
use ahoy_wire::rest::{self, ConversationList, JoinReply, JoinRequest, Links, MessageList};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const PATH: &str = "/api/fabric/conversations";

/// `POST /api/fabric/conversations/join`: the same members always get the same group, whoever asks and however often.
pub async fn join(
    State(core): State<Arc<Core>>,
    bearer: Bearer,
    body: String,
) -> Result<Response, Rejection> {
    let invalid = |message| Rejection::Invalid { attribute: "fabric_address_ids", code: "invalid", message };
    let request: JoinRequest = rest::parse(&body)
        .map_err(|_| invalid("the body must be JSON with from_fabric_address_id and fabric_address_ids"))?;
    let own = |id: &String| bearer.subscriber.addresses.iter().any(|address| address.id == *id);
    if !own(&request.from_fabric_address_id) {
        return Err(Rejection::Invalid {
            attribute: "from_fabric_address_id",
            code: "invalid",
            message: "must be an address of the subscriber",
        });
    }
    let mut members: BTreeSet<String> = request.fabric_address_ids.into_iter().collect();
    if members.iter().all(own) {
        return Err(invalid("must name somebody else"));
    }
    members.insert(request.from_fabric_address_id);
    for id in &members {
        if core.store.address(id).await?.is_none() {
            return Err(invalid("names an address that does not exist"));
        }
    }
    let names = members.into_iter().collect::<Vec<_>>().join(",");
    let group = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}/{names}", core.space_id).as_bytes());
    Ok(json(StatusCode::OK, &JoinReply { group_id: group.to_string() }))
}

/// `GET /api/fabric/conversations`
pub async fn list(_bearer: Bearer) -> Response {
    json(StatusCode::OK, &ConversationList { data: Vec::new(), links: links(PATH.to_owned()) })
}

/// `GET /api/fabric/conversations/{group_id}/messages`
pub async fn messages(_bearer: Bearer, Path(group): Path<Uuid>) -> Response {
    json(StatusCode::OK, &MessageList { data: Vec::new(), links: links(format!("{PATH}/{group}/messages")) })
}

fn links(path: String) -> Links {
    Links { own: Some(path.clone()), first: Some(path), next: None, prev: None }
}
