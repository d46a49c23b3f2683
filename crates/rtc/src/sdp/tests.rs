use super::codec::{
    Order, agree_audio, agree_video, audio_again, audio_answer, audio_offer, video_again, video_answer,
    video_offer,
};
use super::merge::{Line, Merged, Ours};
use super::read::Description;
use super::split::Split;
use super::{Setup, TransportWords, inner};
use crate::session::Stereo;
use ahoy_model::{AudioCodec, Flow, MediaKind, VideoCodec};

/// Real descriptions of Chromium behind the browser SDK, and one in the shape that FreeSWITCH writes.
const SAMPLES: [(&str, &str); 10] = [
    ("max-compat offer", include_str!("../../testdata/outbound-full-c2s.sdp")),
    ("bundled answer", include_str!("../../testdata/outbound-full-s2c.sdp")),
    ("offer without candidates", include_str!("../../testdata/inbound-answer-client-hangup-s2c.sdp")),
    ("unbundled answer", include_str!("../../testdata/inbound-answer-client-hangup-c2s.sdp")),
    ("audio offer", include_str!("../../testdata/outbound-audio-only-c2s.sdp")),
    ("bundled offer", include_str!("../../testdata/inbound-bundled-av-offer-never-answers-s2c.sdp")),
    ("unbundled offer", include_str!("../../testdata/inbound-offer-with-blackhole-candidates-s2c.sdp")),
    ("offer with relay", include_str!("../../testdata/probe-turn-loopback-c2s.sdp")),
    ("audio answer to both", include_str!("../../testdata/inbound-answer-audio-only-to-av-offer-c2s.sdp")),
    ("FreeSWITCH answer", include_str!("../../testdata/freeswitch-answer.sdp")),
];

