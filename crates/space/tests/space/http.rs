//! A client of the REST interface.

use reqwest::{Client, StatusCode};
use serde_json::Value;

pub const PROJECT: (&str, &str) = ("223ce3a6-project", "PT-api-token-for-tests");

/// A client that never meets TLS but has to be told whose it would use.
pub fn http() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("a response");
    (response.status(), response.json().await.unwrap_or_default())
}

/// With a token.
pub async fn get(url: &str, token: &str) -> (StatusCode, Value) {
    answer(http().get(url).bearer_auth(token)).await
}

/// With a token.
pub async fn post_with(url: &str, token: &str, body: Value) -> (StatusCode, Value) {
    answer(http().post(url).bearer_auth(token).json(&body)).await
}

/// As the project's server.
pub async fn post(url: &str, body: Value) -> (StatusCode, Value) {
    answer(http().post(url).basic_auth(PROJECT.0, Some(PROJECT.1)).json(&body)).await
}

/// As the project's server.
pub async fn get_as_project(url: &str) -> (StatusCode, Value) {
    answer(http().get(url).basic_auth(PROJECT.0, Some(PROJECT.1))).await
}

/// Without saying who asks.
pub async fn post_openly(url: &str, body: Value) -> (StatusCode, Value) {
    answer(http().post(url).json(&body)).await
}
