use super::*;

const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 126\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\na=sendrecv\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=rtpmap:102 H264/90000\r\na=sendonly\r\n";

#[test]
fn sections_directions_and_codecs_are_found() {
    let sketch = read(OFFER);
    assert_eq!(
        sketch.audio,
        Some(Section { flow: Flow::SendRecv, codecs: vec![AudioCodec::Opus, AudioCodec::Pcmu] })
    );
    assert_eq!(
        sketch.video,
        Some(Section { flow: Flow::SendOnly, codecs: vec![VideoCodec::Vp8, VideoCodec::H264] })
    );
}

#[test]
fn two_channels_are_seen_where_sound_has_them() {
    let with = |line: &str| OFFER.replace("a=sendrecv", &format!("a=fmtp:111 {line}\r\na=sendrecv"));
    assert!(!read(&with("minptime=10;stereo=0")).stereo);
    assert!(read(&with("minptime=10; stereo=1")).stereo);
    assert!(read(&with("sprop-stereo=1;useinbandfec=1")).stereo);
}

#[test]
fn rejected_and_bundled_sections_are_told_apart() {
    let rejected = OFFER.replace("m=video 9", "m=video 0");
    assert_eq!(read(&rejected).video, None);
    let bundled = rejected.replace("a=sendonly", "a=bundle-only\r\na=sendonly");
    assert_eq!(read(&bundled).video, read(OFFER).video);
}

#[test]
fn junk_is_nothing() {
    for junk in
        ["", "m=", "m=audio", "m=audio x", "a=rtpmap:", "m=audio 9 UDP\r\na=rtpmap: /", "\u{0}m=video 1"]
    {
        assert_eq!(read(junk), Sketch::default(), "{junk:?}");
    }
}
