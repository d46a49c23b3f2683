//! One phone per profile: a second start hands its link to the first one and ends.

use crate::args::{self, Args};
use crate::shell::Shell;
use crate::windows;
use clap::Parser;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use tauri::Wry;
use tauri::plugin::TauriPlugin;
use tokio::sync::mpsc;

/// Starts that may wait until the first phone has come up; more are as good as one of them.
const QUEUE: usize = 8;

/// What a later start wants of the running phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaterStart {
    link: Option<String>,
    hidden: bool,
}

/// The name that starts of one profile share, built from the app's. The same binary gives the same folder the same name.
pub fn identity(app: &str, profile: Option<&Path>) -> String {
    let Some(profile) = profile else { return app.to_owned() };
    let mut hasher = DefaultHasher::new();
    std::path::absolute(profile).unwrap_or_else(|_| profile.to_owned()).hash(&mut hasher);
    // A part of a bus name may not begin with a digit.
    format!("{app}.p{:016x}", hasher.finish())
}

/// The plugin that ends a second start, and what such starts wanted. Where there is no bus to meet on, each start is the first.
pub fn one_per(identity: &str) -> (TauriPlugin<Wry>, mpsc::Receiver<LaterStart>) {
    let (starts, later) = mpsc::channel(QUEUE);
    let plugin = tauri_plugin_single_instance::Builder::new()
        .dbus_id(identity)
        .callback(move |_app, arguments, _folder| {
            if let Some(start) = understand(arguments) {
                let _ = starts.try_send(start);
            }
        })
        .build();
    (plugin, later)
}

/// The same program has checked them already; what it would not take is not ours to answer.
fn understand(arguments: Vec<String>) -> Option<LaterStart> {
    let args = Args::try_parse_from(arguments).ok()?;
    Some(LaterStart { link: args.link.as_deref().map(args::dial_text), hidden: args.hidden })
}

/// Does what later starts want: shows the window, fills the dial field. Never dials.
pub async fn follow(shell: Shell, mut later: mpsc::Receiver<LaterStart>) {
    while let Some(start) = later.recv().await {
        match start.link {
            Some(link) => shell.open_link(link),
            None if start.hidden => {}
            None => windows::show_main(&shell.app),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_has_a_name_of_its_own() {
        let own = |folder: &str| identity("app.ahoy.phone", Some(Path::new(folder)));
        assert_eq!(identity("app.ahoy.phone", None), "app.ahoy.phone");
        assert_eq!(own("/a/b"), own("/a/b"));
        assert_ne!(own("/a/b"), own("/a/c"));
        assert!(own("/a").starts_with("app.ahoy.phone.p"));
    }

    #[test]
    fn later_starts_say_what_they_want() {
        let start = |words: &[&str]| understand(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(
            start(&["ahoy", "--profile", "/a", "ahoy:bob"]),
            Some(LaterStart { link: Some("bob".into()), hidden: false })
        );
        assert_eq!(start(&["ahoy", "--hidden"]), Some(LaterStart { link: None, hidden: true }));
        assert_eq!(start(&["ahoy", "--no-such-thing"]), None);
    }
}
