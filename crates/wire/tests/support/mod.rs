//! The transcripts of the real SDK, and when two JSON values mean the same.
#![allow(dead_code, reason = "each test file uses its part of it")]

use serde_json::Value;
use std::path::Path;

/// One WebSocket message of a transcript.
pub struct Line {
    pub file: String,
    pub number: usize,
    pub from_client: bool,
    pub message: Value,
}

/// All WebSocket messages of all transcripts, in order.
pub fn transcripts() -> Vec<Line> {
    lines_of("ws")
}

/// All bodies that the mock's REST interface sent.
pub fn rest_bodies() -> Vec<Value> {
    let replies = lines_of("http").into_iter().filter(|line| !line.from_client);
    replies.map(|mut line| line.message["body"].take()).filter(Value::is_object).collect()
}

fn lines_of(kind: &str) -> Vec<Line> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the transcripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a transcript");
        for (number, line) in text.lines().enumerate() {
            let mut line: Value = serde_json::from_str(line).expect("a JSON line");
            let way = line["dir"].as_str().unwrap_or_default().to_owned();
            if line["kind"] == kind && (way == "c2s" || way == "s2c") {
                lines.push(Line {
                    file: path.file_name().expect("a name").to_string_lossy().into_owned(),
                    number: number + 1,
                    from_client: way == "c2s",
                    message: line["msg"].take(),
                });
            }
        }
    }
    lines
}

/// Where two values differ in meaning. `null` and absent are the same in this protocol; 50 and 50.0 are the same number.
pub fn difference(left: &Value, right: &Value, path: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(l), Value::Object(r)) => {
            let names: std::collections::BTreeSet<_> = l.keys().chain(r.keys()).collect();
            names.into_iter().find_map(|name| {
                let (l, r) = (l.get(name).unwrap_or(&Value::Null), r.get(name).unwrap_or(&Value::Null));
                difference(l, r, &format!("{path}.{name}"))
            })
        }
        (Value::Array(l), Value::Array(r)) if l.len() == r.len() => {
            l.iter().zip(r).enumerate().find_map(|(i, (l, r))| difference(l, r, &format!("{path}[{i}]")))
        }
        (Value::Number(l), Value::Number(r)) => {
            let (l, r) = (l.as_f64().unwrap_or(f64::NAN), r.as_f64().unwrap_or(f64::NAN));
            ((l - r).abs() > l.abs() * 1e-12).then(|| format!("{path}: {l} / {r}"))
        }
        (l, r) => (l != r).then(|| format!("{path}: {l} / {r}")),
    }
}
