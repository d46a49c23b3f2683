use crate::ends::{answer, config, offer};
use ahoy_rtc::SessionEvent;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_offer_answers_no_check_before_it_is_released() {
    let mut held = config("a");
    held.hold_checks = true;
    let (mut a, sdp) = offer(held).await;
    assert_eq!(sdp.matches("a=candidate").count(), 2, "candidates are published all the same");
    let (mut b, sdp) = answer(config("b"), &sdp).await;
    // The far side checks from now on, and nothing answers.
    let early = b.wait(2.5, |e| matches!(e, SessionEvent::Connected).then_some(())).await;
    assert!(early.is_none());
    a.session.release_checks();
    a.session.accept(&sdp).await.unwrap();
    tokio::time::timeout(Duration::from_secs(2), async {
        a.connected().await;
        b.connected().await;
    })
    .await
    .expect("connected soon after the release");
}
