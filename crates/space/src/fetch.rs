//! What the space asks of other servers: documents, films, and callbacks that it posts. Whoever may use the Calling API chooses the
//! addresses, so everything here has limits, and private networks are out of reach unless the configuration opens them.

mod guard;

pub use guard::is_public;

use guard::GuardedNames;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};

const REDIRECTS: usize = 5;
const CONNECT: Duration = Duration::from_secs(5);
/// Longest address.
const LONGEST_URL: usize = 2_048;

/// Why something was not fetched. The text is for the project's own server, which chose the address.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("is not an http or https address")]
    NotHttp,
    #[error("is inside a private network, which this space does not reach into")]
    Private,
    #[error("did not answer in time")]
    Timeout,
    #[error("answered with HTTP {0}")]
    Status(u16),
    #[error("sends to other places too often")]
    Redirects,
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    #[error("could not be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("could not be kept")]
    Kept(#[from] std::io::Error),
    #[error("is not text")]
    NotText,
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        let mut source: Option<&dyn std::error::Error> = Some(&error);
        while let Some(inner) = source {
            if inner.is::<guard::PrivateName>() {
                return Self::Private;
            }
            source = inner.source();
        }
        // The address may hold a password.
        Self::Unreachable(error.without_url())
    }
}

/// How much one fetch may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub bytes: u64,
    pub time: Duration,
}

/// Fetches and posts. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    allow_private: bool,
}

impl Fetcher {
    /// `allow_private`: addresses of this machine and its networks may be asked, too.
    pub fn new(allow_private: bool) -> Result<Self, reqwest::Error> {
        static CRYPTO: Once = Once::new();
        CRYPTO.call_once(|| {
            // Whoever came first has made the same choice or a better one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let client = Client::builder()
            .user_agent(concat!("ahoy-space/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(GuardedNames { allow_private }))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .build()?;
        Ok(Self { client, allow_private })
    }

    /// Whether `text` is an address that may be asked, as far as it says itself.
    pub fn check(&self, text: &str) -> Result<Url, FetchError> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST_URL).ok_or(FetchError::NotHttp)?;
        self.check_url(&url)?;
        Ok(url)
    }

    fn check_url(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::NotHttp);
        }
        // Names are looked at when they have been resolved; numbers never are.
        let number = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchError::NotHttp),
        };
        match number {
            Some(address) if !self.allow_private && !is_public(address) => Err(FetchError::Private),
            _ => Ok(()),
        }
    }

    /// A short text. `body`: posted as JSON; without it the text is got.
    pub async fn text(&self, url: &Url, body: Option<String>, cost: Cost) -> Result<String, FetchError> {
        let fetching = async {
            let mut response = self.ask(url.clone(), body).await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if (bytes.len() + chunk.len()) as u64 > cost.bytes {
                    return Err(FetchError::TooLarge(cost.bytes));
                }
                bytes.extend_from_slice(&chunk);
            }
            String::from_utf8(bytes).map_err(|_| FetchError::NotText)
        };
        timeout(cost.time, fetching).await.map_err(|_| FetchError::Timeout)?
    }

    /// Something long, into a file without a name that goes with its handle.
    pub async fn file(&self, url: &Url, cost: Cost) -> Result<File, FetchError> {
        let fetching = async {
            let mut response = self.ask(url.clone(), None).await?;
            if response.content_length().is_some_and(|length| length > cost.bytes) {
                return Err(FetchError::TooLarge(cost.bytes));
            }
            let mut file = tempfile::tempfile()?;
            let mut length = 0_u64;
            while let Some(chunk) = response.chunk().await? {
                length = length.saturating_add(chunk.len() as u64);
                if length > cost.bytes {
                    return Err(FetchError::TooLarge(cost.bytes));
                }
                // Into the page cache: quick enough to do right here.
                file.write_all(&chunk)?;
            }
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        timeout(cost.time, fetching).await.map_err(|_| FetchError::Timeout)?
    }

    /// Posts JSON and reads nothing but the status. Follows no redirect.
    pub async fn post(&self, url: &Url, body: String, time: Duration) -> Result<(), FetchError> {
        self.check_url(url)?;
        let posting = async {
            let request = self.client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
            let status = request.send().await?.status();
            if status.is_success() { Ok(()) } else { Err(FetchError::Status(status.as_u16())) }
        };
        timeout(time, posting).await.map_err(|_| FetchError::Timeout)?
    }

    /// Follows redirects, each of which is looked at like the first address.
    async fn ask(&self, mut url: Url, body: Option<String>) -> Result<Response, FetchError> {
        let mut method = if body.is_some() { Method::POST } else { Method::GET };
        for _ in 0..=REDIRECTS {
            self.check_url(&url)?;
            let mut request = self.client.request(method.clone(), url.clone());
            if let (Some(body), true) = (&body, method == Method::POST) {
                request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
            }
            let response = request.send().await?;
            let status = response.status();
            if status.is_redirection() {
                let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                let next = to.and_then(|to| url.join(to).ok());
                url = next.ok_or(FetchError::Status(status.as_u16()))?;
                if !matches!(status.as_u16(), 307 | 308) {
                    method = Method::GET;
                }
                continue;
            }
            if !status.is_success() {
                return Err(FetchError::Status(status.as_u16()));
            }
            return Ok(response);
        }
        Err(FetchError::Redirects)
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
