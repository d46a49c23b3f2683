use super::*;
use crate::store::{Membership, read_membership};
use ahoy_phone::Settings;

/// As those versions wrote them.
const OLDER: [(&str, &str); 6] = [
    ("the first", include_str!("../tests/older_settings/1-first.json")),
    ("with keys", include_str!("../tests/older_settings/2-keys.json")),
    ("with servers and codecs", include_str!("../tests/older_settings/3-paths.json")),
    ("with a voice", include_str!("../tests/older_settings/4-voice.json")),
    ("with people", include_str!("../tests/older_settings/5-people.json")),
    ("with the advanced page", include_str!("../tests/older_settings/6-advanced.json")),
];

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path(), text).unwrap();
        folder
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("settings.json")
    }

    fn beside(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.path().join(name)).ok()
    }

    fn now(&self) -> Value {
        load(&self.path()).unwrap().into()
    }
}

/// Every field of `old`, as it was said then.
fn same_words(old: &Value, now: &Value, path: &str) {
    for (name, was) in old.as_object().unwrap() {
        let path = format!("{path}.{name}");
        match name.as_str() {
            "silence_seconds" => assert_eq!(now["silence_ms"], was.as_u64().unwrap() * 1_000, "{path}"),
            _ if was.is_object() && !was.as_object().unwrap().is_empty() => {
                same_words(was, &now[name], &path)
            }
            _ => assert_eq!(&now[name], was, "{path}"),
        }
    }
}

#[test]
fn files_of_every_older_version_are_read_without_a_loss() {
    for (version, text) in OLDER {
        let folder = Folder::with(text);
        let found = make_ready(&folder.path());
        assert_eq!((found.by_newer, found.trouble), (false, None), "{version}");
        assert_eq!(
            folder.beside("settings.format-1.json").as_deref(),
            Some(text),
            "{version}: kept as it was"
        );
        let (old, now): (Value, Value) = (serde_json::from_str(text).unwrap(), folder.now());
        assert_eq!(now["format"], FORMAT);
        let (settings, unread) = Settings::from_stored(&now["settings"]);
        assert_eq!(unread, Vec::<String>::new(), "{version}");
        same_words(&old["settings"], &serde_json::to_value(&settings).unwrap(), version);
        if let Some(was) = old.get("membership") {
            let (member, unread) = read_membership(&now["membership"]);
            assert_eq!(unread, None, "{version}");
            same_words(was, &serde_json::to_value(member).unwrap(), version);
        }
        assert_eq!(now.get("lan"), old.get("lan"), "{version}");
        // Once is enough.
        let before = folder.now();
        assert_eq!(make_ready(&folder.path()).trouble, None);
        assert_eq!((folder.now(), folder.beside("settings.format-1-2.json")), (before, None), "{version}");
    }
}

#[test]
fn how_a_token_is_renewed_is_said_from_format_2_on() {
    let (_, text) = OLDER[1];
    let folder = Folder::with(text);
    make_ready(&folder.path());
    assert_eq!(folder.now()["membership"]["renewal"], json!({ "by": "nothing" }));
    let (member, _) = read_membership(&folder.now()["membership"]);
    assert!(matches!(member, Some(Membership::Elsewhere { .. })));
}

#[test]
fn a_step_does_not_trip_over_what_makes_no_sense() {
    for (text, ms) in [
        (r#"{"settings":{"advanced":{"silence_seconds":"long"}}}"#, json!("long")),
        (r#"{"settings":{"advanced":{"silence_seconds":18446744073709551615}}}"#, json!(u64::MAX)),
        (r#"{"settings":{"advanced":7},"membership":[]}"#, Value::Null),
        (r#"{"settings":null}"#, Value::Null),
        (r#"{"format":-3}"#, Value::Null),
        ("{}", Value::Null),
    ] {
        let folder = Folder::with(text);
        assert_eq!(make_ready(&folder.path()).trouble, None, "{text}");
        assert_eq!(folder.now()["settings"]["advanced"]["silence_ms"], ms, "{text}");
        let (settings, unread) = Settings::from_stored(&folder.now()["settings"]);
        assert_eq!(settings.advanced.silence_ms, 2_000);
        assert!(unread.len() <= 1, "{unread:?}");
    }
}

#[test]
fn a_newer_file_keeps_its_number_and_is_left_alone() {
    let text = r#"{"format":99,"settings":{"theme":"dark"},"sea":"green"}"#;
    let folder = Folder::with(text);
    let found = make_ready(&folder.path());
    assert!(found.by_newer && found.trouble.is_none());
    assert_eq!(fs::read_to_string(folder.path()).unwrap(), text);
}

#[test]
fn a_damaged_file_is_kept_aside_and_the_last_good_one_comes_back() {
    let good = r#"{"settings":{"display_name":"Anna","advanced":{"silence_seconds":9}}}"#;
    for damaged in ["", "{ \"settings\": ", "[1]", "\u{0}\u{0}\u{0}", "{} {}"] {
        let folder = Folder::with(damaged);
        let found = make_ready(&folder.path());
        assert_eq!(
            found.trouble.unwrap().code,
            ProblemCode::SettingsSetAside,
            "{damaged:?}: nothing was saved before"
        );
        assert!(!folder.path().exists());
        assert_eq!(folder.beside("settings.unreadable.json").as_deref(), Some(damaged));

        let folder = Folder::with(good);
        remember(&folder.path());
        fs::write(folder.path(), damaged).unwrap();
        let trouble = make_ready(&folder.path()).trouble.unwrap();
        assert_eq!(trouble.code, ProblemCode::SettingsRestored);
        assert!(trouble.subject.unwrap().ends_with("settings.unreadable.json"), "the user can find it");
        assert_eq!(folder.now()["settings"]["advanced"]["silence_ms"], 9_000, "and it is brought up, too");
        assert_eq!(folder.now()["settings"]["display_name"], "Anna");

        fs::write(folder.path(), "{").unwrap();
        make_ready(&folder.path());
        assert_eq!(folder.beside("settings.unreadable-2.json").as_deref(), Some("{"), "beside the first");
        assert_eq!(folder.beside("settings.unreadable.json").as_deref(), Some(damaged));
    }
}

#[test]
fn no_file_is_no_problem_and_one_that_may_not_be_read_is_not_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    assert_eq!(make_ready(&path).trouble, None);
    assert!(!path.exists());
    fs::write(&path, "{}").unwrap();
    assert_eq!(make_ready(&path).trouble, None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is kept of what is empty");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(make_ready(&path).trouble.unwrap().code, ProblemCode::StorageFailed);
    assert!(path.is_dir());
}

#[test]
fn copies_do_not_fill_the_disk() {
    let folder = Folder::with("{}");
    for _ in 0..COPIES * 2 {
        keep_copy(&folder.path(), "unreadable");
    }
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1 + COPIES);
}
