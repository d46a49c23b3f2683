//! The small window that keeps a call in sight while the main one is not: on top of everything, with a picture and the four
//! things one needs.

use crate::shell::Shell;
use crate::windows;
use ahoy_model::CallId;
use ahoy_phone::{CallView, Snapshot};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::{Manager, State, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tokio::time::timeout;

pub const MINI: &str = "mini";
/// Logical pixels.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 200.0;
/// No system tells of every way in which a window goes out of sight; during a call it is looked at this often.
const LOOK: Duration = Duration::from_millis(400);
/// Calls whose window was closed are remembered until they are over, and never more of them than this.
const CLOSED: usize = 32;

/// Calls for which the user has closed it.
#[derive(Default)]
pub struct Closed(Mutex<HashSet<CallId>>);

impl Closed {
    fn calls(&self) -> std::sync::MutexGuard<'_, HashSet<CallId>> {
        // A set of ids is whole at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, call: CallId) {
        let mut calls = self.calls();
        if calls.len() >= CLOSED {
            calls.clear();
        }
        calls.insert(call);
    }
}

/// The call that would be in it.
fn talked(snapshot: &Snapshot) -> Option<&CallView> {
    let active = snapshot.active_call.as_ref()?;
    let call = snapshot.calls.iter().find(|call| call.id == *active)?;
    (call.status.is_answered() && !call.check).then_some(call)
}

/// Opens and closes it. Ends with the phone.
pub async fn follow(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    let mut told = false;
    loop {
        let (call, wanted) = {
            let snapshot = snapshots.borrow_and_update();
            let call = talked(&snapshot).map(|call| (call.id.clone(), call.name.clone()));
            (call, snapshot.settings.mini_window)
        };
        let hidden = !windows::is_main_in_sight(&shell.app);
        if hidden != told && (call.is_some() || !hidden) {
            told = hidden;
            // A phone that has ended needs no word any more.
            let _ = shell.phone.set_out_of_sight(hidden).await;
        }
        let closed = |id: &CallId| shell.state.mini_closed.calls().contains(id);
        let shown = call.as_ref().filter(|(id, _)| wanted && hidden && !closed(id));
        if let Err(error) = show(&shell, shown) {
            tracing::warn!(%error, "the small window does not open");
        }
        if !hidden {
            // Whoever was in the main window again starts anew.
            shell.state.mini_closed.calls().clear();
        }
        let changed = match call {
            Some(_) => timeout(LOOK, snapshots.changed()).await.unwrap_or(Ok(())),
            None => snapshots.changed().await,
        };
        if changed.is_err() {
            return;
        }
    }
}

fn show(shell: &Shell, call: Option<&(CallId, String)>) -> tauri::Result<()> {
    let open = shell.app.get_webview_window(MINI);
    match (open, call) {
        (Some(window), None) => window.destroy(),
        (None, Some((id, name))) => build(shell, id, name),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}

fn build(shell: &Shell, call: &CallId, name: &str) -> tauri::Result<()> {
    let mut builder = WebviewWindowBuilder::new(&shell.app, MINI, WebviewUrl::App("mini.html".into()))
        .title(name)
        .inner_size(WIDTH, HEIGHT)
        .min_inner_size(240.0, 160.0)
        .data_directory(shell.profile.web_view())
        .background_color(windows::NIGHT)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .maximizable(false)
        .minimizable(false)
        .focused(false);
    if let Some((x, y)) = windows::corner(&shell.app, WIDTH) {
        builder = builder.position(x, y);
    }
    let window: WebviewWindow = builder.build()?;
    let (shell, call) = (shell.clone(), call.clone());
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { .. } = event {
            shell.state.mini_closed.add(call.clone());
        }
    });
    Ok(())
}

/// Back to the main window.
#[tauri::command]
#[specta::specta]
pub fn show_main(shell: State<'_, Shell>) {
    windows::show_main(&shell.app);
}
