//! Two fresh installs on two machines of one network, without an account: found, asked, let in, called.

use crate::support::artifacts;
use crate::support::display::Display;
use crate::support::lan::Lan;
use crate::support::sound::Recording;
use crate::support::window::{PhoneOptions, PhoneWindow};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// What a person does: type into a field that is known by its label.
pub async fn type_into(phone: &PhoneWindow, field: &str, text: &str) {
    phone.until(&format!("named({})", json!(field))).await;
    phone
        .ask(&format!(
            "const field = named({}); field.value = {};
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(field),
            json!(text)
        ))
        .await;
}

/// Clicks what a selector finds, once it is there and can be used.
pub async fn press(phone: &PhoneWindow, selector: &str) {
    phone.until(&format!("document.querySelector({})?.disabled === false", json!(selector))).await;
    phone.ask(&format!("document.querySelector({}).click()", json!(selector))).await;
}

async fn place(phone: &PhoneWindow, display: &Display, x: i32) {
    let window = phone.x_window(display).await;
    display.place(&window, x, 330, 800, 640).await;
}

/// Waits until so many pictures of this sender were drawn, in order. How smoothly they run is measured elsewhere.
async fn sees(phone: &PhoneWindow, sender: u32) {
    phone.until("document.querySelector('canvas[data-tile]:not([data-tile=self])')").await;
    phone.ask("document.querySelector('canvas[data-tile]:not([data-tile=self])').dataset.probe = 'on'").await;
    let drawn = format!(
        "(() => {{
            const tile = document.querySelector('canvas[data-tile]:not([data-tile=self])').dataset.tile;
            const seen = window.ahoyFrames(tile).filter((f) => f.sender === {sender});
            return seen.length >= 30 && seen.every((f, i) => i === 0 || f.number > seen[i - 1].number);
        }})()"
    );
    phone.until(&drawn).await;
}

/// Waits until a second of what the phone plays is this tone.
async fn hears(phone: &PhoneWindow, hz: f64) {
    let mut heard = (0.0, 0.0);
    for _ in 0..30 {
        let recording = Recording::next(&phone.recording, Duration::from_secs(1)).await;
        heard = (recording.tone(), recording.loudness());
        if (heard.0 - hz).abs() < hz * 0.02 && heard.1 > 0.01 {
            return;
        }
    }
    panic!("{} should hear {hz} Hz, but heard {heard:?} (Hz, loudness)", phone.name);
}

