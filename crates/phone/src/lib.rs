//! The whole phone without a window: it registers, dials, answers, holds and hangs up, and tells the truth in snapshots.

pub mod settings;
pub mod snapshot;

pub use settings::Settings;
pub use snapshot::{
    CallActions, CallView, CompletedCall, ContactView, DevicesView, Event, Levels, RegistrationStatus, Snapshot, TileId,
};
