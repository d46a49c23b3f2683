//! What the commands work with: the phone and the rooms around it. Made once, when the app starts.

use crate::account::Accounts;
use crate::frames::Frames;
use crate::lan::Lan;
use crate::mini::Closed;
use crate::nearby::Nearby;
use crate::profile::Profile;
use crate::ready::Ready;
use crate::updates::{self, UpdateView, Updates};
use crate::{login, shortcuts, windows};
use ahoy_model::{DialTarget, Problem, ProblemCode};
use ahoy_phone::{Advanced, DialRequest, Event, OwnKeys, PhoneHandle};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tauri::{AppHandle, Emitter};
use tokio::sync::watch;

/// Names of the events that pages hear.
pub mod events {
    pub const SNAPSHOT: &str = "snapshot";
    pub const HAPPENING: &str = "happening";
    pub const LEVELS: &str = "levels";
    pub const SHELL: &str = "shell";
    pub const LINK: &str = "link";
    pub const LAN: &str = "lan";
    pub const NEARBY: &str = "nearby";
}

/// What the page may know about the app around the phone.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ShellView {
    pub version: String,
    pub profile: String,
    pub logs: String,
    /// URL of this computer's space while it runs.
    pub own_space: Option<String>,
    /// This run can have a space of its own (one that was started for another space, or without, cannot).
    pub offers_own_space: bool,
    pub tray: bool,
    pub keychain: bool,
    /// For the dial field: the link that came before the page could listen.
    pub link: Option<String>,
    /// The app is on its way into the space that it belongs to, so the user need not be asked for one.
    pub joining: bool,
    /// Starts with the computer. `None`: the system does not say.
    pub starts_at_login: Option<bool>,
    /// Keys can work while another program has the keyboard.
    pub shortcuts: bool,
    /// What the Advanced page goes back to.
    pub advanced_defaults: Advanced,
    /// And that of keys.
    pub keys_defaults: OwnKeys,
    pub update: UpdateView,
}

/// Lives as long as the app; cheap to clone.
#[derive(Clone)]
pub struct Shell {
    pub app: AppHandle,
    pub phone: PhoneHandle,
    pub accounts: Accounts,
    pub frames: Frames,
    pub profile: Profile,
    pub ready: Arc<Ready>,
    pub state: Arc<State>,
    /// This computer's space on its network.
    pub lan: Lan,
    /// Those of others.
    pub nearby: Arc<Nearby>,
    pub updates: Arc<Updates>,
}

/// What changes.
#[derive(Default)]
pub struct State {
    pub tray: AtomicBool,
    pub keychain: AtomicBool,
    /// Wayland's desktop has a portal for keys.
    pub key_portal: AtomicBool,
    pub joining: AtomicBool,
    pub quitting: AtomicBool,
    pub mini_closed: Closed,
    /// Somebody looks at meters.
    pub levels_watched: watch::Sender<bool>,
    /// What happened before the page could listen.
    untold: Mutex<Vec<Problem>>,
    /// The link that came before the page could listen.
    link: Mutex<Option<String>>,
}

impl Shell {
    pub fn view(&self) -> ShellView {
        let on = |flag: &AtomicBool| flag.load(Ordering::Acquire);
        ShellView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            profile: self.profile.folder().display().to_string(),
            logs: self.profile.logs().display().to_string(),
            own_space: self.accounts.own_space.url(),
            offers_own_space: self.accounts.own_space.is_wanted(),
            tray: on(&self.state.tray),
            keychain: on(&self.state.keychain),
            link: self.waiting_link().clone(),
            joining: on(&self.state.joining),
            starts_at_login: login::is_on(&self.app),
            shortcuts: shortcuts::are_possible(self),
            advanced_defaults: Advanced::default(),
            keys_defaults: OwnKeys::default(),
            update: self.updates.view(&updates::source(&self.app)),
        }
    }

    /// Changes a fact of the view and tells the page.
    pub fn set(&self, flag: impl FnOnce(&State) -> &AtomicBool, on: bool) {
        flag(&self.state).store(on, Ordering::Release);
        self.emit(events::SHELL, &self.view());
    }

    /// Tells the user once; kept until the page listens.
    pub fn tell(&self, problem: Problem) {
        tracing::warn!(%problem, "told the user");
        if self.ready.is_window_usable() {
            self.emit(events::HAPPENING, &Event::Notice(problem));
        } else {
            self.untold().push(problem);
        }
    }

    /// Puts a link into the dial field and shows it. It is never dialled by itself.
    pub fn open_link(&self, link: String) {
        if self.ready.is_window_usable() {
            self.emit(events::LINK, &link);
        } else {
            *self.waiting_link() = Some(link);
        }
        windows::show_main(&self.app);
    }

    /// Calls an address of the history, because the user chose it outside of the window.
    pub async fn call_again(&self, address: &str, video: bool) -> Result<(), Problem> {
        let malformed = |why| Problem::new(ProblemCode::AddressMalformed).about(address).because(why);
        let to = DialTarget::parse(address).map_err(malformed)?;
        windows::show_main(&self.app);
        self.phone.dial(DialRequest::new(to, video)).await.map(drop)
    }

    /// The page listens now.
    pub fn window_is_usable(&self) {
        if self.ready.window_is_usable() {
            self.waiting_link().take();
            let untold = std::mem::take(&mut *self.untold());
            untold.into_iter().for_each(|problem| self.tell(problem));
        }
    }

    pub fn emit<T: Serialize + Clone>(&self, event: &str, value: &T) {
        if let Err(error) = self.app.emit(event, value) {
            tracing::warn!(%error, event, "a page was not told");
        }
    }

    fn waiting_link(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.state.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn untold(&self) -> std::sync::MutexGuard<'_, Vec<Problem>> {
        self.state.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
