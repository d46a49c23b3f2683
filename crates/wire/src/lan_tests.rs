use super::*;
use ahoy_model::{Fingerprint, Secret};
use proptest::prelude::*;
use std::collections::HashMap;

fn print(seed: u8) -> Fingerprint {
    Fingerprint::new([seed; 32])
}

fn announcement() -> Announcement {
    Announcement {
        space_id: "3f0c-77".into(),
        name: "Anna’s space".into(),
        host: "anna-laptop".into(),
        fingerprint: print(7),
    }
}

fn read(txt: &HashMap<String, Vec<u8>>) -> Result<Announcement, AnnouncementError> {
    Announcement::from_txt(|key| txt.get(key).map(Vec::as_slice))
}

fn txt(of: &Announcement) -> HashMap<String, Vec<u8>> {
    of.to_txt().into_iter().map(|(key, value)| (key.to_owned(), value.into_bytes())).collect()
}

#[test]
fn what_a_space_announces_is_read_again_and_what_is_missing_is_named() {
    let good = txt(&announcement());
    assert_eq!(read(&good), Ok(announcement()));
    for (key, value, error) in [
        ("v", Some("0"), AnnouncementError::Version),
        ("v", None, AnnouncementError::Version),
        ("v", Some("one"), AnnouncementError::Version),
        ("id", Some(""), AnnouncementError::Id),
        ("id", Some("../x"), AnnouncementError::Id),
        ("n", Some("\u{7}\u{202e} "), AnnouncementError::Name),
        ("f", Some("00"), AnnouncementError::Fingerprint),
    ] {
        let mut bad = good.clone();
        match value {
            Some(value) => drop(bad.insert(key.into(), value.into())),
            None => drop(bad.remove(key)),
        }
        assert_eq!(read(&bad), Err(error), "{key}={value:?}");
    }
    let mut newer = good.clone();
    newer.insert("v".into(), b"9".to_vec());
    newer.insert("x".into(), b"something new".to_vec());
    assert_eq!(read(&newer), Ok(announcement()));
    let long = Announcement { name: "𝕏".repeat(1_000), ..announcement() };
    assert!(long.to_txt().iter().all(|(key, value)| key.len() + 1 + value.len() < 255));
}

proptest! {
    #[test]
    fn garbage_in_txt_records_is_an_error_or_something_fit_to_show(
        records in proptest::collection::hash_map(
            "(v|id|n|h|f|[a-z]{0,3})",
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                "[0-9a-fA-F]{60,66}".prop_map(String::into_bytes),
                "\\PC{0,90}".prop_map(String::into_bytes),
                Just(b"1".to_vec()),
            ],
            0..9,
        ),
    ) {
        if let Ok(read) = read(&records) {
            prop_assert!(!read.name.is_empty() && read.name.chars().count() <= LONGEST_NAME);
            prop_assert!(!read.name.chars().chain(read.host.chars()).any(char::is_control));
            prop_assert!(!read.space_id.is_empty() && read.space_id.len() <= 64);
        }
    }

    #[test]
    fn garbage_in_links_is_refused(query in "[ -~é]{0,200}") {
        for path in ["ahoy:join?", "ahoy://join?"] {
            let text = format!("{path}{query}");
            prop_assert!(Invite::is_meant(&text) || Invite::parse(&text) == Err(InviteError::NotAnInvite));
        }
        let _ = Invite::parse(&query);
    }
}

fn invite() -> Invite {
    Invite {
        space: "Anna & Bruno’s".into(),
        hosts: vec!["192.168.1.20:7781".into(), "[fd00::20]:7781".into(), "anna.local:7781".into()],
        fingerprint: print(9),
        code: Secret::new("k3.0123456789abcdefABCDEF"),
        expires_at: 1_800_000_000,
    }
}

#[test]
fn an_invite_survives_its_link_however_the_system_writes_it() {
    let link = invite().link();
    let text = link.expose();
    assert!(text.starts_with("ahoy:join?s=Anna"), "{text}");
    assert_eq!(Invite::parse(text), Ok(invite()));
    for other in
        [text.replace("ahoy:join", "AHOY://join"), text.replace("join?", "//join/?"), format!(" {text}\n")]
    {
        assert_eq!(Invite::parse(&other), Ok(invite()), "{other}");
    }
    assert!(!format!("{:?}", invite()).contains("0123456789"), "the code never prints");
}

#[test]
fn a_link_that_misses_something_is_no_invite() {
    let text = invite().link().expose().to_owned();
    assert!(!Invite::is_meant("ahoy:/public/join"));
    assert!(!Invite::is_meant("ahoy:join"));
    assert_eq!(Invite::parse("ahoy:/private/anna"), Err(InviteError::NotAnInvite));
    for key in ["a=", "f=", "c=", "e="] {
        let bad = text.replace(&format!("&{key}"), "&zz=");
        assert_eq!(Invite::parse(&bad), Err(InviteError::Incomplete), "{bad}");
    }
    for host in ["anna.local", "anna.local:0", "a b:7", "u@h:7/x", "http://h:7", ":7", "h:99999"] {
        let encoded: String = url::form_urlencoded::byte_serialize(host.as_bytes()).collect();
        let bad = format!("ahoy:join?a={encoded}&f={}&c=k3.0123456789abcdef&e=1", print(1));
        assert_eq!(Invite::parse(&bad), Err(InviteError::Incomplete), "{host}");
    }
}

#[test]
fn the_code_is_the_same_on_both_sides_and_another_with_anything_changed() {
    let (space, joiner) = (Nonce::new([1; 16]), Nonce::new([2; 16]));
    let code = verification_code(&print(1), &space, &joiner);
    assert_eq!(code, verification_code(&print(1), &space, &joiner));
    assert_eq!(code.len(), 7);
    assert!(
        code.chars().enumerate().all(|(at, c)| if at == 3 { c == ' ' } else { c.is_ascii_digit() }),
        "{code}"
    );
    assert_ne!(code, verification_code(&print(2), &space, &joiner));
    assert_ne!(code, verification_code(&print(1), &joiner, &space));
    assert_ne!(space.commitment(), joiner.commitment());
    let text = serde_json::to_string(&joiner).unwrap();
    assert_eq!(serde_json::from_str::<Nonce>(&text).unwrap(), joiner);
    assert!(serde_json::from_str::<Nonce>("\"short\"").is_err());
}
