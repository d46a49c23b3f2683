//! Reading what some version of the phone kept, and writing so that nothing of it is lost: every field is judged by
//! itself, down into lists and the records in them.
//!
//! | what is kept | what becomes of it |
//! |---|---|
//! | a field that cannot be read | as at first, that one alone; its name is told |
//! | an entry of a list or a map that cannot be read | left out, the others stay |
//! | a field that this version does not know | stays where it was when settings are written |

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// What was read, and the paths of what could not be (`advanced.stats_ms`, `own_contacts[3]`).
pub(crate) fn read<T: Serialize + DeserializeOwned + Default>(stored: &Value) -> (T, Vec<String>) {
    if let Ok(whole) = T::deserialize(stored) {
        return (whole, Vec::new());
    }
    let usual = as_json(&T::default());
    let mut reader = Reader::<T> { so_far: usual.clone(), unread: Vec::new(), reads: PhantomData };
    reader.take(&mut Vec::new(), stored, &usual);
    let read = T::deserialize(&reader.so_far).unwrap_or_default();
    (read, reader.unread)
}

/// `Null` for what JSON cannot say, which no record of settings is.
pub(crate) fn as_json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// One step down.
#[derive(Clone, Debug)]
enum Step {
    Field(String),
    Entry(usize),
}

/// For people: `advanced.stats_ms`, `favourites[2]`; the whole is `settings`.
fn name_of(path: &[Step]) -> String {
    let mut name = String::new();
    for step in path {
        match step {
            Step::Field(field) if name.is_empty() => name.push_str(field),
            Step::Field(field) => name.extend([".", field]),
            Step::Entry(index) => name.push_str(&format!("[{index}]")),
        }
    }
    if name.is_empty() { "settings".to_owned() } else { name }
}

struct Reader<T> {
    /// Can always be read.
    so_far: Value,
    unread: Vec<String>,
    reads: PhantomData<T>,
}

impl<T: DeserializeOwned> Reader<T> {
    /// Puts what is stored here into the whole, as much of it as can be read.
    fn take(&mut self, path: &mut Vec<Step>, stored: &Value, usual: &Value) {
        if self.fits(path, stored.clone()) {
            return;
        }
        match (stored, usual) {
            // A map of the user's own names: nothing stands in it at first.
            (Value::Object(entries), Value::Object(fields)) if fields.is_empty() => {
                for (name, entry) in entries {
                    self.below(path, Step::Field(name.clone()), |own, path| {
                        if !own.fits(path, entry.clone()) {
                            own.skip(path);
                        }
                    });
                }
            }
            (Value::Object(entries), Value::Object(fields)) => {
                for (name, usual) in fields {
                    if let Some(entry) = entries.get(name) {
                        self.below(path, Step::Field(name.clone()), |own, path| own.take(path, entry, usual));
                    }
                }
            }
            (Value::Array(entries), Value::Array(_)) => self.take_list(path, entries, usual),
            _ => self.skip(path),
        }
    }

    fn take_list(&mut self, path: &mut Vec<Step>, entries: &[Value], usual: &Value) {
        let mut kept = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let mut fits = |entry: Value| {
                kept.push(entry);
                let fits = self.fits(path, Value::Array(kept.clone()));
                if !fits {
                    kept.pop();
                }
                fits
            };
            if fits(entry.clone()) {
                continue;
            }
            // A record may still be of use without the one field that is wrong.
            let without = |gone: &String| {
                let mut rest = entry.as_object()?.clone();
                rest.remove(gone).map(|_| Value::Object(rest))
            };
            let wrong = entry
                .as_object()
                .and_then(|record| record.keys().find(|name| without(name).is_some_and(&mut fits)).cloned());
            self.below(path, Step::Entry(index), |own, path| match wrong {
                Some(name) => own.below(path, Step::Field(name), |own, path| own.skip(path)),
                None => own.skip(path),
            });
        }
        if kept.is_empty() {
            self.fits(path, usual.clone());
        }
    }

    fn below(&mut self, path: &mut Vec<Step>, step: Step, go: impl FnOnce(&mut Self, &mut Vec<Step>)) {
        path.push(step);
        go(self, path);
        path.pop();
    }

    /// Takes it if the whole can be read with it.
    fn fits(&mut self, path: &[Step], value: Value) -> bool {
        let Some(place) = place(&mut self.so_far, path) else { return false };
        let before = place.replace(value);
        if T::deserialize(&self.so_far).is_ok() {
            return true;
        }
        if let Some(mut place) = self::place(&mut self.so_far, path) {
            place.restore(before);
        }
        false
    }

    fn skip(&mut self, path: &[Step]) {
        self.unread.push(name_of(path));
    }
}

