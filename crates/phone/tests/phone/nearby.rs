//! People come into a space over its network: by invite, by asking; and only the pinned certificate counts.

use crate::support::{PATIENCE, TestPhone, space, space_config, talk};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{Fingerprint, Problem, ProblemCode, Secret};
use ahoy_phone::{Doorstep, Joined, RegistrationStatus, SpaceAccount, look};
use ahoy_space::{LanDoor, LanOptions, Space, SpaceConfig};
use ahoy_wire::lan::{Invite, InviteReply, WaitingPeople, paths};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

const HOUR: Duration = Duration::from_secs(3_600);

async fn open(space: &Space, port: u16) -> LanDoor {
    let options = LanOptions { port, name: "Anna’s space".into(), announce: false, turn: true };
    space.open_lan(options).await.expect("a door")
}

fn here(door: &LanDoor) -> String {
    format!("127.0.0.1:{}", door.port())
}

async fn doorstep(door: &LanDoor) -> Doorstep {
    Doorstep::find(&[here(door)], door.fingerprint()).await.expect("the door")
}

fn phone(account: SpaceAccount) -> TestPhone {
    TestPhone::signed_in(account, 1, 440, Arc::new(FakeHardware::new()), |_| {})
}

async fn refused_with(phone: &TestPhone, code: ProblemCode) -> Problem {
    phone
        .until(&format!("{code:?}"), |snapshot| {
            snapshot.registration_problem.clone().filter(|problem| problem.code == code)
        })
        .await
}

async fn invited(door: &LanDoor, name: &str) -> Joined {
    let invite = door.invite(HOUR).await.expect("a database").expect("room for one");
    doorstep(door).await.redeem(&invite, name).await.expect("a membership")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_lets_one_person_in_once() {
    let space = space().await;
    let door = open(&space, 0).await;
    let invite = door.invite(HOUR).await.unwrap().expect("room for one");
    // As the other person gets it.
    let invite = Invite::parse(invite.link().expose()).expect("its own link");
    assert_eq!(invite.fingerprint, door.fingerprint());
    let guessed = format!("{}x", invite.code.expose());
    let guess = Invite { code: Secret::new(guessed), ..invite.clone() };
    let refused = doorstep(&door).await.redeem(&guess, "Mallory").await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::InviteRefused);

    let joined = doorstep(&door).await.redeem(&invite, " Bruno Silva ").await.expect("a membership");
    assert_eq!(joined.membership.space, "Anna’s space");
    let again = doorstep(&door).await.redeem(&invite, "Mallory").await.unwrap_err();
    assert_eq!(again.code, ProblemCode::InviteRefused, "once");
    let bruno = phone(joined.account());
    bruno.registered().await;
    let address = bruno.until("an address", |now| now.own_addresses.first().cloned()).await;
    assert!(address.starts_with("/private/bruno-silva"), "{address}");
    let members = space.members().await.unwrap();
    assert_eq!((members.len(), members[0].name.as_str()), (1, "Bruno Silva"));
    assert!(members[0].is_online && members[0].device.is_some());

    let revoked = door.invite(HOUR).await.unwrap().expect("room for one");
    let listed = door.invites().await.unwrap();
    assert_eq!(listed.len(), 1);
    door.revoke(&listed[0].id).await.unwrap();
    let late = doorstep(&door).await.redeem(&revoked, "Mallory").await.unwrap_err();
    assert_eq!(late.code, ProblemCode::InviteRefused);
    let expired = door.invite(Duration::ZERO).await.unwrap().expect("room for one");
    let late = doorstep(&door).await.redeem(&expired, "Mallory").await.unwrap_err();
    assert_eq!(late.code, ProblemCode::InviteRefused);

    // The same name again is another person.
    let second = invited(&door, "Bruno Silva").await;
    let other = phone(second.account());
    let address = other.until("an address", |now| now.own_addresses.first().cloned()).await;
    assert!(address.starts_with("/private/bruno-silva-2"), "{address}");
    door.close().await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_called_what_it_is_called_now() {
    let space = space().await;
    let mut door = open(&space, 0).await;
    let waiting = doorstep(&door).await.knock("Bruno").await.expect("a knock");
    assert_eq!(waiting.space, "Anna’s space");
    door.rename(" Anna at home ").await;
    let knock = doorstep(&door).await.knock("Carla").await.expect("a knock");
    assert_eq!(knock.space, "Anna at home");
    let invite = door.invite(HOUR).await.unwrap().expect("room for one");
    assert_eq!(invite.space, "Anna at home");
    let request = door.requests().into_iter().find(|request| request.name == "Bruno").expect("a request");
    let (joined, accepted) = tokio::join!(waiting.wait(), door.accept(&request.id));
    accepted.expect("he still waits");
    assert_eq!(joined.expect("a membership").membership.space, "Anna at home");
    door.close().await;
    space.shut_down().await;
}

/// The app's own space has no TURN server at its first door, and one at the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_came_in_over_the_network_can_call_by_relays_only() {
    let space = space().await;
    let door = open(&space, 0).await;
    let port = door.relay_port().expect("relays");
    let hardware = || Arc::new(FakeHardware::new());
    let anna = TestPhone::start_with(&space, "anna", 1, 440, hardware(), |config| {
        config.settings.advanced.wire_log = true;
    })
    .await;
    let account = invited(&door, "Bruno").await.account();
    let bruno = TestPhone::signed_in(account, 2, 600, hardware(), |config| {
        config.settings.advanced.wire_log = true;
        config.settings.relay_only = true;
    });
    tokio::join!(anna.registered(), bruno.registered());
    let told = async |phone: &TestPhone, text: &str| {
        let lines = phone.handle.wire_log().await.unwrap();
        assert!(lines.iter().any(|line| line.text.contains("ice_servers")));
        lines.iter().any(|line| line.text.contains(text))
    };
    assert!(told(&bruno, &format!("turn:127.0.0.1:{port}?transport=udp")).await);
    assert!(!told(&anna, "turn:").await, "the first door needs none");
    let (out, into) = talk(&bruno, &anna, "anna").await;
    tokio::join!(bruno.sees(&out, 1), anna.sees(&into, 2));
    tokio::join!(bruno.hears(440.0, 500), anna.hears(600.0, 500));
    let path = |now: &ahoy_phone::Snapshot| now.calls[0].stats.as_ref()?.path.clone();
    assert_eq!(bruno.until("a path", path).await, "relay");
    door.close().await;
    space.shut_down().await;
}

