//! Two phones and a space in one process, without windows.

use super::Failure;
use ahoy_media::hardware::SharedHardware;
use ahoy_media::picture_code::{Code, read};
use ahoy_model::{CallId, CallStatus, DeviceId, DialTarget};
use ahoy_phone::{
    DialRequest, Phone, PhoneConfig, PhoneHandle, RegistrationStatus, Snapshot, SpaceAccount, TileId,
};
use ahoy_space::{Space, SpaceConfig};
use ahoy_tests::figures::{Figures, Gate, line};
use ahoy_tests::mouth;
use ahoy_tests::usage::{Tree, processor_load};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// The delay of each picture that came in that time, in ms.
async fn watch(phone: &PhoneHandle, call: &CallId, time: Duration) -> Result<Vec<f64>, Failure> {
    let mut pictures = phone.pictures(&TileId::Remote(call.clone())).ok_or("no tile")?;
    let mut delays = Vec::new();
    let watching = async {
        while let Some(picture) = pictures.next().await {
            if let Some(code) = read(&picture) {
                delays.push(f64::from(code.age(Code::now())));
            }
        }
    };
    let _ = tokio::time::timeout(time, watching).await;
    Ok(delays)
}

pub async fn measure(calls: u64, seconds: u64) -> Result<(), Failure> {
    let space = Space::start(SpaceConfig {
        media_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..SpaceConfig::default()
    })
    .await?;
    let (mouth, ear) = (Arc::new(mouth::BenchHardware::default()), Arc::new(mouth::BenchHardware::default()));
    let alice = phone(&space, "alice", 1, mouth.clone()).await?;
    let bob = phone(&space, "bob", 2, ear.clone()).await?;
    let to = || DialTarget::parse("/private/bob").map_err(|problem| problem.to_string());

    let (mut rings, mut firsts) = (Figures::default(), Figures::default());
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
    let time = Duration::from_secs(seconds);
    let own = Tree::below(&[std::process::id()]);
    let (at_alice, at_bob, [load]) = {
        let load = async { Ok(processor_load([&own], time).await) };
        tokio::try_join!(watch(&alice, &out, time), watch(&bob, &into, time), load)?
    };
    let heard = mouth::delays(&mouth.spoken(), &ear.heard());
    let delays: Figures = at_alice.iter().chain(&at_bob).copied().collect();
    let fps = |pictures: &[f64]| pictures.len() as f64 / seconds as f64;

    println!("two phones and a space in one process, no windows: {calls} calls, then one of {seconds} s");
    let (ring, picture) = (Gate { first: 300.0, wanted: 100.0 }, Gate { first: 120.0, wanted: 60.0 });
    line("dial → callee rings, p50", rings.median(), "ms", None);
    line("dial → callee rings, p95", rings.p95(), "ms", Some(ring));
    line("answer → first picture decoded at both ends, p50", firsts.median(), "ms", None);
    line("answer → first picture decoded at both ends, p95", firsts.p95(), "ms", None);
    line("pictures at the caller", fps(&at_alice), "/s", None);
    line("pictures at the callee", fps(&at_bob), "/s", None);
    line("picture captured → decoded, p50", delays.median(), "ms", Some(picture));
    line("picture captured → decoded, p95", delays.p95(), "ms", None);
    line("mouth to ear, p50", heard.median(), "ms", Some(Gate { first: 150.0, wanted: 80.0 }));
    line("mouth to ear, p95", heard.p95(), "ms", None);
    line("processor, two phones and the space, of one core", load * 100.0, "%", None);
    line("memory (PSS), two phones and the space", own.memory(), "MB", None);
    if heard.count() == 0 {
        return Err("the ear heard nothing".into());
    }
    alice.shut_down().await?;
    bob.shut_down().await?;
    space.shut_down().await;
    Ok(())
}
