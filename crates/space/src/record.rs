//! Writes what a room shows and says into an MP4.
//!
//! ```text
//!  room canvas ─► encoder of the best quality ─┐
//!                                              ├─► queue ─► thread `record` (timeline ─► segments ─► file)
//!  room sound ──► mix of everybody ────────────┘
//! ```
//!
//! Both are encoded for the members anyway; a recording is one more of them. The file grows by segments of a few seconds that can
//! each be played (ISO 14496-12, movie fragments): what was written when the power went is not lost.

mod entry;
mod film;
mod recorder;
mod timeline;

pub use recorder::{Feed, Recorded, Recorder};

/// Why a recording does not begin, or has ended.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the space keeps no files: it was started without --data")]
    NoFolder,
    #[error("the recording cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("the recording cannot be put together: {0}")]
    Film(String),
    #[error("the thread of the recording broke off")]
    Broken,
}
