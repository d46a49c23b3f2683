//! One 720p30 call in figures, taken in the same way whoever plays it: set-up, delay, cost.

use super::browser::{Browser, Devices, Sdk, Shown};
use super::figures::Figures;
use super::referee;
use super::stage::Stage;
use super::stopwatch::Drawn;
use super::usage::{Tree, processor_load};
use super::window::PhoneWindow;
use ahoy_media::fake::TestPicture;
use serde::Deserialize;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// As large as Ahoy opens.
const WINDOW: (u32, u32) = (1040, 720);
/// The estimate of the path, the buffers and the compilers of pages need a while; Chromium's most.
const WARM: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub struct MeasuredCall {
    /// ms from dialling until the other side offers to answer.
    pub rings: Figures,
    /// ms until the small ringing window is painted; browsers have none.
    pub ringing_window: Figures,
    /// ms from answering until the far side's picture was drawn at both ends.
    pub pictures: Figures,
    /// The same of the very first call, which fills caches.
    pub first_pictures: f64,
    /// ms from capture to draw, both directions.
    pub delays: Figures,
    /// Pictures a second, mean of both ends.
    pub fps: f64,
    /// Processor seconds per second of one side: app and web view, or the whole browser.
    pub processor: f64,
    pub space_processor: f64,
    /// MB (PSS) of one side.
    pub memory: f64,
    pub space_memory: f64,
    /// What came in, in words.
    pub received: String,
}

impl MeasuredCall {
    /// Cost of both sides and the space over `time`.
    async fn weigh(&mut self, sides: [Tree; 2], space: &Tree, time: Duration) {
        let [one, other, space_load] = processor_load([&sides[0], &sides[1], space], time).await;
        self.processor = (one + other) / 2.0;
        self.space_processor = space_load;
        self.memory = (sides[0].memory() + sides[1].memory()) / 2.0;
        self.space_memory = space.memory();
    }
}

/// Two phones with real windows on a display without a graphics card, driven from outside.
pub async fn between_phones(calls: u64, time: Duration) -> MeasuredCall {
    let stage = Stage::with_windows("bench-phones", WINDOW).await;
    let (anna, bruno) = stage.pair().await;
    let mut first = MeasuredCall::default();
    connect_phones(&anna, &bruno, &mut first).await;
    part(&anna, &bruno).await;
    let mut measured = MeasuredCall { first_pictures: first.pictures.median(), ..Default::default() };
    for _ in 0..calls {
        connect_phones(&anna, &bruno, &mut measured).await;
        part(&anna, &bruno).await;
    }
    connect_phones(&anna, &bruno, &mut first).await;
    tokio::time::sleep(WARM + time).await;
    let (at_anna, at_bruno) = tokio::join!(anna.drawn(), bruno.drawn());
    let drawn: Vec<Drawn> = [at_anna, at_bruno].iter().flat_map(|all| newest(all, time)).collect();
    measured.delays = drawn.iter().map(|reading| reading.delay).collect();
    measured.fps = drawn.len() as f64 / 2.0 / time.as_secs_f64();
    let stats = bruno.stats().await;
    measured.received =
        format!("{} {} at {} bit/s", stats["size_in"], stats["video_codec"], stats["video_in"]);
    tokio::join!(anna.stop_stopwatch(), bruno.stop_stopwatch());
    measured.weigh([anna.processes(), bruno.processes()], &stage.space.processes(), time).await;
    part(&anna, &bruno).await;
    anna.close().await;
    bruno.close().await;
    measured
}

/// Anna dials, Bruno answers as soon as he can. Bruno's pictures carry the number 2, Anna's 1.
async fn connect_phones(anna: &PhoneWindow, bruno: &PhoneWindow, measured: &mut MeasuredCall) {
    tokio::join!(anna.start_stopwatch(), bruno.start_stopwatch());
    let dialled = anna.click_at("Call Bruno Silva with video").await;
    measured.rings.push(bruno.rang().await - dialled);
    measured.ringing_window.push(bruno.ringing().await.painted().await - dialled);
    let answered = bruno.click_at("Answer with video").await;
    let (at_anna, at_bruno) = tokio::join!(anna.first_drawn(2), bruno.first_drawn(1));
    measured.pictures.push(at_anna.max(at_bruno) - answered);
}

