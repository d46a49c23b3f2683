//! "Check my set-up", against a space, without one, and with servers that are not there.

use crate::relay;
use crate::support::{TestPhone, settings, space};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{CallStatus, DeviceKind, DeviceState, DialTarget, ProblemCode};
use ahoy_phone::settings::OwnIceServer;
use ahoy_phone::{ECHO, Phone, PhoneConfig, PreflightWarning, ServerKind};
use std::sync::Arc;

fn echo() -> DialTarget {
    DialTarget::parse(ECHO).expect("an address")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_set_up_is_measured_and_leaves_no_trace() {
    let space = relay::space().await;
    let alice = TestPhone::start(&space, "alice", 1, 440).await;
    let report = alice.handle.preflight(echo()).await.expect("a report");
    println!("{report:#?}");
    assert!(report.signalling.is_some_and(|ms| ms > 0.0));
    assert!(report.microphone_level.is_some_and(|level| level > 0.05));
    let kinds: Vec<_> = report.devices.iter().map(|device| (device.kind, device.state)).collect();
    let running = |kind| (kind, DeviceState::Running);
    assert_eq!(kinds, [DeviceKind::Camera, DeviceKind::Microphone, DeviceKind::Speaker].map(running));
    assert!(!report.servers.is_empty() && report.servers.iter().all(|server| server.works), "{report:?}");
    assert!(report.servers.iter().any(|server| server.kind == ServerKind::Turn));
    let call = report.call.as_ref().expect("a call");
    assert!(call.connected_after.is_some() && call.picture && call.measured > 1_000.0);
    assert!(call.up > 50_000 && call.down > 50_000, "{call:?}");
    assert_eq!((call.path.as_deref(), call.loss), (Some("host"), 0.0));
    assert!(!report.warnings.contains(&PreflightWarning::CallFailed));
    let after = alice.handle.snapshot();
    assert!(after.calls.is_empty() && after.history.is_empty());
    alice.until("the camera is off again", |s| (!s.camera_running).then_some(())).await;

    // Not while somebody talks.
    let out = alice.dial(ECHO, false).await;
    alice.status(&out, CallStatus::Connected).await;
    let refused = alice.handle.preflight(echo()).await.expect_err("there is a call");
    assert_eq!(refused.code, ProblemCode::CallNotPossible);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_told() {
    let space = space().await;
    let alice = TestPhone::start_with(&space, "alice", 1, 440, Arc::new(FakeHardware::new()), |config| {
        let nobody = |url: &str| OwnIceServer { url: url.to_owned(), username: Some("me".into()) };
        // Nobody listens on the discard port.
        config.settings.ice_servers = vec![nobody("stun:127.0.0.1:9"), nobody("turn:127.0.0.1:9")];
        config.settings.camera = Some(ahoy_model::DeviceId::none());
    })
    .await;
    alice.registered().await;
    let nowhere = DialTarget::parse("/private/nobody").expect("an address");
    let report = alice.handle.preflight(nowhere).await.expect("a report");
    use PreflightWarning as W;
    for warning in [W::CallFailed, W::TurnUnreachable, W::StunUnreachable] {
        assert!(report.warnings.contains(&warning), "{warning:?}: {report:#?}");
    }
    assert!(!report.warnings.contains(&W::CameraMissing), "nobody wants one");
    assert!(report.servers.iter().all(|server| !server.works && server.trouble.is_some()));

    // Without any space, and with devices that are not there.
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = PhoneConfig::new(Arc::new(FakeHardware::new()));
    config.settings = settings(1, 440, &folder.path().join("heard.wav"));
    config.settings.microphone = Some(ahoy_model::DeviceId::new("usb:gone"));
    let lonely = Phone::start(config);
    let report = lonely.preflight(echo()).await.expect("a report");
    assert!(report.call.is_none() && report.signalling.is_none());
    assert_eq!(report.warnings[0], W::NotConnected);
    assert!(report.warnings.contains(&W::MicrophoneMissing));
}
