//! Every codec through the threads, and from one codec to the other.

use super::*;
use crate::fake::TestPicture;
use crate::picture_code;
use crate::slot::slot;
use ahoy_model::VideoCodec;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

fn config(codec: VideoCodec) -> VideoSenderConfig {
    VideoSenderConfig { codec, max_width: 1280, max_height: 720, fps: 30, bitrate: 800_000 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_through_vp8_and_from_one_codec_to_the_other() {
    for (first, second) in [
        (VideoCodec::Vp8, VideoCodec::H264),
        (VideoCodec::H264, VideoCodec::Vp8),
        (VideoCodec::Vp8, VideoCodec::Vp8),
    ] {
        let (camera, pictures) = slot();
        let (out, mut frames) = mpsc::channel(8);
        let sender = VideoSender::start(pictures, config(first), out);
        let (middle, between) = VideoReceiver::start(first);
        let (again, mut recoded) = mpsc::channel(8);
        let recoder = VideoSender::start(between, config(second), again);
        let (receiver, mut screen) = VideoReceiver::start(second);
        let mut source = TestPicture::new(640, 360, 0);
        let mut clock = tokio::time::interval(Duration::from_millis(40));
        let (mut number, mut shown, mut keys) = (0, Vec::new(), 0);
        let all = async {
            while shown.len() < 20 {
                tokio::select! {
                    _ = clock.tick() => {
                        camera.put(source.draw(number, 0, Instant::now()));
                        number += 1;
                    }
                    Some(frame) = frames.recv() => {
                        assert_eq!(frame.codec, first);
                        assert!(frame.key || sender.stats().key_frames > 0);
                        assert_eq!(middle.push(frame), PushResult::Queued);
                    }
                    Some(frame) = recoded.recv() => {
                        assert_eq!(frame.codec, second);
                        keys += u32::from(frame.key);
                        assert_eq!(receiver.push(frame), PushResult::Queued);
                    }
                    Some(picture) = screen.next() => {
                        let plate = picture_code::read(&picture).expect("a plate that can be read");
                        shown.push(plate.frame);
                        if shown.len() == 10 {
                            recoder.request_key_frame();
                        }
                    }
                }
            }
        };
        timeout(PATIENCE, all).await.expect("in time");
        assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "{first:?} to {second:?}: {shown:?}");
        assert_eq!((sender.stats().key_frames, keys), (1, 2), "{first:?} to {second:?}");
        assert_eq!(receiver.stats().failed, 0);
    }
}

#[tokio::test]
async fn frames_of_the_wrong_codec_show_nothing_and_ask_for_a_key_frame() {
    let mut source = TestPicture::new(320, 180, 0);
    let mut encoder = crate::h264::Encoder::new(crate::h264::EncoderConfig { fps: 30.0, bitrate: 400_000 });
    let (receiver, mut screen) = VideoReceiver::start(VideoCodec::Vp8);
    let mut wanted = receiver.needs_key_frame();
    let encoded =
        encoder.encode(&source.draw(0, 0, Instant::now()), true).expect("encodes").expect("a frame");
    let frame = ahoy_model::EncodedFrame {
        codec: VideoCodec::Vp8,
        data: encoded.data,
        rtp_time: 0,
        key: true,
        after_loss: false,
    };
    receiver.push(frame);
    timeout(PATIENCE, wanted.changed()).await.expect("in time").expect("lives");
    assert!(screen.take().is_none());
}
