//! Refusals in the shapes of WIRE.md 10.

use crate::core::Stranger;
use crate::door::Refusal;
use crate::key::KeyError;
use crate::proof::ProofError;
use crate::store::StoreError;
use ahoy_wire::rest::{self, ErrorList};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A request that is not answered with what it asked for.
#[derive(Debug)]
pub enum Rejection {
    /// 401: no token, or one that is worth nothing here.
    Unauthorised,
    /// 401: the token is good, and its proof of possession is not.
    Unproven,
    /// 403: known, and not allowed to do this.
    Forbidden(&'static str),
    /// 404
    NotFound,
    /// 413
    TooLarge,
    /// 405
    MethodNotAllowed,
    /// 422 with attribute, code and sentence.
    Invalid { attribute: &'static str, code: &'static str, message: &'static str },
    /// The same, with words that depend on what was asked.
    Refused { attribute: String, code: &'static str, message: String },
    /// 429
    Later,
    /// 500; the log knows more.
    Broken,
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Unauthorised => {
                (StatusCode::UNAUTHORIZED, ErrorList::plain("unauthorized", "Unauthorized"))
            }
            Self::Unproven => (
                StatusCode::UNAUTHORIZED,
                ErrorList::plain("invalid_dpop_proof", "The proof of possession was not accepted"),
            ),
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, ErrorList::plain("forbidden", why)),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, ErrorList::plain("too_large", "The body is too large"))
            }
            Self::NotFound => (StatusCode::NOT_FOUND, ErrorList::plain("not_found", "Not found")),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, ErrorList::plain("method_not_allowed", "Method not allowed"))
            }
            Self::Invalid { attribute, code, message } => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorList::validation(attribute, code, message))
            }
            Self::Refused { attribute, code, message } => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorList::validation(&attribute, code, &message))
            }
            Self::Later => {
                (StatusCode::TOO_MANY_REQUESTS, ErrorList::plain("too_many_requests", "Too many requests"))
            }
            Self::Broken => {
                (StatusCode::INTERNAL_SERVER_ERROR, ErrorList::plain("internal_error", "Internal error"))
            }
        };
        let mut response = json(status, &body);
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A body of ours as JSON.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], rest::print(body)).into_response()
}

impl From<Refusal> for Rejection {
    fn from(_: Refusal) -> Self {
        Self::Later
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request failed");
        Self::Broken
    }
}

impl From<KeyError> for Rejection {
    fn from(error: KeyError) -> Self {
        tracing::error!(%error, "a token could not be made");
        Self::Broken
    }
}

impl From<Stranger> for Rejection {
    fn from(stranger: Stranger) -> Self {
        match stranger {
            Stranger::Store(error) => error.into(),
            Stranger::Proof(_) => Self::Unproven,
            Stranger::Token(_) | Stranger::Gone => Self::Unauthorised,
        }
    }
}

impl From<ProofError> for Rejection {
    fn from(error: ProofError) -> Self {
        tracing::info!(%error, "a proof was refused");
        Self::Unproven
    }
}

pub async fn not_found() -> Rejection {
    Rejection::NotFound
}

pub async fn method_not_allowed() -> Rejection {
    Rejection::MethodNotAllowed
}
