//! Who may know whom.

use super::{assert_none, root};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Every room and its floor. The garden and the tools stand outside.
const FLOORS: &[(&str, u8)] = &[
    ("ahoy", 4),
    ("ahoy-phone", 3),
    ("ahoy-space", 3),
    ("ahoy-signaling", 2),
    ("ahoy-devices", 2),
    ("ahoy-wire", 1),
    ("ahoy-media", 1),
    ("ahoy-rtc", 1),
    ("ahoy-model", 0),
];
const GARDEN: &str = "ahoy-tests";
const TOOLS: &str = "xtask";
const SHELL: &str = "ahoy";

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(room, _)| *room == name).map(|(_, floor)| *floor)
}

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(root()).no_deps().exec().expect("cargo metadata")
}

/// What a package names in its manifest, and whether only its tests need it.
fn arrows(package: &Package) -> impl Iterator<Item = (&str, bool)> {
    let is_for_tests = |kind: DependencyKind| kind == DependencyKind::Development;
    package
        .dependencies
        .iter()
        .map(move |dependency| (dependency.name.as_str(), is_for_tests(dependency.kind)))
}

#[test]
fn every_room_has_a_floor() {
    let metadata = metadata();
    let names = metadata.packages.iter().map(|package| package.name.as_str());
    let homeless = names.filter(|name| floor(name).is_none() && ![GARDEN, TOOLS].contains(name));
    assert_none("These packages stand on no floor:", &homeless.map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn arrows_go_down_and_never_sideways() {
    let metadata = metadata();
    let ours: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let from = package.name.as_str();
        for (to, for_tests) in arrows(package).filter(|(to, _)| ours.contains(to)) {
            let is_right = match (floor(from), floor(to)) {
                // Its tests may bring in a neighbour to talk to, over a socket as ever.
                (Some(above), Some(below)) if for_tests => above >= below,
                (Some(above), Some(below)) => above > below,
                // The garden looks at everything; nobody looks at the garden or at the tools.
                (None, Some(_)) => from == GARDEN,
                _ => false,
            };
            if !is_right {
                wrong.push(format!("{from} → {to}"));
            }
        }
    }
    assert_none("An arrow goes down at least one floor:", &wrong);
}

#[test]
fn only_the_shell_knows_windows_and_hardware() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for package in
        metadata.packages.iter().filter(|package| ![SHELL, GARDEN].contains(&package.name.as_str()))
    {
        let of_shell = |name: &str| name == "ahoy-devices" || name == "tauri" || name.starts_with("tauri-");
        let known = arrows(package).map(|(name, _)| name).filter(|name| of_shell(name));
        wrong.extend(known.map(|name| format!("{} → {name}", package.name)));
    }
    assert_none("Everything below the shell builds without camera, sound and web view packages:", &wrong);
}
