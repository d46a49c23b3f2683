//! What the phone's own workers report to the conductor. Bounded: a worker that reports waits until it is heard.

use crate::addresses::Addresses;
use crate::call::PeerNews;
use crate::camera::CameraNews;
use crate::devices::Listing;
use crate::history::Loaded;
use crate::registration::AccountNews;
use crate::sound::SoundNews;
use ahoy_media::hardware::DeviceError;
use ahoy_model::{CallId, Problem};
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
    /// This computer has these now.
    Addresses(Addresses),
    /// With the number of the sign-in it belongs to.
    Account(u32, AccountNews),
    /// With the number of the opening it is about.
    Camera(u64, CameraNews),
    Sound(SoundNews),
    /// A shared screen came to its end by itself: the leg that shows it.
    ScreenEnded(CallId, DeviceError),
    /// With the number of the call's peer.
    Peer(CallId, u64, PeerNews),
}
