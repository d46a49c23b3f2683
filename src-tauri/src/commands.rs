//! What pages may ask. Each command says what it wants to the room that does it; problems go back as they are.

use crate::frames::FramesDoor;
use crate::renewal::Renewal;
use crate::shell::{Shell, ShellView, events};
use crate::{login, support, windows};
use ahoy_model::{
    CallId, DeviceId, DeviceKind, DialTarget, Problem, ProblemCode, RingTone, ScreenInfo, Secret,
};
use ahoy_phone::{DialRequest, ECHO, OwnRoom, PreflightReport, RoomAction, Settings, Snapshot, TileId};
use tauri::{State, WebviewWindow};

type Done = Result<(), Problem>;

#[tauri::command]
#[specta::specta]
pub fn snapshot(shell: State<'_, Shell>) -> Snapshot {
    Snapshot::clone(&shell.phone.snapshot())
}

#[tauri::command]
#[specta::specta]
pub fn shell_view(shell: State<'_, Shell>) -> ShellView {
    shell.view()
}

/// The main window's page has drawn and listens.
#[tauri::command]
#[specta::specta]
pub fn ready(shell: State<'_, Shell>) {
    shell.window_is_usable();
}

#[tauri::command]
#[specta::specta]
pub fn frames_door(shell: State<'_, Shell>, window: WebviewWindow) -> FramesDoor {
    shell.frames.door(window.label())
}

/// Starts with the computer from now on, or no longer.
#[tauri::command]
#[specta::specta]
pub fn set_start_at_login(shell: State<'_, Shell>, on: bool) -> Done {
    login::set(&shell.app, on)?;
    shell.emit(events::SHELL, &shell.view());
    Ok(())
}

