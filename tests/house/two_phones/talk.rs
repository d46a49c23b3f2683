//! The main job: dial, ring, answer, see, hear, hold, mute, press keys, hang up, remember.

use super::stage::Stage;
use crate::support::sound::Recording;
use crate::support::window::PhoneWindow;
use std::time::Duration;

/// Waits until the remote picture has run for a stretch of 3 s at 25 fps or more with rising numbers of this sender.
async fn sees(phone: &PhoneWindow, sender: u32) {
    phone.until("document.querySelector('canvas[data-tile]:not([data-tile=self])')").await;
    phone.ask("document.querySelector('canvas[data-tile]:not([data-tile=self])').dataset.probe = 'on'").await;
    let smooth = format!(
        "(() => {{
            const tile = document.querySelector('canvas[data-tile]:not([data-tile=self])').dataset.tile;
            const seen = window.ahoyFrames(tile).filter((f) => f.sender === {sender});
            const last = seen.at(-1);
            if (!last) return null;
            const part = seen.filter((f) => f.drawn > last.drawn - 3000);
            const span = last.drawn - part[0].drawn;
            const rising = part.every((f, i) => i === 0 || f.number > part[i - 1].number);
            return rising && span > 2900 && (part.length - 1) / span * 1000 >= 25 ? part.length : null;
        }})()"
    );
    phone.until(&smooth).await;
}

/// The last part of what the phone played is the tone, unbroken.
async fn hears(phone: &PhoneWindow, hz: f64) {
    let mut heard = String::new();
    for _ in 0..20 {
        let recording = Recording::next(&phone.recording, Duration::from_secs(3)).await;
        let (tone, gap) = (recording.tone(), recording.longest_gap(hz));
        if (tone - hz).abs() < hz * 0.01 && gap <= Duration::from_millis(60) {
            return;
        }
        heard = format!("{tone:.1} Hz, longest gap {gap:?}");
    }
    panic!("{} should hear {hz} Hz without a gap, but heard {heard}", phone.name);
}

/// The phone plays silence from now on.
async fn hears_nothing(phone: &PhoneWindow) {
    let mut loudness = 1.0;
    for _ in 0..10 {
        let part = Recording::next(&phone.recording, Duration::from_secs(1)).await;
        loudness = part.loudness();
        if loudness < 0.003 {
            return;
        }
    }
    panic!("{} should hear nothing, but the loudness is {loudness}", phone.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_picture_and_sound() {
    let stage = Stage::new("talk").await;
    // Everything shares what may be two slow cores, painting included. What 720p costs there is a benchmark's to say.
    let (anna, bruno) = stage.pair_with("640x360").await;

    // Anna dials by keyboard; Bruno rings, and Anna's window keeps the keyboard.
    stage.dial(&anna, "/private/bruno", true).await;
    let focus_before = stage.display.focused_window().await;
    let ringing = bruno.ringing().await;
    ringing.until_text("Anna Berg").await;
    anna.until_text("Ringing").await;
    assert_eq!(
        stage.display.focused_window().await,
        focus_before,
        "ringing leaves the keyboard where it was"
    );
    stage.display.screenshot(&crate::support::artifacts("two_phones").join("ringing.png")).await;
    ringing.click("Answer with video").await;

    // Both see and hear each other.
    tokio::join!(sees(&anna, 2), sees(&bruno, 1));
    tokio::join!(hears(&anna, 660.0), hears(&bruno, 440.0));
    assert!(stage.display.windows("^Incoming call").await.is_empty(), "no ring outlives its call");
    stage.display.screenshot(&crate::support::artifacts("two_phones").join("call.png")).await;
    anna.screenshot(&crate::support::artifacts("two_phones").join("anna.png")).await;

    // Mute is one way.
    anna.click("Mute").await;
    hears_nothing(&bruno).await;
    hears(&anna, 660.0).await;
    anna.click("Unmute").await;
    hears(&bruno, 440.0).await;

    // Hold silences both and says so; resume brings picture and sound back.
    anna.click("Hold").await;
    anna.until_text("On hold").await;
    tokio::join!(hears_nothing(&bruno), hears_nothing(&anna));
    anna.click("Resume").await;
    tokio::join!(hears(&anna, 660.0), hears(&bruno, 440.0));
    tokio::join!(sees(&anna, 2), sees(&bruno, 1));

    // A key arrives at the other side.
    anna.click("Dial pad").await;
    anna.click("Key 5").await;
    bruno.until_text("5").await;

    // Bruno hangs up; both are back at Home with the call in their lists.
    bruno.click("Hang up").await;
    for (phone, other) in [(&anna, "Bruno Silva"), (&bruno, "Anna Berg")] {
        phone.until("!document.querySelector('canvas[data-tile]:not([data-tile=self])')").await;
        phone.home().await;
        phone.until_text(other).await;
    }
    anna.until("document.querySelector('.recent').innerText.includes('Bruno Silva')").await;
    bruno.until("document.querySelector('.recent').innerText.includes('Anna Berg')").await;
    anna.close().await;
    bruno.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_sends_ones_own_picture_and_voice_back() {
    let stage = Stage::new("echo").await;
    let anna = stage.phone(crate::support::window::PhoneOptions::new("anna", "Anna Berg", 1, 440)).await;
    stage.dial(&anna, "/public/echo", true).await;
    sees(&anna, 1).await;
    hears(&anna, 440.0).await;
    anna.click("Hang up").await;
    anna.home().await;
    anna.close().await;
}
