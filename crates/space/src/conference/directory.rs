//! The rooms that are running.

use super::handle::{Admission, RoomCommand, RoomHandle};
use super::intake::Link;
use super::room;
use super::settings::RoomSettings;
use crate::play::Sources;
use ahoy_model::{CallId, HangupCause};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio_util::task::TaskTracker;

/// A room that ends just when somebody comes is opened again; more often than this nobody is unlucky.
const TRIES: usize = 5;

/// What rooms play from, and where they record to.
#[derive(Clone)]
pub struct Tools {
    pub sources: Sources,
    /// Films that are being written: a space that stops waits for their last segments.
    pub films: TaskTracker,
    /// `None`: nothing is recorded.
    pub recordings: Option<PathBuf>,
}

/// The table of running rooms, by resource id. Cheap to clone.
#[derive(Clone)]
pub struct Conferences {
    tools: Tools,
    running: Arc<Mutex<HashMap<String, RoomHandle>>>,
}

/// A place in a room, from the admission on. Giving it up is leaving.
pub struct Place {
    pub room: RoomHandle,
    pub admission: Admission,
    /// Where the leg's media goes.
    pub link: watch::Sender<Option<Link>>,
    leg: CallId,
}

impl Place {
    /// Whether it was given to that leg.
    pub fn is_for(&self, leg: &CallId) -> bool {
        self.leg == *leg
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let command = RoomCommand::Leave { leg: self.leg.clone() };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let room = self.room.clone();
            runtime.spawn(async move { room.send(command).await });
        }
    }
}

impl Conferences {
    pub fn new(tools: Tools) -> Self {
        Self { tools, running: Arc::default() }
    }

    /// Waits until no film is being written any more, but not for longer than this.
    pub async fn films_done(&self, patience: Duration) {
        self.tools.films.close();
        if tokio::time::timeout(patience, self.tools.films.wait()).await.is_err() {
            tracing::warn!("some recordings were not finished in time");
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, RoomHandle>> {
        // Every change is one insertion or removal, so a panic elsewhere leaves nothing half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self, settings: &RoomSettings) -> RoomHandle {
        let mut table = self.table();
        if let Some(room) = table.get(&settings.id).filter(|room| !room.is_over()) {
            return room.clone();
        }
        let (rooms, id) = (self.clone(), settings.id.clone());
        let room = room::open(self.tools.clone(), settings.clone(), move |ended| rooms.forget(&id, ended));
        table.insert(settings.id.clone(), room.clone());
        room
    }

    fn forget(&self, id: &str, ended: &RoomHandle) {
        let mut table = self.table();
        if table.get(id).is_some_and(|room| room.same_as(ended)) {
            table.remove(id);
        }
    }

    /// Asks for a place, in a room that is opened if it has to be.
    pub async fn admit(
        &self,
        settings: &RoomSettings,
        leg: &CallId,
        subscriber: &str,
    ) -> Result<Place, HangupCause> {
        for _ in 0..TRIES {
            let room = self.running(settings);
            let (reply, answer) = oneshot::channel();
            let command = RoomCommand::Admit { leg: leg.clone(), subscriber: subscriber.to_owned(), reply };
            if room.send(command).await
                && let Ok(answer) = answer.await
            {
                let link = watch::Sender::new(None);
                return answer.map(|admission| Place { room, admission, link, leg: leg.clone() });
            }
            self.forget(&settings.id, &room);
        }
        Err(HangupCause::NormalTemporaryFailure)
    }

    /// Tells a running room what has become of its settings; `None`: it is deleted.
    pub async fn changed(&self, id: &str, settings: Option<RoomSettings>) {
        let room = self.table().get(id).cloned();
        if let Some(room) = room {
            room.send(RoomCommand::Changed(settings.map(Box::new))).await;
        }
    }
}
