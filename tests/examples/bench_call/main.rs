//! A 720p30 call between two phones, in figures: set-up, delays of picture and sound, cost.
//!
//! `cargo xtask bench call -- [calls without windows] [calls between windows] [seconds]`. Calls without windows are cheap, so
//! there are many of them, and only they have a mouth and an ear whose moments are known to the sample; what people wait for
//! and see is measured between two real windows. Windows are driven from outside, which costs them a little.

mod headless;
mod windows;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let calls = arguments.next().transpose()?.unwrap_or(100);
    let windows = arguments.next().transpose()?.unwrap_or(20);
    let seconds = arguments.next().transpose()?.unwrap_or(15);
    headless::measure(calls, seconds).await?;
    println!();
    windows::measure(windows, seconds).await;
    Ok(())
}
