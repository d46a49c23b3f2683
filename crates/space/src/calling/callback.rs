//! Status callbacks: posted one after the other, in the order in which things happened.

use super::desk::Desk;
use crate::fetch::FetchError;
use ahoy_wire::calling::Callback;
use ahoy_wire::rest;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;
use url::Url;

/// Callbacks of one call that wait. A receiver that is so slow misses what comes then.
const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
/// Times between the tries.
const BACKOFF: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Which states of a call are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEvents {
    pub url: Url,
    pub states: Vec<String>,
}

/// Posts the callbacks of one call.
#[derive(Clone)]
pub struct Callbacks(mpsc::Sender<(Url, Callback)>);

impl Callbacks {
    /// Starts the task; it ends when everything has been posted and nobody tells any more.
    pub fn start(desk: &Desk) -> Self {
        let (tell, mut told) = mpsc::channel::<(Url, Callback)>(QUEUE);
        let fetcher = desk.fetcher.clone();
        desk.callbacks.spawn(async move {
            while let Some((url, callback)) = told.recv().await {
                let body = rest::print(&callback);
                let mut waits = BACKOFF.into_iter();
                loop {
                    let outcome = fetcher.post(&url, body.clone(), PATIENCE).await;
                    let Err(error) = outcome else { break };
                    // What is wrong with the address or the message does not change by itself.
                    let final_word = match &error {
                        FetchError::NotHttp | FetchError::Private => true,
                        FetchError::Status(status) => (400..500).contains(status) && *status != 429,
                        _ => false,
                    };
                    match waits.next().filter(|_| !final_word) {
                        Some(wait) => sleep(wait).await,
                        None => {
                            let host = url.host_str().unwrap_or_default();
                            tracing::warn!(host, event = callback.event_type, %error, "a callback was not taken");
                            break;
                        }
                    }
                }
            }
        });
        Self(tell)
    }

    pub fn post(&self, url: &Url, callback: Callback) {
        if self.0.try_send((url.clone(), callback)).is_err() {
            tracing::warn!("a receiver of callbacks is too slow and misses one");
        }
    }
}
