//! New versions: looked for once a day and when the user asks, told, and installed where this installation can do that by
//! itself. Never during a call.

mod release;

use crate::shell::{Shell, events};
use ahoy_model::{Problem, ProblemCode};
use ahoy_phone::Snapshot;
use release::{CheckError, Release, Source};
use semver::Version;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::State;
use tauri::utils::config::BundleType;
use tauri::utils::platform::bundle_type;
use tauri_plugin_updater::UpdaterExt;
use tokio::time::sleep;

/// In `tauri.conf.json`.
const PLUGIN: &str = "updater";
/// From the start to the first look, and between two.
const FIRST: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Who brings new versions to this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum UpdatedBy {
    /// The app itself.
    App,
    /// The system's package manager.
    System,
    /// Whoever built it.
    Builder,
}

impl UpdatedBy {
    fn of(bundle: Option<&BundleType>) -> Self {
        match bundle {
            Some(BundleType::Deb | BundleType::Rpm) => Self::System,
            Some(_) => Self::App,
            None => Self::Builder,
        }
    }
}

/// What is known of new versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum UpdateState {
    NeverLooked,
    /// This build does not know where to look.
    NotSetUp,
    UpToDate,
    Available {
        version: String,
        notes: String,
    },
    Installing {
        version: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct UpdateView {
    pub state: UpdateState,
    pub by: UpdatedBy,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Updates {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    looked: bool,
    found: Option<Release>,
    installing: bool,
}

impl Updates {
    pub fn view(&self, source: &Source) -> UpdateView {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let state = match &inner.found {
            _ if !source.is_set_up() => UpdateState::NotSetUp,
            Some(found) if inner.installing => UpdateState::Installing { version: found.version.to_string() },
            Some(found) => {
                UpdateState::Available { version: found.version.to_string(), notes: found.notes.clone() }
            }
            None if inner.looked => UpdateState::UpToDate,
            None => UpdateState::NeverLooked,
        };
        UpdateView { state, by: UpdatedBy::of(bundle_type().as_ref()) }
    }

    fn put(&self, found: Option<Release>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.looked, inner.found) = (true, found);
    }

    fn set_installing(&self, installing: bool) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).installing = installing;
    }

    fn found(&self) -> Option<Release> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).found.clone()
    }
}

pub fn source(app: &tauri::AppHandle) -> Source {
    Source::of(app.config().plugins.0.get(PLUGIN))
}

/// A developer's build looks where its environment says, under the names that `cargo xtask bundle` reads. What is shipped
/// has this not within: it listens to nobody.
#[cfg(debug_assertions)]
pub fn heed_environment(config: &mut tauri::Config) {
    let said = |name| std::env::var(name).ok().filter(|said| !said.is_empty());
    if let (Some(url), Some(key)) = (said("AHOY_UPDATE_URL"), said("AHOY_UPDATE_KEY")) {
        let updater = config.plugins.0.entry(PLUGIN.to_owned()).or_default();
        updater["endpoints"] = serde_json::json!([url]);
        updater["pubkey"] = key.into();
    }
}

fn talks(snapshot: &Snapshot) -> bool {
    snapshot.calls.iter().any(|call| call.end.is_none())
}

fn problem(error: &CheckError) -> Problem {
    let code = match error {
        CheckError::NotSetUp | CheckError::Unreachable(_) => ProblemCode::UpdateUnreachable,
        CheckError::Forged(_) => ProblemCode::UpdateForged,
        CheckError::Malformed(_) => ProblemCode::UpdateMalformed,
    };
    Problem::new(code).because(error)
}

fn in_a_call() -> Problem {
    Problem::new(ProblemCode::UpdateDuringCall)
}

async fn look(shell: &Shell) -> Result<(), Problem> {
    let source = source(&shell.app);
    if !source.is_set_up() {
        return Ok(());
    }
    let current = Version::parse(env!("CARGO_PKG_VERSION"));
    let current = current.map_err(|error| Problem::new(ProblemCode::Internal).because(error))?;
    let found = release::newest(&source, &current).await;
    let found =
        found.inspect_err(|error| tracing::warn!(%error, "new versions")).map_err(|error| problem(&error))?;
    tracing::info!(found = ?found.as_ref().map(|found| found.version.to_string()), "new versions");
    shell.updates.put(found);
    shell.emit(events::SHELL, &shell.view());
    Ok(())
}

/// Looks for a new version now. What was found is in the view.
#[tauri::command]
#[specta::specta]
pub async fn check_for_updates(shell: State<'_, Shell>) -> Result<UpdateView, Problem> {
    if talks(&shell.phone.snapshot()) {
        return Err(in_a_call());
    }
    look(&shell).await?;
    Ok(shell.updates.view(&source(&shell.app)))
}

