//! The developer's page in a running app: a token, a test call, a request by hand, messages, and signing in with the token.

use super::DIAL_FIELD;
use super::lan::{press, type_into};
use crate::support::display::Display;
use crate::support::window::{PhoneOptions, PhoneWindow};

async fn developer(anna: &PhoneWindow) {
    press(anna, "[data-control=settings]").await;
    press(anna, "[data-section=developer]").await;
}

#[tokio::test]
async fn the_developers_page_does_what_it_says() {
    let folder =
        tempfile::Builder::new().prefix("developer").tempdir().expect("a temporary folder can be made");
    let display = Display::start(1100, 800, folder.path()).await;
    let mut options = PhoneOptions::new("anna", "Anna Berg", 1, 440);
    options.extra.extend(["--name".to_owned(), "Anna Berg".to_owned()]);
    let anna = PhoneWindow::start_here(&display, folder.path(), options).await.online().await;

    // Messages are kept from here on.
    developer(&anna).await;
    press(&anna, ".content [role=switch]").await;
    anna.until("document.querySelector('.content [role=switch]').ariaChecked === 'true'").await;

    // A request by hand, and one that the space refuses.
    press(&anna, "[data-control=ask]").await;
    anna.until(
        "document.querySelector('.content pre[role=status]:not(.refused)')?.textContent.includes('{')",
    )
    .await;
    type_into(&anna, "Method", "signalwire.nonsense").await;
    press(&anna, "[data-control=ask]").await;
    anna.until("document.querySelector('.content pre.refused')").await;
    type_into(&anna, "Parameters (JSON)", "{ half").await;
    press(&anna, "[data-control=ask]").await;
    anna.until("!document.querySelector('.content pre[role=status]') && document.querySelector('.notice')")
        .await;

    press(&anna, "[data-control=wire]").await;
    anna.until("document.querySelector('.content [role=log]')?.textContent.includes('signalwire.nonsense')")
        .await;
    let shown = anna.ask("return document.querySelector('.content [role=log]').textContent").await;
    assert!(!shown.as_str().expect("a text").contains("eyJ"), "no token is shown");

    // Somebody who shows a test picture calls.
    press(&anna, "[data-control=ring-me]").await;
    let ringing = anna.ringing().await;
    ringing.until_text("Test video").await;
    ringing.click("Answer with video").await;
    let picture = "(() => { const tile = document.querySelector('canvas[data-tile]:not([data-tile=self])')?.dataset.tile;
                            return tile && window.ahoyFrames(tile).length > 0; })()";
    anna.until("document.querySelector('canvas[data-tile]:not([data-tile=self])')").await;
    anna.ask("document.querySelector('canvas[data-tile]:not([data-tile=self])').dataset.probe = 'on'").await;
    anna.until(picture).await;
    anna.click("Hang up").await;
    anna.home().await;

    // The token is good for signing in as somebody else.
    developer(&anna).await;
    type_into(&anna, "Who", "guest").await;
    press(&anna, "[data-control=mint]").await;
    let token = anna.until("document.querySelector('[data-field=token]')?.textContent").await;
    press(&anna, "[data-section=about]").await;
    let space = anna.until("[...document.querySelectorAll('dd bdi')].map((it) => it.textContent).find((it) => it.startsWith('ws'))").await;
    press(&anna, "[data-section=account]").await;
    anna.click("Sign out").await;
    press(&anna, "[data-way=join]").await;
    for (field, text) in [("address", &space), ("token", &token)] {
        anna.until(&format!("document.querySelector('#{field}')")).await;
        anna.ask(&format!(
            "const field = document.querySelector('#{field}'); field.value = {text};
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ))
        .await;
    }
    press(&anna, "form .button.primary").await;
    anna.until("document.documentElement.dataset.registration === 'online'").await;
    anna.until(DIAL_FIELD).await;
    press(&anna, "[data-status]").await;
    anna.until_text("/private/guest").await;
    anna.close().await;
}
