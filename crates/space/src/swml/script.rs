//! Walks through a document.

use super::document::{Document, Section};
use super::verbs::{Connect, Destination, HangupReason, Play, Step, Verb};
use ahoy_model::DialTarget;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Steps in the life of one call, and sections inside each other.
const STEPS: u32 = 10_000;
const DEPTH: usize = 32;
/// All `sleep`s that were slept.
const SLEEP: Duration = Duration::from_secs(24 * 3_600);

/// What is to be done next. The script waits until it is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    Answer {
        max_duration: Option<Duration>,
    },
    Play(Play),
    Connect(Box<Connect>),
    JoinRoom(DialTarget),
    Sleep(Duration),
    SendDigits(String),
    UserEvent(serde_json::Value),
    /// Another document is needed; [`Script::fetched`] goes on with it.
    Fetch(Url),
    /// The document said so, or is at its end.
    Hangup(HangupReason),
}

/// Why a script cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    #[error("the script has made more than {STEPS} steps")]
    TooLong,
    #[error("the script's sections are more than {DEPTH} deep inside each other")]
    TooDeep,
    #[error("the script has slept for more than a day")]
    Sleeper,
}

/// A place in a list of steps.
struct Frame {
    document: Arc<Document>,
    steps: Section,
    next: usize,
}

pub struct Script {
    frames: Vec<Frame>,
    /// How often each `goto` has jumped, by its place.
    jumps: HashMap<String, u32>,
    steps: u32,
    slept: Duration,
    /// What was asked for comes in place of everything, not on top of it.
    replacing: bool,
}

impl Script {
    pub fn new(document: Arc<Document>) -> Self {
        let mut script = Self {
            frames: Vec::new(),
            jumps: HashMap::new(),
            steps: 0,
            slept: Duration::ZERO,
            replacing: false,
        };
        script.replace(document);
        script
    }

    /// Another document takes the place of everything.
    pub fn replace(&mut self, document: Arc<Document>) {
        let steps = document.main();
        self.frames = vec![Frame { document, steps, next: 0 }];
        self.jumps.clear();
    }

    /// Another section of the running document takes the place of everything. False: there is none of that name.
    pub fn go_to_section(&mut self, name: &str) -> bool {
        let Some(document) = self.frames.first().map(|frame| Arc::clone(&frame.document)) else {
            return false;
        };
        let Some(steps) = document.section(name) else { return false };
        self.frames = vec![Frame { document, steps, next: 0 }];
        true
    }

    /// The next thing to do.
    pub fn next(&mut self) -> Result<Doing, ScriptError> {
        loop {
            let Some(step) = self.step() else { return Ok(Doing::Hangup(HangupReason::Hangup)) };
            self.steps += 1;
            if self.steps > STEPS {
                return Err(ScriptError::TooLong);
            }
            match step.verb {
                Verb::Answer { max_duration } => return Ok(Doing::Answer { max_duration }),
                Verb::Play(play) => return Ok(Doing::Play(play)),
                Verb::Connect(connect) => return Ok(Doing::Connect(Box::new(connect))),
                Verb::JoinRoom(room) => return Ok(Doing::JoinRoom(room)),
                Verb::Sleep(time) => {
                    self.slept = self.slept.saturating_add(time);
                    return if self.slept > SLEEP {
                        Err(ScriptError::Sleeper)
                    } else {
                        Ok(Doing::Sleep(time))
                    };
                }
                Verb::Hangup(reason) => return Ok(Doing::Hangup(reason)),
                Verb::SendDigits(digits) => return Ok(Doing::SendDigits(digits)),
                Verb::UserEvent(event) => return Ok(Doing::UserEvent(event)),
                Verb::Label(_) => {}
                Verb::Goto { label, max } => self.jump(step.at, &label, max),
                Verb::Return => {
                    self.frames.pop();
                }
                Verb::Transfer(Destination::Section(name)) => {
                    // Its name was looked up when the document was read.
                    self.enter(&name)?;
                    self.frames.drain(..self.frames.len().saturating_sub(1));
                }
                Verb::Execute(Destination::Section(name)) => self.enter(&name)?,
                Verb::Transfer(Destination::Url(url)) => {
                    self.replacing = true;
                    return Ok(Doing::Fetch(url));
                }
                Verb::Execute(Destination::Url(url)) => {
                    self.replacing = false;
                    return Ok(Doing::Fetch(url));
                }
            }
        }
    }

    /// The document that was asked for.
    pub fn fetched(&mut self, document: Arc<Document>) -> Result<(), ScriptError> {
        if self.replacing {
            self.replace(document);
            return Ok(());
        }
        let steps = document.main();
        self.push(Frame { document, steps, next: 0 })
    }

    /// A branch of the last step.
    pub fn branch(&mut self, steps: Section) -> Result<(), ScriptError> {
        match self.frames.last().map(|frame| Arc::clone(&frame.document)) {
            Some(document) => self.push(Frame { document, steps, next: 0 }),
            None => Ok(()),
        }
    }

    fn push(&mut self, frame: Frame) -> Result<(), ScriptError> {
        if self.frames.len() >= DEPTH {
            return Err(ScriptError::TooDeep);
        }
        self.frames.push(frame);
        Ok(())
    }

    /// The step whose turn it is; sections that are at their end are left.
    fn step(&mut self) -> Option<Step> {
        loop {
            let frame = self.frames.last_mut()?;
            if let Some(step) = frame.steps.get(frame.next).cloned() {
                frame.next += 1;
                return Some(step);
            }
            self.frames.pop();
        }
    }

    fn enter(&mut self, name: &str) -> Result<(), ScriptError> {
        let found = self.frames.last().and_then(|frame| {
            let steps = frame.document.section(name)?;
            Some(Frame { document: Arc::clone(&frame.document), steps, next: 0 })
        });
        found.map_or(Ok(()), |frame| self.push(frame))
    }

    fn jump(&mut self, at: String, label: &str, max: u32) {
        let jumped = self.jumps.entry(at).or_insert(0);
        if *jumped >= max {
            return;
        }
        *jumped += 1;
        if let Some(frame) = self.frames.last_mut() {
            let place =
                frame.steps.iter().position(|step| matches!(&step.verb, Verb::Label(name) if name == label));
            frame.next = place.unwrap_or(frame.next);
        }
    }
}
