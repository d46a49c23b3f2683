//! One's own place in a room, with the mouse and the keyboard of a real window: who comes quietly, who sits where, full screen.

use super::{LOBBY, PICTURE, layer_of, member, plate_of, until_picture};
use crate::support::display::Display;
use crate::support::headless::HeadlessPhone;
use crate::support::process::PATIENCE;
use crate::support::space::SpaceProcess;
use crate::support::window::{PhoneOptions, PhoneWindow};
use ahoy_media::picture_code;
use ahoy_model::{CallId, MemberId};
use ahoy_phone::{CallView, RoomAction};
use serde_json::{Value, json};
use tokio::time::Instant;

const SCREEN: (u32, u32) = (1000, 800);
const WANDA: u16 = 4;
const ADA: u16 = 1;

/// Waits until the phone sees that sender, or a card, in the member's box.
async fn sees(phone: &mut HeadlessPhone, call: &CallId, of: &MemberId, sender: Option<u16>) {
    until_picture(phone, call, |picture, view| {
        let seen = layer_of(view, of).map(|layer| plate_of(picture, layer).map(|code| code.sender));
        if seen == Some(sender) { Ok(()) } else { Err(format!("{seen:?} instead of {sender:?}")) }
    })
    .await;
}

/// Middle of an element that has come to rest, in pixels of the window.
async fn middle(window: &PhoneWindow, element: &str) -> (i32, i32) {
    let found = window
        .until(&format!(
            "(() => {{ if (document.getAnimations().some((a) => a.effect.target.closest('.layer'))) return null;
               const r = ({element}).getBoundingClientRect();
               return r.width > 0 && [r.left + r.width / 2, r.top + r.height / 2].map(Math.round); }})()"
        ))
        .await;
    let at = |index: usize| found[index].as_i64().expect("a number") as i32;
    (at(0), at(1))
}

fn box_of(member: &MemberId) -> String {
    format!("document.querySelector('.layer[data-member={}]')", json!(member))
}

#[tokio::test]
async fn a_window_comes_quietly_takes_places_and_fills_the_screen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let display = Display::start(SCREEN.0, SCREEN.1, folder.path()).await;
    let space = SpaceProcess::start(folder.path(), &[]).await;
    let options = PhoneOptions {
        camera: format!("test:picture=640x360@30,sender={WANDA}"),
        settings: json!({ "join_muted": true, "join_camera_off": true }),
        ..PhoneOptions::new("wanda", "wanda", u32::from(WANDA), 1_070)
    };
    let window = PhoneWindow::start(&display, &space, folder.path(), options).await;
    let mut ada = HeadlessPhone::start(&space, folder.path(), "ada", ADA, 440).await;
    let call = ada.dial(LOBBY, true).await;
    ada.pictures(&call).await;

    let shown = window.x_window(&display).await;
    display.place(&shown, 0, 0, SCREEN.0, SCREEN.1 - 60).await;
    display.activate(&shown).await;
    window.focus("Call a name, number or address").await;
    display.type_text(LOBBY).await;
    window.until(&format!("named('Call a name, number or address').value === {}", json!(LOBBY))).await;
    display.keys(&["Return"]).await;

    // Unheard and unseen until its owner says otherwise.
    let both = |call: &CallView| call.room.as_ref().is_some_and(|room| room.members.len() == 2);
    let view = ada.call_until(&call, "both are there", both).await;
    let room = view.room.clone().expect("a room");
    let (adas, wandas) = (member(&room, "ada"), member(&room, "wanda"));
    let quiet = |on: bool| {
        let wandas = wandas.clone();
        move |call: &CallView| {
            let members = call.room.iter().flat_map(|room| &room.members);
            members.clone().any(|m| m.id == wandas && m.muted == on && m.camera_off == on)
        }
    };
    ada.call_until(&call, "she came quietly", quiet(true)).await;
    sees(&mut ada, &call, &wandas, None).await;
    window.click("Unmute").await;
    window.click("Turn camera on").await;
    ada.call_until(&call, "heard and seen", quiet(false)).await;
    sees(&mut ada, &call, &wandas, Some(WANDA)).await;

    // Her name tag dragged onto the other's box: she sits there.
    let order = RoomAction::Layout { name: "2x2".into() };
    ada.handle.ask_room(call.clone(), order).await.expect("asked");
    let view = ada
        .call_until(&call, "four boxes", |call| call.room.as_ref().is_some_and(|room| room.layout == "2x2"))
        .await;
    let goal = layer_of(&view, &adas).expect("ada has a box").position.clone();
    let before = layer_of(&view, &wandas).expect("wanda has a box").position.clone();
    assert_ne!(goal, before);
    window.until("document.querySelectorAll('.layer').length === 4").await;
    let tag = middle(&window, &format!("{}.querySelector('.tag')", box_of(&wandas))).await;
    let place = middle(&window, &box_of(&adas)).await;
    display.drag(&shown, tag, place).await;
    let sits = |of: MemberId, at: String| {
        move |call: &CallView| layer_of(call, &of).is_some_and(|layer| layer.position == at)
    };
    ada.call_until(&call, "wanda sits where she was dragged", sits(wandas.clone(), goal.clone())).await;
    sees(&mut ada, &call, &wandas, Some(WANDA)).await;

    // Ada put first, then shown alone, by the panel of people.
    ada.handle
        .ask_room(call.clone(), RoomAction::Layout { name: "highlight-1-responsive".into() })
        .await
        .expect("asked");
    // Controls go when the mouse rests.
    display.click(&shown, (500, 500)).await;
    window.click("People (2)").await;
    window.click("More for ada").await;
    window.click("Put first").await;
    ada.call_until(&call, "ada is first", sits(adas.clone(), "reserved-1".into())).await;
    window.click("Show alone").await;
    ada.call_until(&call, "ada is alone", |call| {
        layer_of(call, &adas).is_some_and(|layer| layer.width > 99.0 && layer.height > 99.0)
    })
    .await;
    let end = Instant::now() + PATIENCE;
    loop {
        let luma = window.remote_luma(PICTURE.0, PICTURE.1).await;
        if picture_code::read_luma(&luma, PICTURE.0, PICTURE.1).is_some_and(|code| code.sender == ADA) {
            break;
        }
        assert!(Instant::now() < end, "ada does not fill the picture");
    }

    // The whole screen, and back.
    window.click("People (2)").await;
    let fills = |width: u32, height: u32| format!("innerWidth === {width} && innerHeight === {height}");
    let small: Value = window.ask("return [innerWidth, innerHeight]").await;
    display.click(&shown, (500, 300)).await;
    let button = middle(&window, "named('Full screen')").await;
    display.click(&shown, button).await;
    window.until(&fills(SCREEN.0, SCREEN.1)).await;
    display.keys(&["Escape"]).await;
    window.until(&format!("JSON.stringify([innerWidth, innerHeight]) === JSON.stringify({small})")).await;

    // Who comes and goes is told in a line.
    let eve = HeadlessPhone::start(&space, folder.path(), "eve", 3, 830).await;
    let eves = eve.dial(LOBBY, true).await;
    window.until_text("eve joined").await;
    eve.handle.hang_up(eves).await.expect("hung up");
    window.until_text("eve left").await;
    window.close().await;
    eve.shut_down().await;
    ada.shut_down().await;
}
