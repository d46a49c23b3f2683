//! Calls that do not come about, each with its own words on both sides.

use super::stage::Stage;
use crate::support::window::PhoneOptions;

#[tokio::test(flavor = "multi_thread")]
async fn declined() {
    let stage = Stage::new("declined").await;
    let (anna, bruno) = stage.pair().await;
    stage.dial(&anna, "bruno", true).await;
    bruno.ringing().await.click("Decline").await;
    anna.until("/Bruno Silva (declined|is busy)/.test(text())").await;
    stage.display.no_window("^Incoming call").await;
    anna.home().await;
    bruno.until("document.querySelector('.recent').innerText.includes('Anna Berg')").await;
    bruno.until_text("Declined").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_by_the_caller() {
    let stage = Stage::new("cancelled").await;
    let (anna, bruno) = stage.pair().await;
    stage.dial(&anna, "bruno", true).await;
    let _ringing = bruno.ringing().await;
    anna.click("Cancel call").await;
    stage.display.no_window("^Incoming call").await;
    bruno.until_text("1 missed call").await;
    anna.home().await;
    anna.until("document.querySelector('.recent').innerText.includes('Bruno Silva')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers() {
    let stage = Stage::with_space("unanswered", &["--ring-timeout", "3"]).await;
    let (anna, bruno) = stage.pair().await;
    stage.dial(&anna, "bruno", true).await;
    let _ringing = bruno.ringing().await;
    anna.until_text("No answer").await;
    stage.display.no_window("^Incoming call").await;
    bruno.until_text("1 missed call").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there() {
    let stage = Stage::new("unknown").await;
    let anna = stage.phone(PhoneOptions::new("anna", "Anna Berg", 1, 440)).await;
    stage.space.token("chiara", "Chiara Rossi").await;
    stage.dial(&anna, "/private/nobody", true).await;
    anna.until_text("Unknown address").await;
    anna.home().await;
    stage.dial(&anna, "/private/chiara", true).await;
    anna.until_text("is offline").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_at_once() {
    let stage = Stage::new("two_callers").await;
    let (anna, bruno) = stage.pair().await;
    let chiara = stage.phone(PhoneOptions::new("chiara", "Chiara Rossi", 3, 880)).await;
    stage.dial(&anna, "chiara", true).await;
    stage.dial(&bruno, "chiara", true).await;
    let ringing = chiara.ringing().await;
    ringing.until_text("Anna Berg").await;
    ringing.until_text("Bruno Silva").await;
    // Anna gives up: her row goes, Bruno's stays and can be answered.
    anna.click("Cancel call").await;
    ringing.until("!text().includes('Anna Berg')").await;
    ringing.click("Answer with audio").await;
    chiara.until_text("Bruno Silva").await;
    bruno.until("document.querySelector('[role=timer], time') && /\\d:\\d\\d/.test(text())").await;
    stage.display.no_window("^Incoming call").await;
    bruno.click("Hang up").await;
    chiara.home().await;
    chiara.until("['Anna Berg', 'Bruno Silva'].every((n) => document.querySelector('.recent').innerText.includes(n))").await;
}
