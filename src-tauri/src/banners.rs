//! Desktops that keep their "do not disturb" among their settings (GSettings): no banners are shown while it is on.

use crate::focus::{Focus, tell_banners};
use gio::prelude::*;
use tokio::sync::watch;

/// Schema and key of GNOME and of Cinnamon; true while banners are shown.
const KEYS: [(&str, &str); 2] = [
    ("org.gnome.desktop.notifications", "show-banners"),
    ("org.cinnamon.desktop.notifications", "display-notifications"),
];

/// Listens until it is dropped.
pub struct Banners(glib::MainLoop);

impl Drop for Banners {
    fn drop(&mut self) {
        self.0.quit();
    }
}

/// Tells what the settings of this desktop say, now and after every change. On a desktop that has none of them it says nothing.
pub fn watch(tell: watch::Sender<Focus>) -> Option<Banners> {
    // Asked for by name, a schema that is not installed would end the program.
    let installed = gio::SettingsSchemaSource::default()?;
    let has = |(schema, key): &(&str, &str)| installed.lookup(schema, true).is_some_and(|it| it.has_key(key));
    // Another desktop's setting may lie around.
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    let of_here = if desktop.contains("Cinnamon") { &KEYS[1..] } else { &KEYS[..1] };
    let (schema, key) = *of_here.iter().find(|key| has(key))?;
    Some(listen(tell, key, move || gio::Settings::new(schema)))
}

/// Settings tell their changes where they were made, so they are made on a thread of their own.
fn listen(
    tell: watch::Sender<Focus>,
    key: &'static str,
    settings: impl FnOnce() -> gio::Settings + Send + 'static,
) -> Banners {
    let context = glib::MainContext::new();
    let round = glib::MainLoop::new(Some(&context), false);
    let banners = Banners(round.clone());
    std::thread::spawn(move || {
        let ran = context.with_thread_default(|| {
            let settings = settings();
            tell_banners(&tell, settings.boolean(key));
            settings.connect_changed(Some(key), move |settings, key| {
                tell_banners(&tell, settings.boolean(key));
            });
            round.run();
        });
        if let Err(error) = ran {
            tracing::debug!(%error, "the desktop's settings cannot be followed");
        }
    });
    banners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_bus::PATIENCE;
    use std::sync::mpsc;
    use tokio::time::timeout;

    /// Settings in memory that another thread changes.
    #[tokio::test]
    async fn quiet_begins_and_ends_with_the_banners() {
        let (schema, key) = KEYS[0];
        let (tell, mut focus) = watch::channel(Focus::default());
        let (hand_over, handle) = mpsc::sync_channel(1);
        let banners = listen(tell, key, move || {
            let settings = gio::Settings::with_backend(schema, &gio::memory_settings_backend_new());
            let weak = glib::SendWeakRef::from(settings.downgrade());
            let context = glib::MainContext::ref_thread_default();
            hand_over.send((context, weak)).expect("the test listens");
            settings
        });
        let (context, weak) = handle.recv().expect("settings");
        let show = |shown: bool| {
            let weak = weak.clone();
            context.invoke(move || {
                let settings = weak.upgrade().expect("they live");
                settings.set_boolean(key, shown).expect("it can be written");
            });
        };
        for shown in [false, true, false] {
            show(shown);
            let heard = timeout(PATIENCE, focus.wait_for(|focus| focus.wants_quiet() != shown)).await;
            heard.expect("in time").expect("it lives");
        }
        drop(banners);
        let ended = timeout(PATIENCE, async { while focus.changed().await.is_ok() {} }).await;
        ended.expect("the thread ends with its listener");
    }
}
