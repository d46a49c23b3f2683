//! Installers, made by Tauri's own command line, which comes from npm.

use crate::command::{carry_out, npm};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::Result;

/// The version of the command line; npm takes it from its cache when it is there.
const TAURI: &str = "@tauri-apps/cli@~2.12";

pub fn bundle() -> Result<()> {
    setup::set_up(Purpose::Build)?;
    ui::build()?;
    // An AppImage's tools are fetched while bundling, which a machine without internet cannot do.
    let kinds = match std::env::consts::OS {
        "linux" => "deb,rpm",
        "macos" => "app,dmg",
        _ => "msi,nsis",
    };
    let package = format!("--package={TAURI}");
    let mut command = npm();
    command.args([
        "exec",
        "--yes",
        &package,
        "--",
        "tauri",
        "build",
        "--bundles",
        kinds,
        "--",
        "--profile",
        "dist",
    ]);
    carry_out(&mut command)
}
