//! What a release tells the phones that look for it: which package is for which system, with the signature that stands
//! beside each (`NAME.sig`, made by `tauri signer sign`).

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// Endings of packages that install themselves, and for which systems they are.
const KINDS: [(&str, &str); 4] = [
    (".AppImage", "linux-{arch}"),
    ("-setup.exe", "windows-{arch}-nsis"),
    (".msi", "windows-{arch}-msi"),
    (".app.tar.gz", "darwin-{arch}"),
];
/// Processors as packages are named after them, and as phones ask for them.
const PROCESSORS: [(&str, &str); 5] = [
    ("amd64", "x86_64"),
    ("x86_64", "x86_64"),
    ("x64", "x86_64"),
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
];

/// Writes `latest.json` into the folder of the packages, which will be found below `base`.
pub fn write(folder: &Path, base: &str, notes: Option<&Path>) -> Result<()> {
    let notes = notes.map(fs::read_to_string).transpose().context("the notes cannot be read")?;
    let manifest = manifest(folder, base, notes.as_deref().unwrap_or_default().trim())?;
    let path = folder.join("latest.json");
    fs::write(&path, serde_json::to_string_pretty(&manifest)? + "\n")?;
    println!("{}", path.display());
    Ok(())
}

fn manifest(folder: &Path, base: &str, notes: &str) -> Result<Value> {
    if !base.starts_with("https://") {
        bail!("phones ask only addresses with TLS: {base}");
    }
    let mut platforms = Map::new();
    let mut names: Vec<String> = fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    for name in names {
        let Some(platform) = platform(&name) else { continue };
        let signature = fs::read_to_string(folder.join(format!("{name}.sig")));
        let signature = signature.with_context(|| format!("{name} is not signed"))?;
        let url = format!("{}/{}", base.trim_end_matches('/'), name.replace(' ', "%20"));
        let package = json!({ "url": url, "signature": signature.trim() });
        if platforms.insert(platform.clone(), package).is_some() {
            bail!("two packages for {platform}");
        }
    }
    if platforms.is_empty() {
        bail!("{} holds no package that installs itself", folder.display());
    }
    Ok(json!({ "version": env!("CARGO_PKG_VERSION"), "notes": notes, "platforms": platforms }))
}

fn platform(name: &str) -> Option<String> {
    let (_, platform) = KINDS.iter().find(|(ending, _)| name.ends_with(ending))?;
    let (_, processor) = PROCESSORS.iter().find(|(said, _)| name.contains(said))?;
    Some(platform.replace("{arch}", processor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_the_signed_packages() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let base = "https://releases.example/v1/";
        assert!(manifest(folder.path(), base, "").is_err(), "nothing to offer");
        put("Ahoy_0.1.0_amd64.deb", "");
        put("Ahoy_0.1.0_amd64.AppImage", "");
        assert!(manifest(folder.path(), base, "").is_err(), "not signed");
        put("Ahoy_0.1.0_amd64.AppImage.sig", "c2ln\n");
        put("Ahoy_0.1.0_x64-setup.exe", "");
        put("Ahoy_0.1.0_x64-setup.exe.sig", "ZXhl");
        put("Ahoy_0.1.0_x64_en-US.msi", "");
        put("Ahoy_0.1.0_x64_en-US.msi.sig", "bXNp");
        put("Ahoy_aarch64.app.tar.gz", "");
        put("Ahoy_aarch64.app.tar.gz.sig", "YXBw");
        let made = manifest(folder.path(), base, "Louder.").unwrap();
        assert_eq!(
            (&made["version"], &made["notes"]),
            (&json!(env!("CARGO_PKG_VERSION")), &json!("Louder."))
        );
        let platforms = made["platforms"].as_object().unwrap();
        let all: Vec<&str> = platforms.keys().map(String::as_str).collect();
        assert_eq!(all, ["darwin-aarch64", "linux-x86_64", "windows-x86_64-msi", "windows-x86_64-nsis"]);
        assert_eq!(
            platforms["linux-x86_64"],
            json!({ "url": "https://releases.example/v1/Ahoy_0.1.0_amd64.AppImage", "signature": "c2ln" })
        );
        assert!(manifest(folder.path(), "http://releases.example", "").is_err(), "without TLS");
        put("Ahoy_0.0.9_amd64.AppImage", "");
        put("Ahoy_0.0.9_amd64.AppImage.sig", "b2xk");
        assert!(manifest(folder.path(), base, "").is_err(), "which of them?");
    }
}
