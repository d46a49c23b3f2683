//! Resources, for a project's server: subscribers are made, changed and removed here.

use super::addresses::{self, Filters};
use super::body::Body;
use super::errors::{Rejection, json};
use super::identity::ProjectServer;
use super::paging::Paging;
use super::profile;
use super::tokens::invalid;
use crate::clock;
use crate::core::Core;
use crate::store::{AddressQuery, AmendError, Profile, Subscriber};
use ahoy_wire::Stamp;
use ahoy_wire::rest::{Resource, ResourceList, SubscriberFields};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Both lists hold the same as long as there are only subscribers.
pub const ALL: &str = "/api/fabric/resources";
pub const SUBSCRIBERS: &str = "/api/fabric/resources/subscribers";

/// `GET /api/fabric/resources`
pub async fn list(
    core: State<Arc<Core>>,
    server: ProjectServer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Rejection> {
    page_of(ALL, core, server, paging).await
}

/// `GET /api/fabric/resources/subscribers`
pub async fn subscribers(
    core: State<Arc<Core>>,
    server: ProjectServer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Rejection> {
    page_of(SUBSCRIBERS, core, server, paging).await
}

async fn page_of(
    path: &str,
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(paging) = paging.map_err(|_| invalid("query", "The query cannot be read"))?;
    let page = paging.page()?;
    let found = core.store.subscribers(page.skip, page.size).await?;
    let data = found.subscribers.iter().map(|subscriber| shown(&core, subscriber)).collect();
    Ok(json(StatusCode::OK, &ResourceList { data, links: page.links(path, &[], found.more) }))
}

/// `GET /api/fabric/resources/{id}`, `GET /api/fabric/resources/subscribers/{id}`
pub async fn show(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    let subscriber = core.store.subscriber(&id).await?.ok_or(Rejection::NotFound)?;
    Ok(json(StatusCode::OK, &shown(&core, &subscriber)))
}

/// `POST /api/fabric/resources/subscribers`
pub async fn create(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: Body,
) -> Result<Response, Rejection> {
    let fields: SubscriberFields = body.read("email", "the body must be JSON with an email")?;
    let email = profile::reference("email", fields.email.as_deref().unwrap_or_default())?;
    let made = core.store.enrol(profile(fields, email)?).await?.ok_or(TAKEN)?;
    Ok(json(StatusCode::CREATED, &shown(&core, &made)))
}

/// `PUT /api/fabric/resources/subscribers/{id}`: what is left out stays as it is.
pub async fn change(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Rejection> {
    let fields: SubscriberFields = body.read("body", "must be JSON with the fields to change")?;
    // An empty reference leaves the old one, by which the project's server knows the subscriber.
    match core.store.amend(&id, profile(fields, String::new())?).await {
        Ok(Some(subscriber)) => Ok(json(StatusCode::OK, &shown(&core, &subscriber))),
        Ok(None) => Err(Rejection::NotFound),
        Err(AmendError::Taken) => Err(TAKEN),
        Err(AmendError::Store(error)) => Err(error.into()),
    }
}

/// `DELETE /api/fabric/resources/subscribers/{id}`: tokens are worth nothing from then on, sessions end.
pub async fn remove(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    if !core.store.dismiss(&id).await? {
        return Err(Rejection::NotFound);
    }
    core.switchboard.dismiss(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET …/{id}/addresses`
pub async fn addresses(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
    filters: Result<Query<Filters>, QueryRejection>,
) -> Result<Response, Rejection> {
    let Query(filters) = filters.map_err(|_| invalid("query", "The query cannot be read"))?;
    core.store.subscriber(&id).await?.ok_or(Rejection::NotFound)?;
    let page = filters.page()?;
    let query = AddressQuery { resource_id: Some(id.clone()), ..filters.query(page)? };
    addresses::answer(&core, &format!("{ALL}/{id}/addresses"), &filters, page, query).await
}

/// `GET …/{id}/sip_endpoints`: subscribers of this space have none.
pub async fn sip_endpoints(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    core.store.subscriber(&id).await?.ok_or(Rejection::NotFound)?;
    let links = Paging::default().page()?.links(&format!("{SUBSCRIBERS}/{id}/sip_endpoints"), &[], false);
    Ok(json(StatusCode::OK, &ResourceList { data: Vec::new(), links }))
}

const TAKEN: Rejection =
    Rejection::Invalid { attribute: "email", code: "taken", message: "has already been taken" };

fn profile(fields: SubscriberFields, reference: String) -> Result<Profile, Rejection> {
    profile::checked(Profile {
        reference,
        email: fields.email.map(|email| email.trim().to_owned()),
        first_name: fields.first_name,
        last_name: fields.last_name,
        display_name: fields.display_name,
        job_title: fields.job_title,
        time_zone: fields.timezone.as_ref().and_then(profile::time_zone),
        country: fields.country,
        region: fields.region,
        company_name: fields.company_name,
    })
}

fn shown(core: &Core, subscriber: &Subscriber) -> Resource {
    let profile = subscriber.profile.clone();
    Resource {
        id: subscriber.id.clone(),
        project_id: Some(core.project_id.clone()),
        display_name: Some(subscriber.name()),
        kind: Some("subscriber".into()),
        created_at: Some(Stamp::Text(clock::iso(subscriber.created_at))),
        updated_at: Some(Stamp::Text(clock::iso(subscriber.updated_at))),
        subscriber: Some(SubscriberFields {
            id: Some(subscriber.id.as_str().into()),
            email: profile.email,
            password: None,
            first_name: profile.first_name,
            last_name: profile.last_name,
            display_name: profile.display_name,
            job_title: profile.job_title,
            timezone: profile.time_zone.map(Into::into),
            country: profile.country,
            region: profile.region,
            company_name: profile.company_name,
        }),
    }
}
