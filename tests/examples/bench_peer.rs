//! The same 720p30 call between two phones and between two Chromiums with the official SDK, one after the other on the same
//! machine, each through a space of its own.
//!
//! `cargo xtask bench peer -- [calls] [seconds]`. Both show the far side's picture in a window of the same size, and the own one
//! small beside it. How the browsers' delay is known stands at [`between_browsers`].

use ahoy_tests::measured::{between_browsers, between_phones};
use std::process::ExitCode;
use std::time::Duration;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let calls = arguments.next().unwrap_or(10);
    let time = Duration::from_secs(arguments.next().unwrap_or(12));
    let Some(chromium) = between_browsers(calls, time).await else {
        eprintln!("Without Chromium or Chrome there is nothing to compare with.");
        return ExitCode::FAILURE;
    };
    let ahoy = between_phones(calls, time).await;

    println!(
        "{calls} calls, then one of {} s for delays and as much for cost; a display without a graphics card",
        time.as_secs()
    );
    println!("{:<52} {:>9} {:>9} {:>7}", "", "Ahoy", "Chromium", "ratio");
    let mut complete = true;
    let mut row = |what: &str, unit: &str, ours: f64, theirs: f64| {
        complete &= ours.is_finite() && theirs.is_finite();
        println!("{:<52} {ours:>9.1} {theirs:>9.1} {:>7.2}", format!("{what}, {unit}"), ours / theirs);
    };
    row("dial → the callee is asked, p50", "ms", ahoy.rings.median(), chromium.rings.median());
    row("dial → the callee is asked, p95", "ms", ahoy.rings.p95(), chromium.rings.p95());
    row("answer → picture at both ends, p50", "ms", ahoy.pictures.median(), chromium.pictures.median());
    row("answer → picture at both ends, p95", "ms", ahoy.pictures.p95(), chromium.pictures.p95());
    row("the same, very first call", "ms", ahoy.first_pictures, chromium.first_pictures);
    row("captured → drawn, p50", "ms", ahoy.delays.median(), chromium.delays.median());
    row("captured → drawn, p95", "ms", ahoy.delays.p95(), chromium.delays.p95());
    row("pictures drawn", "/s", ahoy.fps, chromium.fps);
    row("processor of one side, of one core", "%", ahoy.processor * 100.0, chromium.processor * 100.0);
    row("processor of the space", "%", ahoy.space_processor * 100.0, chromium.space_processor * 100.0);
    row("memory (PSS) of one side", "MB", ahoy.memory, chromium.memory);
    row("memory (PSS) of the space", "MB", ahoy.space_memory, chromium.space_memory);
    println!("picture received: Ahoy {}; Chromium {}", ahoy.received, chromium.received);
    if complete {
        ExitCode::SUCCESS
    } else {
        eprintln!("Something could not be measured.");
        ExitCode::FAILURE
    }
}
