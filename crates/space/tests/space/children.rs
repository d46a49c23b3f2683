//! Legs of a member: shared screens and further devices.

use crate::client::{Client, LONG, Talk, config, media, space, talk, verto};
use crate::media::End;
use crate::voices::Voice;
use ahoy_model::{AudioCodec, CallId, Flow, HangupCause, MediaKind, VideoCodec};
use ahoy_rtc::{SectionWish, Session, SessionConfig};
use ahoy_space::Space;
use ahoy_wire::{
    AudioFlags, CallAction, ClientBye, ClientVerto, DialogParams, EventBody, Member, ModifyAction,
    ServerVerto,
};
use std::time::{Duration, Instant};

/// Two that talk and see each other: Alice's mark is 1, Bob's is 2.
struct Scene {
    space: Space,
    alice: Client,
    bob: Client,
    a: CallId,
    b: CallId,
    a_member: ahoy_model::MemberId,
    a_end: End,
    b_end: End,
}

async fn scene(config: ahoy_space::SpaceConfig) -> Scene {
    let space = space(config).await;
    let Talk { alice, bob, a, b, a_member, a_media, b_media } = talk(&space).await;
    let (mut a_end, mut b_end) = (End::start(a_media, 1), End::start(b_media, 2));
    a_end.until("Bob's picture", |heard| heard.video > 5 && heard.shown == Some(2)).await;
    b_end.until("Alice's picture", |heard| heard.video > 5 && heard.shown == Some(1)).await;
    Scene { space, alice, bob, a, b, a_member, a_end, b_end }
}

/// As a browser's additional peer connection is.
fn send_only(sound: bool, picture: bool) -> SessionConfig {
    let flow = Flow::SendOnly;
    SessionConfig {
        audio: sound.then(|| SectionWish { flow, codecs: vec![AudioCodec::Opus] }),
        video: picture.then(|| SectionWish { flow, codecs: vec![VideoCodec::H264] }),
        ..media("screen")
    }
}

impl Scene {
    /// Alice adds a leg that shows `mark`.
    async fn add(&mut self, screen: bool, mark: u8) -> (CallId, ahoy_model::MemberId, End) {
        let child = CallId::random();
        let (session, events, sdp) = Session::offer(send_only(false, true)).await.expect("an offer");
        let member = self.alice.add(&child, &self.a, screen, &sdp).await.expect("taken");
        session.accept(&self.alice.answered_for(&child).await).await.expect("accepted");
        (child, member, End::start((session, events), mark))
    }
}

async fn joined(client: &mut Client) -> Member {
    client
        .event(|body| match body {
            EventBody::MemberJoined(change) if change.member.parent_id.is_some() => {
                Some(change.member.clone())
            }
            _ => None,
        })
        .await
}

async fn left(client: &mut Client) -> Member {
    client
        .event(|body| match body {
            EventBody::MemberLeft(change) => Some(change.member.clone()),
            _ => None,
        })
        .await
}

