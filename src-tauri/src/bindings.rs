//! The commands and types that TypeScript sees. `ui/src/backend/bindings.gen.ts` is made from this by a test.

use crate::{commands, shell};
use ahoy_phone::{Event, Levels, Snapshot, TileId};
use specta_typescript::semantic::Configuration;
use tauri::Wry;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

pub fn builder() -> Builder<Wry> {
    Builder::<Wry>::new()
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
        // Nothing that we send is NaN or infinite, so numbers are numbers.
        .semantic_types(Configuration::empty().enable_lossless_floats())
        .commands(collect_commands![
            commands::snapshot,
            commands::shell_view,
            commands::ready,
            commands::frames_door,
            commands::set_start_at_login,
            commands::watch_levels,
            commands::sign_in,
            commands::sign_in_here,
            commands::sign_out,
            commands::renewal,
            commands::set_renewal,
            commands::device_fingerprint,
            commands::keep_ice_credential,
            commands::set_online,
            commands::dial,
            commands::answer,
            commands::end_and_answer,
            commands::transfer,
            commands::decline,
            commands::silence,
            commands::hang_up,
            commands::set_muted,
            commands::set_camera,
            commands::ask_room,
            commands::hold,
            commands::resume,
            commands::send_digits,
            commands::screens,
            commands::share_screen,
            commands::stop_sharing,
            commands::set_active,
            commands::dismiss,
            commands::choose_device,
            commands::set_preview,
            commands::test_speaker,
            commands::refresh_contacts,
            commands::update_settings,
            commands::rooms,
            commands::save_room,
            commands::delete_room,
            commands::delete_history,
            commands::mark_missed_seen,
        ])
        .typ::<Snapshot>()
        .typ::<Event>()
        .typ::<Levels>()
        .typ::<TileId>()
        .typ::<shell::ShellView>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// What a page can call by its bindings must be let through to it, or the button does nothing.
    #[test]
    fn the_main_window_may_use_every_command() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
        let (bindings, listed, allowed) =
            (read("../ui/src/backend/bindings.gen.ts"), read("build.rs"), read("capabilities/main.json"));
        let commands: Vec<&str> =
            bindings.split("(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(commands.len() > 30, "{commands:?}");
        for command in commands {
            assert!(listed.contains(&format!("\"{command}\"")), "build.rs does not list {command}");
            let permission = format!("\"allow-{}\"", command.replace('_', "-"));
            assert!(allowed.contains(&permission), "capabilities/main.json lacks {permission}");
        }
    }

    /// With `UPDATE=1` in the environment the file is written; otherwise it must be as the types say.
    #[test]
    fn bindings_are_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/backend/bindings.gen.ts");
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("bindings.gen.ts");
        super::builder().export(specta_typescript::Typescript::default(), &made).unwrap();
        let made = std::fs::read_to_string(made).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "{} is old: run `cargo xtask bindings`", path.display());
    }
}
