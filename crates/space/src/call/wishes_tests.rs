use super::*;
use crate::call::sketch;

const H264_ONLY: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8 111\r\na=rtpmap:111 opus/48000/2\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\na=rtpmap:102 H264/90000\r\n";
const VP8_FIRST: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 102\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n";

fn video(wishes: &Wishes) -> Vec<VideoCodec> {
    wishes.video.as_ref().map(|wish| wish.codecs.clone()).unwrap_or_default()
}

#[test]
fn what_the_other_side_speaks_comes_first_and_the_rest_is_still_there() {
    let (h264, vp8) = (VideoCodec::H264, VideoCodec::Vp8);
    let (one, both) = (sketch::read(H264_ONLY), sketch::read(VP8_FIRST));
    assert_eq!(video(&Wishes::mirroring(&one)), [h264, vp8]);
    assert_eq!(video(&Wishes::mirroring(&both)), [vp8, h264]);
    assert_eq!(video(&Wishes::everything_for(&both)), [vp8, h264]);
    let audio = Wishes::mirroring(&one).audio.map(|wish| wish.codecs);
    assert_eq!(audio, Some(vec![AudioCodec::Pcma, AudioCodec::Opus, AudioCodec::Pcmu]));
    let agreed = Negotiated { audio: None, video: Some((vp8, Flow::SendOnly)), stereo: true };
    let facing = Wishes::facing(&agreed);
    assert_eq!((video(&facing), facing.video.map(|wish| wish.flow)), (vec![vp8, h264], Some(Flow::RecvOnly)));
    assert!(facing.audio.is_none() && facing.stereo);
}

#[test]
fn an_answer_made_early_fits_when_nothing_better_was_offered() {
    let (h264, vp8) = (VideoCodec::H264, VideoCodec::Vp8);
    let (one, both) = (sketch::read(H264_ONLY), sketch::read(VP8_FIRST));
    // The device took VP8.
    let wanted = Wishes::mirroring(&both);
    let agreed = |codec| Negotiated {
        audio: Some((AudioCodec::Opus, Flow::SendRecv)),
        video: Some((codec, Flow::SendRecv)),
        stereo: false,
    };
    assert!(wanted.fit(&agreed(vp8), &both));
    assert!(!wanted.fit(&agreed(h264), &both), "the caller offered VP8 too");
    assert!(wanted.fit(&agreed(h264), &one), "the caller has H.264 only: transcoded");
    let silent = Wishes { audio: wanted.audio.clone(), ..Wishes::default() };
    assert!(!silent.fit(&agreed(vp8), &both), "the device sends no picture");
}