/// Levels flow only while they are watched.
#[tauri::command]
#[specta::specta]
pub fn watch_levels(shell: State<'_, Shell>, on: bool) {
    shell.state.levels_watched.send_replace(on);
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in(shell: State<'_, Shell>, url: String, token: Secret) -> Done {
    if let Some(problem) = shell.accounts.join(&url, token).await? {
        shell.tell(problem);
    }
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in_here(shell: State<'_, Shell>, name: String) -> Done {
    shell.accounts.join_here(&name).await
}

#[tauri::command]
#[specta::specta]
pub async fn sign_out(shell: State<'_, Shell>) -> Done {
    shell.accounts.leave().await
}

/// How the token of our space is renewed; `null` where that is nobody's choice.
#[tauri::command]
#[specta::specta]
pub fn renewal(shell: State<'_, Shell>) -> Option<Renewal> {
    shell.accounts.renewal()
}

#[tauri::command]
#[specta::specta]
pub async fn set_renewal(shell: State<'_, Shell>, renewal: Renewal, refresh_token: Option<Secret>) -> Done {
    if let Some(problem) = shell.accounts.set_renewal(renewal, refresh_token).await? {
        shell.tell(problem);
    }
    Ok(())
}

/// What a token has to be bound to for this device. Makes the device's key if there is none.
#[tauri::command]
#[specta::specta]
pub async fn device_fingerprint(shell: State<'_, Shell>) -> Result<String, Problem> {
    Ok(shell.accounts.keys.own().await?.fingerprint().to_owned())
}

/// The password of one of the user's own STUN or TURN servers; `null` forgets it.
#[tauri::command]
#[specta::specta]
pub async fn keep_ice_credential(shell: State<'_, Shell>, url: String, secret: Option<Secret>) -> Done {
    let name = crate::ice_credential(&url);
    match &secret {
        Some(secret) => {
            if let Err(problem) = shell.accounts.keychain.keep(&name, secret).await {
                shell.tell(problem);
            }
        }
        None => shell.accounts.keychain.forget(&name).await,
    }
    shell.phone.keep_ice_credential(url, secret).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_online(shell: State<'_, Shell>, online: bool) -> Done {
    shell.phone.set_online(online).await
}

#[tauri::command]
#[specta::specta]
pub async fn dial(shell: State<'_, Shell>, to: String, video: bool) -> Result<CallId, Problem> {
    shell.phone.dial(DialRequest::new(target(&to)?, video)).await
}

fn target(typed: &str) -> Result<DialTarget, Problem> {
    let malformed = |why| Problem::new(ProblemCode::AddressMalformed).about(typed.trim()).because(why);
    DialTarget::parse(typed).map_err(malformed)
}

#[tauri::command]
#[specta::specta]
pub async fn answer(shell: State<'_, Shell>, call: CallId, video: bool) -> Done {
    shell.phone.answer(call, video).await?;
    windows::show_main(&shell.app);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn end_and_answer(shell: State<'_, Shell>, call: CallId, video: bool) -> Done {
    shell.phone.end_and_answer(call, video).await?;
    windows::show_main(&shell.app);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn transfer(shell: State<'_, Shell>, call: CallId, to: String) -> Done {
    shell.phone.transfer(call, target(&to)?).await
}

#[tauri::command]
#[specta::specta]
pub async fn connect_calls(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.connect_calls(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn merge_calls(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.merge_calls(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn decline(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.decline(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn silence(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.silence(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn hang_up(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.hang_up(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_muted(shell: State<'_, Shell>, call: CallId, muted: bool) -> Done {
    shell.phone.set_muted(call, muted).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_camera(shell: State<'_, Shell>, call: CallId, on: bool) -> Done {
    shell.phone.set_camera(call, on).await
}

#[tauri::command]
#[specta::specta]
pub async fn ask_room(shell: State<'_, Shell>, call: CallId, action: RoomAction) -> Done {
    shell.phone.ask_room(call, action).await
}

#[tauri::command]
#[specta::specta]
pub async fn hold(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.hold(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn resume(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.resume(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn send_digits(shell: State<'_, Shell>, call: CallId, digits: String) -> Done {
    shell.phone.send_digits(call, digits).await
}

#[tauri::command]
#[specta::specta]
pub async fn screens(shell: State<'_, Shell>) -> Result<Vec<ScreenInfo>, Problem> {
    shell.phone.screens().await
}

#[tauri::command]
#[specta::specta]
pub async fn share_screen(shell: State<'_, Shell>, call: CallId, source: DeviceId, sound: bool) -> Done {
    shell.phone.share_screen(call, source, sound).await
}

#[tauri::command]
#[specta::specta]
pub async fn stop_sharing(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.stop_sharing(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_active(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.set_active(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn dismiss(shell: State<'_, Shell>, call: CallId) -> Done {
    shell.phone.dismiss(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn choose_device(shell: State<'_, Shell>, kind: DeviceKind, device: Option<DeviceId>) -> Done {
    shell.phone.choose_device(kind, device).await
}

#[tauri::command]
#[specta::specta]
pub async fn hold_talk_key(shell: State<'_, Shell>, held: bool) -> Done {
    shell.phone.hold_talk_key(held).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_volume(shell: State<'_, Shell>, call: CallId, volume: f32) -> Done {
    shell.phone.set_volume(call, volume).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_preview(shell: State<'_, Shell>, on: bool) -> Done {
    shell.phone.set_preview(on).await
}

/// Adjusts the camera that runs.
#[tauri::command]
#[specta::specta]
pub async fn set_camera_control(shell: State<'_, Shell>, control: String, value: f64) -> Done {
    shell.phone.set_camera_control(control, value).await
}

#[tauri::command]
#[specta::specta]
pub async fn reset_camera_controls(shell: State<'_, Shell>) -> Done {
    shell.phone.reset_camera_controls().await
}

#[tauri::command]
#[specta::specta]
pub async fn test_speaker(shell: State<'_, Shell>) -> Done {
    shell.phone.test_speaker().await
}

/// Checks devices, space, servers, and a short call to somebody who sends everything back.
#[tauri::command]
#[specta::specta]
pub async fn preflight(shell: State<'_, Shell>) -> Result<PreflightReport, Problem> {
    let echo = DialTarget::parse(ECHO).map_err(|error| Problem::new(ProblemCode::Internal).because(error))?;
    shell.phone.preflight(echo).await
}

/// Writes it where downloads go; the file's path.
#[tauri::command]
#[specta::specta]
pub fn save_report(shell: State<'_, Shell>, report: PreflightReport) -> Result<String, Problem> {
    crate::reports::save(&shell.app, &report)
}

/// Writes what a tile shows now where pictures go; the file's path.
#[tauri::command]
#[specta::specta]
pub async fn save_picture(shell: State<'_, Shell>, tile: TileId) -> Result<String, Problem> {
    let pictures = shell.phone.pictures(&tile).ok_or(Problem::new(ProblemCode::CallUnknown))?;
    crate::stills::save(&shell.app, pictures).await
}

/// Our rooms on the space.
#[tauri::command]
#[specta::specta]
pub async fn rooms(shell: State<'_, Shell>) -> Result<Vec<OwnRoom>, Problem> {
    shell.phone.rooms().await
}

#[tauri::command]
#[specta::specta]
pub async fn save_room(shell: State<'_, Shell>, room: OwnRoom) -> Result<OwnRoom, Problem> {
    shell.phone.save_room(room).await
}

#[tauri::command]
#[specta::specta]
pub async fn delete_room(shell: State<'_, Shell>, id: String) -> Done {
    shell.phone.delete_room(id).await
}

#[tauri::command]
#[specta::specta]
pub async fn refresh_contacts(shell: State<'_, Shell>) -> Done {
    shell.phone.refresh_contacts().await
}

#[tauri::command]
#[specta::specta]
pub async fn update_settings(shell: State<'_, Shell>, settings: Settings) -> Done {
    shell.phone.update_settings(settings).await
}

/// Rings for a moment, on the device that rings.
#[tauri::command]
#[specta::specta]
pub async fn test_ring(shell: State<'_, Shell>, tone: RingTone) -> Done {
    shell.phone.test_ring(tone).await
}

/// Writes a file into the folder for downloads and tells where it is.
#[tauri::command]
#[specta::specta]
pub async fn save_file(shell: State<'_, Shell>, name: String, text: String) -> Result<String, Problem> {
    aside(&shell, move |shell| support::save(shell, &name, &text)).await
}

/// Gathers what helps to find a fault, without secrets and names, and tells where it is.
#[tauri::command]
#[specta::specta]
pub async fn save_support_file(shell: State<'_, Shell>) -> Result<String, Problem> {
    aside(&shell, support::save_support_file).await
}

/// The end of the log, without secrets.
#[tauri::command]
#[specta::specta]
pub async fn read_log(shell: State<'_, Shell>) -> Result<String, Problem> {
    aside(&shell, |shell| Ok(support::log(&shell.profile.logs()))).await
}

/// Work with files, away from what must not wait.
async fn aside<T: Send + 'static>(
    shell: &Shell,
    work: impl FnOnce(&Shell) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let shell = shell.clone();
    let done = tauri::async_runtime::spawn_blocking(move || work(&shell)).await;
    done.unwrap_or_else(|error| Err(Problem::new(ProblemCode::Internal).because(error)))
}

#[tauri::command]
#[specta::specta]
pub async fn open_chat(shell: State<'_, Shell>, address: String) -> Done {
    shell.phone.open_chat(address).await
}

#[tauri::command]
#[specta::specta]
pub async fn close_chat(shell: State<'_, Shell>) -> Done {
    shell.phone.close_chat().await
}

#[tauri::command]
#[specta::specta]
pub async fn older_messages(shell: State<'_, Shell>) -> Done {
    shell.phone.older_messages().await
}

/// Returns when the space has taken the text.
#[tauri::command]
#[specta::specta]
pub async fn send_text(shell: State<'_, Shell>, address: String, text: String) -> Done {
    shell.phone.send_text(address, text).await
}

/// Shows a page of the web in the system's browser.
#[tauri::command]
#[specta::specta]
pub fn open_web(url: &str) -> Done {
    crate::web::open(url)
}

#[tauri::command]
#[specta::specta]
pub async fn delete_history(shell: State<'_, Shell>, call: Option<CallId>) -> Done {
    shell.phone.delete_history(call).await
}

#[tauri::command]
#[specta::specta]
pub async fn mark_missed_seen(shell: State<'_, Shell>) -> Done {
    shell.phone.mark_missed_seen().await
}
