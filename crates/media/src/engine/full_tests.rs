//! What happens when the queue of received frames is full.

use super::tests::{PATIENCE, frames, picture};
use super::{PushResult, VideoReceiver};
use crate::picture_code;
use ahoy_model::VideoCodec;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn a_full_queue_of_received_frames_costs_pictures_until_a_key_frame() {
    let frames = frames(40, 30);
    let (receiver, mut pictures) = VideoReceiver::start(VideoCodec::H264);
    let mut wanted = receiver.needs_key_frame();
    // Held up by a picture that waits for its sound the thread goes on taking, so all at once it must be.
    let mut results = Vec::new();
    for _ in 0..50 {
        results.extend(frames[..30].iter().map(|frame| receiver.push(frame.clone())));
        if results.contains(&PushResult::Full) {
            break;
        }
    }
    let full = results.iter().position(|result| *result == PushResult::Full).expect("thirty do not fit");
    let after = &results[full + 1..];
    assert!(
        after.iter().all(|result| *result == PushResult::Skipped),
        "nothing that refers to a lost one: {after:?}"
    );
    timeout(PATIENCE, wanted.changed()).await.expect("asks").expect("lives");
    // Once there is room, the key frame heals.
    while receiver.push(frames[30].clone()) != PushResult::Queued {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let healed = async {
        loop {
            let shown = picture(&mut pictures).await;
            if picture_code::read(&shown).is_some_and(|plate| plate.frame == 30) {
                return;
            }
        }
    };
    timeout(PATIENCE, healed).await.expect("the key frame is shown");
}
