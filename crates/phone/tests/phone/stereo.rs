//! Left and right, from one phone's microphone through the space to the other's speaker.

use crate::support::{TestPhone, space};
use ahoy_media::fake::FakeHardware;
use ahoy_media::tone::frequency_of;
use ahoy_model::{CallStatus, DeviceId};
use ahoy_space::Space;
use std::sync::Arc;
use std::time::Duration;

async fn musician(space: &Space, name: &str, tones: &str, studio: bool) -> TestPhone {
    let phone = TestPhone::start_with(space, name, 1, 440, Arc::new(FakeHardware::new()), |config| {
        config.settings.camera = Some(DeviceId::none());
        config.settings.microphone = Some(DeviceId::new(tones));
        config.settings.studio = studio;
    })
    .await;
    phone.registered().await;
    phone
}

/// Waits until the end of what is heard has these pitches on the left and on the right.
async fn hears(phone: &TestPhone, wanted: [f64; 2]) {
    let mut heard = [0.0; 2];
    for _ in 0..200 {
        let sides = phone.heard_on_both_sides();
        if sides.iter().all(|side| side.len() > 48_000) {
            heard = sides.map(|side| frequency_of(&side[side.len() - 24_000..], 48_000));
            if heard.iter().zip(wanted).all(|(heard, wanted)| (heard - wanted).abs() < wanted / 100.0) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{heard:?} Hz are heard instead of {wanted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn left_and_right_arrive_on_the_left_and_on_the_right() {
    let space = space().await;
    let anna = musician(&space, "anna", "test:tone=440,right=660", true).await;
    let bruno = musician(&space, "bruno", "test:tone=500,right=800", true).await;
    let clara = musician(&space, "clara", "test:tone=600,right=600", false).await;
    // Both play, and both hear two channels.
    let call = anna.dial("/private/bruno", false).await;
    let ringing = bruno.rings().await;
    bruno.handle.answer(ringing.id.clone(), false).await.expect("answered");
    anna.status(&call, CallStatus::Connected).await;
    hears(&bruno, [440.0, 660.0]).await;
    hears(&anna, [500.0, 800.0]).await;
    anna.handle.hang_up(call).await.expect("a call");
    bruno.ended(&ringing.id).await;
    // Whoever has no studio hears two channels, too, and sends one.
    let call = anna.dial("/private/clara", false).await;
    let ringing = clara.rings().await;
    clara.handle.answer(ringing.id, false).await.expect("answered");
    anna.status(&call, CallStatus::Connected).await;
    hears(&clara, [440.0, 660.0]).await;
    hears(&anna, [600.0, 600.0]).await;
}
