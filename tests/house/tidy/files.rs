//! The repository's own files, and their shape.

use super::{assert_none, root};
use std::path::{Path, PathBuf};

/// Lines in one file.
const LIMIT: usize = 500;
/// Folders that hold what machines made.
const MADE: &[&str] = &["target", "node_modules", "dist", "gen", "artifacts"];
const SOURCES: &[&str] = &["rs", "ts", "svelte", "mjs"];
/// Drawers into which everything would be thrown.
const DRAWERS: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];

/// A source file and its text.
pub struct Source {
    /// From the root, with `/`.
    pub path: String,
    pub text: String,
}

impl Source {
    /// Part of what people install, not of tests or tools.
    pub fn is_product(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        let is_test = parts.iter().any(|part| {
            let name = part.split('.').next().unwrap_or_default();
            ["tests", "test", "examples", "benches"].contains(&name) || name.ends_with("_tests")
        });
        let is_page_test = self.path.contains(".test.") || self.path.contains(".spec.");
        !is_test && !is_page_test && !self.path.starts_with("crates/xtask/")
    }
}

/// Everything that people wrote in a programming language here.
pub fn sources() -> Vec<Source> {
    let root = root();
    let mut paths = Vec::new();
    for folder in ["crates", "src-tauri", "tests", "ui"] {
        collect(&root.join(folder), &mut paths);
    }
    paths.sort();
    let relative = |path: &Path| {
        let path = path.strip_prefix(&root).unwrap_or(path);
        path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    paths
        .iter()
        .map(|path| Source { path: relative(path), text: std::fs::read_to_string(path).expect("UTF-8") })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || MADE.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths);
        } else if !name.contains(".gen.")
            && path.extension().is_some_and(|ending| SOURCES.iter().any(|known| ending == *known))
        {
            paths.push(path);
        }
    }
}

#[test]
fn no_file_is_too_long() {
    let long = sources().into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > LIMIT).then(|| format!("{}: {lines}", source.path))
    });
    assert_none("One noun a file, at most 500 lines:", &long.collect::<Vec<_>>());
}

#[test]
fn no_file_is_a_drawer() {
    let is_drawer = |path: &str| {
        path.split('/').any(|part| DRAWERS.contains(&part.split('.').next().unwrap_or_default()))
    };
    let drawers = sources().into_iter().map(|source| source.path).filter(|path| is_drawer(path));
    assert_none("Name a file after what is in it:", &drawers.collect::<Vec<_>>());
}

#[test]
fn everything_at_the_top_is_expected() {
    let expected = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "crates",
        "deny.toml",
        "icons",
        "rustfmt.toml",
        "src-tauri",
        "tests",
        "ui",
    ];
    let entries = std::fs::read_dir(root()).expect("the root").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let others = names.filter(|name| {
        !name.starts_with('.') && !MADE.contains(&name.as_str()) && !expected.contains(&name.as_str())
    });
    assert_none("Nothing else stands at the top:", &others.collect::<Vec<_>>());
}
