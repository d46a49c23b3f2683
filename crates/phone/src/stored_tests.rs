//! Over the settings themselves: what is wrong in one place costs nothing in another.

use super::*;
use crate::settings::Settings;
use proptest::prelude::*;
use serde_json::json;

/// With something in every list and map, and nothing as at first that can be otherwise.
fn lived_in() -> Value {
    let mut settings = as_json(&Settings::default());
    let theirs = json!({
        "display_name": "Anna", "camera": "v4l:1", "microphone": "pulse:1", "speaker": "none", "ringer": "pulse:2",
        "known_devices": [{ "id": "v4l:1", "name": "Webcam" }], "ring_tone": "chime", "tone_region": "de",
        "favourites": ["/private/bob", "/public/echo"],
        "own_contacts": [{ "name": "Dora", "address": "sip:dora@example.org" }, { "name": "Office", "address": "+15550100" }],
        "auto_answer": ["/private/mum"], "ring_seconds": 45, "ring_volume": 0.25, "microphone_gain": 1.5,
        "caller_volumes": [{ "address": "/private/bob", "volume": 1.25 }], "video_width": 640, "video_height": 360,
        "video_fps": 15, "video_bitrate": 800_000, "video_codecs": "vp8_first", "audio_codecs": "g711_first",
        "theme": "dark", "language": "de", "text_size": 150, "camera_turn": 90, "user_variables": { "team": "blue" },
        "ice_servers": [{ "url": "stun:stun.example.org", "username": null }],
        "quiet_hours": { "on": true, "from": 60, "until": 120, "days": [1, 2] },
        "shortcuts": { "mute": "Ctrl+KeyM", "push_to_talk": null, "answer": null, "hang_up": null },
    });
    for (name, value) in theirs.as_object().unwrap() {
        settings[name] = value.clone();
    }
    for (name, value) in settings["advanced"].as_object_mut().unwrap() {
        if let Some(on) = value.as_bool() {
            *value = json!(!on);
        } else if name == "space_url" {
            *value = json!("wss://space.example");
        }
    }
    settings
}

/// The paths of all fields, records' own included.
fn fields(value: &Value, path: &str, all: &mut Vec<String>) {
    let usual = as_json(&Settings::default());
    for (name, value) in value.as_object().unwrap() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let mut usual = usual.clone();
        let is_record =
            at(&mut usual, &path).is_some_and(|it| it.as_object().is_some_and(|it| !it.is_empty()));
        if is_record {
            fields(value, &path, all);
        }
        all.push(path);
    }
}

fn all_fields() -> Vec<String> {
    let mut all = Vec::new();
    fields(&lived_in(), "", &mut all);
    all
}

fn nonsense() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!([1, "two", null, { "name": 3 }])),
        Just(json!({})),
        Just(json!({ "mute": 7, "from": "noon", "stats_ms": [] })),
    ]
}

proptest! {
    /// Whatever stands in one field, every other is what it was; and what is read can be written and read again.
    #[test]
    fn one_wrong_field_costs_nothing_else(index in any::<prop::sample::Index>(), wrong in nonsense()) {
        let all = all_fields();
        let path = index.get(&all);
        let (mut stored, whole) = (lived_in(), lived_in());
        wrong.clone_into(at(&mut stored, path).unwrap());
        let (read, unread) = Settings::from_stored(&stored);
        let read = as_json(&read);
        let (mut read, mut whole) = (read, whole);
        for other in &all {
            // A field that hangs on this one: the longest pause is never shorter than the first, and a key does one thing.
            let tied = (path.starts_with("own_keys") && other.starts_with("own_keys"))
                || (path.contains("reconnect_first_ms") && other.contains("reconnect_longest_ms"));
            let apart = !other.starts_with(path.as_str()) && !path.starts_with(other.as_str()) && !tied;
            if apart {
                prop_assert_eq!(at(&mut read, other), at(&mut whole, other), "{} after {} = {}", other, path, wrong);
            }
        }
        for name in &unread {
            let tied = name.contains("reconnect") || name.starts_with("own_keys");
            prop_assert!(tied || name.starts_with(path.as_str()), "{} is told for {}", name, path);
        }
        prop_assert_eq!(Settings::from_stored(&read).1, Vec::<String>::new(), "{} = {}", path, wrong);
    }

    /// However much is wrong, nothing panics, and what comes out is whole.
    #[test]
    fn wild_files_give_whole_settings(
        wrongs in prop::collection::vec((any::<prop::sample::Index>(), nonsense()), 0..12)
    ) {
        let all = all_fields();
        let mut stored = lived_in();
        for (index, wrong) in wrongs {
            if let Some(place) = at(&mut stored, index.get(&all).as_str()) {
                *place = wrong;
            }
        }
        let (read, _) = Settings::from_stored(&stored);
        prop_assert_eq!(Settings::from_stored(&as_json(&read)), (read, Vec::new()));
    }
}

