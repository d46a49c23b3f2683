//! The icon in the tray: it tells the truth, opens the window, keeps the phone quiet, quits. Desktops without a tray do without.

use crate::shell::Shell;
use crate::{windows, words};
use ahoy_phone::{RegistrationStatus, Snapshot};
use std::panic::AssertUnwindSafe;
use tauri::image::Image;
use tauri::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry, include_image};

const OPEN: &str = "open";
const DO_NOT_DISTURB: &str = "do-not-disturb";
const QUIT: &str = "quit";

const ONLINE: Image<'_> = include_image!("../icons/tray-online.png");
const OFFLINE: Image<'_> = include_image!("../icons/tray-offline.png");
const BUSY: Image<'_> = include_image!("../icons/tray-busy.png");
const MISSED: Image<'_> = include_image!("../icons/tray-missed.png");
const AWAY: Image<'_> = include_image!("../icons/tray-away.png");

pub struct Tray {
    icon: TrayIcon,
    status: MenuItem<Wry>,
    quiet: CheckMenuItem<Wry>,
}

impl Tray {
    /// `None` where there is no tray, which is no error.
    pub fn open(shell: &Shell) -> Option<Self> {
        if !is_there() {
            tracing::info!("this desktop has no tray");
            return None;
        }
        // The Linux library that draws it is looked for at run time, and panics when it is not installed.
        match std::panic::catch_unwind(AssertUnwindSafe(|| Self::build(shell))) {
            Ok(Ok(tray)) => Some(tray),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the tray icon does not open");
                None
            }
            Err(_) => None,
        }
    }

    fn build(shell: &Shell) -> tauri::Result<Self> {
        let app = &shell.app;
        let status = MenuItem::new(app, "", false, None::<&str>)?;
        let quiet =
            CheckMenuItem::with_id(app, DO_NOT_DISTURB, words::DO_NOT_DISTURB, true, false, None::<&str>)?;
        let menu = Menu::with_items(
            app,
            &[
                &status,
                &PredefinedMenuItem::separator(app)?,
                &MenuItem::with_id(app, OPEN, words::OPEN, true, None::<&str>)?,
                &quiet,
                &PredefinedMenuItem::separator(app)?,
                &MenuItem::with_id(app, QUIT, words::QUIT, true, None::<&str>)?,
            ],
        )?;
        let chosen = shell.clone();
        let icon = TrayIconBuilder::with_id("ahoy")
            .icon(AWAY)
            // Linux wants pictures as files.
            .temp_dir_path(shell.profile.folder().join("tray"))
            .menu(&menu)
            .show_menu_on_left_click(false)
            .on_menu_event(move |app, event| choose(&chosen, app, event.id().as_ref()))
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
            .build(app)?;
        Ok(Self { icon, status, quiet })
    }

    /// Keeps icon, tooltip and menu true. Ends with the phone.
    pub async fn follow(self, shell: Shell) {
        let mut snapshots = shell.phone.snapshots();
        let mut shown = None;
        loop {
            let now = Face::of(&snapshots.borrow_and_update());
            if shown.as_ref() != Some(&now)
                && let Err(error) = self.show(&now)
            {
                tracing::warn!(%error, "the tray icon does not change");
            }
            shown = Some(now);
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    }

    fn show(&self, face: &Face) -> tauri::Result<()> {
        self.icon.set_icon(Some(face.picture.image()))?;
        self.icon.set_tooltip(Some(format!("Ahoy · {}", face.status)))?;
        self.status.set_text(&face.status)?;
        self.quiet.set_checked(face.quiet)?;
        self.quiet.set_enabled(face.can_be_quiet)
    }
}

fn choose(shell: &Shell, app: &AppHandle, item: &str) {
    match item {
        OPEN => windows::show_main(app),
        QUIT => crate::quit(shell),
        DO_NOT_DISTURB => {
            let phone = shell.phone.clone();
            tauri::async_runtime::spawn(async move {
                let online = phone.snapshot().registration == RegistrationStatus::Offline;
                if let Err(problem) = phone.set_online(online).await {
                    tracing::warn!(%problem, "do not disturb does not change");
                }
            });
        }
        _ => {}
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Picture {
    Online,
    Offline,
    Busy,
    Missed,
    Away,
}

impl Picture {
    fn image(self) -> Image<'static> {
        match self {
            Self::Online => ONLINE,
            Self::Offline => OFFLINE,
            Self::Busy => BUSY,
            Self::Missed => MISSED,
            Self::Away => AWAY,
        }
    }
}

/// What the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Face {
    picture: Picture,
    status: String,
    quiet: bool,
    can_be_quiet: bool,
}

impl Face {
    fn of(snapshot: &Snapshot) -> Self {
        use RegistrationStatus as R;
        let picture = match snapshot.registration {
            _ if snapshot.calls.iter().any(|call| call.status.is_answered()) => Picture::Busy,
            R::Offline => Picture::Offline,
            R::Online if snapshot.missed > 0 => Picture::Missed,
            R::Online => Picture::Online,
            R::SignedOut | R::Connecting | R::Reconnecting | R::Refused => Picture::Away,
        };
        let quiet = snapshot.registration == R::Offline;
        Self {
            picture,
            status: words::status(snapshot),
            quiet,
            can_be_quiet: quiet || snapshot.registration == R::Online,
        }
    }
}

/// Whether somebody shows tray icons. On Linux that is a program that may be missing.
#[cfg(target_os = "linux")]
fn is_there() -> bool {
    let asked = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let names = zbus::blocking::fdo::DBusProxy::new(&bus)?;
        Ok(names.name_has_owner("org.kde.StatusNotifierWatcher".try_into()?)?)
    };
    asked().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn is_there() -> bool {
    true
}