/// With the line ends of the wire; files have those of the repository.
fn wire(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn sample(name: &str) -> String {
    wire(SAMPLES.iter().find(|(n, _)| *n == name).unwrap().1)
}

#[test]
fn every_sample_is_understood() {
    for (name, text) in SAMPLES {
        let description = Description::parse(text).unwrap();
        for section in &description.sections {
            assert!(section.usable(), "{name}");
            match section.kind().unwrap() {
                MediaKind::Audio => {
                    let agreed = agree_audio(&[AudioCodec::Opus], &section.formats, Order::Ours).unwrap();
                    assert_eq!((agreed.payload, agreed.digits), (111, Some((110, 48_000))), "{name}");
                }
                MediaKind::Video => {
                    let agreed =
                        agree_video(&[VideoCodec::H264], &section.formats, section.twcc, Order::Ours)
                            .unwrap();
                    let chromium = name != "FreeSWITCH answer";
                    assert_eq!(
                        agreed.payload,
                        if chromium { 108 } else { 102 },
                        "{name}: the constrained one in mode 1"
                    );
                    assert_eq!(agreed.rtx, chromium.then_some(109), "{name}");
                    assert_eq!(agreed.twcc, chromium.then_some(3), "{name}");
                }
            }
        }
    }
}

#[test]
fn bundling_is_told_by_missing_candidates_not_by_groups_or_ufrags() {
    for (name, bundled) in [
        ("max-compat offer", false),
        ("bundled answer", true),
        ("offer without candidates", false),
        ("unbundled answer", false),
        ("audio offer", false),
        ("bundled offer", true),
        ("unbundled offer", false),
        ("offer with relay", false),
        ("FreeSWITCH answer", false),
    ] {
        let split = Split::of(&Description::parse(&sample(name)).unwrap());
        assert_eq!(split.is_bundled(), bundled, "{name}");
        let owners =
            if bundled { vec![Some(0), Some(0)] } else { (0..split.owners.len()).map(Some).collect() };
        assert_eq!(split.owners, owners, "{name}");
    }
}

#[test]
fn sections_without_fingerprint_or_with_port_0_are_rejections() {
    let freeswitch = sample("FreeSWITCH answer");
    let at = freeswitch.rfind("a=fingerprint").unwrap();
    let bogus = format!("{}{}", &freeswitch[..at], freeswitch[at..].split_once("\r\n").unwrap().1);
    assert_eq!(Split::of(&Description::parse(&bogus).unwrap()).owners, [Some(0), None]);
    let rejected = freeswitch.replace("m=video 26004", "m=video 0");
    assert_eq!(Split::of(&Description::parse(&rejected).unwrap()).owners, [Some(0), None]);
}

#[test]
fn tcp_names_and_other_components_are_no_candidates() {
    let text = sample("max-compat offer").replace(
        "a=setup:actpass\r\na=mid:0",
        "a=candidate:1 1 udp 1 0f1e.local 5000 typ host\r\na=candidate:1 2 udp 1 192.0.2.2 5000 typ host\r\na=setup:actpass\r\na=mid:0",
    );
    let description = Description::parse(&text).unwrap();
    assert_eq!(description.sections[0].candidates.len(), 3);
}

fn words(port: u16) -> TransportWords {
    TransportWords {
        ufrag: format!("ufrag{port}"),
        pwd: "passwordpasswordpassword".to_owned(),
        fingerprint: "sha-256 AA:BB".to_owned(),
        setup: Setup::Active,
        candidates: vec![format!("1 1 udp 2130706431 192.0.2.7 {port} typ host")],
    }
}

fn ours<'a>(kind: MediaKind, mid: &'a str, transport: &'a TransportWords) -> Line<'a> {
    let formats = match kind {
        MediaKind::Audio => audio_offer(&[AudioCodec::Opus], Stereo::IfOffered),
        MediaKind::Video => video_offer(&[VideoCodec::H264]),
    };
    Line::Ours(Box::new(Ours {
        kind,
        mid: Some(mid),
        flow: Flow::SendRecv,
        formats,
        transport,
        setup: Setup::ActPass,
        repeats_transport: false,
        twcc: (kind == MediaKind::Video).then_some(3),
        ssrc: 10,
        rtx_ssrc: (kind == MediaKind::Video).then_some(11),
        track: "track",
    }))
}

#[test]
fn an_offer_of_ours_looks_like_this() {
    let (audio, video) = (words(5000), words(5002));
    let sections = vec![ours(MediaKind::Audio, "0", &audio), ours(MediaKind::Video, "1", &video)];
    let sdp = Merged { id: 1, version: 2, stream: "ahoy", group: None, sections }.write();
    assert_eq!(sdp, wire(include_str!("../../testdata/golden-offer.sdp")));
    // And we understand it ourselves.
    let description = Description::parse(&sdp).unwrap();
    assert_eq!(Split::of(&description).owners, [Some(0), Some(1)]);
    assert_eq!(description.sections[1].words().unwrap(), TransportWords { setup: Setup::ActPass, ..video });
}

#[test]
fn rejected_lines_keep_their_place_and_their_words() {
    let audio = words(5000);
    let formats = ["webrtc-datachannel".to_owned()];
    let rejected =
        Line::Rejected { media: "application", protocol: "UDP/DTLS/SCTP", formats: &formats, mid: Some("2") };
    let sdp = Merged {
        id: 1,
        version: 1,
        stream: "s",
        group: None,
        sections: vec![ours(MediaKind::Audio, "0", &audio), rejected],
    }
    .write();
    let tail = sdp.split_once("m=application").unwrap().1;
    assert_eq!(tail, " 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=inactive\r\n");
}

#[test]
fn answers_use_the_far_sides_numbers() {
    let description = Description::parse(&sample("max-compat offer")).unwrap();
    let audio =
        agree_audio(&[AudioCodec::Pcmu, AudioCodec::Opus], &description.sections[0].formats, Order::Ours)
            .unwrap();
    assert_eq!((audio.codec, audio.digits), (AudioCodec::Pcmu, Some((126, 8_000))));
    assert_eq!(
        audio_answer(&audio, Stereo::IfOffered).iter().map(|f| f.payload).collect::<Vec<_>>(),
        [0, 126]
    );
    let video =
        agree_video(&[VideoCodec::Vp8], &description.sections[1].formats, Some(3), Order::Ours).unwrap();
    assert_eq!(video_answer(&video).iter().map(|f| f.payload).collect::<Vec<_>>(), [96, 97]);
    assert!(agree_audio(&[AudioCodec::Opus], &description.sections[1].formats, Order::Ours).is_none());
}

#[test]
fn the_real_services_answer_is_vp8_on_transports_of_their_own() {
    let description =
        Description::parse(&wire(include_str!("../../testdata/freeswitch-answer-vp8.sdp"))).unwrap();
    let split = Split::of(&description);
    assert_eq!((split.is_bundled(), &split.owners[..]), (false, &[Some(0), Some(1)][..]));
    let [sound, picture] = &description.sections[..] else { panic!("two sections") };
    let audio = agree_audio(&[AudioCodec::Pcmu, AudioCodec::Opus], &sound.formats, Order::Theirs).unwrap();
    assert_eq!((audio.codec, audio.payload, audio.digits), (AudioCodec::Opus, 111, Some((110, 48_000))));
    for order in [Order::Ours, Order::Theirs] {
        let wish = [VideoCodec::H264, VideoCodec::Vp8];
        let video = agree_video(&wish, &picture.formats, picture.twcc, order).unwrap();
        assert_eq!((video.codec, video.payload, video.rtx, video.twcc), (VideoCodec::Vp8, 96, None, Some(3)));
        assert!(video.feedback.nack && video.feedback.pli && video.feedback.fir && !video.feedback.remb);
    }
    assert!(agree_video(&[VideoCodec::H264], &picture.formats, picture.twcc, Order::Ours).is_none());
}

#[test]
fn either_sides_order_can_decide() {
    let offer = video_offer(&[VideoCodec::Vp8, VideoCodec::H264]);
    let chosen =
        |order| agree_video(&[VideoCodec::H264, VideoCodec::Vp8], &offer, None, order).unwrap().codec;
    assert_eq!((chosen(Order::Ours), chosen(Order::Theirs)), (VideoCodec::H264, VideoCodec::Vp8));
    let offer = audio_offer(&[AudioCodec::Pcma, AudioCodec::Opus], Stereo::IfOffered);
    let wish = [AudioCodec::Opus, AudioCodec::Pcma];
    let chosen = |order| agree_audio(&wish, &offer, order).unwrap().codec;
    assert_eq!((chosen(Order::Ours), chosen(Order::Theirs)), (AudioCodec::Opus, AudioCodec::Pcma));
}

#[test]
fn numbers_keep_their_meaning_in_later_offers() {
    let names = |formats: &[super::codec::Format]| -> Vec<(u8, String)> {
        formats.iter().map(|f| (f.payload, f.name.clone())).collect()
    };
    // The far side calls VP8 what our offers call H.264.
    let mut theirs = video_offer(&[VideoCodec::Vp8]);
    theirs[0].payload = 102;
    theirs[1].payload = 103;
    theirs[1].parameters = "apt=102".to_owned();
    let agreed = agree_video(&[VideoCodec::Vp8], &theirs, None, Order::Ours).unwrap();
    let again = video_again(&[VideoCodec::H264, VideoCodec::Vp8], &agreed);
    let expected = [(102, "vp8"), (103, "rtx"), (127, "h264"), (126, "rtx")];
    assert_eq!(names(&again), expected.map(|(payload, name)| (payload, name.to_owned())));
    assert_eq!(again[3].parameter("apt"), Some("127"));
    // No longer wished.
    assert_eq!(names(&video_again(&[VideoCodec::H264], &agreed))[0], (102, "h264".to_owned()));
    let agreed =
        agree_audio(&[AudioCodec::Pcmu], &audio_offer(&[AudioCodec::Pcmu], Stereo::IfOffered), Order::Ours)
            .unwrap();
    let again = names(&audio_again(&[AudioCodec::Opus, AudioCodec::Pcmu], &agreed, Stereo::IfOffered));
    let expected = [(0, "pcmu"), (126, "telephone-event"), (111, "opus"), (110, "telephone-event")];
    assert_eq!(again, expected.map(|(payload, name)| (payload, name.to_owned())));
}

/// Damages a description the way networks, middle boxes and attackers do.
fn mutate(text: &str, random: &mut fastrand::Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..random.usize(1..8) {
        let at = random.usize(..lines.len());
        match random.u8(..9) {
            0 => drop(lines.remove(at)),
            1 => {
                let copy = lines[at].clone();
                lines.insert(random.usize(..=lines.len()), copy);
            }
            2 => {
                let other = random.usize(..lines.len());
                lines.swap(at, other);
            }
            3 => {
                let cut = random.usize(..=lines[at].len());
                let cut = (0..=cut).rev().find(|c| lines[at].is_char_boundary(*c)).unwrap();
                lines[at].truncate(cut);
            }
            4 => {
                let c = *random.choice(&['\0', '9', ' ', ':', 'é', '=', '/', '\u{7f}', '-', '😀']).unwrap();
                let place = lines[at].char_indices().map(|(i, _)| i).nth(random.usize(..20)).unwrap_or(0);
                lines[at].insert(place, c);
            }
            5 => lines[at] = lines[at].replace(|c: char| c.is_ascii_digit(), "9"),
            6 => lines[at] = lines[at].replace(' ', ""),
            7 => lines[at] = lines[at].repeat(random.usize(0..30)),
            _ => lines[at] = (0..random.usize(0..60)).map(|_| random.char(..)).collect(),
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join(if random.bool() { "\r\n" } else { "\n" })
}

#[test]
fn damaged_descriptions_never_panic_and_never_break_ours() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut understood = 0;
    for round in 0..6_000 {
        let (_, text) = SAMPLES[round % SAMPLES.len()];
        let damaged = mutate(text, &mut random);
        let Ok(description) = Description::parse(&damaged) else { continue };
        understood += 1;
        let split = Split::of(&description);
        assert_eq!(split.owners.len(), description.sections.len());
        for section in &description.sections {
            let audio = agree_audio(&[AudioCodec::Opus, AudioCodec::Pcmu], &section.formats, Order::Theirs);
            let video = agree_video(
                &[VideoCodec::H264, VideoCodec::Vp8],
                &section.formats,
                section.twcc,
                Order::Theirs,
            );
            let Some(words) = section.words() else { continue };
            // What we take over into descriptions of ours stays on its line.
            let one_section = inner::remote(&words, false, 1);
            assert_eq!(Description::parse(&one_section).unwrap().sections.len(), 1);
            assert_eq!(one_section.lines().count(), one_section.split("\r\n").count() - 1);
            let formats = audio
                .iter()
                .flat_map(|a| audio_answer(a, Stereo::IfOffered))
                .chain(video.iter().flat_map(video_answer))
                .collect();
            let line = Line::Ours(Box::new(Ours {
                kind: MediaKind::Video,
                mid: section.mid.as_deref(),
                flow: section.flow,
                formats,
                transport: &words,
                setup: Setup::Active,
                repeats_transport: false,
                twcc: None,
                ssrc: 1,
                rtx_ssrc: None,
                track: "t",
            }));
            let other = Line::Rejected {
                media: &section.media,
                protocol: &section.protocol,
                formats: &section.format_words,
                mid: section.mid.as_deref(),
            };
            let written =
                Merged { id: 1, version: 1, stream: "s", group: None, sections: vec![line, other] }.write();
            assert_eq!(Description::parse(&written).unwrap().sections.len(), 2);
        }
    }
    assert!(understood > 3_000, "{understood}: the damage is so great that nothing is tested");
}

#[test]
fn what_is_no_description_is_an_error() {
    for text in ["", "v=0", "v=0\r\ns=-\r\n", "hello", "v=0\r\nm=audio\r\n", "v=0\r\nm=audio x RTP/AVP 0\r\n"]
    {
        assert!(Description::parse(text).is_err(), "{text:?}");
    }
    assert!(Description::parse(&format!("v=0\r\n{}", "m=audio 9 RTP/SAVPF 0\r\n".repeat(100))).is_err());
    assert!(Description::parse(&format!("v=0\r\n{}", "a=x\r\n".repeat(100_000))).is_err());
}

#[test]
fn two_channels_are_spoken_of_where_they_are_wanted_or_offered() {
    let said = |formats: &[super::codec::Format]| formats[0].parameters.clone();
    let plain = audio_offer(&[AudioCodec::Opus], Stereo::IfOffered);
    let wide = audio_offer(&[AudioCodec::Opus], Stereo::Wanted);
    assert_eq!(said(&plain), "minptime=10;useinbandfec=1");
    assert_eq!(said(&wide), "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1");
    let answered = |offer: &[super::codec::Format], stereo| {
        let agreed = agree_audio(&[AudioCodec::Opus], offer, Order::Ours).unwrap();
        (agreed.hears_stereo(), said(&audio_answer(&agreed, stereo)))
    };
    assert_eq!(answered(&wide, Stereo::IfOffered), (true, "minptime=10;useinbandfec=1;stereo=1".to_owned()));
    assert_eq!(answered(&wide, Stereo::Never), (true, said(&plain)));
    assert_eq!(answered(&plain, Stereo::IfOffered), (false, said(&plain)));
    assert_eq!(answered(&plain, Stereo::Wanted), (false, said(&wide)));
    // Whoever will send two channels need not want to hear them.
    let mut sends = plain.clone();
    sends[0].parameters = "sprop-stereo=1; stereo=0".to_owned();
    assert_eq!(
        answered(&sends, Stereo::IfOffered),
        (false, "minptime=10;useinbandfec=1;stereo=1".to_owned())
    );
    let again = |stereo| {
        let agreed = agree_audio(&[AudioCodec::Opus], &plain, Order::Ours).unwrap();
        said(&audio_again(&[AudioCodec::Opus], &agreed, stereo))
    };
    assert_eq!((again(Stereo::IfOffered), again(Stereo::Wanted)), (said(&plain), said(&wide)));
}
