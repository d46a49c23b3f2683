//! Reading one JSON object field by field, with the place of whatever is wrong.

use super::document::Problem;
use serde_json::{Map, Value};
use std::time::Duration;

/// Longest text of a field, bytes.
const LONGEST: usize = 8 << 10;

/// An object, the place it has in the document (a JSON pointer, RFC 6901), and the verb that it belongs to.
pub struct Fields<'a> {
    fields: &'a Map<String, Value>,
    pub at: String,
    verb: &'a str,
}

/// One more step down.
pub fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl<'a> Fields<'a> {
    /// `known`: names that mean something; `harmless`: names that real documents carry and that change nothing here.
    pub fn read(
        value: &'a Value,
        at: String,
        verb: &'a str,
        known: &[&str],
        harmless: &[&str],
    ) -> Result<Self, Problem> {
        let Value::Object(fields) = value else {
            return Err(Problem::new(&at, format!("{verb} must be an object")));
        };
        for name in fields.keys() {
            if !known.contains(&name.as_str()) && !harmless.contains(&name.as_str()) {
                let shown: String = name.chars().take(40).collect();
                return Err(Problem::new(&below(&at, name), format!("{verb} with {shown} is not supported")));
            }
        }
        Ok(Self { fields, at, verb })
    }

    pub fn wrong(&self, name: &str, what: &str) -> Problem {
        Problem::new(&below(&self.at, name), format!("{}: {name} {what}", self.verb))
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => text(value, &below(&self.at, name)).map(Some),
        }
    }

    pub fn needed_text(&self, name: &str) -> Result<&'a str, Problem> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        let flag = |value: &Value| value.as_bool().ok_or_else(|| self.wrong(name, "must be true or false"));
        self.get(name).map(flag).transpose()
    }

    pub fn number(&self, name: &str, least: f64, most: f64) -> Result<Option<f64>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_f64().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| self.wrong(name, &format!("must be a number from {least} to {most}")))
    }

    pub fn whole(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        let wrong = || self.wrong(name, &format!("must be a whole number from {least} to {most}"));
        number.map(Some).ok_or_else(wrong)
    }

    pub fn seconds(&self, name: &str, most: u32) -> Result<Option<Duration>, Problem> {
        Ok(self.whole(name, 1, most)?.map(|seconds| Duration::from_secs(seconds.into())))
    }
}

/// A text of reasonable length without variables, which nobody here would put in.
pub fn text<'a>(value: &'a Value, at: &str) -> Result<&'a str, Problem> {
    let Value::String(text) = value else { return Err(Problem::new(at, "must be a text".into())) };
    if text.len() > LONGEST {
        return Err(Problem::new(at, format!("is longer than {LONGEST} bytes")));
    }
    if text.contains("%{") || text.contains("${") {
        return Err(Problem::new(at, "has a variable in it; variables are not supported".into()));
    }
    Ok(text)
}
