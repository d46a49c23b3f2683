//! The phone on its desktop: tray, notifications, one phone per profile, links. `cargo xtask test desktop` runs just these.

#[cfg(target_os = "linux")]
mod developer;
mod installed;
#[cfg(target_os = "linux")]
mod lan;
#[cfg(target_os = "linux")]
mod updated;

use crate::support::desktop::Desktop;
use crate::support::display::Display;
use crate::support::headless::HeadlessPhone;
use crate::support::process::PATIENCE;
use crate::support::program;
use crate::support::space::SpaceProcess;
use crate::support::window::{PhoneOptions, PhoneWindow};
use ahoy_model::CallStatus;
use ahoy_phone::Event;
use std::path::Path;
use tokio::time::timeout;

const DIAL_FIELD: &str = "named('Call a name, number or address')";

struct Scene {
    display: Display,
    desktop: Desktop,
    space: SpaceProcess,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn set(test: &str) -> Self {
        let folder = tempfile::Builder::new().prefix(test).tempdir().expect("a temporary folder can be made");
        let display = Display::start(1100, 800, folder.path()).await;
        let desktop = Desktop::start(&display).await;
        let space = SpaceProcess::start(folder.path(), &[]).await;
        Self { display, desktop, space, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    async fn anna(&self) -> PhoneWindow {
        let options = PhoneOptions::new("anna", "Anna Berg", 1, 440);
        PhoneWindow::start(&self.display, &self.space, self.path(), options).await
    }

    async fn bruno(&self) -> HeadlessPhone {
        HeadlessPhone::start(&self.space, self.path(), "bruno", 2, 660).await
    }
}

#[tokio::test]
async fn the_tray_tells_the_truth_and_does_without_the_window() {
    let scene = Scene::set("tray").await;
    let anna = scene.anna().await;
    let mut bruno = scene.bruno().await;
    let tray = &scene.desktop;
    tray.menu_line("Online", |line| line.label == "Online" && !line.enabled).await;

    tray.choose("Do not disturb").await;
    anna.until("document.documentElement.dataset.registration === 'offline'").await;
    tray.menu_line("a tick", |line| line.label == "Do not disturb" && line.checked).await;
    tray.choose("Do not disturb").await;
    anna.until("document.documentElement.dataset.registration === 'online'").await;

    let call = bruno.dial("/private/anna", true).await;
    tray.choose("Answer bruno").await;
    bruno.status(&call, CallStatus::Connected).await;
    tray.menu_line("the call", |line| line.label == "In a call with bruno").await;
    tray.choose("Mute the microphone").await;
    tray.menu_line("a tick", |line| line.label == "Mute the microphone" && line.checked).await;
    tray.choose("Hang up").await;
    bruno.call_until(&call, "the end", |call| call.end.is_some()).await;
    anna.home().await;

    // Whom one talked to last is a click away.
    tray.choose("bruno").await;
    let back = bruno.rings().await;
    assert_eq!(back.address, "/private/anna");
    bruno.handle.decline(back.id).await.expect("it rings");
    bruno.shut_down().await;
    anna.close().await;
}

#[tokio::test]
async fn a_call_out_of_sight_stays_in_a_small_window() {
    let scene = Scene::set("mini").await;
    let anna = scene.anna().await;
    let mut bruno = scene.bruno().await;
    let call = bruno.dial("/private/anna", true).await;
    scene.desktop.choose("Answer bruno").await;
    bruno.status(&call, CallStatus::Connected).await;
    let main = scene.display.window("^Ahoy$").await;
    assert!(scene.display.windows("^bruno$").await.is_empty(), "the call is in the main window");

    scene.display.minimise(&main).await;
    scene.display.no_window("^Ahoy$").await;
    scene.display.window("^bruno$").await;
    scene.desktop.choose("Open Ahoy").await;
    scene.display.no_window("^bruno$").await;
    scene.display.window("^Ahoy$").await;
    bruno.handle.hang_up(call).await.expect("it talks");
    anna.home().await;
    bruno.shut_down().await;
    anna.close().await;
}

#[tokio::test]
async fn notifications_answer_decline_and_call_back() {
    let scene = Scene::set("notes").await;
    let anna = scene.anna().await;
    let mut bruno = scene.bruno().await;
    let desktop = &scene.desktop;

    let call = bruno.dial("/private/anna", false).await;
    let note = desktop.note("bruno is calling").await;
    assert_eq!(note.body, "/private/bruno");
    desktop.press(&note, "answer").await;
    bruno.status(&call, CallStatus::Connected).await;
    bruno.handle.hang_up(call).await.expect("it talks");
    anna.home().await;

    let call = bruno.dial("/private/anna", false).await;
    let note = desktop.note_after("bruno is calling", &note).await;
    desktop.press(&note, "decline").await;
    bruno.call_until(&call, "the end", |call| call.end.is_some()).await;

    let call = bruno.dial("/private/anna", false).await;
    let note = desktop.note_after("bruno is calling", &note).await;
    bruno.handle.hang_up(call).await.expect("it rings");
    desktop.taken_down(&note).await;
    let missed = desktop.note("Missed call from bruno").await;
    desktop.press(&missed, "call-back").await;
    let back = bruno.rings().await;
    bruno.handle.decline(back.id).await.expect("it rings");
    bruno.shut_down().await;
    anna.close().await;
}

#[tokio::test]
async fn a_second_start_hands_its_link_over_and_dials_nothing() {
    let scene = Scene::set("links").await;
    let anna = scene.anna().await;
    for (link, typed) in [("ahoy:/public/echo", "/public/echo"), ("tel:+15550100199", "+15550100199")] {
        let profile = scene.path().join("anna");
        let mut second = scene.display.command(program("ahoy"));
        second.arg("--profile").arg(profile).arg(link);
        let ended = timeout(PATIENCE, second.status()).await.expect("a second start ends by itself");
        assert!(ended.expect("it can be started").success());
        anna.until(&format!("{DIAL_FIELD}?.value === '{typed}'")).await;
    }
    assert!(anna.text().await.contains("Online"), "nothing was dialled");
    anna.close().await;
}

#[tokio::test]
async fn people_write_to_each_other_and_the_phone_speaks_their_language() {
    let scene = Scene::set("chat").await;
    let anna = scene.anna().await;
    let mut bruno = scene.bruno().await;
    bruno.until("who he is", |now| !now.own_addresses.is_empty()).await;
    bruno.handle.send_text("/private/anna".into(), "Ahoy, Anna!".into()).await.expect("it is said");
    let note = scene.desktop.note("Message from bruno").await;
    assert_eq!(note.body, "Ahoy, Anna!");
    anna.until("document.querySelector('[data-tab=chats]')?.textContent.includes('1 new message')").await;
    anna.until(
        "(document.querySelector('.tabs.side [data-tab=chats]')?.click(),
          document.querySelector('[data-chat-with=\"/private/bruno\"] button:enabled')?.click(),
          document.querySelector('[data-field=chat]'))",
    )
    .await;
    anna.until("document.querySelector('[role=log]').textContent.includes('Ahoy, Anna!')").await;
    anna.ask(
        "const field = document.querySelector('[data-field=chat]'); field.value = 'Ahoy, Bruno!';
         field.dispatchEvent(new Event('input', { bubbles: true }));",
    )
    .await;
    anna.until(
        "(document.querySelector('[data-control=send]:enabled')?.click(),
          document.querySelector('[role=log]').textContent.includes('Ahoy, Bruno!'))",
    )
    .await;
    let heard = |event: &Event| match event {
        Event::Message { text, .. } => Some(text.clone()),
        _ => None,
    };
    assert_eq!(bruno.event("the answer", heard).await, "Ahoy, Bruno!");

    // The window and the tray change over together, without a new start.
    anna.until(
        "(['control=close-chat', 'control=settings', 'section=appearance'].forEach(
            (step) => document.querySelector(`[data-${step}]`)?.click()), document.querySelector('#language'))",
    )
    .await;
    anna.ask(
        "const list = document.querySelector('#language'); list.value = 'ar';
         list.dispatchEvent(new Event('change', { bubbles: true }));",
    )
    .await;
    anna.until("document.documentElement.dir === 'rtl' && document.documentElement.lang === 'ar'").await;
    scene.desktop.menu_line("the tray in Arabic", |line| line.label == "متصل").await;
    bruno.shut_down().await;
    anna.close().await;
}
