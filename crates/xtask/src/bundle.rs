//! Installers, made by Tauri's own command line, which comes from npm.

use crate::command::{carry_out, npm, output, program};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

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
    if cfg!(target_os = "linux") {
        command.envs(static_libvpx()?);
    }
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

/// Packages carry libvpx within: its shared library has another name in every release of every distribution.
fn static_libvpx() -> Result<[(&'static str, String); 3]> {
    let ask = |command: &mut Command| output(command).map(|text| text.trim().to_owned());
    // The compiler names a whole path only when the file is there.
    let archive = ask(program("cc").arg("-print-file-name=libvpx.a")).map(PathBuf::from);
    let folder = archive.as_deref().and_then(Path::parent).filter(|folder| folder.is_absolute());
    let folder = folder.context("libvpx.a is missing")?.display().to_string();
    let version = ask(program("pkg-config").args(["--modversion", "vpx"]))
        .context("pkg-config does not find libvpx")?;
    Ok([("VPX_LIB_DIR", folder), ("VPX_VERSION", version), ("VPX_STATIC", "1".to_owned())])
}
