//! Installers, made by Tauri's own command line, which `npm ci` brings along with the pages' tools.

use crate::command::{carry_out, output, program, root};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `npm ci` puts it.
const TAURI: &str = "ui/node_modules/@tauri-apps/cli/tauri.js";

/// Without `kinds`: those that can be made without internet. An AppImage's tools are fetched while bundling.
pub fn bundle(kinds: Option<&str>) -> Result<()> {
    setup::set_up(Purpose::Build)?;
    ui::build()?;
    let kinds = kinds.unwrap_or(match std::env::consts::OS {
        "linux" => "deb,rpm",
        "macos" => "app,dmg",
        _ => "msi,nsis",
    });
    let mut command = program("node");
    if cfg!(target_os = "linux") {
        command.envs(static_libvpx()?);
    }
    command.args([TAURI, "build", "--ci", "--bundles", kinds]);
    let said = |name| std::env::var(name).ok();
    if let Some(source) = update_source(said("AHOY_UPDATE_URL"), said("AHOY_UPDATE_KEY")) {
        command.args(["--config", &source]);
    }
    command.args(["--", "--profile", "dist"]);
    // A workflow without secrets has them all, empty; Tauri would sign with nothing and fail.
    for (name, value) in std::env::vars_os() {
        if value.is_empty() && name.to_string_lossy().starts_with("APPLE_") {
            command.env_remove(name);
        }
    }
    carry_out(command.current_dir(root()))
}

/// Where phones of this build look for new versions, and whose signature they believe. Without both they look nowhere.
fn update_source(url: Option<String>, key: Option<String>) -> Option<String> {
    let [url, key] = [url, key].map(|said| said.filter(|said| !said.trim().is_empty()));
    let updater = json!({ "endpoints": [url?], "pubkey": key? });
    Some(json!({ "plugins": { "updater": updater } }).to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_looks_for_new_versions_only_when_it_knows_where_and_whom_to_believe() {
        let some = |text: &str| Some(text.to_owned());
        let said = update_source(some("https://releases.example/latest.json"), some("a2V5")).unwrap();
        let updater = r#"{"endpoints":["https://releases.example/latest.json"],"pubkey":"a2V5"}"#;
        assert_eq!(said, format!(r#"{{"plugins":{{"updater":{updater}}}}}"#));
        for (url, key) in
            [(None, some("a2V5")), (some("https://a"), None), (some(""), some("a2V5")), (None, None)]
        {
            assert_eq!(update_source(url, key), None);
        }
    }
}
