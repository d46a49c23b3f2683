//! Two (or three) real windows under Xvfb and a space: what a person would do, and what they must see and hear.

mod endings;
#[cfg(target_os = "linux")]
mod homes;
mod real_clip;
mod talk;
mod troubles;

use crate::support::stage;
