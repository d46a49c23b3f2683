//! Two phones with real windows and a space in a process of its own.

use ahoy_tests::figures::{Gate, line};
use ahoy_tests::measured;
use std::time::Duration;

pub async fn measure(calls: u64, seconds: u64) {
    let call = measured::between_phones(calls, Duration::from_secs(seconds)).await;
    println!(
        "two phones with windows, a space: {calls} calls, then one of {seconds} s for delays and as much for cost"
    );
    line("dial → the callee's window offers to answer, p50", call.rings.median(), "ms", None);
    let ring = Gate { first: 300.0, wanted: 100.0 };
    line("dial → the callee's window offers to answer, p95", call.rings.p95(), "ms", Some(ring));
    line("dial → the small ringing window is painted, p50", call.ringing_window.median(), "ms", None);
    line("dial → the small ringing window is painted, p95", call.ringing_window.p95(), "ms", None);
    line("answer → first picture drawn at both ends, p50", call.pictures.median(), "ms", None);
    let picture = Gate { first: 500.0, wanted: 250.0 };
    line("answer → first picture drawn at both ends, p95", call.pictures.p95(), "ms", Some(picture));
    line("answer → first picture, the very first call", call.first_pictures, "ms", None);
    line("pictures drawn", call.fps, "/s", None);
    let (median, p95) = (Gate { first: 120.0, wanted: 60.0 }, Gate { first: 180.0, wanted: 90.0 });
    line("camera captured → drawn, p50", call.delays.median(), "ms", Some(median));
    line("camera captured → drawn, p95", call.delays.p95(), "ms", Some(p95));
    line("processor, one phone and its web view, of one core", call.processor * 100.0, "%", None);
    line("processor, the space, of one core", call.space_processor * 100.0, "%", None);
    line("memory (PSS), one phone and its web view", call.memory, "MB", None);
    line("memory (PSS), the space", call.space_memory, "MB", None);
    println!("picture received: {}", call.received);
}
