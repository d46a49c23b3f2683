//! Keys that work while another program has the keyboard: mute, push to talk, answer, hang up.

use crate::shell::Shell;
use crate::windows;
use ahoy_model::{Problem, ProblemCode};
use ahoy_phone::{CallView, Shortcuts, Snapshot};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Mute,
    PushToTalk,
    Answer,
    HangUp,
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

/// Whether the system hands such keys to programs. Wayland does so through a portal only, which is not asked yet.
pub fn are_possible() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("WAYLAND_DISPLAY").is_none_or(|name| name.is_empty())
}

/// Registers what the settings say, again after every change. Ends with the phone.
pub async fn follow(shell: Shell) {
    if !are_possible() {
        return;
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
