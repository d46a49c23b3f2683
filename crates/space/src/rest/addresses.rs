//! The directory.

use super::errors::{Rejection, json};
use super::identity::Bearer;
use super::paging::{Page, Paging};
use crate::clock;
use crate::core::Core;
use crate::store::{AddressQuery, AddressRecord, AddressType, Channel, SortBy};
use ahoy_wire::Stamp;
use ahoy_wire::rest::{AddressList, Channels, FabricAddress};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

pub const PATH: &str = "/api/fabric/addresses";

/// What `GET /api/fabric/addresses` may ask for. What we do not know is ignored.
#[derive(Default, Deserialize)]
pub struct Filters {
    name: Option<String>,
    display_name: Option<String>,
    search: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    channel: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub async fn list(
    State(core): State<Arc<Core>>,
    bearer: Bearer,
    filters: Result<Query<Filters>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(filters) = filters.map_err(|_| invalid("query", "The query cannot be read"))?;
    let page = filters.page()?;
    let query = AddressQuery {
        // Guests know of those they may call, and of nobody else.
        among: bearer.claims.is_guest().then(|| bearer.claims.allowed.clone()),
        ..filters.query(page)?
    };
    answer(&core, PATH, &filters, page, query).await
}

/// `path`: whose list it is.
pub async fn answer(
    core: &Core,
    path: &str,
    filters: &Filters,
    page: Page,
    query: AddressQuery,
) -> Result<Response, Rejection> {
    let found = core.store.addresses(query).await?;
    let asked = [
        ("name", &filters.name),
        ("display_name", &filters.display_name),
        ("search", &filters.search),
        ("type", &filters.kind),
        ("channel", &filters.channel),
        ("sort_by", &filters.sort_by),
        ("sort_order", &filters.sort_order),
    ];
    let body = AddressList {
        data: found.addresses.iter().map(shown).collect(),
        links: page.links(path, &asked, found.more),
    };
    Ok(json(StatusCode::OK, &body))
}

impl Filters {
    pub fn page(&self) -> Result<Page, Rejection> {
        self.paging.page()
    }

    pub fn query(&self, page: Page) -> Result<AddressQuery, Rejection> {
        let kind = match self.kind.as_deref() {
            None | Some("") => None,
            Some(word) => Some(
                AddressType::from_word(word)
                    .ok_or(invalid("type", "must be app, call, room or subscriber"))?,
            ),
        };
        let channel = match self.channel.as_deref() {
            None | Some("") => None,
            Some(word) => Some(
                Channel::ALL
                    .into_iter()
                    .find(|channel| channel.word() == word)
                    .ok_or(invalid("channel", "must be audio, video or messaging"))?,
            ),
        };
        let sort_by = match self.sort_by.as_deref() {
            None | Some("" | "name") => SortBy::Name,
            Some("display_name") => SortBy::DisplayName,
            Some("created_at") => SortBy::CreatedAt,
            Some(_) => return Err(invalid("sort_by", "must be name, display_name or created_at")),
        };
        let descending = match self.sort_order.as_deref() {
            None | Some("" | "asc") => false,
            Some("desc") => true,
            Some(_) => return Err(invalid("sort_order", "must be asc or desc")),
        };
        Ok(AddressQuery {
            // The SDK asks for what was dialled, sometimes with its query.
            name: self.name.as_deref().map(|name| name.split('?').next().unwrap_or(name).to_owned()),
            display_name: self.display_name.clone(),
            search: self.search.clone(),
            kind,
            channel,
            sort_by,
            descending,
            skip: page.skip,
            most: page.size,
            ..AddressQuery::default()
        })
    }
}

pub async fn show(
    State(core): State<Arc<Core>>,
    bearer: Bearer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    if bearer.claims.is_guest() && !bearer.claims.allowed.contains(&id) {
        return Err(Rejection::NotFound);
    }
    let address = core.store.address(&id).await?.ok_or(Rejection::NotFound)?;
    Ok(json(StatusCode::OK, &shown(&address)))
}

/// An address as clients see it.
pub fn shown(address: &AddressRecord) -> FabricAddress {
    let uri = address.uri();
    let channel =
        |channel: Channel| address.has(channel).then(|| format!("{uri}?channel={}", channel.word()));
    FabricAddress {
        id: address.id.clone(),
        name: Some(address.name.clone()),
        display_name: Some(address.display_name.clone()),
        resource_id: Some(address.resource_id.clone()),
        kind: Some(address.kind.word().to_owned()),
        channels: Some(Channels {
            audio: channel(Channel::Audio),
            video: channel(Channel::Video),
            messaging: channel(Channel::Messaging),
        }),
        locked: Some(address.locked),
        created_at: Some(Stamp::Text(clock::iso(address.created_at))),
        preview_url: None,
        cover_url: None,
    }
}

fn invalid(attribute: &'static str, message: &'static str) -> Rejection {
    Rejection::Invalid { attribute, code: "invalid", message }
}
