//! What a space remembers: subscribers, addresses, conversations and finished calls, in SQLite on a thread of its own.
//!
//! No token, key or password is ever stored.

mod addresses;
mod calls;
mod embeds;
mod lan;
mod messages;
mod push;
mod rooms;
mod schema;
mod subscribers;

pub use addresses::{AddressQuery, AddressRecord, AddressType, Channel, SortBy};
pub use calls::CallRecord;
pub use embeds::Embed;
pub use lan::InviteRecord;
pub use messages::{Conversation, Line, LineBody};
pub use subscribers::{AmendError, Profile, Subscriber};

use rusqlite::Connection;
use std::path::Path;
use std::thread;
use tokio::sync::{mpsc, oneshot};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Questions waiting for the database; whoever asks more waits for room.
const QUEUE: usize = 256;

/// A handle to the database thread. Cheap to clone; the thread ends with the last handle.
#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
}

/// Ids of this space, made once and kept with its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub space_id: String,
    /// Used when no project was given.
    pub project_id: String,
    /// For `TokenKey::derive`. Not secret.
    pub salt: Vec<u8>,
}

/// Why the database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the folder for the space's data cannot be made: {0}")]
    Folder(std::io::Error),
    #[error("the space's database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the space's database was made by a newer version")]
    TooNew,
    #[error("the system's random source failed")]
    NoRandomness,
    #[error("the space's database is closed")]
    Closed,
}

impl Store {
    /// Opens or makes `space.db` in `data`, or a database in memory. Blocks while it does.
    pub fn open(data: Option<&Path>) -> Result<(Self, Identity), StoreError> {
        let mut connection = match data {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(StoreError::Folder)?;
                Connection::open(folder.join("space.db"))?
            }
            None => Connection::open_in_memory()?,
        };
        schema::prepare(&mut connection)?;
        let identity = schema::identity(&mut connection)?;
        let (jobs, mut waiting) = mpsc::channel::<Job>(QUEUE);
        thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                while let Some(job) = waiting.blocking_recv() {
                    job(&mut connection);
                }
            })
            .map_err(StoreError::Folder)?;
        Ok((Self { jobs }, identity))
    }

    /// Runs `question` on the database thread.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may have gone; then the answer is for nobody.
            let _ = answer.send(question(connection));
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
