//! Two phones and a space in one process: set-up times, then one 720p30 call with its delays, CPU and memory.
//!
//! `cargo run --release -p ahoy-phone --example bench_call -- [calls] [seconds]`. Prints one JSON object.

mod sound;

use ahoy_media::hardware::SharedHardware;
use ahoy_media::picture_code::{Code, read};
use ahoy_model::{CallId, CallStatus, DeviceId, DialTarget};
use ahoy_phone::{
    DialRequest, Phone, PhoneConfig, PhoneHandle, RegistrationStatus, Snapshot, SpaceAccount, TileId,
};
use ahoy_space::{Space, SpaceConfig};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

async fn phone(
    space: &Space,
    name: &str,
    sender: u16,
    hardware: SharedHardware,
) -> Result<PhoneHandle, Failure> {
    let token = space.mint(name, Some(name), Duration::from_secs(3600)).await?;
    let mut config = PhoneConfig::new(hardware);
    config.settings.camera = Some(DeviceId::new(format!("test:picture=1280x720@30,sender={sender}")));
    config.settings.microphone = Some(DeviceId::new("bench"));
    config.settings.speaker = Some(DeviceId::new("bench"));
    // A burst of tone is noise to a noise suppressor.
    config.settings.noise_suppression = false;
    config.network.addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    config.account = Some(SpaceAccount::new(space.url(), space.rest_url(), token));
    let phone = Phone::start(config);
    until(&phone, |s| (s.registration == RegistrationStatus::Online).then_some(())).await?;
    Ok(phone)
}

async fn until<T>(phone: &PhoneHandle, mut look: impl FnMut(&Snapshot) -> Option<T>) -> Result<T, Failure> {
    let mut snapshots = phone.snapshots();
    let waiting = async {
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            if let Some(found) = look(&snapshot) {
                return Ok(found);
            }
            snapshots.changed().await?;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.map_err(|_| "waited in vain")?
}

async fn ringing(phone: &PhoneHandle) -> Result<CallId, Failure> {
    until(phone, |s| s.calls.iter().find(|call| call.actions.answer).map(|call| call.id.clone())).await
}

async fn first_picture(phone: &PhoneHandle, call: &CallId) -> Result<(), Failure> {
    let mut pictures = phone.pictures(&TileId::Remote(call.clone())).ok_or("no tile")?;
    tokio::time::timeout(Duration::from_secs(20), pictures.next()).await?.ok_or("no picture")?;
    Ok(())
}

async fn over(phone: &PhoneHandle, call: &CallId) -> Result<(), Failure> {
    until(phone, |s| s.calls.iter().any(|c| &c.id == call && c.end.is_some()).then_some(())).await?;
    phone.dismiss(call.clone()).await?;
    Ok(())
}

fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// Delays in ms and the number of pictures, over `seconds`.
async fn watch(phone: &PhoneHandle, call: &CallId, seconds: u64) -> Result<Vec<f64>, Failure> {
    let mut pictures = phone.pictures(&TileId::Remote(call.clone())).ok_or("no tile")?;
    let mut delays = Vec::new();
    let watching = async {
        while let Some(picture) = pictures.next().await {
            if let Some(code) = read(&picture) {
                delays.push(f64::from(code.age(Code::now())));
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(seconds), watching).await;
    Ok(delays)
}

/// CPU seconds used by this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let calls = arguments.next().transpose()?.unwrap_or(20);
    let seconds = arguments.next().transpose()?.unwrap_or(15);
    let space = Space::start(SpaceConfig {
        media_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..SpaceConfig::default()
    })
    .await?;
    let (mouth_hardware, ear_hardware) =
        (Arc::new(sound::BenchHardware::new()), Arc::new(sound::BenchHardware::new()));
    let alice = phone(&space, "alice", 1, mouth_hardware.clone()).await?;
    let bob = phone(&space, "bob", 2, ear_hardware.clone()).await?;
    let idle = resident_megabytes();
    let to = || DialTarget::parse("/private/bob").map_err(|problem| problem.to_string());

    let (mut rings, mut firsts) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        let start = Instant::now();
        let out = alice.dial(DialRequest::new(to()?, true)).await?;
        let into = ringing(&bob).await?;
        rings.push(start.elapsed().as_secs_f64() * 1000.0);
        let start = Instant::now();
        bob.answer(into.clone(), true).await?;
        tokio::try_join!(first_picture(&alice, &out), first_picture(&bob, &into))?;
        firsts.push(start.elapsed().as_secs_f64() * 1000.0);
        alice.hang_up(out.clone()).await?;
        over(&alice, &out).await?;
        over(&bob, &into).await?;
    }

    let out = alice.dial(DialRequest::new(to()?, true)).await?;
    let into = ringing(&bob).await?;
    bob.answer(into.clone(), true).await?;
    until(&alice, |s| s.calls.iter().any(|c| c.status == CallStatus::Connected).then_some(())).await?;
    first_picture(&bob, &into).await?;
    // The estimate of the path and the buffers need a moment.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (cpu, start) = (cpu_seconds(), Instant::now());
    let (mut at_alice, mut at_bob) =
        tokio::try_join!(watch(&alice, &out, seconds), watch(&bob, &into, seconds))?;
    let cpu = (cpu_seconds() - cpu) / start.elapsed().as_secs_f64();
    let mut heard = sound::delays(&mouth_hardware.spoken(), &ear_hardware.heard());
    let stats = bob.snapshot().calls.first().and_then(|call| call.stats.clone());

    let number = |value: f64| (value * 10.0).round() / 10.0;
    let fps = |delays: &[f64]| number(delays.len() as f64 / seconds as f64);
    let fields = [
        ("calls", calls as f64),
        ("dial_to_ring_p50_ms", number(percentile(&mut rings, 50))),
        ("dial_to_ring_p95_ms", number(percentile(&mut rings, 95))),
        ("answer_to_first_picture_p50_ms", number(percentile(&mut firsts, 50))),
        ("answer_to_first_picture_p95_ms", number(percentile(&mut firsts, 95))),
        ("fps_at_caller", fps(&at_alice)),
        ("fps_at_callee", fps(&at_bob)),
        ("picture_delay_at_caller_p50_ms", percentile(&mut at_alice, 50)),
        ("picture_delay_at_caller_p95_ms", percentile(&mut at_alice, 95)),
        ("picture_delay_at_callee_p50_ms", percentile(&mut at_bob, 50)),
        ("picture_delay_at_callee_p95_ms", percentile(&mut at_bob, 95)),
        ("mouth_to_ear_p50_ms", number(percentile(&mut heard, 50))),
        ("mouth_to_ear_p95_ms", number(percentile(&mut heard, 95))),
        ("mouth_to_ear_bursts", heard.len() as f64),
        ("cpu_seconds_per_second_two_phones_and_space", (cpu * 100.0).round() / 100.0),
        ("resident_idle_mb", number(idle)),
        ("resident_in_call_mb", number(resident_megabytes())),
    ];
    let object: serde_json::Map<String, serde_json::Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    println!("{}", serde_json::to_string_pretty(&object)?);
    if let Some(stats) = stats {
        eprintln!("{stats:?}");
    }
    alice.shut_down().await?;
    bob.shut_down().await?;
    space.shut_down().await;
    Ok(())
}