async fn part(anna: &PhoneWindow, bruno: &PhoneWindow) {
    anna.click("Hang up").await;
    tokio::join!(anna.home(), bruno.home());
}

/// Readings of the last `time`.
fn newest(all: &[Drawn], time: Duration) -> Vec<Drawn> {
    let last = all.last().map_or(0.0, |reading| reading.drawn);
    let from = last - time.as_secs_f64() * 1e3;
    all.iter().filter(|reading| reading.drawn > from).copied().collect()
}

const ALICE: Devices = Devices { sender: 1, tone: 440 };
const BERT: Devices = Devices { sender: 2, tone: 660 };
/// Of the clip that browsers take for a camera: long enough that a number names one picture for longer than any delay.
const CLIP: u32 = 120;
const RATE: u32 = 30;

/// Two Chromiums with the official SDK, version 4, each in a window of the same size on the same kind of display. `None` where
/// there is no Chromium.
///
/// Their camera is a clip of our test picture, so it can carry numbers but no time. When a picture was captured is told by
/// the sender's own page (`captureTime` of `requestVideoFrameCallback`), when it was drawn by the receiver's
/// (`presentationTime`); both pages' clocks count from the same wall clock.
pub async fn between_browsers(calls: u64, time: Duration) -> Option<MeasuredCall> {
    let stage = referee::Stage::open("bench-peer").await?;
    let display = super::display::Display::start(WINDOW.0 * 2, WINDOW.1, stage.folder()).await;
    let (mut alice, mut bert) = (
        present(&stage, &display, "alice", ALICE, 0).await,
        present(&stage, &display, "bert", BERT, WINDOW.0).await,
    );
    let mut first = MeasuredCall::default();
    let call = connect_browsers(&mut alice, &mut bert, &mut first).await;
    hang_up(&mut alice, &mut bert, &call).await;
    let mut measured = MeasuredCall { first_pictures: first.pictures.median(), ..Default::default() };
    for _ in 0..calls {
        let call = connect_browsers(&mut alice, &mut bert, &mut measured).await;
        hang_up(&mut alice, &mut bert, &call).await;
    }
    let call = connect_browsers(&mut alice, &mut bert, &mut first).await;
    tokio::time::sleep(WARM).await;
    let (at_alice, at_bert) = tokio::join!(watch(&mut alice, time), watch(&mut bert, time));
    measured.delays = at_alice.delays_of(&at_bert).into_iter().chain(at_bert.delays_of(&at_alice)).collect();
    measured.fps = (at_alice.far.len() + at_bert.far.len()) as f64 / 2.0 / time.as_secs_f64();
    measured.received = format!("[{},{}]", at_bert.width, at_bert.height);
    measured.weigh([alice.processes(), bert.processes()], &stage.space.processes(), time).await;
    hang_up(&mut alice, &mut bert, &call).await;
    alice.stop().await;
    bert.stop().await;
    Some(measured)
}

/// A browser that is online and shows its calls as an application would.
async fn present(
    stage: &referee::Stage,
    display: &super::display::Display,
    name: &str,
    devices: Devices,
    x: u32,
) -> Browser {
    let camera = stage.folder().join(format!("{name}.y4m"));
    write_clip(&camera, devices.sender).expect("the clip can be written");
    let shown = Shown { display, x, size: WINDOW, camera: &camera };
    let mut browser = stage.browser_shown(name, Sdk::V4, devices, &shown).await;
    browser.must("present", json!({})).await;
    browser
}

/// The test picture at 720p30.
fn write_clip(path: &Path, sender: u16) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "YUV4MPEG2 W1280 H720 F{RATE}:1 Ip A1:1 C420jpeg")?;
    let mut picture = TestPicture::new(1280, 720, sender);
    for frame in 0..CLIP {
        file.write_all(b"FRAME\n")?;
        file.write_all(picture.draw(frame, 0, Instant::now()).bytes())?;
    }
    file.flush()
}

