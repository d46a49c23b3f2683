//! What must not be written anywhere.

use super::assert_none;
use super::files::{Source, sources};

/// This file names what it forbids.
const HERE: &str = "tests/house/tidy/words.rs";
const VAGUE: &[&str] = &["Manager", "Service", "Helper", "Util", "Utils", "Handler", "Processor"];

/// Every line for which `is_wrong` says so, of the files that `counts` picks.
fn lines(counts: impl Fn(&Source) -> bool, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.path != HERE && counts(source)) {
        for (number, line) in source.text.lines().enumerate().filter(|(_, line)| is_wrong(line)) {
            found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
        }
    }
    found
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// A queue without a bound, of tokio, futures, crossbeam or the standard library.
fn is_unbounded(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    if words(code).any(|word| {
        ["unbounded_channel", "UnboundedSender", "UnboundedReceiver", "unbounded"].contains(&word)
    }) {
        return true;
    }
    // The standard library's `channel` takes no size; tokio's must have one.
    let called = code.split_once("mpsc::channel").is_some_and(|(_, rest)| {
        let rest = rest.trim_start();
        let arguments =
            rest.strip_prefix("::<").and_then(|types| types.rsplit_once(">(")).map(|(_, rest)| rest);
        arguments.or_else(|| rest.strip_prefix('(')).is_some_and(|rest| rest.starts_with(')'))
    });
    let imported = code.trim_start().trim_start_matches("pub ").starts_with("use std::sync::mpsc");
    called || (imported && words(code).any(|word| word == "channel"))
}

/// The name of a type that a line defines.
fn defined(line: &str) -> Option<&str> {
    let mut words = words(line.split("//").next().unwrap_or_default());
    words.find(|word| ["struct", "enum", "trait", "type", "class", "interface"].contains(word))?;
    words.next()
}

#[test]
fn every_queue_has_a_bound() {
    assert_none("Say how long it may become, and what then:", &lines(Source::is_product, is_unbounded));
}

#[test]
fn nothing_is_left_for_later() {
    let is_left = |line: &str| words(line).any(|word| ["TODO", "FIXME", "XXX", "HACK"].contains(&word));
    assert_none("Do it, or write an issue:", &lines(|_| true, is_left));
}

#[test]
fn types_are_named_after_what_they_are() {
    let is_vague = |line: &str| {
        defined(line).is_some_and(|name| {
            name.starts_with(char::is_uppercase) && VAGUE.iter().any(|vague| name.ends_with(vague))
        })
    };
    assert_none("These names say nothing:", &lines(|_| true, is_vague));
}

#[test]
fn no_error_is_a_string() {
    let is_string = |line: &str| {
        let line: String = line.split("//").next().unwrap_or_default().split_whitespace().collect();
        line.contains("Result<")
            && line.contains(",String>")
            && line.rsplit_once(",String>").is_some_and(|(before, _)| {
                // The innermost open `Result<` must be the one that the string closes.
                before.rsplit_once("Result<").is_some_and(|(_, ok)| {
                    ok.matches(['<', '(']).count() == ok.matches(['>', ')']).count() && !ok.contains("->")
                })
            })
    };
    assert_none("An error is a type:", &lines(Source::is_product, is_string));
}

#[test]
fn no_machine_is_named() {
    let anywhere = |line: &str| line.contains("/work/") || line.contains("../shared");
    assert_none("A place of one machine:", &lines(|_| true, anywhere));
    let in_product = |line: &str| ["\"/tmp/", "'/tmp/", "`/tmp/"].iter().any(|place| line.contains(place));
    assert_none("Ask the system for a folder:", &lines(Source::is_product, in_product));
}

#[test]
fn what_reads_foreign_input_cannot_panic() {
    let denied = ["unwrap_used", "expect_used", "panic", "indexing_slicing"];
    let all = sources();
    let mut missing = Vec::new();
    for room in ["crates/wire/src/lib.rs", "crates/signaling/src/lib.rs", "crates/space/src/lib.rs"] {
        let text = all.iter().find(|source| source.path == room).map_or("", |source| &source.text);
        let attributes: String =
            text.split("#![").skip(1).filter_map(|rest| rest.split("]\n").next()).collect();
        let lacks = denied.iter().filter(|lint| !attributes.contains(&format!("clippy::{lint}")));
        missing.extend(lacks.map(|lint| format!("{room}: clippy::{lint}")));
    }
    assert_none("Deny these for the whole crate:", &missing);
}

#[test]
fn the_rules_see_what_they_should() {
    let unbounded = [
        "let (a, b) = mpsc::unbounded_channel();",
        "let (a, b) = std::sync::mpsc::channel();",
        "let (a, b) = mpsc::channel::<Vec<u8>>();",
        "use std::sync::mpsc::{Receiver, channel};",
    ];
    assert!(unbounded.iter().all(|line| is_unbounded(line)));
    let bounded = [
        "let (a, b) = mpsc::channel(8);",
        "let (a, b) = mpsc::channel::<u8>(8);",
        "// not unbounded",
        "use std::sync::mpsc::sync_channel;",
    ];
    assert!(!bounded.iter().any(|line| is_unbounded(line)));
    assert_eq!(defined("pub(crate) struct CallManager<T> {"), Some("CallManager"));
    assert_eq!(defined("let x = 1; // a struct Manager"), None);
}
