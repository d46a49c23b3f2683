//! Tests, lints and generated files.

use crate::command::{cargo, carry_out, is_installed, root};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::Result;

/// All packages. The whole-house tests bring a display, sound cards and a desktop's bus of their own, which only Linux
/// lets them.
pub const WORKSPACE: &[&str] =
    if cfg!(target_os = "linux") { &["--workspace"] } else { &["--workspace", "--exclude", "ahoy-tests"] };

/// Everything, or with a filter only the tests whose name holds it.
pub fn test(filter: Option<&str>) -> Result<()> {
    setup::set_up(Purpose::Test)?;
    if filter.is_none() {
        carry_out(cargo().args(["fmt", "--all", "--check"]))?;
        ui::check()?;
    }
    // The shell takes the pages in when it is compiled, so they come first.
    ui::build()?;
    if filter.is_none() {
        clippy()?;
    }
    // The programs that whole-house tests start.
    carry_out(cargo().arg("build").args(WORKSPACE).arg("--bins"))?;
    run_tests(filter)
}

fn run_tests(filter: Option<&str>) -> Result<()> {
    let mut command = cargo();
    if is_installed("cargo-nextest") {
        command.args(["nextest", "run"]);
    } else {
        command.arg("test");
    }
    // Always the whole workspace: a selection of packages would ask other features of shared crates and compile them again.
    command.args(WORKSPACE);
    // A group of whole-house tests is a module there; then the other packages' tests need not even be built.
    let of_house = filter.is_some_and(|name| {
        let house = root().join("tests").join("house");
        house.join(format!("{name}.rs")).exists() || house.join(name).exists()
    });
    if of_house {
        command.args(["--test", "house"]);
    }
    carry_out(command.args(filter))
}

fn clippy() -> Result<()> {
    carry_out(cargo().arg("clippy").args(WORKSPACE).args(["--all-targets", "--", "-D", "warnings"]))
}

pub fn lint() -> Result<()> {
    setup::set_up(Purpose::Build)?;
    ui::build()?;
    carry_out(cargo().args(["fmt", "--all", "--check"]))?;
    clippy()?;
    carry_out(cargo().args(["test", "--workspace", "--test", "house", "tidy"]))?;
    if is_installed("cargo-deny") {
        carry_out(cargo().args(["deny", "check"]))
    } else {
        eprintln!("cargo-deny is not installed: licences and advisories were not checked.");
        Ok(())
    }
}

/// The test that compares the bindings with the Rust types writes them instead.
pub fn bindings() -> Result<()> {
    setup::set_up(Purpose::Build)?;
    ui::build()?;
    carry_out(cargo().args(["test", "--workspace", "--lib", "bindings"]).env("UPDATE", "1"))
}
