use crate::ends::{answer, config, ms, offer, picture, sound};
use crate::relay::Relay;
use ahoy_model::VideoCodec;
use ahoy_rtc::SessionEvent;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// 12 s at 30 pictures a second and 2 Mbit/s.
async fn run(codec: VideoCodec, loss: f64, delay: Duration) -> (u32, u32, u64, u64) {
    let mut relay = Relay::new(42, loss, delay);
    let mut wish = config("a");
    if let Some(video) = &mut wish.video {
        video.codecs = vec![codec];
    }
    let (mut a, sdp) = offer(wish.clone()).await;
    let (mut b, sdp) = answer(wish, &relay.offer(&sdp).await).await;
    a.session.accept(&relay.answer(&sdp).await).await.unwrap();
    a.connected().await;
    b.connected().await;
    const PICTURES: u32 = 360;
    let sender = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(33));
        let mut key = true;
        for n in 0..PICTURES {
            tick.tick().await;
            while let Ok(event) = a.events.try_recv() {
                key |= matches!(event, SessionEvent::KeyFrameWanted);
            }
            let size = if key { 40_000 } else { 8_300 };
            let frame = ahoy_model::EncodedFrame { codec, ..picture(n, key, size) };
            a.session.send_video(match codec {
                VideoCodec::H264 => frame,
                VideoCodec::Vp8 => vp8(frame),
            });
            key = false;
            a.session.send_audio(sound(n));
        }
        ms(600).await;
        a
    });
    let (mut whole, mut broken) = (0, 0);
    while let Some(frame) = b.video(1.5).await {
        whole += 1;
        broken += u32::from(frame.after_loss);
    }
    let a = sender.await.unwrap();
    let f = &relay.figures;
    let figures = [&f.video, &f.lost, &f.repeats].map(|n| n.load(Ordering::Relaxed));
    println!(
        "loss {loss}, delay {delay:?}: {whole} of {PICTURES} pictures, {broken} after a loss; {} packets, {} lost, {} repeats",
        figures[0], figures[1], figures[2]
    );
    a.session.close().await;
    b.session.close().await;
    (whole, broken, figures[1], figures[2])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_percent_of_loss_are_repaired_without_a_storm() {
    let (whole, broken, lost, repeats) = run(VideoCodec::H264, 0.02, Duration::ZERO).await;
    assert_eq!((whole, broken), (360, 0), "every picture can be decoded");
    assert!(lost > 20, "{lost} lost: the test tests something");
    assert!(repeats < lost * 3, "{repeats} repeats for {lost} losses");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_percent_of_loss_at_60_ms_round_trip() {
    let (whole, broken, lost, repeats) = run(VideoCodec::H264, 0.02, Duration::from_millis(30)).await;
    assert!(whole >= 355 && broken <= 1, "{whole} whole, {broken} after a loss");
    assert!(repeats < lost * 3, "{repeats} repeats for {lost} losses");
}

/// The lowest bit of a VP8 frame says whether it is a key frame (RFC 6386 9.1).
fn vp8(frame: ahoy_model::EncodedFrame) -> ahoy_model::EncodedFrame {
    let mut data = frame.data.to_vec();
    if let Some(first) = data.first_mut() {
        *first = u8::from(!frame.key);
    }
    ahoy_model::EncodedFrame { data: data.into(), ..frame }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_percent_of_loss_are_repaired_for_vp8_too() {
    let (whole, broken, lost, repeats) = run(VideoCodec::Vp8, 0.02, Duration::ZERO).await;
    assert_eq!((whole, broken), (360, 0), "every picture can be decoded");
    assert!(lost > 20, "{lost} lost: the test tests something");
    assert!(repeats < lost * 3, "{repeats} repeats for {lost} losses");
}
