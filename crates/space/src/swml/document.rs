//! A whole document, and what can be wrong with one.

use super::fields::below;
use super::verbs::{self, Step};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Longest text of a document.
pub const LONGEST: usize = 64 << 10;
/// Objects and lists inside each other.
const DEPTH: usize = 24;
/// Steps of all sections and branches.
const STEPS: usize = 500;
const SECTIONS: usize = 100;
/// All `sleep`s together.
const SLEEP: Duration = Duration::from_secs(24 * 3_600);

/// What is wrong, and where: a JSON pointer (RFC 6901) into the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at {})", if at.is_empty() { "the top" } else { at })]
pub struct Problem {
    pub at: String,
    pub what: String,
}

impl Problem {
    pub fn new(at: &str, what: String) -> Self {
        Self { at: at.to_owned(), what }
    }
}

pub type Section = Arc<[Step]>;

/// A document all of whose steps are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    sections: HashMap<String, Section>,
}

/// Counts while a document is read.
pub struct Budget {
    steps: usize,
    sleep: Duration,
}

impl Budget {
    pub fn step(&mut self, at: &str) -> Result<(), Problem> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(Problem::new(at, format!("there are more than {STEPS} steps")));
        }
        Ok(())
    }

    pub fn sleep(&mut self, at: &str, time: Duration) -> Result<(), Problem> {
        self.sleep = self.sleep.saturating_add(time);
        if self.sleep > SLEEP {
            return Err(Problem::new(at, "sleep: all of them together are longer than a day".into()));
        }
        Ok(())
    }
}

impl Document {
    /// From the text of a file or an answer: JSON, or YAML.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let top = |what: String| Problem::new("", what);
        if text.len() > LONGEST {
            return Err(top(format!("the document is longer than {LONGEST} bytes")));
        }
        let value: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| top(format!("this is not JSON: {error}")))?
        } else {
            yaml(text)?
        };
        Self::of(&value)
    }

    /// From a parameter: an object, or the text of one.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        match value {
            Value::String(text) => Self::parse(text),
            value => Self::of(value),
        }
    }

    fn of(value: &Value) -> Result<Self, Problem> {
        depth(value, "", 0)?;
        let top = |what: &str| Problem::new("", what.to_owned());
        let Value::Object(fields) = value else { return Err(top("a document must be an object")) };
        match fields.get("version") {
            None => {}
            Some(Value::String(version)) if version.starts_with("1.") => {}
            Some(_) => return Err(Problem::new("/version", "must be \"1.0.0\"".into())),
        }
        let Some(sections) = fields.get("sections") else { return Err(top("sections are missing")) };
        let Value::Object(sections) = sections else {
            return Err(Problem::new("/sections", "must be an object".into()));
        };
        if let Some(other) = fields.keys().find(|name| !["version", "sections"].contains(&name.as_str())) {
            return Err(Problem::new(&below("", other), "is not known".into()));
        }
        if sections.len() > SECTIONS {
            return Err(Problem::new("/sections", format!("there are more than {SECTIONS}")));
        }
        if !sections.contains_key("main") {
            return Err(Problem::new("/sections", "main is missing".into()));
        }
        let mut budget = Budget { steps: 0, sleep: Duration::ZERO };
        let mut read = HashMap::new();
        for (name, steps) in sections {
            let at = below("/sections", name);
            read.insert(name.clone(), verbs::steps(steps, &at, &mut budget)?);
        }
        let document = Self { sections: read };
        document.check_names()?;
        Ok(document)
    }

    /// One that is made here.
    pub fn of_steps(steps: Vec<Step>) -> Self {
        Self { sections: HashMap::from([("main".to_owned(), steps.into())]) }
    }

    pub fn section(&self, name: &str) -> Option<Section> {
        self.sections.get(name).cloned()
    }

    pub fn main(&self) -> Section {
        self.section("main").unwrap_or_else(|| Arc::from([]))
    }

    /// Every step, those of branches included.
    pub fn all_steps(&self) -> Vec<&Step> {
        fn collect<'a>(steps: &'a [Step], all: &mut Vec<&'a Step>) {
            for step in steps {
                all.push(step);
                step.verb.branches().for_each(|branch| collect(branch, all));
            }
        }
        let mut all = Vec::new();
        self.sections.values().for_each(|section| collect(section, &mut all));
        all
    }

    /// Sections that are jumped to must be there, labels in the list that jumps.
    fn check_names(&self) -> Result<(), Problem> {
        for step in self.all_steps() {
            if let Some(name) = step.verb.section().filter(|name| !self.sections.contains_key(*name)) {
                return Err(Problem::new(
                    &step.at,
                    format!("{}: there is no section {name}", step.verb.name()),
                ));
            }
        }
        Ok(())
    }

    /// Whether it may show pictures or connect to somebody who does.
    pub fn may_have_pictures(&self) -> bool {
        self.all_steps().into_iter().any(|step| step.verb.may_have_pictures())
    }
}

fn yaml(text: &str) -> Result<Value, Problem> {
    serde_saphyr::from_str::<Value>(text).map_err(|error| {
        let reason: String = error.to_string().lines().next().unwrap_or_default().chars().take(200).collect();
        Problem::new("", format!("this is not YAML: {reason}"))
    })
}

fn depth(value: &Value, at: &str, level: usize) -> Result<(), Problem> {
    if level > DEPTH {
        return Err(Problem::new(at, format!("is nested more than {DEPTH} deep")));
    }
    match value {
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(n, item)| depth(item, &format!("{at}/{n}"), level + 1))
        }
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, field)| depth(field, &below(at, name), level + 1))
        }
        _ => Ok(()),
    }
}
