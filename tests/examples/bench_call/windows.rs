//! Two phones with real windows on a display without a graphics card, and a space in a process of its own.

use ahoy_tests::figures::{Figures, Gate, line};
use ahoy_tests::stage::Stage;
use ahoy_tests::stopwatch::Drawn;
use ahoy_tests::usage::processor_load;
use ahoy_tests::window::PhoneWindow;
use std::time::Duration;

/// As large as Ahoy opens.
const WINDOW: (u32, u32) = (1040, 720);
/// The estimate of the path, the buffers and the web view's compiler need a moment.
const WARM: Duration = Duration::from_secs(6);

#[derive(Default)]
struct SetUp {
    offered: Figures,
    small_window: Figures,
    pictures: Figures,
}

/// Anna dials, Bruno answers as soon as he can. Sender 2 is Bruno, 1 is Anna.
async fn connect(anna: &PhoneWindow, bruno: &PhoneWindow, set_up: &mut SetUp) {
    tokio::join!(anna.start_stopwatch(), bruno.start_stopwatch());
    let dialled = anna.click_at("Call Bruno Silva with video").await;
    set_up.offered.push(bruno.rang().await - dialled);
    set_up.small_window.push(bruno.ringing().await.painted().await - dialled);
    let answered = bruno.click_at("Answer with video").await;
    let (at_anna, at_bruno) = tokio::join!(anna.first_drawn(2), bruno.first_drawn(1));
    set_up.pictures.push(at_anna.max(at_bruno) - answered);
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

pub async fn measure(calls: u64, seconds: u64) {
    let time = Duration::from_secs(seconds);
    let stage = Stage::with_windows("bench-call", WINDOW).await;
    let (anna, bruno) = stage.pair().await;
    let mut set_up = SetUp::default();
    // The first call fills caches, which a person waits for once.
    let mut first = SetUp::default();
    connect(&anna, &bruno, &mut first).await;
    part(&anna, &bruno).await;
    for _ in 0..calls {
        connect(&anna, &bruno, &mut set_up).await;
        part(&anna, &bruno).await;
    }

    connect(&anna, &bruno, &mut SetUp::default()).await;
    tokio::time::sleep(WARM + time).await;
    let (at_anna, at_bruno) = tokio::join!(anna.drawn(), bruno.drawn());
    let (at_anna, at_bruno) = (newest(&at_anna, time), newest(&at_bruno, time));
    let delays: Figures = at_anna.iter().chain(&at_bruno).map(|reading| reading.delay).collect();
    let fps = |readings: &[Drawn]| readings.len() as f64 / seconds as f64;
    let stats = bruno.stats().await;
    tokio::join!(anna.stop_stopwatch(), bruno.stop_stopwatch());
    let (phones, space) = ([anna.processes(), bruno.processes()], stage.space.processes());
    let [anna_load, bruno_load, space_load] = processor_load([&phones[0], &phones[1], &space], time).await;
    let (memory, space_memory) = ((phones[0].memory() + phones[1].memory()) / 2.0, space.memory());
    part(&anna, &bruno).await;
    anna.close().await;
    bruno.close().await;

    println!(
        "two phones with windows, a space: {calls} calls, then one of {seconds} s for delays and as much for cost"
    );
    let (ring, picture) = (Gate { first: 300.0, wanted: 100.0 }, Gate { first: 500.0, wanted: 250.0 });
    line("dial → the callee's window offers to answer, p50", set_up.offered.median(), "ms", None);
    line("dial → the callee's window offers to answer, p95", set_up.offered.p95(), "ms", Some(ring));
    line("dial → the small ringing window is painted, p50", set_up.small_window.median(), "ms", None);
    line("dial → the small ringing window is painted, p95", set_up.small_window.p95(), "ms", None);
    line("answer → first picture drawn at both ends, p50", set_up.pictures.median(), "ms", None);
    line("answer → first picture drawn at both ends, p95", set_up.pictures.p95(), "ms", Some(picture));
    line("answer → first picture, the very first call", first.pictures.median(), "ms", None);
    line("pictures drawn at the caller", fps(&at_anna), "/s", None);
    line("pictures drawn at the callee", fps(&at_bruno), "/s", None);
    line("camera captured → drawn, p50", delays.median(), "ms", Some(Gate { first: 120.0, wanted: 60.0 }));
    line("camera captured → drawn, p95", delays.p95(), "ms", Some(Gate { first: 180.0, wanted: 90.0 }));
    line("processor, one phone and its web view, of one core", (anna_load + bruno_load) * 50.0, "%", None);
    line("processor, the space, of one core", space_load * 100.0, "%", None);
    line("memory (PSS), one phone and its web view", memory, "MB", None);
    line("memory (PSS), the space", space_memory, "MB", None);
    println!(
        "picture received: {} at {} bit/s, {}",
        stats["size_in"], stats["video_in"], stats["video_codec"]
    );
}
