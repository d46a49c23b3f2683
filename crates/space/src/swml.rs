//! SWML: documents that say what happens in a call, step by step.
//!
//! [`Document::read`] turns JSON or YAML into typed steps or says what is wrong and where; [`Script`] walks through them and says what
//! is to be done next. Neither does any I/O.

mod document;
mod fields;
mod library;
mod script;
mod verbs;

pub use document::{Document, Problem};
pub use library::Library;
pub use script::{Doing, Script};
pub use verbs::{Connect, Step, Target, Verb};

#[cfg(test)]
#[path = "swml_tests.rs"]
mod tests;