/// Where a value is, or could be.
enum Place<'a> {
    There(&'a mut Value),
    In(&'a mut Map<String, Value>, String),
}

impl Place<'_> {
    fn replace(self, value: Value) -> Option<Value> {
        match self {
            Self::There(place) => Some(std::mem::replace(place, value)),
            Self::In(map, name) => map.insert(name, value),
        }
    }

    fn restore(&mut self, before: Option<Value>) {
        match (self, before) {
            (Self::There(place), Some(before)) => **place = before,
            (Self::In(map, name), Some(before)) => drop(map.insert(name.clone(), before)),
            (Self::In(map, name), None) => drop(map.remove(name)),
            (Self::There(_), None) => {}
        }
    }
}

fn place<'a>(whole: &'a mut Value, path: &[Step]) -> Option<Place<'a>> {
    let Some((last, way)) = path.split_last() else { return Some(Place::There(whole)) };
    let mut here = whole;
    for step in way {
        here = match step {
            Step::Field(name) => here.get_mut(name)?,
            Step::Entry(index) => here.get_mut(index)?,
        };
    }
    match last {
        Step::Field(name) => Some(Place::In(here.as_object_mut()?, name.clone())),
        Step::Entry(index) => here.get_mut(*index).map(Place::There),
    }
}

/// `was`, put into bounds, became `is`: numbers that had to be moved are as usual instead. Their paths come with it, and
/// those of everything else that was changed on the way.
pub(crate) fn usual_where_moved(was: &Value, is: &mut Value, usual: &Value) -> Vec<String> {
    let mut moved = Vec::new();
    compare(&mut Vec::new(), was, is, usual, &mut moved);
    moved
}

fn compare(path: &mut Vec<Step>, was: &Value, is: &mut Value, usual: &Value, moved: &mut Vec<String>) {
    if was == is {
        return;
    }
    match (was, &mut *is, usual) {
        (Value::Object(was), Value::Object(is), Value::Object(usual)) if !usual.is_empty() => {
            for (name, is) in is {
                if let (Some(was), Some(usual)) = (was.get(name), usual.get(name)) {
                    path.push(Step::Field(name.clone()));
                    compare(path, was, is, usual, moved);
                    path.pop();
                }
            }
        }
        (Value::Number(_), Value::Number(_), Value::Number(_)) => {
            usual.clone_into(is);
            moved.push(name_of(path));
        }
        _ => moved.push(name_of(path)),
    }
}

/// `now` as it is written over `before`: with what this version does not know, where it stood. `usual` tells records,
/// whose fields are known, from maps, whose entries are the user's.
pub(crate) fn written_over(before: &Value, now: Value, usual: &Value) -> Value {
    match (before, now, usual) {
        (Value::Object(before), Value::Object(now), Value::Object(fields)) if !fields.is_empty() => {
            let mut written = before.clone();
            for (name, value) in now {
                let usual = fields.get(&name).unwrap_or(&Value::Null);
                let value = match before.get(&name) {
                    Some(before) => written_over(before, value, usual),
                    None => value,
                };
                written.insert(name, value);
            }
            Value::Object(written)
        }
        // A record in a list is known by all that we know of it.
        (Value::Array(before), Value::Array(now), _) => {
            let same = |now: &Value| before.iter().find(|before| says_all_of(before, now)).cloned();
            now.into_iter().map(|now| same(&now).unwrap_or(now)).collect()
        }
        (_, now, _) => now,
    }
}

fn says_all_of(before: &Value, now: &Value) -> bool {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            now.iter().all(|(name, value)| before.get(name) == Some(value))
        }
        _ => before == now,
    }
}

/// The value at a path of `read`'s, in a record. `None` for entries of lists.
pub(crate) fn at<'a>(whole: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(whole, |here, name| here.get_mut(name))
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
