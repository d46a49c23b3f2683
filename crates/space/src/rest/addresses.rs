//! The directory.

use super::errors::{Rejection, json};
use super::identity::Bearer;
use crate::clock;
use crate::core::Core;
use crate::store::{AddressQuery, AddressRecord, AddressType, SortBy};
use ahoy_wire::Stamp;
use ahoy_wire::rest::{AddressList, Channels, FabricAddress, Links};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

const PATH: &str = "/api/fabric/addresses";
const PAGE: u32 = 50;
const MOST: u32 = 1_000;

/// What `GET /api/fabric/addresses` may ask for. What we do not know is ignored.
#[derive(Default, Deserialize)]
pub struct Filters {
    name: Option<String>,
    display_name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    page_size: Option<String>,
    page_number: Option<String>,
}

pub async fn list(
    State(core): State<Arc<Core>>,
    _bearer: Bearer,
    filters: Result<Query<Filters>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(filters) = filters.map_err(|_| invalid("query", "The query cannot be read"))?;
    let kind = match filters.kind.as_deref() {
        None | Some("") => None,
        Some(word) => Some(
            AddressType::from_word(word).ok_or(invalid("type", "must be app, call, room or subscriber"))?,
        ),
    };
    let sort_by = match filters.sort_by.as_deref() {
        None | Some("" | "name") => SortBy::Name,
        Some("display_name") => SortBy::DisplayName,
        Some("created_at") => SortBy::CreatedAt,
        Some(_) => return Err(invalid("sort_by", "must be name, display_name or created_at")),
    };
    let descending = match filters.sort_order.as_deref() {
        None | Some("" | "asc") => false,
        Some("desc") => true,
        Some(_) => return Err(invalid("sort_order", "must be asc or desc")),
    };
    let number = |text: &Option<String>, otherwise: u32| match text.as_deref() {
        None | Some("") => Some(otherwise),
        Some(text) => text.parse::<u32>().ok(),
    };
    let size = number(&filters.page_size, PAGE)
        .filter(|size| (1..=MOST).contains(size))
        .ok_or(invalid("page_size", "must be between 1 and 1000"))?;
    let page = number(&filters.page_number, 0).ok_or(invalid("page_number", "must be a number"))?;
    let skip = page.checked_mul(size).ok_or(invalid("page_number", "is too large"))?;

    let query = AddressQuery {
        // The SDK asks for what was dialled, sometimes with its query.
        name: filters.name.as_deref().map(|name| name.split('?').next().unwrap_or(name).to_owned()),
        display_name: filters.display_name.clone(),
        kind,
        sort_by,
        descending,
        skip,
        most: size,
    };
    let found = core.store.addresses(query).await?;
    let link = |page: u32| Some(filters.link(page, size));
    let body = AddressList {
        data: found.addresses.iter().map(shown).collect(),
        links: Links {
            own: link(page),
            first: link(0),
            next: if found.more { link(page + 1) } else { None },
            prev: if page > 0 { link(page - 1) } else { None },
        },
    };
    Ok(json(StatusCode::OK, &body))
}

pub async fn show(
    State(core): State<Arc<Core>>,
    _bearer: Bearer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    let address = core.store.address(&id).await?.ok_or(Rejection::NotFound)?;
    Ok(json(StatusCode::OK, &shown(&address)))
}

/// An address as clients see it.
pub fn shown(address: &AddressRecord) -> FabricAddress {
    let uri = address.uri();
    let channel = |name: &str| Some(format!("{uri}?channel={name}"));
    let messaging = (address.kind == AddressType::Subscriber).then(|| format!("{uri}?channel=messaging"));
    FabricAddress {
        id: address.id.clone(),
        name: Some(address.name.clone()),
        display_name: Some(address.display_name.clone()),
        resource_id: Some(address.resource_id.clone()),
        kind: Some(address.kind.word().to_owned()),
        channels: Some(Channels { audio: channel("audio"), video: channel("video"), messaging }),
        locked: Some(address.locked),
        created_at: Some(Stamp::Text(clock::iso(address.created_at))),
        preview_url: None,
        cover_url: None,
    }
}

impl Filters {
    fn link(&self, page: u32, size: u32) -> String {
        let mut link = format!("{PATH}?page_number={page}&page_size={size}");
        let fields = [
            ("name", &self.name),
            ("display_name", &self.display_name),
            ("type", &self.kind),
            ("sort_by", &self.sort_by),
            ("sort_order", &self.sort_order),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                link.push_str(&format!("&{name}={}", escape(value)));
            }
        }
        link
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

fn invalid(attribute: &'static str, message: &'static str) -> Rejection {
    Rejection::Invalid { attribute, code: "invalid", message }
}
