//! What goes wrong ends in one clear sentence and a living phone.

use super::stage::Stage;
use crate::support::process::run;
use crate::support::window::{PhoneOptions, PhoneWindow};

/// A token that this space did not make: the right form, junk inside.
const FOREIGN_TOKEN: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoiU0FUIn0..bWFkZS11cC1pdjEy.bWFkZS11cA.bWFkZS11cC10YWctMTZieQ";

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_and_a_right_one_helps() {
    let stage = Stage::new("wrong_token").await;
    let options = PhoneOptions::new("anna", "Anna Berg", 1, 440);
    let phone =
        PhoneWindow::start_with_token(&stage.display, &stage.space.ws, FOREIGN_TOKEN, &stage.folder, options)
            .await;
    phone.until_text("did not accept this token").await;
    phone.close().await;
    let expired = stage.space.token_until("bruno", "Bruno Silva", 1).await;
    stage.space.until_refused(&expired).await;
    let options = PhoneOptions::new("bruno", "Bruno Silva", 2, 660);
    let phone =
        PhoneWindow::start_with_token(&stage.display, &stage.space.ws, &expired, &stage.folder, options)
            .await;
    phone.until_text("token has expired").await;
    phone.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_space_comes_back_and_so_does_the_phone() {
    let mut stage = Stage::new("killed_space").await;
    let (anna, bruno) = stage.pair().await;
    stage.space.kill().await;
    anna.until_text("Reconnecting").await;
    stage.space.restart().await;
    anna.until_text("Online").await;
    bruno.until_text("Online").await;
    stage.dial(&anna, "bruno", false).await;
    bruno.ringing().await.click("Answer with audio").await;
    anna.until("/\\d:\\d\\d/.test(text())").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_hangs_does_not_take_the_call_down() {
    let stage = Stage::new("hung_camera").await;
    let mut options = PhoneOptions::new("anna", "Anna Berg", 1, 440);
    // A pipe that nobody writes to: opening it blocks for ever, as a broken driver does.
    let pipe = stage.folder.join("camera.y4m");
    run("mkfifo", [&pipe]).await;
    options.camera = format!("file:{}", pipe.display());
    let anna = stage.phone(options).await;
    let bruno = stage.phone(PhoneOptions::new("bruno", "Bruno Silva", 2, 660)).await;
    stage.dial(&anna, "bruno", true).await;
    bruno.ringing().await.click("Answer with video").await;
    anna.until_text("stopped answering").await;
    // Anna still sees Bruno.
    anna.until("document.querySelector('canvas[data-tile]:not([data-tile=self])')?.dataset.frames > 60")
        .await;
    anna.click("Hang up").await;
    anna.home().await;
}
