//! What pages may ask about this computer's space on the network, and about those of others.

use crate::lan::LanView;
use crate::nearby::{self, InviteView, NearbyView, SeenSpace};
use crate::shell::Shell;
use ahoy_model::{Fingerprint, Problem};
use tauri::State;

type Done = Result<(), Problem>;

#[tauri::command]
#[specta::specta]
pub fn lan_view(shell: State<'_, Shell>) -> LanView {
    shell.lan.view()
}

/// Reads again who is in this computer's space.
#[tauri::command]
#[specta::specta]
pub async fn refresh_lan(shell: State<'_, Shell>) -> Done {
    shell.lan.look().await
}

/// Opens this computer's space to its network, or closes it. Remembered.
#[tauri::command]
#[specta::specta]
pub async fn set_lan(shell: State<'_, Shell>, on: bool) -> Done {
    shell.lan.set_open(on).await
}

#[tauri::command]
#[specta::specta]
pub async fn accept_join(shell: State<'_, Shell>, request: String) -> Done {
    shell.lan.accept(request).await
}

#[tauri::command]
#[specta::specta]
pub async fn refuse_join(shell: State<'_, Shell>, request: String) -> Done {
    shell.lan.refuse(request).await
}

/// The link of a new invite; it works once.
#[tauri::command]
#[specta::specta]
pub async fn make_invite(shell: State<'_, Shell>) -> Result<String, Problem> {
    shell.lan.invite().await
}

#[tauri::command]
#[specta::specta]
pub async fn revoke_invite(shell: State<'_, Shell>, invite: String) -> Done {
    shell.lan.revoke(invite).await
}

#[tauri::command]
#[specta::specta]
pub async fn dismiss_member(shell: State<'_, Shell>, member: String) -> Done {
    shell.lan.dismiss(member).await
}

#[tauri::command]
#[specta::specta]
pub fn nearby_view(shell: State<'_, Shell>) -> NearbyView {
    shell.nearby.view()
}

/// Spaces nearby are looked for only while somebody wants to see them.
#[tauri::command]
#[specta::specta]
pub fn look_nearby(shell: State<'_, Shell>, on: bool) {
    shell.nearby.look_out(on);
}

/// What answers at an address, for the user to compare before anything is sent.
#[tauri::command]
#[specta::specta]
pub async fn look_at_address(address: String) -> Result<SeenSpace, Problem> {
    nearby::look_at(&address).await
}

/// Asks the owner of a space; returns once one is in it, or after `cancel_join`.
#[tauri::command]
#[specta::specta]
pub async fn ask_to_join(
    shell: State<'_, Shell>,
    hosts: Vec<String>,
    fingerprint: Fingerprint,
    name: String,
) -> Done {
    nearby::ask(&shell, &hosts, fingerprint, &name).await
}

#[tauri::command]
#[specta::specta]
pub fn cancel_join(shell: State<'_, Shell>) {
    shell.nearby.cancel();
}

/// What an invite says of itself. Nothing is asked anywhere.
#[tauri::command]
#[specta::specta]
pub fn read_invite(link: &str) -> Result<InviteView, Problem> {
    nearby::read_invite(link)
}

#[tauri::command]
#[specta::specta]
pub async fn accept_invite(shell: State<'_, Shell>, link: String, name: String) -> Done {
    nearby::accept_invite(&shell, &link, &name).await
}
