//! One authorised connection with a space, kept up for ever.

use crate::{Resume, SessionConfig, SessionInput, SessionOutput, SessionStatus};
use std::time::Instant;

/// The machine of the session. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    status: SessionStatus,
    jitter: f64,
}

impl Session {
    /// A session at rest; [`SessionInput::Start`] sets it going.
    pub fn new(config: SessionConfig) -> Self {
        Self { config, status: SessionStatus::Stopped, jitter: 0.5 }
    }

    /// The random part of the next waits: a fresh number from 0 to 1. To be set before `handle`, from time to time.
    pub fn set_jitter(&mut self, jitter: f64) {
        self.jitter = jitter;
    }

    pub fn status(&self) -> &SessionStatus {
        &self.status
    }

    /// What a later session can resume with.
    pub fn resume(&self) -> Option<&Resume> {
        self.config.resume.as_ref()
    }

    /// When to send [`SessionInput::Timer`].
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Takes one input and says what is to be done, in order.
    pub fn handle(&mut self, _now: Instant, _input: SessionInput) -> Vec<SessionOutput> {
        Vec::new()
    }
}
