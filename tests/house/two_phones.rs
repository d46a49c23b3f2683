//! Two (or three) real windows under Xvfb and a space: what a person would do, and what they must see and hear.

mod endings;
mod real_clip;
mod talk;
mod troubles;

use crate::support::stage;
