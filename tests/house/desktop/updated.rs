//! A new version: found, refused when it is another than was said, fetched, put in the place of the old one and started. Keys
//! and signatures are made by the tool that makes those of a release.
//!
//! To the updater an AppImage is a program in one file that its user keeps, which `APPIMAGE` names. So is the program at
//! hand, as soon as it believes that it came as one.

use super::Scene;
use super::lan::press;
use crate::support::process::{PATIENCE, run};
use crate::support::program;
use crate::support::shelf::Shelf;
use crate::support::window::{PhoneOptions, PhoneWindow};
use ahoy_model::CallStatus;
use ahoy_phone::{ContactView, Presence};
use serde_json::json;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What stands in a program that came by no package, and what Tauri's bundler writes over it for an AppImage.
const UNKNOWN: &[u8] = b"__TAURI_BUNDLE_TYPE_VAR_UNK";
const APP_IMAGE: &[u8] = b"__TAURI_BUNDLE_TYPE_VAR_APP";

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

async fn tauri(args: &[&str]) {
    let tauri = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/.bin/tauri");
    run(&text(&tauri), args).await;
}

/// A release on a shelf.
struct Release {
    folder: PathBuf,
    key: PathBuf,
    shelf: Shelf,
}

impl Release {
    async fn open(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("a folder");
        let key = folder.with_extension("key");
        tauri(&["signer", "generate", "--ci", "--password", "", "--write-keys", &text(&key)]).await;
        let shelf = Shelf::open(&folder).await;
        Self { folder, key, shelf }
    }

    fn public_key(&self) -> String {
        std::fs::read_to_string(self.key.with_extension("key.pub")).expect("a public half")
    }

    async fn sign(&self, file: &str, version: &[&str]) -> String {
        let file = text(&self.folder.join(file));
        let how = ["signer", "sign", "--private-key-path", &text(&self.key), "--password", ""];
        tauri(&[&how, version, &[&file]].concat()).await;
        std::fs::read_to_string(format!("{file}.sig")).expect("a signature")
    }

    /// Tells of `version`, whose package was signed as `signed`.
    async fn tell(&self, version: &str, signed: &str) {
        let signature = self.sign("ahoy.AppImage", &["--app-version", signed]).await;
        let package =
            json!({ "url": format!("{}/ahoy.AppImage", self.shelf.url), "signature": signature.trim() });
        let platform = format!("linux-{}", std::env::consts::ARCH);
        let manifest =
            json!({ "version": version, "notes": "Calls are louder.", "platforms": { platform: package } });
        std::fs::write(self.folder.join("latest.json"), manifest.to_string()).expect("a manifest");
        self.sign("latest.json", &[]).await;
    }
}

/// The program at hand, made to believe that it came as an AppImage.
async fn app_image(folder: &Path) -> Vec<u8> {
    let bare = folder.join("bare");
    run("strip", ["-o", &text(&bare), &text(&program("ahoy"))]).await;
    let mut bytes = std::fs::read(&bare).expect("a program");
    let at = bytes.windows(UNKNOWN.len()).position(|part| part == UNKNOWN).expect("it tells how it came");
    bytes[at..at + UNKNOWN.len()].copy_from_slice(APP_IMAGE);
    bytes
}

/// A process that nobody waits for.
struct Stray(u32);

impl Drop for Stray {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").arg(self.0.to_string()).status();
    }
}

fn inode(path: impl AsRef<Path>) -> Option<u64> {
    Some(std::fs::metadata(path).ok()?.ino())
}

/// Waits until another file than `old` lies at `path` and a process runs it.
async fn runs_anew(path: &Path, old: Option<u64>) -> u32 {
    let search = async {
        loop {
            let new = inode(path).filter(|new| Some(*new) != old);
            let all = std::fs::read_dir("/proc").expect("processes").flatten();
            let mut ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
            if let Some(id) = ids.find(|id| new.is_some() && inode(format!("/proc/{id}/exe")) == new) {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("a process runs the new file")
}

#[tokio::test]
async fn a_new_version_takes_the_place_of_this_one_and_starts() {
    let scene = Scene::set("updated").await;
    let release = Release::open(scene.path().join("release")).await;
    let image = scene.path().join("Ahoy.AppImage");
    let mut newer = app_image(scene.path()).await;
    std::fs::write(&image, &newer).expect("the old version");
    run("chmod", ["+x", &text(&image)]).await;
    newer.extend(b"and something new");
    std::fs::write(release.folder.join("ahoy.AppImage"), &newer).expect("the new version");
    release.tell("0.9.0", "0.8.0").await;

    let options = PhoneOptions {
        program: Some(image.clone()),
        environment: vec![
            ("APPIMAGE", text(&image)),
            ("AHOY_UPDATE_URL", format!("{}/latest.json", release.shelf.url)),
            ("AHOY_UPDATE_KEY", release.public_key()),
        ],
        ..PhoneOptions::new("anna", "Anna Berg", 1, 440)
    };
    let anna = PhoneWindow::start(&scene.display, &scene.space, scene.path(), options).await;
    let old = inode(&image);
    press(&anna, "[data-control=settings]").await;
    press(&anna, "[data-section=about]").await;
    press(&anna, "[data-control=check-updates]").await;
    anna.until_text("Calls are louder.").await;
    // A package of another version under a new name.
    press(&anna, "[data-control=install-update]").await;
    anna.until("document.querySelector('.notice')?.textContent.includes('not signed by Ahoy')").await;
    assert_eq!(inode(&image), old, "what is not signed as what it is said to be is not installed");

    release.tell("0.9.1", "0.9.1").await;
    press(&anna, "[data-control=check-updates]").await;
    anna.until_text("0.9.1").await;
    press(&anna, "[data-control=install-update]").await;
    let new = Stray(runs_anew(&image, old).await);
    assert!(std::fs::read(&image).expect("it is there") == newer, "it is what was signed");
    scene.display.window_of(&new.0.to_string(), "^Ahoy$").await;
    // It is the same phone: on the same space, with the same name, and it rings.
    let mut bruno = scene.bruno().await;
    let is_there = |contact: &ContactView| {
        contact.address == "/private/anna" && contact.presence == Some(Presence::Online)
    };
    bruno.until("Anna is online", |now| now.contacts.iter().any(is_there)).await;
    let call = bruno.dial("/private/anna", true).await;
    bruno.status(&call, CallStatus::Ringing).await;
    scene.display.window("^Incoming call$").await;
    bruno.shut_down().await;
    anna.close().await;
}
