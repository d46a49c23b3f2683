use crate::ends::{answer, config, offer, pair, picture, sound};
use ahoy_model::{AudioCodec, Flow, VideoCodec};
use ahoy_rtc::{RtcError, Session, SessionEvent};

fn sections(sdp: &str) -> Vec<String> {
    sdp.split("\r\nm=").skip(1).map(|s| format!("m={s}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_has_two_whole_transports_and_no_group() {
    let (_a, sdp) = offer(config("a")).await;
    assert!(!sdp.contains("a=group"));
    assert!(!sdp.contains("sdes:mid"), "no mid in headers");
    let sections = sections(&sdp);
    assert_eq!(sections.len(), 2);
    let value =
        |section: &str, name: &str| section.lines().find_map(|l| l.strip_prefix(name)).unwrap().to_owned();
    let ports: Vec<String> = sections.iter().map(|s| s.split(' ').nth(1).unwrap().to_owned()).collect();
    assert!(ports[0] != ports[1] && ports.iter().all(|p| p != "9" && p != "0"));
    assert_ne!(value(&sections[0], "a=ice-ufrag:"), value(&sections[1], "a=ice-ufrag:"));
    for section in &sections {
        let candidates: Vec<&str> = section.lines().filter(|l| l.starts_with("a=candidate")).collect();
        assert!(
            !candidates.is_empty() && candidates.iter().all(|c| c.split(' ').nth(1) == Some("1")),
            "{candidates:?}"
        );
        assert_eq!(value(section, "a=setup:"), "actpass");
        assert_eq!(value(section, "a=msid:").split(' ').next(), Some("a"));
    }
    assert!(!sections[0].contains("transport-cc") && sections[1].contains("transport-cc"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directions_meet() {
    for (ours, theirs, agreed) in [
        (Flow::SendOnly, Flow::SendRecv, Flow::SendOnly),
        (Flow::SendRecv, Flow::RecvOnly, Flow::SendOnly),
        (Flow::RecvOnly, Flow::SendRecv, Flow::RecvOnly),
        (Flow::Inactive, Flow::SendRecv, Flow::Inactive),
    ] {
        let (mut a, mut b) = (config("a"), config("b"));
        a.video.as_mut().unwrap().flow = ours;
        b.video.as_mut().unwrap().flow = theirs;
        let (a, mut b) = pair(a, b).await;
        assert_eq!(a.session.negotiated().video.unwrap().1, agreed);
        let sent = a.session.send_video(picture(0, true, 2000));
        assert_eq!(sent, agreed.sends());
        if sent {
            assert!(b.video(2.0).await.is_some());
            assert!(!b.session.send_video(picture(0, true, 2000)));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_only_and_rejected_pictures() {
    let mut sound_only = config("b");
    sound_only.video = None;
    // Nobody wants pictures.
    let (a, mut b) = pair(sound_only.clone(), config("b")).await;
    assert_eq!(b.session.negotiated().video, None);
    assert!(a.session.send_audio(sound(1)) && b.audio(2.0).await.is_some());
    // The answer rejects them.
    let (mut a, sdp) = offer(config("a")).await;
    let (mut b, sdp) = answer(sound_only, &sdp).await;
    assert!(sdp.contains("m=video 0 "));
    a.session.accept(&sdp).await.unwrap();
    a.connected().await;
    b.connected().await;
    assert_eq!(a.session.negotiated().video, None);
    assert_eq!(a.session.negotiated().audio, Some((AudioCodec::Opus, Flow::SendRecv)));
    assert!(!a.session.send_video(picture(0, true, 100)));
    assert!(a.session.send_audio(sound(1)) && b.audio(2.0).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_say_what_is_wrong() {
    let (a, sdp) = offer(config("a")).await;
    assert!(matches!(a.session.accept("nonsense").await, Err(RtcError::MalformedSdp(_))));
    let reoffer = a.session.reoffer(config("a"), false).await;
    assert!(matches!(reoffer, Err(RtcError::WrongState(_))));
    let bundled = include_str!("../../testdata/outbound-full-s2c.sdp");
    assert!(matches!(a.session.accept(bundled).await, Err(RtcError::Bundled)));
    let mut vp8 = config("b");
    vp8.audio = None;
    vp8.video.as_mut().unwrap().codecs = vec![VideoCodec::Vp8];
    assert!(matches!(Session::answer(vp8, &sdp).await, Err(RtcError::Incompatible)));
    assert!(matches!(Session::answer(config("b"), "v=0").await, Err(RtcError::MalformedSdp(_))));
    let mut nothing = config("c");
    (nothing.audio, nothing.video) = (None, None);
    assert!(matches!(Session::offer(nothing).await, Err(RtcError::Incompatible)));
    a.session.close().await;
    assert!(matches!(a.session.accept(&sdp).await, Err(RtcError::Closed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_in_the_shape_of_freeswitch_are_accepted() {
    let (a, _) = offer(config("a")).await;
    a.session.accept(include_str!("../../testdata/freeswitch-answer.sdp")).await.unwrap();
    let negotiated = a.session.negotiated();
    assert_eq!(negotiated.audio, Some((AudioCodec::Opus, Flow::SendRecv)));
    assert_eq!(negotiated.video, Some((VideoCodec::H264, Flow::SendRecv)));
    // And one that connects: our own answer without mids, extensions and retransmissions, and with a group of nothing.
    let (mut a, sdp) = offer(config("a")).await;
    let (mut b, sdp) = answer(config("b"), &sdp).await;
    let gone = ["a=mid", "a=extmap", "a=msid", "a=ssrc", "a=rtcp-rsize", "a=fmtp:103", "a=rtpmap:103"];
    let plain: String = sdp
        .split_inclusive("\r\n")
        .filter(|l| {
            !gone.iter().any(|g| l.starts_with(g)) && !l.contains("transport-cc") && !l.contains("goog-remb")
        })
        .collect();
    let plain = plain.replace("SAVPF 102 103", "SAVPF 102");
    a.session.accept(&plain).await.unwrap();
    a.connected().await;
    b.connected().await;
    assert!(a.session.send_video(picture(0, true, 20_000)));
    assert!(b.video(2.0).await.is_some());
}

/// Chromium's answer to an application that prefers VP8 lists it first, and Chromium sends H.264, as the offer does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_an_answer_lists_the_offers_preference_is_used() {
    let with = |name: &str, codecs: &[VideoCodec]| {
        let mut config = config(name);
        config.video.as_mut().unwrap().codecs = codecs.to_vec();
        config
    };
    let (a, sdp) = offer(with("a", &[VideoCodec::H264, VideoCodec::Vp8])).await;
    let (_b, answer) = answer(with("b", &[VideoCodec::Vp8]), &sdp).await;
    assert!(answer.contains("SAVPF 96 97"), "{answer}");
    let h264 = "a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\n";
    let both = answer.replace("SAVPF 96 97", "SAVPF 96 97 102") + h264;
    a.session.accept(&both).await.unwrap();
    assert_eq!(a.session.negotiated().video, Some((VideoCodec::H264, Flow::SendRecv)));
}

/// What a max-bundle browser would offer: the second section has no transport of its own.
fn bundle(sdp: &str) -> String {
    let head_end = sdp.find("\r\nm=").unwrap() + 2;
    let parts = sections(sdp);
    let first = parts[0].clone();
    let transport = |l: &&str| ["a=ice-", "a=fingerprint", "a=setup"].iter().any(|p| l.starts_with(p));
    let words: String = first.lines().filter(transport).map(|l| format!("{l}\r\n")).collect();
    let mut second: String = parts[1]
        .lines()
        .filter(|l| !transport(l) && !l.starts_with("a=candidate"))
        .map(|l| format!("{l}\r\n"))
        .collect();
    let port = second.split(' ').nth(1).unwrap().to_owned();
    second = second.replacen(&port, "9", 1).replacen("a=mid", &format!("{words}a=mid"), 1);
    let head = sdp[..head_end].replace("a=msid-semantic", "a=group:BUNDLE 0 1\r\na=msid-semantic");
    format!("{head}{first}\r\n{second}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundled_offer_is_answered_on_one_transport() {
    let (_a, sdp) = offer(config("a")).await;
    let bundled = bundle(&sdp);
    let (b, answer) = answer(config("b"), &bundled).await;
    assert!(answer.contains("a=group:BUNDLE 0 1"), "{answer}");
    let sections = sections(&answer);
    assert!(sections[0].contains("a=candidate") && !sections[1].contains("a=candidate"));
    assert_eq!(b.session.negotiated().video, Some((VideoCodec::H264, Flow::SendRecv)));
    // The real thing: Chromium's bundled offer.
    let (_c, answer) = super::ends::answer(
        config("c"),
        include_str!("../../testdata/inbound-bundled-av-offer-never-answers-s2c.sdp"),
    )
    .await;
    assert!(answer.contains("a=group:BUNDLE 0 1"));
    // And max-compat, which gets separate transports.
    let (_d, answer) =
        super::ends::answer(config("d"), include_str!("../../testdata/outbound-full-c2s.sdp")).await;
    assert!(!answer.contains("a=group"));
    assert_eq!(answer.matches("a=setup:active").count(), 2);
    assert!(
        answer.contains("m=video ") && answer.contains("a=recvonly"),
        "their picture was sendonly: {answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_that_nobody_answers_is_not_connected() {
    let (mut a, _) = offer(config("a")).await;
    a.session.accept(include_str!("../../testdata/freeswitch-answer.sdp")).await.unwrap();
    let early = a.wait(1.0, |e| matches!(e, SessionEvent::Connected).then_some(())).await;
    assert!(early.is_none());
    assert!(!a.session.send_audio(sound(0)));
}
