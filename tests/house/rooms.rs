//! Six in one room: three phones without a window, one real window, and the official SDK in two versions. Everybody sees
//! everybody in the right box, hears all but himself, and moderates.

mod placing;

use crate::support::browser::{Browser, Devices, Sdk};
use crate::support::display::Display;
use crate::support::headless::HeadlessPhone;
use crate::support::plates::{plate_in, plate_of};
use crate::support::process::{PATIENCE, run};
use crate::support::referee::{Stage, with_video};
use crate::support::sound::Recording;
use crate::support::window::{PhoneOptions, PhoneWindow};
use ahoy_media::Picture;
use ahoy_model::{CallId, MediaKind, MemberId};
use ahoy_phone::{CallView, LayerView, RoomAction, RoomOrder, RoomView};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, interval};

const LOBBY: &str = "/public/lobby";
/// Name, sender number and tone of everybody. No tone lies near a sum or difference of others.
const PEOPLE: [(&str, u16, u32); 6] = [
    ("ada", 1, 440),
    ("bob", 2, 620),
    ("eve", 3, 830),
    ("wanda", 4, 1070),
    ("vera", 5, 1390),
    ("viktor", 6, 1730),
];
/// Size in which boxes are read.
const PICTURE: (usize, usize) = (1280, 720);

fn shown(call: &CallView) -> Option<&RoomView> {
    call.room.as_ref().filter(|room| {
        let layers = room.layers.iter().filter(|layer| layer.member.is_some()).count();
        layers == PEOPLE.len() && room.members.len() == PEOPLE.len()
    })
}

/// Who should be in each box.
fn expected(room: &RoomView) -> Vec<Option<u16>> {
    let sender = |layer: &LayerView| {
        let member = room.members.iter().find(|member| Some(&member.id) == layer.member.as_ref())?;
        PEOPLE.iter().find(|(name, ..)| *name == member.name.to_lowercase()).map(|(_, sender, _)| *sender)
    };
    room.layers.iter().map(sender).collect()
}

/// Looks at one picture after the other until `look` is content; its complaint about the last one is told when none comes.
async fn until_picture(
    phone: &mut HeadlessPhone,
    call: &CallId,
    mut look: impl FnMut(&Picture, &CallView) -> Result<(), String>,
) {
    let mut pictures = phone.pictures(call).await;
    let end = Instant::now() + PATIENCE;
    loop {
        let picture =
            tokio::time::timeout_at(end, pictures.next()).await.ok().flatten().expect("pictures come");
        let view = phone.call(call).expect("the call goes on");
        let Err(complaint) = look(&picture, &view) else { return };
        assert!(Instant::now() < end, "{}: {complaint}", phone.name);
    }
}

/// A member's box in the room's picture.
fn layer_of<'a>(call: &'a CallView, of: &MemberId) -> Option<&'a LayerView> {
    call.room.as_ref()?.layers.iter().find(|layer| layer.member.as_ref() == Some(of))
}

async fn phone_sees(phone: &mut HeadlessPhone, call: &CallId, room: &RoomView) {
    let wanted = expected(room);
    until_picture(phone, call, |picture, _| {
        let plates = room.layers.iter().map(|layer| plate_of(picture, layer).map(|code| code.sender));
        let seen: Vec<Option<u16>> = plates.collect();
        if seen == wanted { Ok(()) } else { Err(format!("{seen:?} instead of {wanted:?}")) }
    })
    .await;
}

async fn window_sees(window: &PhoneWindow, room: &RoomView) {
    let wanted = expected(room);
    let end = Instant::now() + PATIENCE;
    loop {
        let luma = window.remote_luma(PICTURE.0, PICTURE.1).await;
        let plates = room.layers.iter().map(|layer| plate_in(&luma, PICTURE.0, PICTURE.1, layer));
        let seen: Vec<Option<u16>> = plates.map(|code| code.map(|code| code.sender)).collect();
        if seen == wanted {
            break;
        }
        assert!(Instant::now() < end, "the window: {seen:?} instead of {wanted:?}");
    }
    // Its name tags stand in the same boxes.
    let boxes = "JSON.stringify([...document.querySelectorAll('[data-position]')].map((box) => {
        const all = box.parentElement.getBoundingClientRect(), own = box.getBoundingClientRect();
        return [box.textContent.trim(), (own.left - all.left) / all.width * 100, (own.top - all.top) / all.height * 100];
    }))";
    window.until("document.querySelectorAll('[data-position] .tag').length === 6").await;
    let drawn: Vec<(String, f64, f64)> =
        serde_json::from_str(window.ask(&format!("return {boxes}")).await.as_str().expect("text"))
            .expect("boxes");
    for layer in &room.layers {
        let member = room.members.iter().find(|member| Some(&member.id) == layer.member.as_ref());
        let name = &member.expect("somebody").name;
        let tag = drawn.iter().find(|(text, ..)| text.contains(name.as_str())).expect("a tag");
        assert!(
            (tag.1 - layer.x).abs() < 0.5 && (tag.2 - layer.y).abs() < 0.5,
            "{tag:?} is not at {layer:?}"
        );
    }
}

