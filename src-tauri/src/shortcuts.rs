//! Keys that work while another program has the keyboard: mute, push to talk, answer, hang up.

#[cfg(target_os = "linux")]
mod portal;

use crate::shell::Shell;
use crate::windows;
use ahoy_model::{Problem, ProblemCode};
use ahoy_phone::{CallView, Shortcuts, Snapshot};
use std::sync::atomic::Ordering;
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Mute,
    PushToTalk,
    Answer,
    HangUp,
}

impl Deed {
    #[cfg(target_os = "linux")]
    const ALL: [Self; 4] = [Self::Mute, Self::PushToTalk, Self::Answer, Self::HangUp];

    /// As a desktop's portal knows it.
    #[cfg(target_os = "linux")]
    fn id(self) -> &'static str {
        match self {
            Self::Mute => "mute",
            Self::PushToTalk => "push-to-talk",
            Self::Answer => "answer",
            Self::HangUp => "hang-up",
        }
    }
}

fn wanted(shortcuts: &Shortcuts) -> Vec<(Deed, String)> {
    let all = [
        (Deed::Mute, &shortcuts.mute),
        (Deed::PushToTalk, &shortcuts.push_to_talk),
        (Deed::Answer, &shortcuts.answer),
        (Deed::HangUp, &shortcuts.hang_up),
    ];
    all.into_iter().filter_map(|(deed, keys)| Some((deed, keys.clone()?))).collect()
}

/// Wayland hands keys to programs in the background through a portal only.
fn is_wayland() -> bool {
    cfg!(target_os = "linux") && std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty())
}

/// Whether the system hands such keys to programs, as far as can be known without asking.
pub fn are_possible(shell: &Shell) -> bool {
    !is_wayland() || shell.state.key_portal.load(Ordering::Acquire)
}

/// Registers what the settings say, again after every change. Ends with the phone.
pub async fn follow(shell: Shell) {
    #[cfg(target_os = "linux")]
    if is_wayland() {
        return by_portal(shell).await;
    }
    let mut snapshots = shell.phone.snapshots();
    let mut registered = Shortcuts::default();
    loop {
        let now = snapshots.borrow_and_update().settings.shortcuts.clone();
        if now != registered {
            let (keys, with) = (wanted(&now), shell.clone());
            // The keyboard's owner answers when it likes.
            let problems =
                tokio::task::spawn_blocking(move || register(&with, keys)).await.unwrap_or_default();
            problems.into_iter().for_each(|problem| shell.tell(problem));
            registered = now;
        }
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

/// The same through the desktop's portal. Without one the settings' page says so.
#[cfg(target_os = "linux")]
async fn by_portal(shell: Shell) {
    let Ok(bus) = zbus::Connection::session().await else { return };
    let offered = portal::is_offered(&bus).await;
    shell.set(|state| &state.key_portal, offered);
    if !offered {
        return;
    }
    let mut snapshots = shell.phone.snapshots();
    let mut bound = Shortcuts::default();
    let mut held = None;
    loop {
        let now = snapshots.borrow_and_update().settings.shortcuts.clone();
        if now != bound {
            if let Some((keys, _)) = held.take() {
                portal::Keys::release(keys).await;
            }
            let wanted = wanted(&now);
            if !wanted.is_empty() {
                match portal::Keys::bind(bus.clone(), &wanted).await {
                    Ok(granted) => held = Some(granted),
                    Err(error) => shell.tell(Problem::new(ProblemCode::ShortcutTaken).because(error)),
                }
            }
            bound = now;
        }
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return;
            },
            Some((deed, state)) = next(&mut held) => press(&shell, deed, state),
        }
    }
}

#[cfg(target_os = "linux")]
async fn next(
    held: &mut Option<(portal::Keys, tokio::sync::mpsc::Receiver<portal::Press>)>,
) -> Option<portal::Press> {
    match held {
        Some((_, presses)) => presses.recv().await,
        None => std::future::pending().await,
    }
}

fn register(shell: &Shell, keys: Vec<(Deed, String)>) -> Vec<Problem> {
    let keyboard = shell.app.global_shortcut();
    if let Err(error) = keyboard.unregister_all() {
        tracing::warn!(%error, "old shortcuts stay");
    }
    let one = |(deed, keys): (Deed, String)| {
        let with = shell.clone();
        let done = keyboard.on_shortcut(keys.as_str(), move |_, _, event| press(&with, deed, event.state));
        done.err().map(|error| Problem::new(ProblemCode::ShortcutTaken).about(keys).because(error))
    };
    keys.into_iter().filter_map(one).collect()
}

fn press(shell: &Shell, deed: Deed, state: ShortcutState) {
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        let snapshot = shell.phone.snapshot();
        let pressed = state == ShortcutState::Pressed;
        let (phone, active) = (&shell.phone, active(&snapshot));
        let done = match (deed, active) {
            (Deed::Mute, Some(call)) if pressed && call.actions.mute => {
                phone.set_muted(call.id.clone(), !call.muted).await
            }
            (Deed::PushToTalk, Some(_)) if snapshot.settings.push_to_talk => {
                phone.hold_talk_key(pressed).await
            }
            (Deed::PushToTalk, Some(call)) if call.actions.mute => {
                phone.set_muted(call.id.clone(), !pressed).await
            }
            (Deed::HangUp, Some(call)) if pressed && call.actions.hang_up => {
                phone.hang_up(call.id.clone()).await
            }
            (Deed::Answer, _) if pressed => match snapshot.calls.iter().find(|call| call.actions.answer) {
                Some(call) => {
                    windows::show_main(&shell.app);
                    phone.answer(call.id.clone(), call.with_video).await
                }
                None => Ok(()),
            },
            _ => Ok(()),
        };
        if let Err(problem) = done {
            shell.tell(problem);
        }
    });
}

/// The call that has the microphone, or else the one that is being dialled.
fn active(snapshot: &Snapshot) -> Option<&CallView> {
    let by_id =
        snapshot.active_call.as_ref().and_then(|id| snapshot.calls.iter().find(|call| call.id == *id));
    by_id.or_else(|| snapshot.calls.iter().find(|call| call.actions.hang_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_were_chosen_are_taken() {
        assert_eq!(wanted(&Shortcuts::default()), []);
        let one = Shortcuts { mute: Some("Ctrl+Alt+KeyM".into()), ..Shortcuts::default() };
        assert_eq!(wanted(&one), [(Deed::Mute, "Ctrl+Alt+KeyM".to_owned())]);
    }

    #[test]
    fn what_the_page_records_is_what_the_keyboard_understands() {
        use std::str::FromStr;
        use tauri_plugin_global_shortcut::Shortcut;
        for keys in ["Ctrl+Alt+KeyM", "Ctrl+Shift+Space", "Alt+F9", "Super+Digit1", "Ctrl+Alt+ArrowUp"] {
            assert!(Shortcut::from_str(keys).is_ok(), "{keys}");
        }
    }
}
