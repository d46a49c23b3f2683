//! The desk, with a clock of its own, and the certificate.

use super::certificate::{CertificateError, OwnCertificate};
use super::desk::{DeskError, JoinDesk, MOST, MOST_EACH, PATIENCE};
use ahoy_model::{Fingerprint, Secret};
use ahoy_wire::lan::{JoinOutcome, Membership, Nonce, verification_code};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

fn desk() -> JoinDesk {
    JoinDesk::new(Fingerprint::new([5; 32]))
}

fn from(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

fn membership() -> Membership {
    let secret = |text: &str| Secret::new(text);
    Membership { space_id: "s".into(), space: "S".into(), token: secret("t"), refresh_token: secret("r") }
}

const JOINER: Nonce = Nonce::new([3; 16]);

fn knock(desk: &JoinDesk, now: Instant, last: u8) -> Result<(Secret, Nonce), DeskError> {
    desk.knock(now, from(last), " Bruno\u{202e} ", "bruno-desktop", JOINER.commitment())
}

#[test]
fn a_request_is_shown_once_its_number_is_told_and_both_see_one_code() {
    let (desk, now) = (desk(), Instant::now());
    let (secret, nonce) = knock(&desk, now, 1).unwrap();
    assert!(desk.waiting(now).is_empty(), "nothing to see yet");
    desk.open(now, &secret, JOINER).unwrap();
    let shown = desk.waiting(now);
    assert_eq!((shown[0].name.as_str(), shown[0].device.as_str()), ("Bruno", "bruno-desktop"));
    assert_eq!(shown[0].code, verification_code(&Fingerprint::new([5; 32]), &nonce, &JOINER));
    assert_eq!(desk.outcome(now, &secret), (JoinOutcome::Waiting, None));
    desk.decide(now, &shown[0].id, Some(membership())).unwrap();
    assert_eq!(desk.outcome(now, &secret), (JoinOutcome::Accepted, Some(membership())));
    assert!(desk.waiting(now).is_empty());
    assert_eq!(desk.decide(now, &shown[0].id, None), Err(DeskError::Unknown), "decided is decided");
}

#[test]
fn another_number_than_promised_and_a_guessed_secret_end_in_nothing() {
    let (desk, now) = (desk(), Instant::now());
    let (secret, _) = knock(&desk, now, 1).unwrap();
    assert_eq!(desk.open(now, &secret, Nonce::new([4; 16])), Err(DeskError::Broken));
    assert_eq!(desk.open(now, &secret, JOINER), Err(DeskError::Unknown), "there is no second guess");
    let (secret, _) = knock(&desk, now, 1).unwrap();
    let id = secret.expose().split('.').next().unwrap();
    for guess in [format!("{id}.AAAA"), format!("{id}."), id.to_owned(), String::new(), "x".repeat(9_000)] {
        let guess = Secret::new(guess);
        assert_eq!(desk.open(now, &guess, JOINER), Err(DeskError::Unknown));
        assert_eq!(desk.outcome(now, &guess), (JoinOutcome::Expired, None));
        desk.withdraw(now, &guess);
    }
    desk.open(now, &secret, JOINER).unwrap();
    assert_eq!(desk.waiting(now).len(), 1);
    desk.withdraw(now, &secret);
    assert!(desk.waiting(now).is_empty());
}

#[test]
fn the_desk_has_room_for_so_many_and_for_so_long() {
    let (desk, now) = (desk(), Instant::now());
    for _ in 0..MOST_EACH {
        knock(&desk, now, 1).unwrap();
    }
    assert_eq!(knock(&desk, now, 1).err(), Some(DeskError::Crowded), "one household");
    for last in 2.. {
        match knock(&desk, now, last) {
            Ok(_) => assert!(usize::from(last) <= MOST),
            Err(error) => {
                assert_eq!((error, usize::from(last)), (DeskError::Crowded, MOST - MOST_EACH + 2));
                break;
            }
        }
    }
    let soon = now + Duration::from_secs(31);
    let (secret, _) = knock(&desk, soon, 1).expect("those who never said their number are gone");
    desk.open(soon, &secret, JOINER).unwrap();
    assert_eq!(desk.deadline(soon), Some(soon + PATIENCE));
    let id = desk.waiting(soon)[0].id.clone();
    let late = soon + PATIENCE;
    assert_eq!(desk.outcome(late, &secret), (JoinOutcome::Expired, None));
    assert_eq!(desk.decide(late, &id, Some(membership())), Err(DeskError::Unknown));
}

#[test]
fn the_certificate_is_made_once_and_its_key_is_for_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let first = OwnCertificate::open(Some(folder.path()), "3f0c-77").unwrap().fingerprint;
    assert_eq!(OwnCertificate::open(Some(folder.path()), "3f0c-77").unwrap().fingerprint, first);
    assert_ne!(OwnCertificate::open(None, "3f0c-77").unwrap().fingerprint, first);
    let key = folder.path().join("lan-key.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&key, "nothing").unwrap();
    // Made anew by itself, everybody who pinned the old one would have to be told why.
    let damaged = OwnCertificate::open(Some(folder.path()), "3f0c-77").err();
    assert!(matches!(damaged, Some(CertificateError::Damaged(_))));
}