#[test]
fn what_was_lived_in_is_read_whole() {
    let (read, unread) = Settings::from_stored(&lived_in());
    assert_eq!((as_json(&read), unread), (lived_in(), Vec::new()));
    assert!(all_fields().len() > 80, "records' own fields are among them");
}

#[test]
fn one_wrong_number_of_the_advanced_page_stays_alone() {
    let mut stored = lived_in();
    stored["advanced"]["stats_ms"] = json!("often");
    stored["advanced"]["connect_seconds"] = json!(100_000);
    stored["advanced"]["grace_ms"] = json!(1_234);
    let (read, unread) = Settings::from_stored(&stored);
    assert_eq!(unread, ["advanced.connect_seconds", "advanced.stats_ms"]);
    let usual = Settings::default().advanced;
    assert_eq!(
        (read.advanced.stats_ms, read.advanced.connect_seconds),
        (usual.stats_ms, usual.connect_seconds)
    );
    assert_eq!((read.advanced.grace_ms, read.advanced.camera_off_hidden), (1_234, true));
}

#[test]
fn lists_lose_only_the_entries_that_are_wrong() {
    let stored = json!({
        "favourites": ["/private/a", 7, "/private/b"],
        "own_contacts": [{ "name": "Dora", "address": "sip:dora@example.org" }, "nobody", { "name": "Eve", "address": "/private/eve", "note": 1 }],
        "ice_servers": [{ "url": "turn:turn.example.org:3478", "username": 7 }],
        "user_variables": { "team": "blue", "floor": 3 },
        "quiet_hours": { "days": ["Monday"] },
    });
    let (read, unread) = Settings::from_stored(&stored);
    assert_eq!(read.favourites, ["/private/a", "/private/b"]);
    assert_eq!(read.own_contacts.len(), 2);
    assert_eq!(
        read.ice_servers[0].url, "turn:turn.example.org:3478",
        "a server without its name is still a server"
    );
    assert_eq!(read.user_variables.get("team").map(String::as_str), Some("blue"));
    assert_eq!(read.quiet_hours, Settings::default().quiet_hours);
    let told = [
        "favourites[1]",
        "ice_servers[0].username",
        "own_contacts[1]",
        "quiet_hours.days[0]",
        "user_variables.floor",
    ];
    assert_eq!(unread, told);
}

#[test]
fn what_a_newer_version_knows_is_written_back() {
    let newer = json!({
        "display_name": "Anna", "sea": "green", "ring_tone": "whale", "theme": "dark",
        "advanced": { "stats_ms": 700, "patience": 5, "grace_ms": "gladly" },
        "own_contacts": [{ "name": "Dora", "address": "sip:dora@example.org", "birthday": "1 May" }],
        "user_variables": { "team": "blue", "room": "4" },
    });
    let (mut settings, _) = Settings::from_stored(&newer);
    settings.theme = "light".into();
    settings.user_variables.remove("room");
    settings.favourites.push("/private/bob".into());
    let written = settings.to_store(&newer, true);
    assert_eq!((&written["sea"], &written["advanced"]["patience"]), (&json!("green"), &json!(5)));
    assert_eq!(written["own_contacts"][0]["birthday"], "1 May");
    assert_eq!(
        (&written["ring_tone"], &written["advanced"]["grace_ms"]),
        (&json!("whale"), &json!("gladly"))
    );
    assert_eq!((&written["theme"], &written["advanced"]["stats_ms"]), (&json!("light"), &json!(700)));
    assert_eq!(written["user_variables"], json!({ "team": "blue" }), "what the user removed is gone");
    assert_eq!(written["favourites"], json!(["/private/bob"]));

    settings.ring_tone = ahoy_model::RingTone::Horn;
    assert_eq!(settings.to_store(&newer, true)["ring_tone"], "horn", "the user chose another one");
    assert_eq!(settings.to_store(&newer, false)["advanced"]["grace_ms"], 3_000, "nobody needs a damaged one");
}

#[test]
fn what_holds_for_this_run_only_is_not_written() {
    let before = lived_in();
    let (mut settings, _) = Settings::from_stored(&before);
    (settings.advanced.keep_settings, settings.advanced.keep_devices) = (true, false);
    settings.set_device(ahoy_model::DeviceKind::Camera, None);
    settings.theme = "light".into();
    let written = settings.to_store(&before, false);
    assert_eq!((&written["camera"], &written["theme"]), (&before["camera"], &json!("light")));
    assert_eq!(written["advanced"]["keep_devices"], false);

    settings.advanced.keep_settings = false;
    let written = settings.to_store(&before, false);
    assert_eq!((&written["camera"], &written["theme"]), (&before["camera"], &before["theme"]));
    assert_eq!(written["advanced"]["keep_settings"], false, "but that is known next time");
    let (next, _) = Settings::from_stored(&written);
    let next = Settings {
        advanced: crate::advanced::Advanced { keep_settings: true, ..next.advanced.clone() },
        ..next
    };
    assert_eq!(next.to_store(&written, false)["advanced"]["keep_settings"], true);
}
