//! What goes wrong ends in one clear problem and a living phone.

use crate::support::{self, PATIENCE, TestPhone, account, space, talk};
use ahoy_media::DeviceError;
use ahoy_media::fake::{CameraFault, FakeHardware};
use ahoy_model::{CallStatus, DeviceId, DeviceInfo, DeviceKind, DeviceState, ProblemCode, Secret};
use ahoy_phone::{Event, RegistrationStatus, SpaceAccount, TileId};
use ahoy_space::{Space, SpaceConfig};
use std::sync::Arc;
use std::time::Duration;

fn notice(event: Event) -> Option<ProblemCode> {
    if let Event::Notice(problem) = event { Some(problem.code) } else { None }
}

fn device(kind: DeviceKind, id: &str, is_default: bool) -> DeviceInfo {
    DeviceInfo { id: DeviceId::new(id), kind, name: id.to_owned(), is_default, plugged: 0 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_hangs_costs_the_picture_and_not_the_call() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new().with_camera_fault(CameraFault::HangsAfter(30)));
    let mut alice = TestPhone::start_with(&space, "alice", 1, 440, hardware, |_| {}).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    alice.registered().await;
    let (out, _) = talk(&alice, &bob, "bob").await;
    assert_eq!(alice.event(notice).await, ProblemCode::CameraHung);
    alice
        .until("what became of the camera", |s| {
            let camera = s.devices.choices.iter().find(|choice| choice.kind == DeviceKind::Camera)?;
            (camera.state == DeviceState::Hung && !s.camera_running).then_some(())
        })
        .await;
    let view = alice.status(&out, CallStatus::Connected).await;
    assert_eq!(view.problem.map(|problem| problem.code), Some(ProblemCode::CameraHung));
    tokio::join!(alice.sees(&out, 2), bob.hears(440.0, 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_another_program_lets_go_of_is_seen() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new());
    let id = DeviceId::new("webcam");
    let busy = CameraFault::FailsOnOpen(DeviceError::Busy);
    hardware.plug_faulty(
        device(DeviceKind::Camera, "webcam", true),
        DeviceId::new("test:picture=320x180,sender=7"),
        busy,
    );
    let wired = hardware.clone();
    let mut alice = TestPhone::start_with(&space, "alice", 1, 440, wired, |config| {
        config.settings.camera = Some(id.clone());
    })
    .await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    alice.registered().await;
    let (_, into) = talk(&alice, &bob, "bob").await;
    assert_eq!(alice.event(notice).await, ProblemCode::CameraBusy);
    hardware.mend(&id);
    bob.sees(&into, 7).await;
    // Whatever was tried meanwhile, nobody was told again.
    let told = |event| match event {
        Event::Notice(problem) => Some(Err(problem.code)),
        Event::DeviceSwitched { kind: DeviceKind::Camera, to: Some(to), .. } => Some(Ok(to)),
        _ => None,
    };
    assert_eq!(alice.event(told).await, Ok("webcam".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_devices_at_all_is_a_call_all_the_same() {
    let space = space().await;
    let nothing = |config: &mut ahoy_phone::PhoneConfig| {
        (config.settings.camera, config.settings.microphone) = (None, Some(DeviceId::new("unplugged")));
        config.settings.speaker = Some(DeviceId::none());
    };
    let alice = TestPhone::start_with(&space, "alice", 1, 440, Arc::new(FakeHardware::new()), nothing).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    alice.registered().await;
    let (out, into) = talk(&alice, &bob, "bob").await;
    alice.sees(&out, 2).await;
    // A device that comes later joins in.
    alice.handle.choose_device(DeviceKind::Microphone, Some(DeviceId::new("test:tone=500"))).await.unwrap();
    alice
        .handle
        .choose_device(DeviceKind::Camera, Some(DeviceId::new("test:picture=320x180,sender=5")))
        .await
        .unwrap();
    tokio::join!(bob.hears(500.0, 500), bob.sees(&into, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headset_pulled_out_is_replaced_and_comes_back() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new());
    let device = |id: &str, is_default| device(DeviceKind::Microphone, id, is_default);
    hardware.plug(device("table", true), DeviceId::new("test:tone=500"));
    hardware.plug(device("headset", false), DeviceId::new("test:tone=900"));
    let mut alice = TestPhone::start_with(&space, "alice", 1, 440, hardware.clone(), |config| {
        config.settings.microphone = Some(DeviceId::new("headset"));
    })
    .await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    alice.registered().await;
    talk(&alice, &bob, "bob").await;
    bob.hears(900.0, 500).await;
    hardware.unplug(&DeviceId::new("headset"));
    bob.hears(500.0, 500).await;
    let to_table = |event| match event {
        Event::DeviceChanged { choice, .. } => choice.effective.filter(|id| id.as_str() == "table"),
        _ => None,
    };
    alice.event(to_table).await;
    hardware.plug(device("headset", false), DeviceId::new("test:tone=900"));
    bob.hears(900.0, 500).await;
}

/// A loose plug: nobody sees that it was out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headset_that_is_back_before_anybody_looked_is_heard_again() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new());
    let id = DeviceId::new("headset");
    let headset = device(DeviceKind::Microphone, "headset", true);
    hardware.plug(headset.clone(), DeviceId::new("test:tone=900"));
    let wanted = id.clone();
    let alice = TestPhone::start_with(&space, "alice", 1, 440, hardware.clone(), |config| {
        config.settings.microphone = Some(wanted);
    })
    .await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    alice.registered().await;
    talk(&alice, &bob, "bob").await;
    bob.hears(900.0, 500).await;
    for tone in [500, 700, 1100, 1300] {
        hardware.unplug(&id);
        hardware.plug(headset.clone(), DeviceId::new(format!("test:tone={tone}")));
        bob.hears(f64::from(tone), 500).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_wrong_or_over_are_refused_in_words() {
    let space = space().await;
    let refused = |account: SpaceAccount| async {
        let phone = TestPhone::signed_in(account, 1, 440, Arc::new(FakeHardware::new()), |_| {});
        let problem = phone
            .until("a refusal", |s| {
                (s.registration == RegistrationStatus::Refused).then(|| s.registration_problem.clone())
            })
            .await;
        assert!(!format!("{problem:?}").contains("eyJ"), "no token in a problem");
        problem.map(|problem| problem.code)
    };
    let mut stranger = account(&space, "alice").await;
    let other = support::space().await;
    stranger.token = account(&other, "alice").await.token;
    assert_eq!(refused(stranger).await, Some(ProblemCode::TokenRefused));
    let mut over = account(&space, "alice").await;
    over.token = space.mint("alice", None, Duration::ZERO).await.unwrap();
    let code = refused(over).await;
    assert!(matches!(code, Some(ProblemCode::TokenExpired | ProblemCode::TokenRefused)), "{code:?}");
    let mut nonsense = account(&space, "alice").await;
    nonsense.token = Secret::new("nonsense");
    assert_eq!(refused(nonsense).await, Some(ProblemCode::TokenMalformed));

    // And the phone lives: the right token helps.
    let phone =
        TestPhone::signed_in(account(&other, "eve").await, 1, 440, Arc::new(FakeHardware::new()), |_| {});
    phone.registered().await;
    phone.handle.sign_in(account(&space, "eve").await).await.unwrap();
    phone.registered().await;
    phone.handle.sign_out().await.unwrap();
    assert_eq!(phone.handle.snapshot().registration, RegistrationStatus::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_space_is_found_again_and_a_call_ends_in_words() {
    support::logs();
    let data = tempfile::tempdir().unwrap();
    let config = || SpaceConfig {
        data: Some(data.path().to_owned()),
        key: Some(Secret::new("the same key every time")),
        ..support::space_config()
    };
    let space = Space::start(config()).await.unwrap();
    let address = space.address();
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (out, _) = talk(&alice, &bob, "bob").await;
    space.shut_down().await;
    alice.until("reconnecting", |s| (s.registration == RegistrationStatus::Reconnecting).then_some(())).await;
    alice.ended(&out).await;
    assert!(
        alice
            .handle
            .dial(ahoy_phone::DialRequest::new("/private/bob".to_owned().try_into().unwrap(), true))
            .await
            .is_err_and(|problem| problem.code == ProblemCode::NotSignedIn)
    );

    let space = Space::start(SpaceConfig { listen: address, ..config() }).await.unwrap();
    let since = std::time::Instant::now();
    tokio::join!(alice.registered(), bob.registered());
    println!("registered again {:.2} s after the space came back", since.elapsed().as_secs_f32());
    let (out, into) = talk(&alice, &bob, "bob").await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    alice.handle.shut_down().await.unwrap();
    assert!(alice.handle.hang_up(out).await.is_err(), "it is shut down");
    bob.ended(&into).await;
    drop(space);
}

/// A disk that is full.
struct Full;

impl ahoy_phone::HistoryStore for Full {
    fn load(&mut self) -> ahoy_phone::history::Loaded {
        Default::default()
    }

    fn save(&mut self, _: &ahoy_phone::history::Recents) -> Result<(), ahoy_model::Problem> {
        Err(ahoy_model::Problem::new(ProblemCode::StorageFailed).because("no space left"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_that_cannot_be_written_is_told_and_still_shown() {
    let space = space().await;
    let mut alice = TestPhone::start_with(&space, "alice", 1, 440, Arc::new(FakeHardware::new()), |config| {
        config.history = Box::new(Full);
    })
    .await;
    alice.registered().await;
    let out = alice.dial("/private/nobody", false).await;
    alice.ended(&out).await;
    assert_eq!(alice.event(notice).await, ProblemCode::StorageFailed);
    assert_eq!(alice.handle.snapshot().history.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_lies_or_changes_its_size_is_shown_as_it_is() {
    let space = space().await;
    for (after, size) in [(0, (320, 240)), (40, (240, 320))] {
        let fault = CameraFault::ChangesSizeAfter(after, size.0, size.1);
        let hardware = Arc::new(FakeHardware::new().with_camera_fault(fault));
        let alice = TestPhone::start_with(&space, "alice", 1, 440, hardware, |_| {}).await;
        let bob = TestPhone::start(&space, "bob", 2, 600).await;
        alice.registered().await;
        let (_, into) = talk(&alice, &bob, "bob").await;
        alice
            .until("the size that comes", |s| {
                s.camera_format.filter(|format| (format.width, format.height) == size)
            })
            .await;
        let mut pictures = bob.handle.pictures(&TileId::Remote(into)).expect("a tile");
        let shown = async {
            while let Some(picture) = pictures.next().await {
                if (picture.width(), picture.height()) == size {
                    return;
                }
            }
            panic!("the pictures ended");
        };
        tokio::time::timeout(PATIENCE, shown).await.expect("the far side sees that size, too");
        alice.handle.shut_down().await.unwrap();
        bob.handle.shut_down().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_turned_here_is_turned_there() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (_, into) = talk(&alice, &bob, "bob").await;
    bob.sees(&into, 1).await;
    let mut settings = alice.handle.snapshot().settings.clone();
    settings.camera_turn = 90;
    alice.handle.update_settings(settings.clone()).await.unwrap();
    let mut pictures = bob.handle.pictures(&TileId::Remote(into.clone())).expect("a tile");
    let upright = async {
        while let Some(picture) = pictures.next().await {
            if picture.height() > picture.width() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, upright).await.expect("a picture on its side");
    // The plate in the picture can be read when it is turned back, and not in a mirror.
    settings.camera_turn = 360;
    alice.handle.update_settings(settings).await.unwrap();
    bob.sees(&into, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_cannot_do_as_much_is_asked_for_less() {
    let space = space().await;
    let hardware = Arc::new(FakeHardware::new().with_camera_fault(CameraFault::Overstrained(360, 15)));
    let mut alice = TestPhone::start_with(&space, "alice", 1, 440, hardware, |config| {
        (config.settings.video_width, config.settings.video_height) = (1920, 1080);
    })
    .await;
    alice.registered().await;
    alice.handle.set_preview(true).await.unwrap();
    let mut told = Vec::new();
    while told.len() < 3 {
        let reduced = |event| match event {
            Event::Notice(problem) if problem.code == ProblemCode::CameraReduced => problem.subject,
            _ => None,
        };
        told.push(alice.event(reduced).await);
    }
    assert_eq!(told, ["1280 × 720, 30 fps", "640 × 360, 30 fps", "640 × 360, 15 fps"]);
    let format = alice.until("pictures", |s| s.camera_format).await;
    assert_eq!((format.width, format.height), (640, 360));
}