async fn browser_sees(browser: &mut Browser, room: &RoomView) {
    let wanted = json!(expected(room));
    let boxes: Vec<Value> = room
        .layers
        .iter()
        .map(|layer| json!({ "x": layer.x, "y": layer.y, "width": layer.width, "height": layer.height }))
        .collect();
    let end = Instant::now() + PATIENCE;
    let mut looks = interval(Duration::from_millis(200));
    loop {
        looks.tick().await;
        let seen = browser.order("seeIn", json!({ "boxes": boxes })).await.expect("it looks");
        if seen == wanted {
            return;
        }
        assert!(Instant::now() < end, "a browser: {seen} instead of {wanted}");
    }
}

/// Waits until everybody's tone is there but the one of `own`.
async fn recording_hears(recording: &Path, own: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let heard = Recording::next(recording, Duration::from_secs(1)).await;
        let levels: Vec<(&str, f64)> =
            PEOPLE.iter().map(|(name, _, tone)| (*name, heard.strength(f64::from(*tone)))).collect();
        let others = levels.iter().filter(|(name, _)| *name != own).map(|(_, level)| *level);
        let (quietest, self_) = (
            others.fold(f64::INFINITY, f64::min),
            levels.iter().find(|(name, _)| *name == own).map_or(0.0, |(_, level)| *level),
        );
        if quietest > 0.004 && self_ < quietest / 3.0 {
            return;
        }
        assert!(Instant::now() < end, "{own} hears {levels:?}");
    }
}

async fn browser_hears(browser: &mut Browser, own: &str) {
    let tones: Vec<u32> = PEOPLE.iter().map(|(_, _, tone)| *tone).collect();
    let end = Instant::now() + PATIENCE;
    loop {
        let levels =
            browser.order("measure", json!({ "ms": 1000, "tones": tones })).await.expect("it listens");
        let levels: Vec<f64> = serde_json::from_value(levels).expect("levels");
        let of = |wanted: bool| {
            PEOPLE
                .iter()
                .zip(&levels)
                .filter(move |((name, ..), _)| (*name == own) == wanted)
                .map(|(_, l)| *l)
        };
        let (quietest, self_) = (of(false).fold(f64::INFINITY, f64::min), of(true).fold(-200.0, f64::max));
        if quietest > -65.0 && self_ < quietest - 10.0 {
            return;
        }
        assert!(Instant::now() < end, "{own} hears {levels:?}");
    }
}

fn member(room: &RoomView, name: &str) -> MemberId {
    let found = room.members.iter().find(|member| member.name.to_lowercase() == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", room.members)).id.clone()
}

fn of<'a>(call: &'a CallView, id: &MemberId) -> Option<&'a ahoy_phone::MemberView> {
    call.room.as_ref()?.members.iter().find(|member| member.id == *id)
}

/// Waits until that member's plate has gone on counting in the picture of a phone.
async fn goes_on(phone: &mut HeadlessPhone, call: &CallId, member: &MemberId) {
    let mut first = None;
    until_picture(phone, call, |picture, view| {
        let code = layer_of(view, member).and_then(|layer| plate_of(picture, layer));
        let far = code.is_some_and(|code| code.frame.wrapping_sub(*first.get_or_insert(code.frame)) >= 15);
        if far { Ok(()) } else { Err("the others stand still".into()) }
    })
    .await;
}

