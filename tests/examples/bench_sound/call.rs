//! From one's mouth to the other's ear, through two phones and a space in one process.

use super::Failure;
use ahoy_model::{CallStatus, DeviceId, DialTarget};
use ahoy_phone::{DialRequest, Phone, PhoneConfig, PhoneHandle, RegistrationStatus, Snapshot, SpaceAccount};
use ahoy_space::{Space, SpaceConfig};
use ahoy_tests::figures::{Gate, line};
use ahoy_tests::mouth::{self, BenchHardware};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

const TIME: Duration = Duration::from_secs(20);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn phone(space: &Space, name: &str, hardware: Arc<BenchHardware>) -> Result<PhoneHandle, Failure> {
    let token = space.mint(name, Some(name), Duration::from_secs(3600)).await?;
    let mut config = PhoneConfig::new(hardware);
    config.settings.camera = Some(DeviceId::none());
    config.settings.microphone = Some(DeviceId::new("bench"));
    config.settings.speaker = Some(DeviceId::new("bench"));
    // A burst of tone is noise to a noise suppressor.
    config.settings.noise_suppression = false;
    config.network.addresses = vec![HOME];
    config.account = Some(SpaceAccount::new(space.url(), space.rest_url(), token));
    let phone = Phone::start(config);
    until(&phone, |s| s.registration == RegistrationStatus::Online).await?;
    Ok(phone)
}

async fn until(phone: &PhoneHandle, fits: impl Fn(&Snapshot) -> bool) -> Result<(), Failure> {
    let mut snapshots = phone.snapshots();
    tokio::time::timeout(Duration::from_secs(20), snapshots.wait_for(|snapshot| fits(snapshot))).await??;
    Ok(())
}

pub async fn mouth_to_ear() -> Result<(), Failure> {
    let space = Space::start(SpaceConfig { media_addresses: vec![HOME], ..SpaceConfig::default() }).await?;
    let (mouth, ear) = (Arc::new(BenchHardware::default()), Arc::new(BenchHardware::default()));
    let alice = phone(&space, "alice", mouth.clone()).await?;
    let bob = phone(&space, "bob", ear.clone()).await?;
    let to = DialTarget::parse("/private/bob").map_err(|problem| problem.to_string())?;
    alice.dial(DialRequest::new(to, false)).await?;
    until(&bob, |s| s.calls.iter().any(|call| call.actions.answer)).await?;
    let ringing = bob.snapshot().calls.iter().find(|call| call.actions.answer).map(|call| call.id.clone());
    bob.answer(ringing.ok_or("nobody rings")?, false).await?;
    until(&alice, |s| s.calls.iter().any(|call| call.status == CallStatus::Connected)).await?;
    tokio::time::sleep(TIME).await;
    let heard = mouth::delays(&mouth.spoken(), &ear.heard());
    println!("a call of sound between two phones, through a space, {TIME:?}");
    line("  bursts that were heard", heard.count() as f64, "", None);
    line("  mouth to ear, p50", heard.median(), "ms", Some(Gate { first: 150.0, wanted: 80.0 }));
    line("  mouth to ear, p95", heard.p95(), "ms", None);
    alice.shut_down().await?;
    bob.shut_down().await?;
    space.shut_down().await;
    if heard.count() == 0 {
        return Err("the ear heard nothing".into());
    }
    Ok(())
}
