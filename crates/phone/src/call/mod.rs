//! One call: its machine, its media and what the user sees of it.

mod actions;
mod change;
mod in_room;
mod key_burst;
mod line;
mod live;
mod media;
mod news;
pub(crate) mod party;
mod peer;
mod pictures;
mod quiet;
pub(crate) mod rights;
mod taken_up;
mod thrift;
mod view;
mod weather;
mod wishes;

pub(crate) use live::{Errand, LiveCall, Room};
pub(crate) use media::SCREEN;
pub(crate) use peer::{Flowing, Order, Peer, PeerConfig, PeerNews, Role};
pub(crate) use pictures::Quality;
pub(crate) use view::BUSY_TONE;
