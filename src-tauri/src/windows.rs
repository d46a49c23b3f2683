//! The two windows: the main one, and the small one that rings without ever taking the keyboard.

use crate::shell::Shell;
use crate::words::Words;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tauri::window::Color;
use tauri::{AppHandle, LogicalSize, Manager, PhysicalPosition, UserAttentionType, WebviewUrl};
use tauri::{WebviewWindow, WebviewWindowBuilder, WindowEvent};

pub const MAIN: &str = "main";
pub const RINGING: &str = "ringing";

/// Logical pixels. One caller, and each further row.
const RINGING_WIDTH: f64 = 400.0;
const RINGING_HEIGHT: f64 = 200.0;
const ROW_HEIGHT: f64 = 66.0;
const MOST_ROWS: usize = 4;
const MARGIN: f64 = 24.0;
/// The paper of the light colours, shown for a moment before the page has drawn.
const PAPER: Color = Color(0xf6, 0xf3, 0xec, 0xff);
/// Behind pictures.
pub const NIGHT: Color = Color(0x10, 0x16, 0x1d, 0xff);

/// Makes the main window. `hidden` leaves it for the tray to show.
pub fn open_main(shell: &Shell, hidden: bool) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(&shell.app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Ahoy")
        .inner_size(1040.0, 720.0)
        .min_inner_size(360.0, 560.0)
        .data_directory(shell.profile.web_view())
        .background_color(PAPER)
        .visible(!hidden)
        .build()?;
    let shell = shell.clone();
    let app = shell.app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::Focused(true) = event {
            let phone = shell.phone.clone();
            tauri::async_runtime::spawn(async move { phone.set_out_of_sight(false).await });
        }
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            // Closing keeps the phone reachable, if there is a tray to find it again.
            let hidden = shell.state.tray.load(Ordering::Acquire)
                && app.get_webview_window(MAIN).is_some_and(|window| window.hide().is_ok());
            if !hidden {
                crate::quit(&shell);
            }
        }
    });
    Ok(window)
}

/// Brings the main window to the front.
pub fn show_main(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the main window does not come to the front");
    }
}

/// Whether somebody can look at it: neither hidden in the tray nor minimised.
pub fn is_main_in_sight(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN)
        .is_some_and(|window| window.is_visible().unwrap_or(true) && !window.is_minimized().unwrap_or(false))
}

/// Keeps everything in the windows as large as the user wants it.
pub async fn follow_text_size(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    let mut shown = 100;
    loop {
        let wanted = snapshots.borrow_and_update().settings.text_size;
        if wanted != shown {
            if let Some(window) = shell.app.get_webview_window(MAIN)
                && let Err(error) = window.set_zoom(f64::from(wanted) / 100.0)
            {
                tracing::warn!(%error, "the text keeps its size");
            }
            shown = wanted;
        }
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

/// Opens the ringing window while somebody rings, sizes it to the callers, and closes it when nobody does.
pub async fn follow_ringing(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    let mut shown = 0;
    loop {
        let callers = snapshots.borrow_and_update().calls.iter().filter(|call| call.actions.answer).count();
        if callers != shown {
            if let Err(error) = ring(&shell, callers) {
                tracing::error!(%error, "the ringing window does not open");
                call_attention(&shell.app);
            }
            shown = callers;
        }
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

fn ring(shell: &Shell, callers: usize) -> tauri::Result<()> {
    let open = shell.app.get_webview_window(RINGING);
    if callers == 0 {
        return open.map_or(Ok(()), |window| window.destroy());
    }
    let height = RINGING_HEIGHT + ROW_HEIGHT * (callers.min(MOST_ROWS) - 1) as f64;
    if let Some(window) = open {
        return window.set_size(LogicalSize::new(RINGING_WIDTH, height));
    }
    let mut builder = WebviewWindowBuilder::new(&shell.app, RINGING, WebviewUrl::App("ringing.html".into()))
        .title(&Words::of(&shell.phone.snapshot().settings).rings)
        .inner_size(RINGING_WIDTH, height)
        .data_directory(shell.profile.web_view())
        .background_color(PAPER)
        .decorations(false)
        .resizable(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .accept_first_mouse(true)
        .focused(false)
        .focusable(false);
    if let Some((x, y)) = corner(&shell.app, RINGING_WIDTH) {
        builder = builder.position(x, y);
    }
    builder.build()?;
    call_attention(&shell.app);
    Ok(())
}

/// Logical position of something so wide in the corner of the screen that the main window is on.
pub fn corner(app: &AppHandle, width: f64) -> Option<(f64, f64)> {
    let main = app.get_webview_window(MAIN);
    let monitor = main.as_ref().and_then(|window| window.current_monitor().ok().flatten());
    let monitor = monitor.or_else(|| app.primary_monitor().ok().flatten())?;
    let scale = monitor.scale_factor();
    let area = monitor.work_area();
    let corner = PhysicalPosition::new(area.position.x + area.size.width as i32, area.position.y)
        .to_logical::<f64>(scale);
    Some((corner.x - width - MARGIN, corner.y + MARGIN))
}

/// The taskbar or dock blinks, if the user looks elsewhere.
fn call_attention(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN)
        && !window.is_focused().unwrap_or(false)
    {
        let _ = window.request_user_attention(Some(UserAttentionType::Informational));
    }
}

/// How long a page may take to say good-bye before the app ends without it.
pub const FAREWELL: Duration = Duration::from_secs(5);
