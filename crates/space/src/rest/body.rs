//! Bodies of requests.

use super::errors::Rejection;
use ahoy_wire::rest;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

/// The text of a body, not too long.
pub struct Body(String);

impl Body {
    /// Reads it. `attribute` and `message` say what is wrong when it cannot be read.
    pub fn read<T: DeserializeOwned>(
        &self,
        attribute: &'static str,
        message: &'static str,
    ) -> Result<T, Rejection> {
        let code = "missing_required_parameter";
        rest::parse(&self.0).map_err(|_| Rejection::Invalid { attribute, code, message })
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        match String::from_request(request, state).await {
            Ok(text) => Ok(Self(text)),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Rejection::TooLarge),
            Err(error) => {
                tracing::debug!(status = %error.into_response().status(), "a body cannot be read");
                Err(Rejection::Invalid {
                    attribute: "body",
                    code: "invalid",
                    message: "must be JSON in UTF-8",
                })
            }
        }
    }
}
