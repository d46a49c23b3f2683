use super::*;
use ahoy_media::fake::FakeHardware;
use ahoy_model::DeviceId;
use ahoy_phone::{OwnIceServer, Phone, PhoneConfig, Settings};
use std::sync::Arc;

#[test]
fn files_go_nowhere_else_and_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_free(folder.path(), "../../Anna/\\ Berg.vcf", "1").unwrap();
    assert_eq!(first.parent(), Some(folder.path()));
    let second = write_free(folder.path(), "../../Anna/\\ Berg.vcf", "2").unwrap();
    assert_ne!(first, second);
    assert_eq!(fs::read_to_string(&first).unwrap(), "1");
    for name in ["", "..", "/", ".vcf", "a\0b"] {
        let path = write_free(folder.path(), name, "x").unwrap();
        assert_eq!(path.parent(), Some(folder.path()), "{name:?} became {}", path.display());
    }
}

#[test]
fn the_logs_end_begins_with_a_whole_line() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(log(folder.path()), "", "no log is an empty one");
    let line = "x".repeat(99);
    fs::write(folder.path().join("ahoy.log"), format!("{line}\n").repeat(4_000)).unwrap();
    let told = log(folder.path());
    assert!(told.len() as u64 <= TOLD && told.lines().all(|one| one.len() == 99));
}

#[tokio::test]
async fn the_support_file_names_nobody_and_holds_no_secret() {
    let settings = Settings {
        display_name: "Anna Berg".into(),
        camera: Some(DeviceId::new("test:picture")),
        favourites: vec!["/private/bruno".into()],
        ice_servers: vec![OwnIceServer {
            url: "turn:relay.test:3478".into(),
            username: Some("anna-b".into()),
        }],
        user_variables: [("crm".to_owned(), "hunter2".to_owned())].into(),
        ..Settings::default()
    };
    let phone = Phone::start(PhoneConfig { settings, ..PhoneConfig::new(Arc::new(FakeHardware::new())) });
    let mut snapshot = Snapshot::clone(&phone.snapshot());
    snapshot.own_name = Some("Anna Berg".into());
    snapshot.own_addresses = vec!["/private/anna".into()];
    let log = "INFO call from /private/anna by Anna Berg\nDEBUG bearer abcdef123456";
    let text = report(json!({ "version": "0" }), &snapshot, log);
    for secret in ["Anna", "bruno", "anna-b", "hunter2", "abcdef123456", "/private/anna"] {
        assert!(!text.contains(secret), "{secret} is in it");
    }
    let report: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(report["settings"]["ice_servers"][0]["url"], "turn:relay.test:3478");
    assert_eq!(report["log"].as_array().map(Vec::len), Some(2));
}