struct Call {
    alice: String,
}

fn options() -> serde_json::Value {
    let mut options = referee::with_video(Sdk::V4);
    options["inputVideoDeviceConstraints"] =
        json!({ "width": { "exact": 1280 }, "height": { "exact": 720 }, "frameRate": { "ideal": RATE } });
    options
}

async fn connect_browsers(alice: &mut Browser, bert: &mut Browser, measured: &mut MeasuredCall) -> Call {
    for browser in [&mut *alice, &mut *bert] {
        browser.must("awaitPicture", json!({})).await;
    }
    let dialled = alice.sdk("dial", json!({ "to": "/private/bert?channel=video", "options": options() }));
    let dialled = dialled.await.expect("it dials");
    let incoming = bert.incoming().await;
    let at = |value: &serde_json::Value| value["at"].as_f64().expect("a time");
    measured.rings.push(at(&incoming) - at(&dialled));
    let answer = json!({ "call": incoming["call"], "options": options() });
    let answered = bert.sdk("answer", answer).await.expect("it answers");
    let (at_alice, at_bert) =
        tokio::join!(alice.must("firstPicture", json!({})), bert.must("firstPicture", json!({})));
    let drawn = |at: serde_json::Value| at.as_f64().expect("a time");
    measured.pictures.push(drawn(at_alice).max(drawn(at_bert)) - at(&answered));
    Call { alice: dialled["call"].as_str().expect("an id").to_owned() }
}

async fn hang_up(alice: &mut Browser, bert: &mut Browser, call: &Call) {
    alice.sdk("hangup", json!({ "call": call.alice })).await.expect("it hangs up");
    alice.status(&call.alice, "over").await;
    bert.event("status", |event| event["status"] == "over").await;
}

/// One picture that a page saw.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Reading {
    /// Its number, if it could be read.
    frame: Option<u32>,
    /// Unix time in ms, if the browser told.
    at: Option<f64>,
}

/// What a page saw of its own camera and of the far side.
#[derive(Debug, Deserialize)]
struct Watched {
    own: Vec<Reading>,
    far: Vec<Reading>,
    width: u32,
    height: u32,
}

impl Watched {
    /// ms from the capture at the other side to the drawing here. Numbers come again, so the last capture before counts.
    fn delays_of(&self, sender: &Self) -> Vec<f64> {
        let delay = |drawn: &Reading| {
            let (frame, at) = (drawn.frame?, drawn.at?);
            let captures = sender.own.iter().filter(|own| own.frame == Some(frame)).filter_map(|own| own.at);
            captures.filter(|captured| *captured <= at).map(|captured| at - captured).min_by(f64::total_cmp)
        };
        // The number of a picture from before the watch is found in the round before.
        let longest = f64::from(CLIP) / f64::from(RATE) * 500.0;
        self.far.iter().filter_map(delay).filter(|delay| *delay < longest).collect()
    }
}

async fn watch(browser: &mut Browser, time: Duration) -> Watched {
    let seen = browser.must("watch", json!({ "ms": time.as_millis() as u64 })).await;
    serde_json::from_value(seen).expect("readings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_comes_again_is_as_old_as_its_last_capture() {
        let of = |readings: &[(u32, f64)]| {
            readings.iter().map(|&(frame, at)| Reading { frame: Some(frame), at: Some(at) }).collect()
        };
        let watched = |own, far| Watched { own, far, width: 0, height: 0 };
        let sender = watched(of(&[(5, 1_000.0), (6, 1_033.0), (5, 5_000.0)]), Vec::new());
        let receiver =
            watched(Vec::new(), of(&[(5, 1_080.0), (6, 1_100.0), (5, 5_090.0), (7, 5_100.0), (6, 5_110.0)]));
        assert_eq!(
            receiver.delays_of(&sender),
            [80.0, 67.0, 90.0],
            "7 was never captured, and 6 is not 4 s old"
        );
    }
}