/// A space without a window is owned over HTTPS.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_a_window_invites_and_answers_with_the_projects_credentials() {
    let project = Some(("home".to_owned(), Secret::new("made-up-api-token")));
    let space = Space::start(SpaceConfig { project, ..space_config() }).await.unwrap();
    let door = open(&space, 0).await;
    let https = reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap();
    let url = |path: &str| format!("https://{}{path}", here(&door));
    let post = |path: &str| https.post(url(path)).basic_auth("home", Some("made-up-api-token")).send();
    let guess = https.post(url(paths::INVITES)).basic_auth("home", Some("guessed")).send().await.unwrap();
    assert_eq!(guess.status(), 401);
    let nobody = https.get(url(paths::REQUESTS)).send().await.unwrap();
    assert_eq!(nobody.status(), 401);

    let invite: InviteReply = post(paths::INVITES).await.unwrap().json().await.unwrap();
    let invite = Invite::parse(invite.link.expose()).expect("a link");
    doorstep(&door).await.redeem(&invite, "Bruno").await.expect("a membership");

    for (name, path) in [("Carla", paths::ACCEPT), ("Mallory", paths::REFUSE)] {
        let knock = doorstep(&door).await.knock(name).await.expect("a knock");
        let waiting = https.get(url(paths::REQUESTS)).basic_auth("home", Some("made-up-api-token"));
        let mut waiting: WaitingPeople = waiting.send().await.unwrap().json().await.unwrap();
        let person = waiting.data.pop().expect("somebody");
        assert_eq!((person.name.as_str(), &person.code), (name, &knock.code));
        let path = path.replace("{id}", &person.id);
        let (outcome, answer) = tokio::join!(knock.wait(), post(&path));
        assert_eq!(answer.unwrap().status(), 204);
        assert_eq!(outcome.is_ok(), name == "Carla");
        assert_eq!(post(&path).await.unwrap().status(), 404, "decided is decided");
    }
    door.close().await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_sees_the_code_that_the_joiner_sees_and_says_yes_or_no() {
    let space = space().await;
    let door = open(&space, 0).await;
    let mut changes = door.changes();
    let knock = doorstep(&door).await.knock("Bruno").await.expect("a knock");
    changes.changed().await.expect("the door is open");
    let request = door.requests().pop().expect("a request");
    assert_eq!((request.name.as_str(), &request.code), ("Bruno", &knock.code));
    let (waited, accepted) = tokio::join!(knock.wait(), door.accept(&request.id));
    accepted.expect("it is still there");
    let bruno = phone(waited.expect("a membership").account());
    bruno.registered().await;
    assert!(door.accept(&request.id).await.is_err(), "decided is decided");

    let knock = doorstep(&door).await.knock("Mallory").await.expect("a knock");
    door.refuse(&door.requests().pop().expect("a request").id);
    assert_eq!(knock.wait().await.unwrap_err().code, ProblemCode::JoinRefused);
    let knock = doorstep(&door).await.knock("Carla").await.expect("a knock");
    knock.withdraw().await;
    assert!(door.requests().is_empty(), "nobody waits any more");
    door.close().await;

    // Whoever came in by a door goes with it.
    bruno
        .until("the door is closed", |now| (now.registration != RegistrationStatus::Online).then_some(()))
        .await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_is_refused_in_words_and_nothing_is_sent() {
    let (space, other) = (space().await, space().await);
    let (door, impostor) = (open(&space, 0).await, open(&other, 0).await);
    let mut account = invited(&door, "Bruno").await.account();
    // The impostor has taken the address.
    account.url = format!("wss://{}", here(&impostor));
    account.rest_url = format!("https://{}", here(&impostor));
    let bruno = phone(account.clone());
    let problem = refused_with(&bruno, ProblemCode::CertificateChanged).await;
    assert_eq!(bruno.handle.snapshot().registration, RegistrationStatus::Reconnecting, "{problem}");
    assert_eq!(other.count().0, 0, "no session");
    let found = Doorstep::find(&[here(&impostor)], door.fingerprint()).await;
    assert_eq!(found.unwrap_err().code, ProblemCode::CertificateChanged);
    let knocked = Doorstep { host: here(&impostor), pin: door.fingerprint() }.knock("Bruno").await;
    assert_eq!(knocked.err().map(|problem| problem.code), Some(ProblemCode::CertificateChanged));
    assert!(impostor.requests().is_empty());
    // A pin means nothing without TLS.
    account.url = other.url();
    let plain = phone(account);
    refused_with(&plain, ProblemCode::SpaceUntrusted).await;
    for (door, space) in [(door, space), (impostor, other)] {
        door.close().await;
        space.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_comes_back_after_a_restart_until_the_owner_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        let config = SpaceConfig { data: Some(folder.path().to_owned()), ..space_config() };
        Space::start(config).await.expect("a space")
    };
    let space = start().await;
    let door = open(&space, 0).await;
    let (port, print) = (door.port(), door.fingerprint());
    let bruno = phone(invited(&door, "Bruno").await.account());
    bruno.registered().await;
    door.close().await;
    space.shut_down().await;
    bruno.until("the end", |now| (now.registration != RegistrationStatus::Online).then_some(())).await;

    // Tokens of before are worth nothing: the space makes a new key with every start.
    let space = start().await;
    let door = open(&space, port).await;
    assert_eq!(door.fingerprint(), print, "the certificate stays");
    bruno.registered().await;
    let member = space.members().await.unwrap().remove(0);
    assert!(space.dismiss(&member.id).await.unwrap());
    refused_with(&bruno, ProblemCode::MembershipEnded).await;
    assert!(space.members().await.unwrap().is_empty());
    door.close().await;
    space.shut_down().await;
}

#[tokio::test]
async fn a_first_look_says_what_is_wrong_with_an_address() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_at = silent.local_addr().unwrap().to_string();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone_at = gone.local_addr().unwrap().to_string();
    drop(gone);
    let chatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let chatter_at = chatter.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = chatter.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example ready\r\n").await;
        }
    });
    for (host, code) in [
        ("[fe80::1]:7781", ProblemCode::AddressLinkLocal),
        ("[fe80::1%eth0]:7781", ProblemCode::AddressLinkLocal),
        (silent_at.as_str(), ProblemCode::AddressSilent),
        (gone_at.as_str(), ProblemCode::AddressRefusing),
        (chatter_at.as_str(), ProblemCode::NotASpace),
        ("no port", ProblemCode::AddressMalformed),
    ] {
        let looked = timeout(PATIENCE, look(host)).await.expect("an answer in time");
        assert_eq!(looked.map_err(|problem| problem.code), Err::<Fingerprint, _>(code), "{host}");
    }
}
