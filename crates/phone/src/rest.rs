//! The space's REST interface (WIRE.md 10): one request at a time, in time and in size, with the token in its header only.

use crate::pin;
use ahoy_model::{Fingerprint, Problem, ProblemCode, Secret};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use std::sync::Once;
use std::time::Duration;

/// Larger answers are cut off with an error; a page of addresses has some 100 kB at most.
const LARGEST: usize = ahoy_wire::MAX_MESSAGE_BYTES;
/// For one request with everything in it.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(10);

/// TLS needs to know once per process which cryptography to use.
pub(crate) fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Whoever came first has made the same choice or a better one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RestError {
    #[error("the REST address is no address")]
    BadUrl,
    #[error("nobody answers there: {0}")]
    Unreachable(String),
    #[error("the certificate is not trusted: {0}")]
    Untrusted(String),
    #[error("the certificate is not the pinned one: {0}")]
    OtherCertificate(String),
    #[error("the space did not answer in time")]
    Timeout,
    #[error("the space answered with HTTP {0}")]
    Status(u16),
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
}

impl RestError {
    pub(crate) fn problem(&self) -> Problem {
        let (code, retry) = match self {
            Self::BadUrl | Self::Unreachable(_) => (ProblemCode::SpaceUnreachable, true),
            Self::Untrusted(_) => (ProblemCode::SpaceUntrusted, false),
            Self::OtherCertificate(_) => (ProblemCode::CertificateChanged, false),
            Self::Timeout => (ProblemCode::SpaceTimeout, true),
            Self::Status(401 | 403) => (ProblemCode::TokenRefused, false),
            Self::Status(500..) => (ProblemCode::SpaceUnreachable, true),
            Self::Status(_) | Self::TooLarge | Self::Malformed(_) => (ProblemCode::ProtocolError, false),
        };
        Problem { retry, ..Problem::new(code).because(self) }
    }
}

/// Speaks to one space as one subscriber. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Rest {
    client: Client,
    base: Url,
    token: Secret,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Rest {
    /// `pin`: the only certificate that counts.
    pub(crate) fn new(base: &str, token: Secret, pin: Option<Fingerprint>) -> Result<Self, RestError> {
        install_crypto();
        let base = Url::parse(base).map_err(|_| RestError::BadUrl)?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(RestError::BadUrl);
        }
        let client = client(pin)?;
        Ok(Self { client, base, token })
    }

    /// Reads `target`, a path with its query, at this space. A whole address (as `links.next` may be) counts only by its
    /// path and query: the token goes to no other host.
    pub(crate) async fn get<T: serde::de::DeserializeOwned>(&self, target: &str) -> Result<T, RestError> {
        let url = self.base.join(target).map_err(|_| RestError::BadUrl)?;
        let mut here = self.base.clone();
        here.set_path(url.path());
        here.set_query(url.query());
        self.read(self.client.get(here)).await
    }

    /// The same with one query parameter, escaped.
    pub(crate) async fn find<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        value: &str,
    ) -> Result<T, RestError> {
        let url = self.base.join(path).map_err(|_| RestError::BadUrl)?;
        self.read(self.client.get(url).query(&[(key, value)])).await
    }

    /// Sends `body` to `path`.
    pub(crate) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T, RestError> {
        let url = self.base.join(path).map_err(|_| RestError::BadUrl)?;
        self.read(self.client.post(url).json(body)).await
    }

    /// The same with PUT.
    pub(crate) async fn put<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T, RestError> {
        let url = self.base.join(path).map_err(|_| RestError::BadUrl)?;
        self.read(self.client.put(url).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), RestError> {
        let url = self.base.join(path).map_err(|_| RestError::BadUrl)?;
        self.send(self.client.delete(url)).await.map(drop)
    }

    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, RestError> {
        let body = capped(self.send(request).await?).await?;
        let text = String::from_utf8(body).map_err(|error| RestError::Malformed(error.to_string()))?;
        ahoy_wire::rest::parse(&text).map_err(|error| RestError::Malformed(error.to_string()))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, RestError> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()))
            .map_err(|_| RestError::Status(StatusCode::UNAUTHORIZED.as_u16()))?;
        bearer.set_sensitive(true);
        let request = request.header(ACCEPT, "application/json").header(AUTHORIZATION, bearer);
        let response = request.send().await.map_err(read_error)?;
        if !response.status().is_success() {
            return Err(RestError::Status(response.status().as_u16()));
        }
        Ok(response)
    }
}

fn client(pin: Option<Fingerprint>) -> Result<Client, RestError> {
    install_crypto();
    let mut builder = Client::builder();
    if let Some(pin) = pin {
        let tls = pin::pinned(pin).map_err(|error| RestError::Untrusted(error.to_string()))?;
        // Whoever is pinned is on this network: a proxy could not even be told about them.
        builder = builder.tls_backend_preconfigured(tls).https_only(true).no_proxy();
    }
    builder
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
        // A token must not follow a redirect to another house.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("ahoy/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| RestError::Unreachable(causes(&error)))
}

/// Asks one address by POST, without a token in the header.
pub(crate) struct Poster {
    client: Client,
    url: Url,
}

impl Poster {
    /// `pin`: the only certificate that counts.
    pub(crate) fn new(url: &str, pin: Option<Fingerprint>) -> Result<Self, RestError> {
        let url = Url::parse(url).map_err(|_| RestError::BadUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(RestError::BadUrl);
        }
        Ok(Self { client: client(pin)?, url })
    }

    /// The text of the answer.
    pub(crate) async fn post(&self, body: &serde_json::Value) -> Result<String, RestError> {
        let request = self.client.post(self.url.clone()).header(ACCEPT, "application/json").json(body);
        let response = request.send().await.map_err(read_error)?;
        if !response.status().is_success() {
            return Err(RestError::Status(response.status().as_u16()));
        }
        String::from_utf8(capped(response).await?).map_err(|error| RestError::Malformed(error.to_string()))
    }
}

async fn capped(mut response: Response) -> Result<Vec<u8>, RestError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(read_error)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(RestError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn read_error(error: reqwest::Error) -> RestError {
    let text = causes(&error);
    match error {
        e if e.is_timeout() => RestError::Timeout,
        e if pin::is_mismatch(&e) => RestError::OtherCertificate(text),
        e if is_tls(&e) => RestError::Untrusted(text),
        _ => RestError::Unreachable(text),
    }
}

/// The chain of causes, without the URL (its query may say whom somebody looked up).
fn causes(error: &dyn std::error::Error) -> String {
    let mut texts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    if texts.is_empty() { "no cause given".into() } else { texts.join(": ") }
}

fn is_tls(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        next = cause.source();
    }
    false
}

#[cfg(test)]
#[path = "rest_tests.rs"]
mod tests;
