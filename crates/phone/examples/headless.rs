//! A phone without a window and without real devices: signs in, answers every call, prints what happens.
//!
//! ```text
//! AHOY_TOKEN=… cargo run -p ahoy-phone --example headless -- ws://127.0.0.1:8080 http://127.0.0.1:8080 \
//!     [--dial ADDRESS] [--camera ID] [--microphone ID] [--speaker ID]
//! ```
//! The token comes from the environment, so that it is in nobody's list of processes.

use ahoy_media::fake::FakeHardware;
use ahoy_model::{DeviceId, DialTarget, Secret};
use ahoy_phone::{DialRequest, Event, Phone, PhoneConfig, RegistrationStatus, SpaceAccount};
use std::error::Error;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: AHOY_TOKEN=… headless WS_URL REST_URL [--dial ADDRESS] [--camera ID] [--microphone ID] [--speaker ID]";
    let (Some(url), Some(rest)) = (arguments.next(), arguments.next()) else { return Err(usage.into()) };
    let token = Secret::new(std::env::var("AHOY_TOKEN").map_err(|_| usage)?);

    let mut config = PhoneConfig::new(Arc::new(FakeHardware::new()));
    config.settings.camera = Some(DeviceId::new("test:picture"));
    config.settings.microphone = Some(DeviceId::new("test:tone=440"));
    config.settings.speaker = Some(DeviceId::new("test:silence"));
    let mut dial = None;
    while let (Some(option), Some(value)) = (arguments.next(), arguments.next()) {
        match option.as_str() {
            "--dial" => dial = Some(DialTarget::parse(&value).map_err(|problem| problem.to_string())?),
            "--camera" => config.settings.camera = Some(DeviceId::new(value)),
            "--microphone" => config.settings.microphone = Some(DeviceId::new(value)),
            "--speaker" => config.settings.speaker = Some(DeviceId::new(value)),
            _ => return Err(usage.into()),
        }
    }
    config.account = Some(SpaceAccount::new(url, rest, token));

    let phone = Phone::start(config);
    let (mut events, mut snapshots) = (phone.events(), phone.snapshots());
    let mut shown = None;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::IncomingCall(call)) => {
                    println!("answering {call}");
                    if let Err(problem) = phone.answer(call, true).await {
                        println!("{problem}");
                    }
                }
                Some(event) => println!("{event:?}"),
                None => return Ok(()),
            },
            changed = snapshots.changed() => {
                changed?;
                let snapshot = snapshots.borrow_and_update().clone();
                if shown != Some(snapshot.registration) {
                    shown = Some(snapshot.registration);
                    println!("{:?} {:?}", snapshot.registration, snapshot.registration_problem);
                }
                if snapshot.registration == RegistrationStatus::Online && let Some(to) = dial.take() {
                    println!("call {}", phone.dial(DialRequest::new(to, true)).await?);
                }
            }
            _ = tokio::signal::ctrl_c() => {
                phone.shut_down().await?;
                return Ok(());
            }
        }
    }
}
