//! What the computer plays goes with a shared screen, and the voice of the far side does not come back with it.

use crate::support::headless::HeadlessPhone;
use crate::support::pulse::Pulse;
use crate::support::sound::Recording;
use crate::support::space::SpaceProcess;
use ahoy_devices::SystemHardware;
use ahoy_model::DeviceId;
use std::time::Duration;

const MUSIC: f64 = 660.0;
const VOICE: f64 = 440.0;

#[tokio::test(flavor = "multi_thread")]
async fn the_computers_sound_goes_with_a_shared_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let pulse = Pulse::start(folder.path()).await;
    super::inside(&pulse, "devices::shared_sound::inside", folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other one, which brings a sound server"]
async fn inside() {
    let folder = super::folder();
    let pulse = Pulse::running(&folder);
    let space = SpaceProcess::start(&folder, &[]).await;
    pulse.plug_speaker("box", "Box").await;
    pulse.control(&["set-default-sink", "box"]).await;

    let hardware = SystemHardware::start();
    let account = HeadlessPhone::account(&space, "anna").await;
    let mut anna = HeadlessPhone::join(account, &folder, "anna", 1, 880, |config| {
        config.hardware = hardware;
        config.settings.speaker = Some(DeviceId::new("pulseaudio:box"));
        config.settings.microphone = Some(DeviceId::new("test:silence"));
    })
    .await;
    let mut bruno = HeadlessPhone::start(&space, &folder, "bruno", 2, VOICE as u32).await;
    let call = anna.dial("bruno", true).await;
    let incoming = bruno.rings().await;
    bruno.handle.answer(incoming.id.clone(), true).await.expect("an answer");
    anna.call_until(&call, "it can be shown", |call| call.actions.share).await;
    anna.until("the system gives its sound", |snapshot| snapshot.devices.system_sound).await;

    // Bruno's voice and the music come out of the same speaker.
    let ear = pulse.record("box");
    ear.hears(VOICE).await;
    let music = pulse.play("box", MUSIC);
    let screen = DeviceId::new("test:picture=640x360@15,sender=9");
    anna.handle.share_screen(call.clone(), screen, true).await.expect("it is shown");
    bruno.call_until(&incoming.id, "a screen", |call| call.far_shares).await;
    let (mut there, mut back) = (0.0, f64::INFINITY);
    for _ in 0..10 {
        let heard = Recording::next(&bruno.recording, Duration::from_secs(2)).await;
        (there, back) = (heard.strength(MUSIC), heard.strength(VOICE));
        if heard.longest_gap(MUSIC) <= Duration::from_millis(60) {
            break;
        }
    }
    let speaker = Recording::next(&ear.path, Duration::from_secs(1)).await;
    println!(
        "at the speaker: voice {:.4}, music {:.4}; at the far end: voice {back:.6}, music {there:.4}",
        speaker.strength(VOICE),
        speaker.strength(MUSIC)
    );
    assert!(speaker.strength(VOICE) > 0.1, "the voice is played");
    assert!(there > 0.1, "the music is not heard: {there}");
    assert!(back < there / 50.0, "the voice comes back: {back} beside {there}");

    // Who plays comes and goes.
    drop(music);
    let _other = pulse.play("box", 990.0);
    let mut other = 0.0;
    for _ in 0..10 {
        other = Recording::next(&bruno.recording, Duration::from_secs(1)).await.strength(990.0);
        if other > 0.1 {
            break;
        }
    }
    assert!(other > 0.1, "another program is not heard: {other}");
    anna.handle.stop_sharing(call.clone()).await.expect("it stops");
    bruno.call_until(&incoming.id, "no screen", |call| !call.far_shares).await;
    let after = Recording::next(&bruno.recording, Duration::from_secs(3)).await.tail(Duration::from_secs(1));
    assert!(after.strength(990.0) < 0.002, "it is still heard");
    anna.shut_down().await;
    bruno.shut_down().await;
}
