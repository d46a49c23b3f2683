//! Every command by name: only these exist for pages, and each window's capability file says which of them it may use.

const COMMANDS: &[&str] = &[
    "snapshot",
    "shell_view",
    "ready",
    "frames_door",
    "set_start_at_login",
    "watch_levels",
    "sign_in",
    "sign_in_here",
    "sign_out",
    "renewal",
    "set_renewal",
    "device_fingerprint",
    "keep_ice_credential",
    "set_online",
    "dial",
    "answer",
    "end_and_answer",
    "transfer",
    "connect_calls",
    "merge_calls",
    "decline",
    "silence",
    "hang_up",
    "set_muted",
    "set_camera",
    "ask_room",
    "hold",
    "resume",
    "send_digits",
    "screens",
    "share_screen",
    "stop_sharing",
    "set_active",
    "dismiss",
    "choose_device",
    "hold_talk_key",
    "set_volume",
    "set_preview",
    "set_camera_control",
    "reset_camera_controls",
    "test_speaker",
    "preflight",
    "save_report",
    "save_picture",
    "refresh_contacts",
    "update_settings",
    "test_ring",
    "save_file",
    "save_support_file",
    "check_for_updates",
    "install_update",
    "read_log",
    "open_chat",
    "close_chat",
    "older_messages",
    "send_text",
    "open_web",
    "rooms",
    "save_room",
    "delete_room",
    "delete_history",
    "mark_missed_seen",
    "lan_view",
    "refresh_lan",
    "set_lan",
    "accept_join",
    "refuse_join",
    "make_invite",
    "revoke_invite",
    "dismiss_member",
    "nearby_view",
    "look_nearby",
    "look_at_address",
    "ask_to_join",
    "cancel_join",
    "read_invite",
    "accept_invite",
    "mint_token",
    "ring_me",
    "ask_raw",
    "wire_log",
    "show_main",
];

/// The pages, which end up inside the binary.
const PAGES: &str = "../ui/dist";

fn main() {
    println!("cargo::rerun-if-changed={PAGES}");
    if !std::path::Path::new(PAGES).join("index.html").exists() {
        println!(
            "cargo::error=the pages are not built: run `cargo xtask run`, or `npm ci` and `npm run build` in ui"
        );
        return;
    }
    let commands = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={error:#}");
    }
}