/// Waits for a layout that shows that member.
async fn layout_with(client: &mut Client, member: &ahoy_model::MemberId) {
    client
        .event(|body| match body {
            EventBody::LayoutChanged(change) => change
                .layout
                .layers
                .iter()
                .any(|layer| layer.member_id.as_ref() == Some(member))
                .then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_is_seen_instead_of_the_camera_while_it_lasts() {
    let mut scene = scene(config()).await;
    let (child, member, screen) = scene.add(true, 3).await;
    for client in [&mut scene.alice, &mut scene.bob] {
        let shown = joined(client).await;
        assert_eq!((shown.kind.as_deref(), &shown.member_id), (Some("screen"), &member));
        assert_eq!(shown.parent_id.as_ref(), Some(&scene.a_member));
        assert_eq!((shown.name.as_deref(), shown.call_id.as_ref()), (Some("Alice"), Some(&child)));
    }
    layout_with(&mut scene.bob, &member).await;
    let before = scene.b_end.heard().video;
    let heard =
        scene.b_end.until("the screen", |heard| heard.shown == Some(3) && heard.video > before + 20).await;
    assert_eq!((heard.wrong, heard.jumps), (0, 0), "one stream that goes on: {heard:?}");
    assert_eq!(heard.from, Some(1), "the voice is still Alice's");
    let asked = screen.heard().key_frames_asked;
    scene.b_end.session.request_key_frame();
    let mut screen = screen;
    screen.until("Bob's wish", |heard| heard.key_frames_asked > asked).await;

    let members = scene.bob.method(&scene.b, &member, CallAction::MemberList).await.expect("members");
    assert_eq!(members["members"].as_array().map(Vec::len), Some(3));

    scene.alice.bye(&child, None).await.expect("stopped");
    for client in [&mut scene.alice, &mut scene.bob] {
        assert_eq!(left(client).await.member_id, member);
    }
    layout_with(&mut scene.bob, &scene.a_member).await;
    let before = scene.b_end.heard().video;
    let heard = scene
        .b_end
        .until("the camera again", |heard| heard.shown == Some(1) && heard.video > before + 20)
        .await;
    assert_eq!((heard.wrong, heard.jumps), (0, 0), "{heard:?}");
    // The SDK goes on naming the member id of the screen as its own.
    scene.alice.method(&scene.a, &member, CallAction::Mute(vec![MediaKind::Audio])).await.expect("muted");
    let muted = scene.bob.event(|body| match body {
        EventBody::MemberUpdated(change) => Some(change.member.clone()),
        _ => None,
    });
    assert_eq!(muted.await.member_id, scene.a_member);
    let bye = |client: &Client| {
        client.events().filter(|event| matches!(verto(&event.body), Some(ServerVerto::Bye(_)))).count()
    };
    assert_eq!((bye(&scene.alice), bye(&scene.bob)), (0, 0), "no bye for a leg of a member");
    scene.space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_screen_comes_before_cameras_and_each_side_shows_its_own() {
    let mut scene = scene(config()).await;
    let (_camera, camera_member, _camera_end) = scene.add(false, 4).await;
    assert_eq!(joined(&mut scene.bob).await.kind.as_deref(), Some("device"));
    scene.b_end.until("the second camera", |heard| heard.shown == Some(4)).await;
    let (_screen, _, _screen_end) = scene.add(true, 5).await;
    scene.b_end.until("the screen", |heard| heard.shown == Some(5)).await;
    let (second, second_member, _second_end) = scene.add(true, 6).await;
    scene.b_end.until("the second screen", |heard| heard.shown == Some(6)).await;
    // Muted, the next one is seen.
    let mute = CallAction::Mute(vec![MediaKind::Video]);
    scene.bob.method(&scene.b, &second_member, mute).await.expect("muted by the other");
    scene.b_end.until("the first screen", |heard| heard.shown == Some(5)).await;
    // Whoever has hung up what is shown sees what was behind it; whom it concerns is named by its member id alone.
    scene.bob.method(&scene.b, &second_member, CallAction::MemberRemove).await.expect("removed");
    assert_eq!(left(&mut scene.alice).await.call_id.as_ref(), Some(&second));
    assert_eq!(scene.a_end.heard().shown, Some(2), "Alice sees Bob all the while");
    let heard = scene.b_end.heard();
    assert_eq!((heard.wrong, heard.jumps), (0, 0), "{heard:?}");
    assert_ne!(camera_member, second_member);
    scene.space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_rings_nobody_and_needs_a_parent_of_its_own_session() {
    let mut scene = scene(config()).await;
    let (_, _, sdp) = Session::offer(send_only(false, true)).await.expect("an offer");
    let stranger = scene.bob.add(&CallId::random(), &scene.a, true, &sdp).await;
    assert_eq!(stranger.expect_err("not Bob's call").cause, Some(HangupCause::InvalidCallReference));
    let orphan = scene.alice.add(&CallId::random(), &CallId::random(), true, &sdp).await;
    assert_eq!(orphan.expect_err("no call").cause, Some(HangupCause::InvalidCallReference));
    scene.alice.digits(&scene.a, "1").await.expect("the call goes on");
    scene
        .bob
        .event(|body| verto(body).and_then(|verto| matches!(verto, ServerVerto::Info(_)).then_some(())))
        .await;
    assert!(!scene.bob.seen().contains(&"verto.invite".to_owned()), "nothing rings");
    scene.space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_without_media_goes_without_a_bye_and_ends_with_its_call() {
    let mut config = config();
    config.timers.media = Duration::from_secs(3);
    let mut scene = scene(config).await;
    let child = CallId::random();
    // Its answer is never used: no media comes.
    let (_session, _events, sdp) = Session::offer(send_only(false, true)).await.expect("an offer");
    scene.alice.add(&child, &scene.a, true, &sdp).await.expect("taken");
    scene.alice.answered_for(&child).await;
    let gone = async {
        // Its leg is unknown when the space has given it up.
        while scene.alice.modify(&child, ModifyAction::Hold).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(LONG, gone).await.expect("given up");
    assert!(!scene.alice.seen().contains(&"verto.bye".to_owned()), "the SDK would end the whole call");
    let (_child, _member, mut screen) = scene.add(true, 3).await;
    scene.b_end.until("the screen", |heard| heard.shown == Some(3)).await;
    scene.alice.bye(&scene.a, None).await.expect("ended");
    assert_eq!(scene.bob.said_bye(&scene.b).await, HangupCause::NormalClearing);
    while scene.space.count().2 > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(screen.heard().connected);
    screen.until("its end", |heard| heard.video == 0).await;
    scene.space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hold_hides_the_screen_and_its_owner_may_agree_on_media_again() {
    let mut scene = scene(config()).await;
    let (child, _, screen) = scene.add(true, 3).await;
    scene.b_end.until("the screen", |heard| heard.shown == Some(3)).await;
    scene.alice.modify(&scene.a, ModifyAction::Hold).await.expect("held");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(scene.b_end.within(Duration::from_millis(400)).await, (0, 0), "held");
    scene.alice.modify(&scene.a, ModifyAction::Unhold).await.expect("back");
    let before = scene.b_end.heard().video;
    scene.b_end.until("the screen again", |heard| heard.video > before + 5 && heard.shown == Some(3)).await;
    let offer = screen.session.reoffer(send_only(false, true), true).await.expect("a new offer");
    let reply =
        scene.alice.modify(&child, ModifyAction::UpdateMedia { sdp: offer }).await.expect("an answer");
    screen.session.accept(&reply.sdp.expect("an SDP")).await.expect("accepted");
    let before = scene.b_end.heard().video;
    let heard = scene.b_end.until("the screen on new ways", |heard| heard.video > before + 20).await;
    assert_eq!((heard.shown, heard.wrong, heard.jumps), (Some(3), 0, 0));
    scene.space.shut_down().await;
}

/// A page was loaded again: its leg comes back with another media session, and what it shared is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leg_that_is_taken_up_again_goes_on_as_one_stream_without_its_screen() {
    let mut scene = scene(config()).await;
    let (_child, member, _screen) = scene.add(true, 3).await;
    scene.b_end.until("the screen", |heard| heard.shown == Some(3)).await;
    let (session, events, sdp) = Session::offer(media("alice")).await.expect("an offer");
    scene.alice.reattach(&scene.a, "/private/bob", &sdp).await.expect("taken up again");
    session.accept(&scene.alice.answered_for(&scene.a).await).await.expect("accepted");
    assert_eq!(left(&mut scene.bob).await.member_id, member);
    let begun = Instant::now();
    let mut again = End::start((session, events), 7);
    let (bob, alice) = tokio::join!(
        scene.b_end.until("the new camera", |heard| heard.shown == Some(7) && heard.from == Some(7)),
        again.until("Bob", |heard| heard.video > 0 && heard.audio > 0),
    );
    println!(
        "a new media session sees its first picture after {:?}",
        alice.first_picture.expect("one") - begun
    );
    assert_eq!((bob.wrong, bob.jumps), (0, 0), "{bob:?}");
    assert_eq!((alice.began_with_key, alice.wrong), (Some(true), 0));
    scene.space.shut_down().await;
}

/// A further microphone is heard together with the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_further_microphone_is_mixed_into_the_voice() {
    let space = space(config()).await;
    let Talk { mut alice, mut bob, a, a_media, b_media, .. } = talk(&space).await;
    let _first = Voice::start(a_media, 440.0);
    let mut ears = Voice::start(b_media, 0.0);
    ears.until("one voice", |part| part(440.0) > 0.08 && part(1_000.0) < 0.01).await;
    let child = CallId::random();
    let (session, events, sdp) = Session::offer(send_only(true, false)).await.expect("an offer");
    let member = alice.add(&child, &a, false, &sdp).await.expect("taken");
    session.accept(&alice.answered_for(&child).await).await.expect("accepted");
    let _second = Voice::start((session, events), 1_000.0);
    ears.until("both voices", |part| part(440.0) > 0.08 && part(1_000.0) > 0.08).await;
    // It can be muted by itself, and the other one goes on.
    let mute = CallAction::Mute(vec![MediaKind::Audio]);
    alice.method(&a, &member, mute).await.expect("muted");
    ears.until("the first one", |part| part(440.0) > 0.08 && part(1_000.0) < 0.01).await;
    alice.method(&a, &member, CallAction::Unmute(vec![MediaKind::Audio])).await.expect("unmuted");
    ears.until("both again", |part| part(440.0) > 0.08 && part(1_000.0) > 0.08).await;
    alice.bye(&child, None).await.expect("removed");
    assert_eq!(left(&mut bob).await.member_id, member);
    ears.until("one voice again", |part| part(440.0) > 0.08 && part(1_000.0) < 0.01).await;
    space.shut_down().await;
}

/// WIRE.md 14, items 9 and 16: the SDK names its main call outside and the leg inside, and its own call's ids with any
/// member's; and it destroys a call when media wishes come for a leg without a microphone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_is_named_by_its_dialog_and_by_its_member_id_and_is_told_no_wishes() {
    let mut scene = scene(config()).await;
    let child = CallId::random();
    let (session, events, sdp) = Session::offer(send_only(true, true)).await.expect("an offer");
    let member = scene.alice.add(&child, &scene.a, true, &sdp).await.expect("taken");
    session.accept(&scene.alice.answered_for(&child).await).await.expect("accepted");
    let _screen = End::start((session, events), 3);
    assert_eq!(joined(&mut scene.bob).await.member_id, member);
    scene.b_end.until("the screen", |heard| heard.shown == Some(3)).await;

    // By member id, whatever else is said: the screen's picture goes, the member's own stays.
    let mute = CallAction::Mute(vec![MediaKind::Video]);
    scene.alice.method(&scene.a, &member, mute).await.expect("muted");
    let muted = scene.bob.event(|body| match body {
        EventBody::MemberUpdated(change) => Some(change.member.clone()),
        _ => None,
    });
    let muted = muted.await;
    assert_eq!((&muted.member_id, muted.video_muted), (&member, Some(true)));
    scene.b_end.until("the camera", |heard| heard.shown == Some(1)).await;

    // Wishes for its sound, and then for the member's own: only these are said.
    let flags = AudioFlags { echo_cancellation: Some(false), ..AudioFlags::default() };
    let own = scene.a_member.clone();
    for whom in [&member, &own] {
        scene.alice.method(&scene.a, whom, CallAction::AudioFlags(flags.clone())).await.expect("set");
    }
    let wished = scene.alice.event(|body| match verto(body) {
        Some(ServerVerto::MediaParams(params)) => Some(params.call_id.clone()),
        _ => None,
    });
    assert_eq!(wished.await, scene.a);

    // The bye of the leg, in the envelope of the call.
    let bye = ClientBye::new(DialogParams::bare(child.clone()), None);
    scene.alice.verto(&scene.a, ClientVerto::Bye(bye)).await.expect("stopped");
    assert_eq!(left(&mut scene.bob).await.member_id, member);
    scene.bob.method(&scene.b, &own, CallAction::MemberList).await.expect("the call goes on");
    let before = scene.b_end.heard().video;
    scene.b_end.until("more of the camera", |heard| heard.video > before + 20).await;
    let others = scene.alice.events().filter(|event| {
        let wishes = |verto: &ServerVerto| matches!(verto, ServerVerto::MediaParams(_) | ServerVerto::Bye(_));
        verto(&event.body).is_some_and(wishes)
    });
    assert_eq!(others.count(), 0, "neither a bye nor further wishes");
    scene.space.shut_down().await;
}
