use crate::ends::{config, pair, picture, sound};
use ahoy_model::{AudioCodec, Flow, VideoCodec};
use ahoy_rtc::SessionEvent;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_are_added_and_taken_away_while_sound_goes_on() {
    let mut sound_only = config("a");
    sound_only.video = None;
    let (mut a, mut b) = pair(sound_only.clone(), config("b")).await;
    let sdp = a.session.reoffer(config("a"), false).await.unwrap();
    assert!(a.session.send_audio(sound(1)), "sound is not disturbed");
    let sdp = b.session.reanswer(config("b"), &sdp).await.unwrap();
    a.session.accept(&sdp).await.unwrap();
    a.connected().await;
    b.connected().await;
    assert_eq!(a.session.negotiated().video, Some((VideoCodec::H264, Flow::SendRecv)));
    assert!(a.session.send_video(picture(0, true, 20_000)));
    assert!(b.video(2.0).await.is_some());
    // The other side takes it away again.
    let mut without = config("b");
    without.video = None;
    let sdp = b.session.reoffer(without, false).await.unwrap();
    assert!(sdp.contains("m=video 0 "));
    let sdp = a.session.reanswer(config("a"), &sdp).await.unwrap();
    b.session.accept(&sdp).await.unwrap();
    assert_eq!((a.session.negotiated().video, b.session.negotiated().video), (None, None));
    assert!(b.session.send_audio(sound(2)) && a.audio(2.0).await.is_some());
    // And back once more, on the same line.
    let sdp = b.session.reoffer(config("b"), false).await.unwrap();
    assert_eq!(sdp.matches("m=video ").count(), 1);
    let sdp = a.session.reanswer(config("a"), &sdp).await.unwrap();
    b.session.accept(&sdp).await.unwrap();
    b.connected().await;
    a.connected().await;
    assert!(b.session.send_video(picture(0, true, 20_000)));
    assert!(a.video(2.0).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hold_is_a_change_of_direction_without_new_transports() {
    let (a, mut b) = pair(config("a"), config("b")).await;
    let mut held = config("a");
    held.audio.as_mut().unwrap().flow = Flow::SendOnly;
    held.video.as_mut().unwrap().flow = Flow::Inactive;
    let sdp = a.session.reoffer(held, false).await.unwrap();
    let sdp = b.session.reanswer(config("b"), &sdp).await.unwrap();
    a.session.accept(&sdp).await.unwrap();
    assert!(!a.session.send_video(picture(0, true, 100)) && !b.session.send_audio(sound(0)));
    let sdp = a.session.reoffer(config("a"), false).await.unwrap();
    let sdp = b.session.reanswer(config("b"), &sdp).await.unwrap();
    a.session.accept(&sdp).await.unwrap();
    assert!(a.session.send_video(picture(0, true, 100)));
    assert!(b.video(2.0).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ice_restarts_on_both_transports_from_either_side() {
    let (mut a, mut b) = pair(config("a"), config("b")).await;
    for round in 0..2 {
        let started = Instant::now();
        let sdp = a.session.reoffer(config("a"), true).await.unwrap();
        let answer = b.session.reanswer(config("b"), &sdp).await.unwrap();
        for side in [&sdp, &answer] {
            assert_eq!(side.matches("a=candidate").count(), 2, "{side}");
        }
        a.session.accept(&answer).await.unwrap();
        // Media flows over the new path soon.
        let mut arrived = (false, false);
        for n in 0..200 {
            a.session.send_video(picture(n, true, 2000));
            a.session.send_audio(sound(n));
            b.wait(0.02, |e| {
                arrived.0 |= matches!(e, SessionEvent::Video(_));
                arrived.1 |= matches!(e, SessionEvent::Audio(_));
                (arrived == (true, true)).then_some(())
            })
            .await;
            if arrived == (true, true) {
                break;
            }
        }
        assert_eq!(arrived, (true, true), "round {round}");
        println!("media again {:?} after the restart began", started.elapsed());
        while a.wait(0.1, Some).await.is_some() {}
        while b.wait(0.1, Some).await.is_some() {}
        // The other side restarts next time.
        std::mem::swap(&mut a, &mut b);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codecs_change_in_a_running_session() {
    let (a, mut b) = pair(config("a"), config("b")).await;
    assert!(a.session.send_video(picture(0, true, 4_000)) && b.video(2.0).await.is_some());
    let mut other = config("a");
    if let (Some(audio), Some(video)) = (&mut other.audio, &mut other.video) {
        audio.codecs = vec![AudioCodec::Pcma];
        video.codecs = vec![VideoCodec::Vp8];
    }
    let mut both = config("b");
    if let (Some(audio), Some(video)) = (&mut both.audio, &mut both.video) {
        audio.codecs = vec![AudioCodec::Opus, AudioCodec::Pcma];
        video.codecs = vec![VideoCodec::H264, VideoCodec::Vp8];
    }
    let sdp = a.session.reoffer(other, false).await.unwrap();
    let sdp = b.session.reanswer(both, &sdp).await.unwrap();
    a.session.accept(&sdp).await.unwrap();
    let agreed = a.session.negotiated();
    assert_eq!(agreed, b.session.negotiated());
    assert_eq!(agreed.video, Some((VideoCodec::Vp8, Flow::SendRecv)));
    assert_eq!(agreed.audio, Some((AudioCodec::Pcma, Flow::SendRecv)));
    assert!(!a.session.send_video(picture(1, true, 4_000)), "H.264 is over");
    let frame = ahoy_model::EncodedFrame { codec: VideoCodec::Vp8, ..picture(2, true, 4_000) };
    assert!(a.session.send_video(frame.clone()));
    let got = b.video(2.0).await.expect("a picture");
    assert_eq!((got.codec, got.key, got.data), (VideoCodec::Vp8, true, frame.data));
    let packet = ahoy_model::AudioPacket { codec: AudioCodec::Pcma, ..sound(3) };
    assert!(a.session.send_audio(packet));
    assert_eq!(b.audio(2.0).await.expect("sound").codec, AudioCodec::Pcma);
}