async fn code(phone: &PhoneWindow) -> String {
    let code = phone.until("document.querySelector('[data-code]')?.dataset.code").await;
    code.as_str().expect("six digits").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_on_a_lan_find_each_other_and_call() {
    let lan = Lan::lay().await;
    let folder = tempfile::Builder::new().prefix("lan").tempdir().expect("a temporary folder can be made");
    let display = Display::start(1700, 1000, folder.path()).await;
    let phone = |machine, reference: &str, name: &str, sender, hz| {
        let mut options = PhoneOptions::new(reference, name, sender, hz);
        options.camera = format!("test:picture=640x360@15,sender={sender}");
        PhoneWindow::start_fresh(&display, machine, folder.path(), options)
    };
    let (anna, bruno) = tokio::join!(
        phone(&lan.left, "anna", "Anna Berg", 1, 440),
        phone(&lan.right, "bruno", "Bruno Silva", 2, 660)
    );
    place(&anna, &display, 0).await;
    place(&bruno, &display, 820).await;

    // Anna takes her computer's own space and opens it to the network.
    type_into(&anna, "Your name", "Anna Berg").await;
    press(&anna, "[data-way=here]").await;
    let anna = anna.online().await;
    press(&anna, "[data-control=settings]").await;
    press(&anna, "[data-section=ownSpace]").await;
    press(&anna, ".content [role=switch]").await;
    anna.until_text(&lan.left.address).await;

    // Bruno sees it by itself, asks, and both see one code.
    type_into(&bruno, "Your name", "Bruno Silva").await;
    press(&bruno, "[data-way=join]").await;
    press(&bruno, "[data-space='Anna Berg']").await;
    bruno.until_text("Waiting for Anna Berg").await;
    anna.until("document.querySelector('[data-request=\"Bruno Silva\"]')").await;
    assert_eq!(code(&anna).await, code(&bruno).await);
    display.screenshot(&artifacts("lan").join("request.png")).await;
    press(&anna, "[data-control=accept]").await;
    let bruno = bruno.online().await;
    anna.until("document.querySelector('[data-member=\"Bruno Silva\"]')").await;

    // They call each other.
    anna.click("Back").await;
    talk(&bruno, &anna).await;
    display.screenshot(&artifacts("lan").join("call.png")).await;
    bruno.click("Hang up").await;
    tokio::join!(anna.home(), bruno.home());
    relays_carry_a_call(&bruno, &anna).await;

    an_invite_asks_first(&anna, &bruno, &display, &lan, folder.path()).await;
    a_new_address_is_found(&bruno, &lan).await;
    a_new_name_is_told(&anna, &bruno).await;
    anna.close().await;
    bruno.close().await;
}

/// Until both see and hear each other.
async fn talk(bruno: &PhoneWindow, anna: &PhoneWindow) {
    type_into(bruno, "Call a name, number or address", "/private/anna-berg").await;
    bruno.click("Video call").await;
    let ringing = anna.ringing().await;
    ringing.until_text("Bruno Silva").await;
    ringing.click("Answer with video").await;
    tokio::join!(sees(anna, 2), sees(bruno, 1));
    tokio::join!(hears(anna, 660.0), hears(bruno, 440.0));
}

/// The space hands out relays of its own: with nothing else allowed, there is a call all the same.
async fn relays_carry_a_call(bruno: &PhoneWindow, anna: &PhoneWindow) {
    let relays_only = async |on: bool| {
        press(bruno, "[data-control=settings]").await;
        press(bruno, "[data-section=network]").await;
        let switch = ".content [role=switch]";
        press(bruno, switch).await;
        let checked = format!("document.querySelector('{switch}').getAttribute('aria-checked') === '{on}'");
        bruno.until(&checked).await;
        bruno.click("Back").await;
    };
    relays_only(true).await;
    talk(bruno, anna).await;
    bruno.click("Hang up").await;
    tokio::join!(anna.home(), bruno.home());
    relays_only(false).await;
}

/// Whoever looks for spaces finds this one under its owner's new name, and no longer under the old one.
async fn a_new_name_is_told(anna: &PhoneWindow, bruno: &PhoneWindow) {
    press(anna, "[data-section=account]").await;
    type_into(anna, "Your name", "Anna Karlsson").await;
    anna.click("Save").await;
    bruno.home().await;
    press(bruno, "[data-control=settings]").await;
    press(bruno, "[data-section=account]").await;
    bruno.click("Sign out").await;
    press(bruno, "[data-way=join]").await;
    bruno.until("document.querySelector(\"[data-space='Anna Karlsson']\")").await;
    bruno.until("!document.querySelector(\"[data-space='Anna Berg']\")").await;
}

/// A link that was opened through the system says where it leads, and joins only when the user says so.
async fn an_invite_asks_first(
    anna: &PhoneWindow,
    bruno: &PhoneWindow,
    display: &Display,
    lan: &Lan,
    folder: &Path,
) {
    press(anna, "[data-control=settings]").await;
    press(anna, "[data-section=ownSpace]").await;
    press(anna, "[data-control=make-invite]").await;
    let link = anna.until("document.querySelector('[data-invite]')?.dataset.invite").await;
    let link = link.as_str().expect("a link");
    let mut second = lan.right.command(display, crate::support::program("ahoy"));
    second.arg("--profile").arg(folder.join("bruno")).arg(link);
    let ended = tokio::time::timeout(crate::support::process::PATIENCE, second.status()).await;
    assert!(ended.expect("a second start ends by itself").expect("it can be started").success());
    bruno.until_text("Join Anna Berg?").await;
    let members = "document.querySelectorAll('[data-member=\"Bruno Silva\"]').length";
    assert_eq!(anna.ask(&format!("return {members}")).await, 1, "nobody joined by a link alone");
    press(bruno, "[data-control=accept-invite]").await;
    anna.until(&format!("{members} === 2")).await;
    bruno.until("document.documentElement.dataset.registration === 'online'").await;
}

/// Another router gives both machines other addresses: whoever joined finds it again by its certificate.
async fn a_new_address_is_found(bruno: &PhoneWindow, lan: &Lan) {
    lan.renumber().await;
    bruno.until("document.documentElement.dataset.registration !== 'online'").await;
    bruno.until("document.documentElement.dataset.registration === 'online'").await;
}
