//! Rooms of one's own, and what may be asked of a room while one is in it.

use crate::support::{TestPhone, space_config};
use ahoy_model::{CallStatus, DialTarget, MediaKind, ProblemCode};
use ahoy_phone::{CallView, DialRequest, Event, OwnRoom, RoomAction, RoomOrder, RoomView, Settings};
use ahoy_space::{Space, SpaceConfig};

fn draft(title: &str) -> OwnRoom {
    OwnRoom {
        id: None,
        title: title.into(),
        address: String::new(),
        capacity: 5,
        layout: "5up".into(),
        invited_only: true,
        owners: Vec::new(),
        members: vec!["/private/bob".into()],
        audience: Vec::new(),
        others_listen: false,
        record: true,
    }
}

/// Waits for a room of the only call.
async fn room<T>(
    phone: &TestPhone,
    what: &str,
    mut look: impl FnMut(&CallView, &RoomView) -> Option<T>,
) -> T {
    phone
        .until(what, |snapshot| {
            let call = snapshot.calls.first()?;
            look(call, call.room.as_ref()?)
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_made_used_recorded_changed_and_deleted_from_the_phone() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("media")).expect("a folder");
    let config = SpaceConfig { data: Some(folder.path().to_owned()), ..space_config() };
    let space = Space::start(config).await.expect("a space");
    let ada = TestPhone::start(&space, "ada", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let settings = bob.handle.snapshot().settings.clone();
    let quiet = Settings { join_muted: true, join_camera_off: true, ..settings };
    bob.handle.update_settings(quiet).await.expect("set");
    let eve = TestPhone::start(&space, "eve", 3, 800).await;

    assert_eq!(ada.handle.rooms().await.expect("rooms"), []);
    let made = ada.handle.save_room(draft("Harbour talk")).await.expect("made");
    assert_eq!((made.address.as_str(), made.title.as_str()), ("/public/harbour-talk", "Harbour talk"));
    assert_eq!(
        (&made.owners, &made.members),
        (&vec!["/private/ada".to_owned()], &vec!["/private/bob".into()])
    );
    assert_eq!(ada.handle.rooms().await.expect("rooms"), std::slice::from_ref(&made));
    // It is nobody else's to see or change, and its name is taken.
    assert_eq!(bob.handle.rooms().await.expect("rooms"), []);
    let stolen = OwnRoom { title: "Mine".into(), ..made.clone() };
    let refused = bob.handle.save_room(stolen).await.expect_err("not his");
    assert_eq!(refused.code, ProblemCode::RoomsNotAllowed);
    let taken = eve.handle.save_room(draft("Harbour talk")).await.expect_err("taken");
    assert_eq!(taken.code, ProblemCode::RoomRefused);
    let too_large = OwnRoom { capacity: 100_000, ..draft("Another") };
    assert_eq!(ada.handle.save_room(too_large).await.expect_err("too large").code, ProblemCode::RoomRefused);

    // Those who are named come in, others do not; it records from the first one on.
    let to = DialTarget::parse(&made.address).expect("an address");
    for phone in [&bob, &ada] {
        phone.handle.dial(DialRequest::new(to.clone(), true)).await.expect("dialled");
    }
    eve.handle.dial(DialRequest::new(to.clone(), true)).await.expect("dialled");
    eve.until("a refusal", |s| s.calls.first().filter(|call| call.end.is_some()).map(|_| ())).await;
    room(&bob, "the record mark", |call, room| {
        (call.status == CallStatus::Connected && room.recording && room.members.len() == 2).then_some(())
    })
    .await;
    room(&bob, "no right to end it", |_, room| (!room.can.record && !room.can.play).then_some(())).await;
    let rights = room(&ada, "rights", |_, room| (room.members.len() == 2).then_some(room.can)).await;
    assert!(rights.record && rights.play && rights.mute_others, "{rights:?}");

    // Bob came as he wished: unheard and unseen, and all were told.
    room(&ada, "bob's quiet coming", |_, room| {
        room.members.iter().any(|member| !member.own && member.muted && member.camera_off).then_some(())
    })
    .await;
    let bobs_call = bob.handle.snapshot().calls[0].id.clone();
    bob.handle.set_muted(bobs_call, false).await.expect("speaks");
    room(&ada, "bob's voice", |_, room| room.members.iter().all(|member| !member.muted).then_some(())).await;

    let call = ada.handle.snapshot().calls[0].id.clone();
    let ask = |action| ada.handle.ask_room(call.clone(), action);
    ask(RoomAction::Record { order: RoomOrder::Pause }).await.expect("asked");
    room(&bob, "a pause", |_, room| (room.recording && room.recording_paused).then_some(())).await;
    ask(RoomAction::Record { order: RoomOrder::Resume }).await.expect("asked");
    room(&bob, "no pause", |_, room| (room.recording && !room.recording_paused).then_some(())).await;
    ask(RoomAction::Record { order: RoomOrder::Stop }).await.expect("asked");
    room(&bob, "the end of recording", |_, room| (!room.recording).then_some(())).await;

    ask(RoomAction::Play { url: "ring:600:us".into() }).await.expect("asked");
    let name = room(&bob, "what plays", |_, room| room.playing.clone()).await;
    assert!(!name.paused, "{name:?}");
    ask(RoomAction::Playing { order: RoomOrder::Pause }).await.expect("asked");
    room(&bob, "its pause", |_, room| room.playing.as_ref().filter(|one| one.paused).map(|_| ())).await;
    ask(RoomAction::Playing { order: RoomOrder::Stop }).await.expect("asked");
    room(&bob, "its end", |_, room| room.playing.is_none().then_some(())).await;
    let mut events = ada.handle.events();
    ask(RoomAction::Play { url: "file:nothing.mp4".into() }).await.expect("asked");
    loop {
        if let Some(Event::Notice(problem)) = events.next().await {
            assert_eq!(problem.code, ProblemCode::FileUnreadable);
            break;
        }
    }
    let bobs = room(&ada, "bob", |_, room| {
        room.members.iter().find(|member| !member.own).map(|member| member.id.clone())
    })
    .await;
    ask(RoomAction::Mute { member: bobs, kind: MediaKind::Audio, on: true }).await.expect("asked");
    bob.until("that he is muted", |s| s.calls[0].muted.then_some(())).await;

    // A change is told to those in it; a deleted room puts everybody out.
    let renamed = OwnRoom { title: "Quay talk".into(), invited_only: false, ..made.clone() };
    let renamed = ada.handle.save_room(renamed).await.expect("changed");
    assert_eq!((renamed.address.as_str(), renamed.invited_only), ("/public/harbour-talk", false));
    room(&bob, "its new name", |_, room| (room.name == "Quay talk").then_some(())).await;
    ada.handle.delete_room(renamed.id.expect("an id")).await.expect("deleted");
    for phone in [&ada, &bob] {
        phone.until("the end", |s| s.calls.first().filter(|call| call.end.is_some()).map(|_| ())).await;
    }
    assert_eq!(ada.handle.rooms().await.expect("rooms"), []);
    for phone in [ada, bob, eve] {
        phone.handle.shut_down().await.expect("shut down");
    }
    space.shut_down().await;
}