/// Fetches the version that was found, puts it in the place of this one, and starts it.
#[tauri::command]
#[specta::specta]
pub async fn install_update(shell: State<'_, Shell>) -> Result<(), Problem> {
    let failed = |why: String| Problem::new(ProblemCode::UpdateFailed).because(why);
    if talks(&shell.phone.snapshot()) {
        return Err(in_a_call());
    }
    let found = shell.updates.found().ok_or_else(|| failed("nothing was found".to_owned()))?;
    if UpdatedBy::of(bundle_type().as_ref()) != UpdatedBy::App {
        return Err(failed("this installation is brought up to date by somebody else".to_owned()));
    }
    shell.updates.set_installing(true);
    shell.emit(events::SHELL, &shell.view());
    let installed = install(&shell, &found).await;
    shell.updates.set_installing(false);
    shell.emit(events::SHELL, &shell.view());
    installed
}

async fn install(shell: &Shell, found: &Release) -> Result<(), Problem> {
    let told = |error: tauri_plugin_updater::Error| {
        tracing::warn!(%error, "a new version is not installed");
        use tauri_plugin_updater::Error as E;
        let forged = matches!(
            error,
            E::Minisign(_)
                | E::Base64(_)
                | E::SignatureUtf8(_)
                | E::SignedVersionMismatch { .. }
                | E::MissingSignedVersion
        );
        let code = if forged { ProblemCode::UpdateForged } else { ProblemCode::UpdateFailed };
        Problem::new(code).because(error)
    };
    let updater = shell.app.updater().map_err(told)?;
    // What was verified is what is installed: nobody is asked a second time.
    let update = updater.restore_update(found.manifest.clone()).map_err(told)?;
    let update = update.ok_or_else(|| Problem::new(ProblemCode::UpdateFailed).because("it is not newer"))?;
    let package = update.download(|_, _| (), || ()).await.map_err(told)?;
    // Somebody may have called meanwhile.
    if talks(&shell.phone.snapshot()) {
        return Err(in_a_call());
    }
    // On Windows the installer ends the app.
    update.install(package).map_err(told)?;
    tracing::info!(version = %found.version, "installed");
    crate::say_good_bye(shell).await;
    shell.app.restart()
}

/// Looks now and then, unless the user does not want it. Ends with the app.
pub async fn follow(shell: Shell) {
    if !source(&shell.app).is_set_up() {
        return;
    }
    let mut snapshots = shell.phone.snapshots();
    let mut pause = FIRST;
    loop {
        sleep(std::mem::replace(&mut pause, AGAIN)).await;
        if snapshots.wait_for(|now| !talks(now)).await.is_err() {
            return;
        }
        if !shell.phone.snapshot().settings.look_for_updates {
            continue;
        }
        let before = shell.updates.found().map(|found| found.version);
        // Whoever did not ask is told of a new version only.
        if look(&shell).await.is_ok()
            && let Some(found) = shell.updates.found().filter(|found| Some(&found.version) != before.as_ref())
        {
            shell.tell(Problem::new(ProblemCode::UpdateAvailable).about(found.version.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_brings_new_versions_follows_from_the_package() {
        assert_eq!(UpdatedBy::of(None), UpdatedBy::Builder);
        for system in [BundleType::Deb, BundleType::Rpm] {
            assert_eq!(UpdatedBy::of(Some(&system)), UpdatedBy::System);
        }
        for own in [BundleType::AppImage, BundleType::Msi, BundleType::Nsis, BundleType::App, BundleType::Dmg]
        {
            assert_eq!(UpdatedBy::of(Some(&own)), UpdatedBy::App);
        }
    }

    #[test]
    fn what_was_found_is_shown() {
        let (updates, none) = (Updates::default(), Source::default());
        let source = Source {
            endpoints: vec!["https://releases.example/latest.json".parse().unwrap()],
            pubkey: "key".to_owned(),
        };
        assert_eq!(updates.view(&none).state, UpdateState::NotSetUp);
        assert_eq!(updates.view(&source).state, UpdateState::NeverLooked);
        updates.put(None);
        assert_eq!(updates.view(&source).state, UpdateState::UpToDate);
        updates.put(Some(Release {
            version: Version::new(2, 0, 0),
            notes: "New".to_owned(),
            manifest: serde_json::Value::Null,
        }));
        let available = UpdateState::Available { version: "2.0.0".to_owned(), notes: "New".to_owned() };
        assert_eq!(updates.view(&source).state, available);
        updates.set_installing(true);
        assert_eq!(updates.view(&source).state, UpdateState::Installing { version: "2.0.0".to_owned() });
    }

    #[test]
    fn every_refusal_has_its_words() {
        let code = |error| problem(&error).code;
        assert_eq!(code(CheckError::Unreachable(String::new())), ProblemCode::UpdateUnreachable);
        assert_eq!(code(CheckError::Forged(String::new())), ProblemCode::UpdateForged);
        assert_eq!(code(CheckError::Malformed(String::new())), ProblemCode::UpdateMalformed);
    }
}
