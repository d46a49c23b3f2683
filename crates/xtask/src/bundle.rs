//! Installers, made by Tauri's own command line, which `npm ci` brings along with the pages' tools.

use crate::command::{carry_out, output, program, root, target};
use crate::packages::Purpose;
use crate::{notices, setup, ui};
use anyhow::{Context, Result};
use serde_json::{Value, json};
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
    let notices = notices::write(&target()?.join("notices"))?;
    command.args(["--config", &configuration(&notices)?.to_string()]);
    command.args(["--", "--profile", "dist"]);
    // A workflow without secrets has them all, empty; Tauri would sign with nothing and fail.
    for (name, value) in std::env::vars_os() {
        if value.is_empty() && name.to_string_lossy().starts_with("APPLE_") {
            command.env_remove(name);
        }
    }
    if cfg!(target_os = "macos") && said("APPLE_CERTIFICATE").or(said("APPLE_SIGNING_IDENTITY")).is_none() {
        // By nobody in particular: what macOS finds without any signature it calls damaged, and its rights are in there.
        command.env("APPLE_SIGNING_IDENTITY", "-");
    }
    carry_out(command.current_dir(root()))
}

/// What the environment says of this, unless that is nothing.
fn said(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|said| !said.trim().is_empty())
}

/// What `tauri.conf.json` cannot know: it is found out on the machine that makes the packages.
fn configuration(notices: &Path) -> Result<Value> {
    let notices = notices.display().to_string();
    let mut bundle = match std::env::consts::OS {
        "linux" => {
            let own = std::fs::read_to_string(root().join("src-tauri/tauri.conf.json"))?;
            json!({ "linux": linux(&serde_json::from_str(&own)?, &notices, c_library()?) })
        }
        _ => json!({ "resources": { notices: "NOTICES.txt" } }),
    };
    if let Some(thumbprint) = said("WINDOWS_CERTIFICATE_THUMBPRINT") {
        bundle["windows"] = json!({
            "certificateThumbprint": thumbprint,
            "digestAlgorithm": "sha256",
            "timestampUrl": "http://timestamp.digicert.com",
            "tsp": true,
        });
    }
    let mut all = json!({ "bundle": bundle });
    if let Some(updater) = update_source(said("AHOY_UPDATE_URL"), said("AHOY_UPDATE_KEY")) {
        all["plugins"] = json!({ "updater": updater });
    }
    Ok(all)
}

/// Notices, and what packages depend on besides what `own`, the configuration, says. Lists replace lists there.
fn linux(own: &Value, notices: &str, (major, minor): (u32, u32)) -> Value {
    let and = |kind: &str, more: String| {
        let mut all = own["bundle"]["linux"][kind]["depends"].as_array().cloned().unwrap_or_default();
        all.push(more.into());
        all
    };
    let files = json!({ "/usr/share/doc/ahoy/copyright": notices });
    // A program asks for no older C library than that of the machine where it was linked.
    let deb = and("deb", format!("libc6 (>= {major}.{minor})"));
    let rpm = and("rpm", format!("libc.so.6(GLIBC_{major}.{minor})(64bit)"));
    json!({
        "deb": { "depends": deb, "files": files },
        "rpm": { "depends": rpm, "files": files },
        "appimage": { "files": files },
    })
}

/// The newest version of its words that this machine's C library knows.
fn c_library() -> Result<(u32, u32)> {
    let path = output(program("cc").arg("-print-file-name=libc.so.6")).context("cc does not answer")?;
    let dump = output(program("objdump").args(["-p", path.trim()])).context("objdump does not answer")?;
    newest_version(&dump).with_context(|| format!("{} tells no version", path.trim()))
}

fn newest_version(dump: &str) -> Option<(u32, u32)> {
    let versions = dump.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_"));
    let pairs = versions.filter_map(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    pairs.max()
}

/// Where phones of this build look for new versions, and whose signature they believe. Without both they look nowhere.
fn update_source(url: Option<String>, key: Option<String>) -> Option<Value> {
    Some(json!({ "endpoints": [url?], "pubkey": key? }))
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
        assert_eq!(said, json!({ "endpoints": ["https://releases.example/latest.json"], "pubkey": "a2V5" }));
        for (url, key) in [(None, some("a2V5")), (some("https://a"), None), (None, None)] {
            assert_eq!(update_source(url, key), None);
        }
    }

    #[test]
    fn packages_ask_for_the_c_library_that_they_were_linked_with() {
        let dump = "3 0x00 0x069691b6 GLIBC_2.9\n 4 GLIBC_2.36 GLIBC_PRIVATE\n5 GLIBC_2.2.5";
        assert_eq!(newest_version(dump), Some((2, 36)));
        let own = json!({ "bundle": { "linux": { "deb": { "depends": ["libasound2"] } } } });
        let made = linux(&own, "/notices", (2, 36));
        assert_eq!(made["deb"]["depends"], json!(["libasound2", "libc6 (>= 2.36)"]));
        assert_eq!(made["rpm"]["depends"], json!(["libc.so.6(GLIBC_2.36)(64bit)"]));
    }
}
