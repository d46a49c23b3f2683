//! What the phone's own workers report to the conductor. Bounded: a worker that reports waits until it is heard.

use crate::devices::Listing;
use crate::history::Loaded;
use ahoy_model::Problem;
use tokio::sync::mpsc;

/// Reports that may wait.
pub(crate) const QUEUE: usize = 256;

pub(crate) type Outlet = mpsc::Sender<Happening>;

#[derive(Debug)]
pub(crate) enum Happening {
    HistoryLoaded(Loaded),
    /// Something the user should be told once.
    Trouble(Problem),
    Listed(Listing),
}
