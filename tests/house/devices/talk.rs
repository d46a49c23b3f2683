//! A tone into one phone's microphone comes out of the other phone's speaker, through two sound servers and a call.

use crate::support::display::Display;
use crate::support::pulse::Pulse;
use crate::support::space::SpaceProcess;
use crate::support::window::{PhoneOptions, PhoneWindow};

#[tokio::test(flavor = "multi_thread")]
async fn from_a_real_microphone_to_a_real_speaker() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let display = Display::start(1600, 700, folder).await;
    let space = SpaceProcess::start(folder, &[]).await;
    let pulse = Pulse::start(folder).await;
    pulse.plug_microphone("desk", "Desk microphone", "air").await;
    pulse.plug_speaker("shelf", "Shelf speaker").await;

    let mut anna = PhoneOptions::new("anna", "Anna Berg", 1, 660);
    anna.microphone = "pulseaudio:desk".into();
    anna.camera = "test:picture=640x360@30,sender=1,controls".into();
    // To a noise suppressor a lone tone is noise.
    anna.settings = serde_json::json!({
        "echo_cancellation": false, "noise_suppression": false, "automatic_gain": false, "high_pass": false
    });
    anna.environment.push(pulse.server());
    let mut bruno = PhoneOptions::new("bruno", "Bruno Silva", 2, 880);
    bruno.speaker = Some("pulseaudio:shelf".into());
    bruno.environment.push(pulse.server());
    let anna = PhoneWindow::start(&display, &space, folder, anna).await;
    let bruno = PhoneWindow::start(&display, &space, folder, bruno).await;

    let _tone = pulse.play("air", 440.0);
    let shelf = pulse.record("shelf");
    anna.call_audio("bruno").await;
    bruno.ringing().await.click("Answer with audio").await;
    let (hz, gap) = shelf.hears(440.0).await;
    println!("microphone to speaker: {hz:.2} Hz, longest gap {gap:?}");

    // What is in use is told by name.
    anna.click("Hang up").await;
    anna.home().await;
    anna.click("Settings").await;
    anna.until("named('Microphone').selectedOptions[0].textContent === 'Desk microphone'").await;

    // The camera itself: what can be set when, and what its driver says of it.
    let shows = |name: &str, value: &str| {
        format!("named('{name}').labels[0].parentElement.querySelector('output').textContent === '{value}'")
    };
    anna.click("The camera itself").await;
    anna.until("named('White balance').disabled").await;
    anna.click("White balance, automatic").await;
    anna.until("!named('White balance').disabled").await;
    for (name, wanted, becomes) in [("Brightness", "40", "40"), ("White balance", "3240", "3,000 K")] {
        let slide = format!("const slider = named('{name}'); slider.value = {wanted};");
        anna.ask(&format!("{slide} slider.dispatchEvent(new Event('input', {{ bubbles: true }}));")).await;
        anna.until(&shows(name, becomes)).await;
    }
    anna.until_text("Your camera does not take this value for “White balance”").await;
    anna.click("Back to the usual values").await;
    anna.until(&shows("Brightness", "0")).await;
    anna.until("named('White balance').disabled").await;
    anna.close().await;
    bruno.close().await;
}
