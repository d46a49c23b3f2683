//! What scripted calls share: who they are, and what they reach the world with.

use super::orders::{Order, OrderError, Orders};
use super::scripted::{self, Placement};
use crate::config::SpaceConfig;
use crate::core::Core;
use crate::fetch::{Cost, FetchError, Fetcher};
use crate::play::{PlayError, Playable, Playlist, Sources, SpeechCommand};
use crate::swml::{Document, Library, Problem, Verb};
use ahoy_model::CallId;
use ahoy_wire::calling::CallObject;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use url::Url;

/// A document of another server. Shorter than a REST request may take.
const DOCUMENT: Cost = Cost { bytes: 64 << 10, time: Duration::from_secs(6) };
/// Orders waiting for one call.
const ORDERS: usize = 16;

/// Why a document cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum Impossible {
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Problem(#[from] Problem),
}

pub struct Desk {
    running: Mutex<HashMap<CallId, mpsc::Sender<Order>>>,
    pub fetcher: Fetcher,
    pub sources: Sources,
    pub library: Library,
    pub tasks: TaskTracker,
    pub callbacks: TaskTracker,
}

impl Desk {
    pub fn open(config: &SpaceConfig) -> Result<Self, FetchError> {
        let fetcher = Fetcher::new(config.allow_private_fetch)?;
        let voice = config.tts_command.as_deref().and_then(SpeechCommand::parse);
        Ok(Self {
            running: Mutex::default(),
            sources: Sources::new(fetcher.clone(), config.data.as_deref(), voice),
            fetcher,
            library: Library::new(config.data.as_deref()),
            tasks: TaskTracker::new(),
            callbacks: TaskTracker::new(),
        })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<CallId, mpsc::Sender<Order>>> {
        // Every change is one insertion or removal, so a panic elsewhere leaves nothing half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn count(&self) -> usize {
        self.running().len()
    }

    /// Makes a call known, so that orders reach it.
    pub fn register(&self, id: &CallId) -> Orders {
        let (orders, taken) = mpsc::channel(ORDERS);
        self.running().insert(id.clone(), orders);
        taken
    }

    pub fn forget(&self, id: &CallId) {
        self.running().remove(id);
    }

    /// Tells a call to do something, and waits until it has begun to.
    pub async fn order(
        &self,
        id: &CallId,
        make: impl FnOnce(oneshot::Sender<Result<CallObject, OrderError>>) -> Order,
    ) -> Result<CallObject, OrderError> {
        let call = self.running().get(id).cloned().ok_or(OrderError::NoCall)?;
        let (reply, answered) = oneshot::channel();
        // A call that ends now is no call any more.
        call.send(make(reply)).await.map_err(|_| OrderError::NoCall)?;
        answered.await.map_err(|_| OrderError::NoCall)?
    }

    /// Places a call and returns it as it is then.
    pub fn place(&self, core: &Arc<Core>, placement: Placement) -> CallObject {
        scripted::place(core, placement)
    }

    /// A document from elsewhere that can be run here. `call`: what the other server is told about the call.
    pub async fn fetch(&self, url: &Url, call: Option<String>) -> Result<Arc<Document>, Impossible> {
        let text = self.fetcher.text(url, call, DOCUMENT).await?;
        let document = Document::parse(&text)?;
        self.check(&document)?;
        Ok(Arc::new(document))
    }

    /// Whether everything in the document can be done here, as far as that can be known before it is.
    pub fn check(&self, document: &Document) -> Result<(), Problem> {
        for step in document.all_steps() {
            let wrong = |what: String| Problem::new(&step.at, format!("{}: {what}", step.verb.name()));
            match &step.verb {
                Verb::Play(play) => {
                    self.check_list(&play.list).map_err(|error| wrong(error.to_string()))?;
                    if let Some(url) = &play.status_url {
                        self.fetcher
                            .check(url.as_str())
                            .map_err(|error| wrong(format!("status_url {error}")))?;
                    }
                }
                Verb::Connect(connect) => {
                    let checked = connect.ringback.iter().try_for_each(|list| self.check_list(list));
                    checked.map_err(|error| wrong(error.to_string()))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The same for a list of things to play.
    fn check_list(&self, list: &Playlist) -> Result<(), PlayError> {
        list.items.iter().try_for_each(|item| self.check_item(item))
    }

    pub fn check_item(&self, item: &Playable) -> Result<(), PlayError> {
        match item {
            Playable::Url(url) => {
                let host = url.host_str().unwrap_or_default().to_owned();
                self.fetcher.check(url.as_str()).map(drop).map_err(|error| PlayError::Fetch(host, error))
            }
            Playable::File(_) if !self.sources.has_folder() => Err(PlayError::NoFolder),
            Playable::Say(_) if !self.sources.has_voice() => Err(PlayError::NoVoice),
            _ => Ok(()),
        }
    }
}
