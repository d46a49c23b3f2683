use super::*;

#[test]
fn numbers_from_a_damaged_file_do_no_harm() {
    let wild = Settings {
        ring_volume: f32::NAN,
        ring_seconds: 0,
        video_width: 641,
        video_height: 1_000_000,
        video_fps: 0,
        video_bitrate: u32::MAX,
        theme: "pink".into(),
        microphone_gain: 7.0,
        caller_volumes: vec![CallerVolume { address: "/private/a".into(), volume: f32::NAN }],
        display_name: "A\u{7}da".into(),
        ..Settings::default()
    };
    let tame = wild.clamped();
    assert_eq!((tame.ring_volume, tame.ring_seconds, tame.video_fps), (0.8, 5, 1));
    assert_eq!((tame.video_width, tame.video_height, tame.video_bitrate), (640, 1200, 8_000_000));
    assert_eq!((tame.theme.as_str(), tame.display_name.as_str()), ("system", "Ada"));
    assert_eq!((tame.microphone_gain, tame.volume_of("/private/a")), (2.0, 1.0));
    assert_eq!(tame.clone().clamped(), tame);
}

#[test]
fn what_other_versions_kept_is_taken_where_it_can_be() {
    // As the first version wrote it.
    let old = serde_json::json!({
        "display_name": "Anna", "camera": "test:picture", "ring_seconds": 45, "theme": "dark",
        "video_codecs": "vp8_first", "shortcuts": { "mute": "Ctrl+Alt+KeyM" },
    });
    let (settings, unread) = Settings::from_stored(&old);
    assert!(unread.is_empty());
    assert_eq!((settings.display_name.as_str(), settings.ring_seconds), ("Anna", 45));
    assert_eq!(
        (settings.language.as_str(), settings.text_size),
        ("system", 100),
        "what came later is as at first"
    );

    // As a later one may: a ring that we do not have, a field of another kind, one that we do not know.
    let new = serde_json::json!({
        "display_name": "Anna", "ring_tone": "whale", "favourites": "everybody", "colour_of_the_sea": "green",
        "language": "tlh", "quiet_hours": { "on": true, "moon": "full" }, "text_size": 900,
    });
    let (settings, unread) = Settings::from_stored(&new);
    assert_eq!(unread, ["favourites", "language", "ring_tone", "text_size"]);
    assert_eq!((settings.display_name.as_str(), settings.ring_tone), ("Anna", RingTone::Harbour));
    assert_eq!(
        (settings.language.as_str(), settings.text_size, settings.quiet_hours.on),
        ("system", 100, true)
    );
    assert_eq!(Settings::from_stored(&serde_json::json!([1])).1, ["settings"]);
    let all = serde_json::to_value(Settings::default()).unwrap();
    assert_eq!(Settings::from_stored(&all), (Settings::default(), Vec::new()), "there and back");
}
