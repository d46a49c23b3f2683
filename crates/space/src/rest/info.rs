//! Who am I?

use super::addresses::shown;
use super::errors::json as answer;
use super::identity::Bearer;
use ahoy_wire::Stamp;
use ahoy_wire::rest::{AppSettings, SatClaims, SubscriberInfo};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

/// `GET /api/fabric/subscriber/info`
pub async fn show(Bearer { claims, subscriber, .. }: Bearer) -> Response {
    let profile = subscriber.profile.clone();
    let info = SubscriberInfo {
        id: subscriber.id.as_str().into(),
        email: profile
            .email
            .clone()
            .or_else(|| profile.reference.contains('@').then(|| profile.reference.clone())),
        first_name: profile.first_name.clone(),
        last_name: profile.last_name.clone(),
        display_name: Some(subscriber.name()),
        job_title: profile.job_title.clone(),
        time_zone: profile.time_zone.map(Into::into),
        country: profile.country,
        region: profile.region,
        company_name: profile.company_name,
        push_notification_key: None,
        app_settings: Some(AppSettings { display_name: Some("Ahoy".into()), scopes: Some(Vec::new()) }),
        fabric_addresses: Some(subscriber.addresses.iter().map(shown).collect()),
        // `sat:refresh` makes the SDK ask for a client-bound token at once.
        sat_claims: Some(SatClaims {
            scope: (!claims.scope.is_empty()).then(|| claims.scope.join(" ").into()),
            cnf: claims.cnf.as_ref().map(|thumbprint| json!({ "jkt": thumbprint })),
            expires_at: Some(Stamp::Number(claims.exp.into())),
        }),
    };
    answer(StatusCode::OK, &info)
}
