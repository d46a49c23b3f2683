//! Prints how long a call's media takes to set up: two sessions in this process, over loopback, 20 times.
//!
//! `cargo run -p ahoy-rtc --example set_up_time`

use ahoy_rtc::{Session, SessionConfig, SessionEvent};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;

const RUNS: usize = 20;

async fn connected(events: &mut Receiver<SessionEvent>) {
    while let Some(event) = events.recv().await {
        if matches!(event, SessionEvent::Connected) {
            return;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = |name: &str| SessionConfig {
        addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..SessionConfig::sound_and_picture(name)
    };
    let mut steps: [Vec<Duration>; 4] = Default::default();
    for _ in 0..RUNS {
        let start = Instant::now();
        let (a, mut a_events, offer) = Session::offer(config("a")).await?;
        let offered = start.elapsed();
        let (b, mut b_events, answer) = Session::answer(config("b"), &offer).await?;
        let answered = start.elapsed();
        a.accept(&answer).await?;
        connected(&mut a_events).await;
        let here = start.elapsed();
        connected(&mut b_events).await;
        for (step, time) in steps.iter_mut().zip([offered, answered, here, start.elapsed()]) {
            step.push(time);
        }
        a.close().await;
        b.close().await;
    }
    for (name, mut times) in
        ["offer ready", "answer ready", "offerer connected", "both connected"].iter().zip(steps)
    {
        times.sort();
        let at = |part: usize| times.get(part * times.len() / 100).copied().unwrap_or_default();
        println!("{name:18} median {:?}, 95 % {:?}", at(50), at(95));
    }
    Ok(())
}
