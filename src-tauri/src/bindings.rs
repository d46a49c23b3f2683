//! The commands and types that TypeScript sees. `ui/src/backend/bindings.gen.ts` is made from this by a test.

use crate::{commands, developer, lan, lan_commands, mini, nearby, shell, updates};
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
            commands::connect_calls,
            commands::merge_calls,
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
            commands::hold_talk_key,
            commands::set_volume,
            commands::set_preview,
            commands::set_camera_control,
            commands::reset_camera_controls,
            commands::test_speaker,
            commands::preflight,
            commands::save_report,
            commands::save_picture,
            commands::refresh_contacts,
            commands::update_settings,
            commands::test_ring,
            commands::save_file,
            commands::save_support_file,
            updates::check_for_updates,
            updates::install_update,
            commands::read_log,
            commands::open_chat,
            commands::close_chat,
            commands::older_messages,
            commands::send_text,
            commands::open_web,
            commands::rooms,
            commands::save_room,
            commands::delete_room,
            commands::delete_history,
            commands::mark_missed_seen,
            lan_commands::lan_view,
            lan_commands::refresh_lan,
            lan_commands::set_lan,
            lan_commands::accept_join,
            lan_commands::refuse_join,
            lan_commands::make_invite,
            lan_commands::revoke_invite,
            lan_commands::dismiss_member,
            lan_commands::nearby_view,
            lan_commands::look_nearby,
            lan_commands::look_at_address,
            lan_commands::ask_to_join,
            lan_commands::cancel_join,
            lan_commands::read_invite,
            lan_commands::accept_invite,
            developer::mint_token,
            developer::ring_me,
            developer::ask_raw,
            developer::wire_log,
            mini::show_main,
        ])
        .typ::<Snapshot>()
        .typ::<Event>()
        .typ::<Levels>()
        .typ::<TileId>()
        .typ::<shell::ShellView>()
        .typ::<lan::LanView>()
        .typ::<nearby::NearbyView>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// A command that is missing in one of these places is refused when a page asks for it.
    #[test]
    fn the_main_window_may_use_every_command() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |file: &str| std::fs::read_to_string(here.join(file)).unwrap();
        let (own, known, allowed) =
            (read("src/bindings.rs"), read("build.rs"), read("capabilities/main.json"));
        let commands: Vec<&str> = own
            .lines()
            .filter_map(|line| line.trim().strip_suffix(',')?.split_once("::"))
            .filter(|(room, _)| ["commands", "developer", "lan_commands", "mini", "updates"].contains(room))
            .map(|(_, command)| command)
            .collect();
        assert!(commands.len() > 30, "{commands:?}");
        for command in commands {
            assert!(known.contains(&format!("\"{command}\"")), "build.rs does not know {command}");
            let permission = format!("\"allow-{}\"", command.replace('_', "-"));
            assert!(allowed.contains(&permission), "the main window has no {permission}");
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