#[tokio::test]
async fn six_see_and_hear_each_other_and_moderate() {
    let Some(stage) = Stage::open("rooms").await else { return };
    let display = Display::start(1000, 800, stage.folder()).await;
    let window = {
        let (name, sender, tone) = PEOPLE[3];
        let options = PhoneOptions {
            camera: format!("test:picture=640x360@30,sender={sender}"),
            ..PhoneOptions::new(name, name, u32::from(sender), tone)
        };
        PhoneWindow::start(&display, &stage.space, stage.folder(), options).await
    };
    let mut phones = Vec::new();
    for (name, sender, tone) in &PEOPLE[..3] {
        let phone = HeadlessPhone::start(&stage.space, stage.folder(), name, *sender, *tone).await;
        let call = phone.dial(LOBBY, true).await;
        phones.push((phone, call));
    }
    let devices = |(_, sender, tone): (&str, u16, u32)| Devices { sender, tone };
    let mut vera = stage.browser(PEOPLE[4].0, Sdk::V4, devices(PEOPLE[4])).await;
    let mut viktor = stage.browser(PEOPLE[5].0, Sdk::V3, devices(PEOPLE[5])).await;
    let veras = vera.dial(&format!("{LOBBY}?channel=video"), with_video(Sdk::V4)).await.expect("v4 dials");
    let viktors =
        viktor.dial(&format!("{LOBBY}?channel=video"), with_video(Sdk::V3)).await.expect("v3 dials");
    let shown_window = window.x_window(&display).await;
    display.activate(&shown_window).await;
    window.focus("Call a name, number or address").await;
    display.type_text(LOBBY).await;
    window.until(&format!("named('Call a name, number or address').value === {}", json!(LOBBY))).await;
    display.keys(&["Return"]).await;
    vera.status(&veras, "connected").await;
    viktor.status(&viktors, "connected").await;

    let (first, call) = phones.first_mut().expect("a phone");
    let view = first.call_until(call, "six in the picture", |call| shown(call).is_some()).await;
    let room = view.room.clone().expect("a room");
    assert!(room.can.remove && room.layouts.iter().any(|layout| layout == "highlight-1-responsive"));
    for (phone, call) in &mut phones {
        phone_sees(phone, call, &room).await;
    }
    window_sees(&window, &room).await;
    browser_sees(&mut vera, &room).await;
    browser_sees(&mut viktor, &room).await;
    for (phone, _) in &phones {
        recording_hears(&phone.recording, &phone.name).await;
    }
    recording_hears(&window.recording, "wanda").await;
    browser_hears(&mut vera, "vera").await;
    browser_hears(&mut viktor, "viktor").await;

    // The SDK moderates a phone, which follows; a phone moderates the SDKs, which say so.
    let id = |name: &str| member(&room, name);
    let mute = json!({ "call": veras, "member": id("bob"), "method": "mute" });
    vera.sdk("moderate", mute).await.expect("v4 mutes bob");
    let (bob, bobs) = &mut phones[1];
    bob.call_until(bobs, "muted by somebody else", |call| call.muted).await;
    let deaf = json!({ "call": viktors, "member": id("eve"), "method": "deaf" });
    viktor.sdk("moderate", deaf).await.expect("v3 deafens eve");
    let (ada, adas) = &mut phones[0];
    let eves = id("eve");
    ada.call_until(adas, "eve deaf", |call| of(call, &eves).is_some_and(|eve| eve.deaf)).await;
    for (name, kind) in [("vera", MediaKind::Audio), ("viktor", MediaKind::Video)] {
        let action = RoomAction::Mute { member: id(name), kind, on: true };
        ada.handle.ask_room(adas.clone(), action).await.expect("asked");
    }
    let muted = |field: &'static str, id: &MemberId| {
        let id = json!(id);
        move |calls: &Value| {
            calls[0]["members"].as_array().into_iter().flatten().any(|m| m["id"] == id && m[field] == true)
        }
    };
    vera.until("vera muted", muted("audioMuted", &id("vera"))).await;
    viktor.until("viktor without a picture", muted("videoMuted", &id("viktor"))).await;
    let layout = RoomAction::Layout { name: "highlight-1-responsive".into() };
    ada.handle.ask_room(adas.clone(), layout).await.expect("asked");
    vera.until("the layout", |calls| calls[0]["layout"] == "highlight-1-responsive").await;
    window.until("document.querySelectorAll('[data-position^=reserved]').length === 1").await;
    // One is put out; the others stay.
    ada.handle.ask_room(adas.clone(), RoomAction::Remove { member: id("viktor") }).await.expect("asked");
    viktor.status(&viktors, "over").await;
    window.until("document.querySelectorAll('[data-position] .tag').length === 5").await;
    // The window's button records, and everybody sees the mark.
    window.click("Record and play").await;
    window.click("Record this room").await;
    window.until("document.querySelector('[data-badge=recording]') !== null").await;
    let is_recorded = |call: &CallView| call.room.as_ref().is_some_and(|room| room.recording);
    ada.call_until(adas, "the record mark", is_recorded).await;
    ada.handle.ask_room(adas.clone(), RoomAction::Record { order: RoomOrder::Stop }).await.expect("asked");
    window.until("document.querySelector('[data-badge=recording]') === null").await;
    // A member's process freezes and is killed: the others go on seeing each other.
    for signal in ["-STOP", "-KILL"] {
        let processes = window.processes().ids().iter().map(u32::to_string).collect::<Vec<_>>();
        run("kill", std::iter::once(signal.to_owned()).chain(processes)).await;
        let action = RoomAction::Layout { name: if signal == "-STOP" { "3x3" } else { "grid" }.into() };
        ada.handle.ask_room(adas.clone(), action).await.expect("asked");
        goes_on(ada, adas, &id("eve")).await;
    }
    vera.stop().await;
    viktor.stop().await;
    drop(window);
    for (phone, _) in phones {
        phone.shut_down().await;
    }
}
