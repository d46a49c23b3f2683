//! The icon in the tray: it tells the truth, and its menu does what one wants of a phone without its window. Desktops
//! without a tray do without.

mod face;
mod watcher;

use crate::shell::Shell;
use crate::windows;
use ahoy_model::{CallId, Problem};
use ahoy_phone::RegistrationStatus;
use face::{Face, Picture};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};
use tokio::sync::oneshot;
use tokio::time::timeout;

const OPEN: &str = "open";
const DO_NOT_DISTURB: &str = "do-not-disturb";
const QUIT: &str = "quit";
const STATUS: &str = "status";
const MUTE: &str = "mute";
const HANG_UP: &str = "hang-up";
/// What follows is the call's id.
const ANSWER: &str = "answer:";
const DECLINE: &str = "decline:";
/// What follows is the address.
const VIDEO_CALL: &str = "video:";
const SOUND_CALL: &str = "sound:";

/// How long a phone that starts hidden waits for a tray before it shows its window.
const PATIENCE: Duration = Duration::from_secs(5);

struct Tray {
    icon: TrayIcon,
}

/// Waits for a tray, then keeps icon, tooltip and menu true. Ends with the phone.
pub async fn follow(shell: Shell, hidden: bool) {
    let appears = watcher::appears();
    tokio::pin!(appears);
    if timeout(PATIENCE, &mut appears).await.is_err() {
        if hidden {
            // Nobody would find it again.
            windows::show_main(&shell.app);
        }
        appears.await;
    }
    let Some(tray) = Tray::open(&shell).await else { return };
    shell.set(|state| &state.tray, true);
    let mut snapshots = shell.phone.snapshots();
    let mut shown = None;
    loop {
        let now = Face::of(&snapshots.borrow_and_update());
        if shown.as_ref() != Some(&now)
            && let Err(error) = tray.show(&shell.app, &now, shown.as_ref())
        {
            tracing::warn!(%error, "the tray icon does not change");
        }
        shown = Some(now);
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

impl Tray {
    /// `None` where it cannot be drawn, which is no error.
    async fn open(shell: &Shell) -> Option<Self> {
        let (answer, built) = oneshot::channel();
        let on_main = shell.clone();
        let build = move || {
            // The Linux library that draws it is looked for at run time, and panics when it is not installed.
            let built = std::panic::catch_unwind(AssertUnwindSafe(|| Self::build(&on_main)));
            let _ = answer.send(built.ok());
        };
        shell.app.run_on_main_thread(build).ok()?;
        match built.await {
            Ok(Some(Ok(tray))) => Some(tray),
            Ok(Some(Err(error))) => {
                tracing::warn!(%error, "the tray icon does not open");
                None
            }
            _ => None,
        }
    }

    fn build(shell: &Shell) -> tauri::Result<Self> {
        let chosen = shell.clone();
        let icon = TrayIconBuilder::with_id("ahoy")
            .icon(Picture::Away.image())
            // Linux wants pictures as files.
            .temp_dir_path(shell.profile.folder().join("tray"))
            .show_menu_on_left_click(false)
            .on_menu_event(move |_, event| choose(&chosen, event.id().as_ref()))
            .on_tray_icon_event(|tray, event| {
                if let TrayIconEvent::Click {
                    button: MouseButton::Left,
                    button_state: MouseButtonState::Up,
                    ..
                } = event
                {
                    windows::show_main(tray.app_handle());
                }
            })
            .build(&shell.app)?;
        Ok(Self { icon })
    }

    fn show(&self, app: &AppHandle, face: &Face, before: Option<&Face>) -> tauri::Result<()> {
        if before.map(|before| before.picture) != Some(face.picture) {
            self.icon.set_icon(Some(face.picture.image()))?;
        }
        self.icon.set_tooltip(Some(format!("Ahoy · {}", face.status)))?;
        self.icon.set_menu(Some(menu(app, face)?))
    }
}

fn menu(app: &AppHandle, face: &Face) -> tauri::Result<Menu<Wry>> {
    let item = |id: &str, text: &str, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
    let check =
        |id: &str, text: &str, enabled, on| CheckMenuItem::with_id(app, id, text, enabled, on, None::<&str>);
    let line = || PredefinedMenuItem::separator(app);

    let words = face.words;
    let menu = Menu::with_items(app, &[&item(STATUS, &face.status, false)?, &line()?])?;
    for (call, name) in &face.ringing {
        menu.append(&item(&format!("{ANSWER}{call}"), &words.answer_name(name), true)?)?;
        menu.append(&item(&format!("{DECLINE}{call}"), &words.decline_name(name), true)?)?;
    }
    if let Some(talk) = &face.talk {
        if talk.can_mute {
            menu.append(&check(MUTE, &words.mute, true, talk.muted)?)?;
        }
        menu.append(&item(HANG_UP, &words.hang_up, true)?)?;
    }
    if !face.ringing.is_empty() || face.talk.is_some() {
        menu.append(&line()?)?;
    }
    menu.append(&item(OPEN, &words.open, true)?)?;
    if !face.recent.is_empty() {
        let recent = Submenu::with_id(app, "recent", &words.recent, true)?;
        for person in &face.recent {
            let how = if person.with_video { VIDEO_CALL } else { SOUND_CALL };
            recent.append(&item(&format!("{how}{}", person.address), &person.name, true)?)?;
        }
        menu.append(&recent as &dyn IsMenuItem<Wry>)?;
    }
    menu.append(&check(DO_NOT_DISTURB, &words.do_not_disturb, face.can_be_quiet, face.quiet)?)?;
    menu.append(&line()?)?;
    menu.append(&item(QUIT, &words.quit, true)?)?;
    Ok(menu)
}

fn choose(shell: &Shell, item: &str) {
    match item {
        OPEN => windows::show_main(&shell.app),
        QUIT => crate::quit(shell),
        _ => {
            let (shell, item) = (shell.clone(), item.to_owned());
            tauri::async_runtime::spawn(async move {
                if let Err(problem) = carry_out(&shell, &item).await {
                    shell.tell(problem);
                }
            });
        }
    }
}

async fn carry_out(shell: &Shell, item: &str) -> Result<(), Problem> {
    let (phone, snapshot) = (&shell.phone, shell.phone.snapshot());
    let face = Face::of(&snapshot);
    let id = |text: &str| CallId::from(text.to_owned());
    match (item, face.talk) {
        (DO_NOT_DISTURB, _) => phone.set_online(snapshot.registration == RegistrationStatus::Offline).await,
        (MUTE, Some(talk)) => phone.set_muted(talk.call, !talk.muted).await,
        (HANG_UP, Some(talk)) => phone.hang_up(talk.call).await,
        _ => {
            if let Some(call) = item.strip_prefix(ANSWER) {
                let with_video = snapshot.calls.iter().any(|it| it.id == id(call) && it.with_video);
                windows::show_main(&shell.app);
                phone.answer(id(call), with_video).await
            } else if let Some(call) = item.strip_prefix(DECLINE) {
                phone.decline(id(call)).await
            } else if let Some(address) = item.strip_prefix(VIDEO_CALL) {
                shell.call_again(address, true).await
            } else if let Some(address) = item.strip_prefix(SOUND_CALL) {
                shell.call_again(address, false).await
            } else {
                Ok(())
            }
        }
    }
}
