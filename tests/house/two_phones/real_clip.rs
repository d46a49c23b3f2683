//! A real face and a real voice instead of test signals.

use super::stage::Stage;
use crate::support::clip;
use crate::support::sound::Recording;
use crate::support::window::PhoneOptions;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_real_face_and_voice_arrive() {
    let stage = Stage::new("real_clip").await;
    let (face, speech) = (clip::face().await, clip::speech().await);
    let mut options = PhoneOptions::new("anna", "Anna Berg", 1, 440);
    options.camera = format!("file:{}", face.display());
    options.microphone = format!("file:{}", speech.display());
    let anna = stage.phone(options).await;
    let bruno = stage.phone(PhoneOptions::new("bruno", "Bruno Silva", 2, 660)).await;
    stage.dial(&anna, "bruno", true).await;
    bruno.ringing().await.click("Answer with video").await;
    bruno
        .until("document.querySelector('canvas[data-tile]:not([data-tile=self])')?.dataset.frames > 120")
        .await;

    // What Bruno's window has drawn, against every picture of the clip: the best match must be good, several times.
    let sources = clip::luma_planes(&face);
    let mut worst: f64 = 99.0;
    for _ in 0..5 {
        let drawn = bruno.remote_luma(clip::WIDTH, clip::HEIGHT).await;
        let best = sources.iter().map(|source| clip::psnr(source, &drawn)).fold(0.0, f64::max);
        worst = worst.min(best);
    }
    println!("worst of 5 drawn pictures against the clip: {worst:.1} dB");
    assert!(worst >= 30.0, "the picture arrived with {worst:.1} dB");

    // The voice: its loudness follows the speech. It comes round and round, so one round and a part hold the part whole.
    let said = Recording::read(&speech);
    let part = said.tail(Duration::from_secs(4));
    let heard = Recording::next(&bruno.recording, said.duration() + part.duration()).await;
    let (likeness, _) = heard.likeness(&part, said.duration());
    println!("likeness of the voice: {likeness:.2}");
    assert!(likeness > 0.8, "the voice is only {likeness:.2} alike");
    bruno.screenshot(&crate::support::artifacts("two_phones").join("face.png")).await;
}
