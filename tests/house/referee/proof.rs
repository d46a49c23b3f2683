//! That a call works means: both see the other's numbered pictures, in order, and hear the other's tone.

use super::stage::{BROWSER, PHONE_SENDER, PHONE_TONE};
use crate::support::browser::{Browser, Devices, Seen};
use crate::support::headless::HeadlessPhone;
use crate::support::process::PATIENCE;
use ahoy_model::CallId;

/// Pictures to look at: about two seconds of them.
const LOOK: usize = 40;

/// The numbers of one sender's pictures never go back, and most pictures in between were seen.
pub fn assert_in_order(seen: &Seen, sender: u16) {
    let frames: Vec<u32> =
        seen.plates.iter().filter(|plate| plate.sender == sender).map(|plate| plate.frame).collect();
    assert!(frames.len() * 10 >= seen.plates.len() * 9, "pictures of others: {seen:?}");
    assert!(frames.is_sorted(), "pictures in another order than they were taken: {frames:?}");
}

/// The phone's picture and tone arrive in the browser.
pub async fn browser_has_the_phone(browser: &mut Browser, video: bool) {
    if video {
        browser.blink().await;
        assert_in_order(&browser.see_plates(LOOK).await, PHONE_SENDER);
    }
    browser.hear_tone(f64::from(PHONE_TONE)).await;
}

/// The browser's picture and tone arrive in the phone.
pub async fn phone_has_the_browser(phone: &mut HeadlessPhone, call: &CallId, video: bool) {
    if video {
        let plates = phone.see_plates(call, LOOK).await;
        assert!(plates.iter().all(|plate| plate.sender == BROWSER.sender), "{plates:?}");
        let mut frames: Vec<u32> = plates.iter().map(|plate| plate.frame).collect();
        frames.dedup();
        assert!(frames.len() > LOOK / 2, "the picture stands still: {frames:?}");
    }
    phone.hear_tone(f64::from(BROWSER.tone)).await;
}

/// Waits until the phone sees this sender's pictures and nobody else's.
pub async fn phone_sees(phone: &mut HeadlessPhone, call: &CallId, sender: u16) {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let plates = phone.see_plates(call, 8).await;
        if plates.iter().all(|plate| plate.sender == sender) {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "pictures of {sender} never came: {plates:?}");
    }
}

/// One browser's picture and tone arrive in the other, or come back from an echo.
pub async fn browser_has_a_browser(browser: &mut Browser, other: Devices, video: bool) {
    if video {
        browser.blink().await;
        let seen = browser.see_plates(LOOK).await;
        assert!(seen.plates.iter().all(|plate| plate.sender == other.sender), "{seen:?}");
        assert!(seen.different as usize > LOOK / 4, "the picture stands still: {seen:?}");
    }
    browser.hear_tone(f64::from(other.tone)).await;
}
