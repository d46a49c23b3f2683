//! What the phone says, on its way to the pages and into the profile.

use crate::shell::{Shell, events};
use ahoy_phone::{RegistrationStatus, Settings};
use std::time::Duration;
use tokio::time::sleep;

/// At most 20 snapshots and 30 levels a second reach a page.
const SNAPSHOT_PAUSE: Duration = Duration::from_millis(50);
const LEVELS_PAUSE: Duration = Duration::from_millis(33);

/// Starts everything that listens to the phone. Ends with it.
pub fn start(shell: &Shell) {
    tokio::spawn(snapshots(shell.clone()));
    tokio::spawn(happenings(shell.clone()));
    tokio::spawn(levels(shell.clone()));
    tokio::spawn(settings(shell.clone()));
    tokio::spawn(registration(shell.clone()));
}

async fn snapshots(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    while snapshots.changed().await.is_ok() {
        let snapshot = snapshots.borrow_and_update().clone();
        shell.emit(events::SNAPSHOT, &snapshot);
        sleep(SNAPSHOT_PAUSE).await;
    }
}

async fn happenings(shell: Shell) {
    let mut happenings = shell.phone.events();
    while let Some(event) = happenings.next().await {
        shell.emit(events::HAPPENING, &event);
    }
}

async fn levels(shell: Shell) {
    let mut watched = shell.state.levels_watched.subscribe();
    let mut levels = shell.phone.levels();
    while watched.wait_for(|on| *on).await.is_ok() {
        if levels.changed().await.is_err() {
            return;
        }
        let now = *levels.borrow_and_update();
        shell.emit(events::LEVELS, &now);
        sleep(LEVELS_PAUSE).await;
    }
}

/// Writes settings when they change.
async fn settings(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    let mut kept: Settings = snapshots.borrow_and_update().settings.clone();
    while snapshots.changed().await.is_ok() {
        let now = snapshots.borrow_and_update().settings.clone();
        if now == kept {
            continue;
        }
        let store = shell.accounts.store.clone();
        let written = now.clone();
        let result = tokio::task::spawn_blocking(move || store.keep_settings(&written)).await;
        if let Ok(Err(problem)) = result {
            shell.tell(problem);
        }
        kept = now;
    }
}

/// Says on stdout that the phone can be called.
async fn registration(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    let mut online = false;
    loop {
        let (now, address) = {
            let snapshot = snapshots.borrow_and_update();
            (snapshot.registration == RegistrationStatus::Online, snapshot.own_addresses.first().cloned())
        };
        // The address comes a moment after the registration.
        if let (true, false, Some(address)) = (now, online, address) {
            shell.ready.registered(address.split('?').next().unwrap_or(&address));
            online = true;
        }
        online &= now;
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}
