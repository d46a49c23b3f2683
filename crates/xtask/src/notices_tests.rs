use super::*;

#[test]
fn whoever_has_a_part_in_it_is_named_with_his_licence() {
    let text = text().unwrap();
    for (who, words) in [
        ("tauri 2.", "Permission is hereby granted"),
        // C code below a crate.
        ("opusic-sys ", "Xiph.Org Foundation"),
        ("openh264-sys2 ", "Cisco Systems"),
        ("libvpx", "WebM"),
        ("epaint_default_fonts ", "SIL OPEN FONT LICENSE"),
        // Pages.
        ("svelte ", "Svelte"),
        ("uqr ", "Permission is hereby granted"),
        ("the network that finds the background", "MediaPipe"),
    ] {
        let parts = text.split(RULE).collect::<Vec<_>>();
        let said = parts.windows(2).any(|it| it[0].contains(who) && it[1].contains(words));
        assert!(said, "{who}: {words}");
    }
    for ours in ["ahoy-media", "xtask 0", "vitest"] {
        assert!(!text.contains(&format!("\n{ours}")), "{ours} is nobody else's, or does not ship");
    }
}

#[test]
fn files_with_a_licence_are_told_from_others() {
    for name in [
        "license",
        "license-mit",
        "license.md",
        "copying",
        "notice.txt",
        "ofl.txt",
        "emoji-license.txt",
        "license.apache-2.0",
    ] {
        assert!(is_notice(name), "{name}");
    }
    for name in ["licenses.rs", "license.json", "readme.md", "lib.rs", "notices.py"] {
        assert!(!is_notice(name), "{name}");
    }
}
