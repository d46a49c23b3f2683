//! Hold, mute, digits, a second caller, two devices of one user.

use crate::support::{PATIENCE, TestPhone, space, talk};
use ahoy_model::{AudioCodec, CallStatus, DeviceId, DeviceKind, EndReason, VideoCodec};
use ahoy_phone::{Event, TileId};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hold_stops_the_picture_and_resume_brings_it_back() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (out, into) = talk(&alice, &bob, "bob").await;
    bob.sees(&into, 1).await;

    alice.handle.hold(out.clone()).await.unwrap();
    alice.status(&out, CallStatus::Held).await;
    alice.until("the camera to rest", |s| (!s.camera_running).then_some(())).await;
    bob.until("no picture", |s| s.calls.iter().any(|c| c.id == into && !c.receives_video).then_some(()))
        .await;
    assert!(alice.handle.hold(out.clone()).await.is_err(), "it is held already");

    alice.handle.resume(out.clone()).await.unwrap();
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 2), bob.sees(&into, 1));
    tokio::join!(alice.hears(600.0, 500), bob.hears(440.0, 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mute_camera_and_digits_reach_the_far_side() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let mut bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (out, into) = talk(&alice, &bob, "bob").await;
    tokio::join!(bob.hears(440.0, 300), bob.sees(&into, 1));

    alice.handle.set_muted(out.clone(), true).await.unwrap();
    assert!(alice.handle.snapshot().calls[0].muted);
    let quiet = async {
        loop {
            let heard = bob.heard();
            let end = &heard[heard.len().saturating_sub(14_400)..];
            if end.iter().all(|sample| sample.abs() < 0.01) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, quiet).await.expect("silence");
    alice.handle.set_muted(out.clone(), false).await.unwrap();
    bob.hears(440.0, 300).await;

    alice.handle.set_camera(out.clone(), false).await.unwrap();
    alice.until("the camera to rest", |s| (!s.camera_running).then_some(())).await;
    bob.until("no picture", |s| s.calls.iter().any(|c| c.id == into && !c.receives_video).then_some(()))
        .await;
    alice.handle.set_camera(out.clone(), true).await.unwrap();
    bob.sees(&into, 1).await;

    assert!(alice.handle.send_digits(out.clone(), "1x".into()).await.is_err());
    alice.handle.send_digits(out.clone(), "5#".into()).await.unwrap();
    for expected in ["5", "#"] {
        let digit = bob.event(|e| match e {
            Event::DigitReceived { call, digit } if call == into => Some(digit),
            _ => None,
        });
        assert_eq!(digit.await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_caller_is_answered_and_the_first_waits() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let carol = TestPhone::start(&space, "carol", 3, 800).await;
    let (_, first) = talk(&alice, &bob, "bob").await;

    let out = carol.dial("bob", true).await;
    let second = bob.rings().await;
    assert_eq!(second.address, "/private/carol");
    assert_eq!(bob.handle.snapshot().active_call, Some(first.clone()));
    bob.handle.answer(second.id.clone(), true).await.unwrap();
    bob.status(&first, CallStatus::Held).await;
    bob.status(&second.id, CallStatus::Connected).await;
    assert_eq!(bob.handle.snapshot().active_call, Some(second.id.clone()));
    carol.status(&out, CallStatus::Connected).await;
    tokio::join!(bob.sees(&second.id, 3), carol.sees(&out, 2));
    bob.hears(800.0, 500).await;

    // Back to the first.
    bob.handle.set_active(first.clone()).await.unwrap();
    bob.status(&first, CallStatus::Connected).await;
    bob.status(&second.id, CallStatus::Held).await;
    bob.sees(&first, 1).await;
    bob.hears(440.0, 500).await;
    bob.handle.hang_up(first.clone()).await.unwrap();
    bob.until("the other call", |s| (s.active_call.as_ref() == Some(&second.id)).then_some(())).await;
    bob.handle.resume(second.id.clone()).await.unwrap();
    bob.status(&second.id, CallStatus::Connected).await;
    bob.sees(&second.id, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_device_that_answers_wins() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let desk = TestPhone::start(&space, "bob", 2, 600).await;
    let laptop = TestPhone::start(&space, "bob", 3, 700).await;
    let out = alice.dial("bob", true).await;
    let (at_desk, at_laptop) = tokio::join!(desk.rings(), laptop.rings());
    laptop.handle.silence(at_laptop.id.clone()).await.unwrap();
    assert!(laptop.rings().await.silenced);
    desk.handle.answer(at_desk.id.clone(), true).await.unwrap();
    assert_eq!(laptop.ended(&at_laptop.id).await, EndReason::AnsweredElsewhere);
    assert_eq!(laptop.handle.snapshot().missed, 0);
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 2), desk.sees(&at_desk.id, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_change_over_in_a_call_and_sound_alone_is_a_call() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let (_, into) = talk(&alice, &bob, "bob").await;
    bob.sees(&into, 1).await;
    let device = |id: &str| Some(DeviceId::new(id));
    alice.handle.choose_device(DeviceKind::Camera, device("test:picture=320x180@30,sender=9")).await.unwrap();
    alice.handle.choose_device(DeviceKind::Microphone, device("test:tone=900")).await.unwrap();
    let seen = async { while bob.codes(TileId::Remote(into.clone()), 1).await[0].sender != 9 {} };
    tokio::time::timeout(PATIENCE, seen).await.expect("the other camera");
    bob.hears(900.0, 500).await;
    bob.handle.hang_up(into).await.unwrap();

    let out = alice.dial("bob", false).await;
    let rings = bob.rings().await;
    assert!(!rings.with_video);
    bob.handle.answer(rings.id.clone(), true).await.unwrap();
    let view = alice.status(&out, CallStatus::Connected).await;
    assert!(view.actions.camera && view.actions.mute && view.camera_off);
    tokio::join!(bob.hears(900.0, 500), alice.hears(600.0, 500));
    assert!(!alice.handle.snapshot().camera_running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_sound_alone_gets_pictures_later_from_one_side_and_then_from_both() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let out = alice.dial("bob", false).await;
    let into = bob.rings().await.id;
    bob.handle.answer(into.clone(), true).await.unwrap();
    alice.status(&out, CallStatus::Connected).await;
    bob.status(&into, CallStatus::Connected).await;
    tokio::join!(bob.hears(440.0, 300), alice.hears(600.0, 300));
    // The called one shows himself: the other sees it without doing anything, and does not show herself.
    bob.handle.set_camera(into.clone(), true).await.unwrap();
    alice.sees(&out, 2).await;
    let view = alice.status(&out, CallStatus::Connected).await;
    assert!(view.with_video && view.camera_off && !alice.handle.snapshot().camera_running);
    // Then she does.
    alice.handle.set_camera(out.clone(), true).await.unwrap();
    tokio::join!(bob.sees(&into, 1), alice.sees(&out, 2));
    tokio::join!(bob.hears(440.0, 500), alice.hears(600.0, 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_comes_online_while_it_rings_rings_too() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let desk = TestPhone::start(&space, "bob", 2, 600).await;
    let out = alice.dial("bob", true).await;
    let at_desk = desk.rings().await;
    let laptop = TestPhone::start(&space, "bob", 3, 700).await;
    let at_laptop = laptop.rings().await;
    assert_eq!(at_laptop.address, "/private/alice");
    laptop.handle.answer(at_laptop.id.clone(), true).await.unwrap();
    assert_eq!(desk.ended(&at_desk.id).await, EndReason::AnsweredElsewhere);
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 3), laptop.sees(&at_laptop.id, 1));
    // One that comes later still has nothing to ring for.
    let tablet = TestPhone::start(&space, "bob", 4, 800).await;
    assert!(tablet.handle.snapshot().calls.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dial_may_ask_to_see_only_or_to_hear_only() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let mut request = ahoy_phone::DialRequest::new("/private/bob".to_owned().try_into().unwrap(), false);
    request.options.receive_video = Some(true);
    request.options.send_audio = Some(false);
    let out = alice.handle.dial(request).await.unwrap();
    let into = bob.rings().await;
    bob.handle.answer(into.id.clone(), true).await.unwrap();
    alice.status(&out, CallStatus::Connected).await;
    tokio::join!(alice.sees(&out, 2), alice.hears(600.0, 500));
    assert!(!alice.handle.snapshot().camera_running);
    let heard = bob.heard();
    assert!(heard.iter().all(|sample| sample.abs() < 0.01), "nothing of ours goes out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dial_may_choose_its_codecs_and_servers() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    // It never answers; that it is asked is enough.
    let stun = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let url = format!("stun:{}", stun.local_addr().unwrap());
    let mut request = ahoy_phone::DialRequest::new("/private/bob".to_owned().try_into().unwrap(), true);
    request.options.video_codecs = Some(ahoy_phone::VideoPreference::Vp8Only);
    request.options.audio_codecs = Some(ahoy_phone::AudioPreference::G711Only);
    request.options.ice_servers = Some(vec![ahoy_phone::OwnIceServer { url, username: None }]);
    let out = alice.handle.dial(request).await.unwrap();
    let mut asked = [0; 1500];
    let read = tokio::time::timeout(PATIENCE, stun.recv_from(&mut asked)).await;
    read.expect("the server is asked").unwrap();
    assert_eq!((&asked[..2], &asked[4..8]), (&[0, 1][..], &[0x21, 0x12, 0xa4, 0x42][..]), "how it sees us");
    let into = bob.rings().await;
    bob.handle.answer(into.id.clone(), true).await.unwrap();
    tokio::join!(alice.sees(&out, 2), bob.sees(&into.id, 1), alice.hears(600.0, 500));
    let agreed = alice.until("codecs", |s| {
        let stats = s.calls[0].stats.as_ref()?;
        stats.audio_codec.zip(stats.video_codec)
    });
    assert_eq!(agreed.await, (AudioCodec::Pcmu, VideoCodec::Vp8));
    alice.handle.hang_up(out.clone()).await.unwrap();
    alice.ended(&out).await;
    // The next one is as the settings say.
    let (out, _) = talk(&alice, &bob, "bob").await;
    let agreed = alice.until("codecs", |s| {
        let stats = s.calls.iter().find(|call| call.id == out)?.stats.as_ref()?;
        stats.audio_codec.zip(stats.video_codec)
    });
    assert_eq!(agreed.await, (AudioCodec::Opus, VideoCodec::H264));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answering_may_end_the_other_call_and_leaves_held_ones_alone() {
    let space = space().await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let carol = TestPhone::start(&space, "carol", 3, 800).await;
    let dave = TestPhone::start(&space, "dave", 4, 900).await;
    let (_, first) = talk(&alice, &bob, "bob").await;
    let out = carol.dial("bob", false).await;
    let second = bob.rings().await.id;
    bob.handle.answer(second.clone(), false).await.unwrap();
    bob.status(&first, CallStatus::Held).await;
    bob.status(&second, CallStatus::Connected).await;
    let last = dave.dial("bob", false).await;
    let third = bob.rings().await.id;
    bob.handle.end_and_answer(third.clone(), false).await.unwrap();
    assert_eq!(carol.ended(&out).await, EndReason::FarHungUp);
    assert_eq!(bob.ended(&second).await, EndReason::HungUp);
    dave.status(&last, CallStatus::Connected).await;
    bob.status(&third, CallStatus::Connected).await;
    bob.status(&first, CallStatus::Held).await;
    bob.hears(900.0, 500).await;
    // And back to the first.
    bob.handle.set_active(first.clone()).await.unwrap();
    bob.status(&third, CallStatus::Held).await;
    bob.hears(440.0, 500).await;
}

/// Waits until the phone's speaker has been silent for 300 ms.
async fn silence(phone: &TestPhone) {
    let quiet = async {
        loop {
            let heard = phone.heard();
            if heard.len() > 14_400 && heard[heard.len() - 14_400..].iter().all(|sample| sample.abs() < 0.01)
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, quiet).await.expect("silence");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_push_to_talk_one_is_heard_while_the_key_is_held() {
    let space = space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let bob = TestPhone::start(&space, "bob", 2, 600).await;
    let mut settings = alice.handle.snapshot().settings.clone();
    settings.push_to_talk = true;
    alice.handle.update_settings(settings).await.unwrap();
    let (out, _) = talk(&alice, &bob, "bob").await;
    alice.hears(600.0, 300).await;
    silence(&bob).await;
    alice.handle.hold_talk_key(true).await.unwrap();
    bob.hears(440.0, 300).await;
    assert!(!alice.handle.snapshot().calls[0].muted, "mute is another thing");
    alice.handle.hold_talk_key(false).await.unwrap();
    silence(&bob).await;

    // And a caller can be turned down, for the next call, too.
    alice.handle.set_volume(out.clone(), 0.0).await.unwrap();
    silence(&alice).await;
    let view = alice.status(&out, CallStatus::Connected).await;
    assert_eq!(view.volume, 0.0);
    assert_eq!(alice.handle.snapshot().settings.volume_of(&view.address), 0.0);
    alice.handle.set_volume(out, 1.0).await.unwrap();
    alice.hears(600.0, 300).await;
}
