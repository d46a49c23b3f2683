//! Installers, made by Tauri's own command line, which npm brings.

use crate::command::{carry_out, program, root};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::Result;

pub fn bundle() -> Result<()> {
    setup::set_up(Purpose::Build)?;
    ui::build()?;
    let script = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
    let tauri = root().join("ui").join("node_modules").join(".bin").join(script);
    // An AppImage's tools are fetched while bundling, which a machine without internet cannot do.
    let kinds = match std::env::consts::OS {
        "linux" => "deb,rpm",
        "macos" => "app,dmg",
        _ => "msi,nsis",
    };
    carry_out(program(tauri).args(["build", "--bundles", kinds, "--", "--profile", "dist"]))
}
