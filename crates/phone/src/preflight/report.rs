//! What "Check my set-up" found.

use crate::snapshot::UnixMillis;
use ahoy_model::{DeviceKind, DeviceState};
use serde::{Deserialize, Serialize};

/// One device that would be used now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DeviceCheck {
    pub kind: DeviceKind,
    /// As shown; `None`: there is none, or none is wanted.
    pub name: Option<String>,
    pub state: DeviceState,
    /// The user wants none.
    pub unwanted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ServerKind {
    Stun,
    Turn,
}

/// A server that helps calls through firewalls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct ServerCheck {
    pub url: String,
    pub kind: ServerKind,
    /// It told where it sees us (STUN), or gave us a relay (TURN).
    pub works: bool,
    /// Of one question and its answer, ms.
    pub round_trip: Option<f32>,
    /// Where it sees us come from.
    pub seen_as: Option<String>,
    /// Why it does not work.
    pub trouble: Option<String>,
}

/// A call to somebody who sends everything back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CallCheck {
    pub address: String,
    /// From the dial to the connected call, ms. `None`: it never was.
    pub connected_after: Option<f32>,
    /// How long it was measured, ms.
    pub measured: f32,
    /// The most that went up and came down in a second, bit/s.
    pub up: u32,
    pub down: u32,
    /// What the path is thought to carry of our picture, bit/s.
    pub carries: Option<u32>,
    /// 0 to 1; ms; ms.
    pub loss: f32,
    pub jitter: f32,
    pub round_trip: Option<f32>,
    pub mos: Option<f32>,
    /// `host`, `srflx`, `prflx` or `relay`.
    pub path: Option<String>,
    /// Our own picture came back.
    pub picture: bool,
}

/// What the user should know, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum PreflightWarning {
    NotConnected,
    CallFailed,
    MicrophoneMissing,
    MicrophoneFails,
    MicrophoneSilent,
    MicrophoneOverdriven,
    SpeakerMissing,
    SpeakerFails,
    CameraFails,
    CameraMissing,
    PictureLost,
    TurnUnreachable,
    StunUnreachable,
    NoServers,
    MuchLoss,
    MuchJitter,
    LongWay,
    LittleBandwidth,
    SlowSignalling,
    Relayed,
}

/// Everything together; fit to be sent to whoever helps. No names of people, no tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct PreflightReport {
    pub at: UnixMillis,
    pub version: String,
    pub system: String,
    pub devices: Vec<DeviceCheck>,
    /// The loudest that the microphone heard, 0 to 1; `None`: it does not run.
    pub microphone_level: Option<f32>,
    /// Of one request to the space, ms; `None`: no answer.
    pub signalling: Option<f32>,
    pub servers: Vec<ServerCheck>,
    pub call: Option<CallCheck>,
    pub warnings: Vec<PreflightWarning>,
}

/// Limits beyond which something is worth a word: ms, ms, ms, share, bit/s, level.
const SLOW: f32 = 400.0;
const FAR: f32 = 300.0;
const UNEVEN: f32 = 40.0;
const LOSSY: f32 = 0.02;
const NARROW: u32 = 500_000;
const SILENT: f32 = 0.004;

impl PreflightReport {
    /// What follows from the figures. `overdriven`: the microphone was, meanwhile.
    pub(super) fn judge(&mut self, overdriven: bool) {
        use PreflightWarning as W;
        let mut warnings = Vec::new();
        let mut warn = |when: bool, warning: W| {
            if when {
                warnings.push(warning);
            }
        };
        for device in &self.devices {
            let fails = matches!(
                device.state,
                DeviceState::Busy | DeviceState::Denied | DeviceState::Hung | DeviceState::Broken
            );
            let missing = device.name.is_none() && !fails && !device.unwanted;
            match device.kind {
                DeviceKind::Microphone => {
                    warn(missing, W::MicrophoneMissing);
                    warn(fails, W::MicrophoneFails);
                }
                DeviceKind::Speaker => {
                    warn(missing, W::SpeakerMissing);
                    warn(fails, W::SpeakerFails);
                }
                DeviceKind::Camera => {
                    warn(missing, W::CameraMissing);
                    warn(fails, W::CameraFails);
                }
                DeviceKind::Ringer => {}
            }
        }
        warn(self.microphone_level.is_some_and(|level| level < SILENT), W::MicrophoneSilent);
        warn(overdriven, W::MicrophoneOverdriven);
        match self.signalling {
            None => warn(true, W::NotConnected),
            Some(round_trip) => warn(round_trip > SLOW, W::SlowSignalling),
        }
        let of = |kind: ServerKind| self.servers.iter().filter(move |server| server.kind == kind);
        let unreachable = |kind| of(kind).next().is_some() && !of(kind).any(|server| server.works);
        warn(unreachable(ServerKind::Stun), W::StunUnreachable);
        warn(unreachable(ServerKind::Turn), W::TurnUnreachable);
        warn(self.signalling.is_some() && self.servers.is_empty(), W::NoServers);
        if let Some(call) = &self.call {
            let connected = call.connected_after.is_some();
            warn(!connected, W::CallFailed);
            let camera = self
                .devices
                .iter()
                .any(|device| device.kind == DeviceKind::Camera && device.state == DeviceState::Running);
            warn(connected && camera && !call.picture, W::PictureLost);
            warn(call.loss > LOSSY, W::MuchLoss);
            warn(call.jitter > UNEVEN, W::MuchJitter);
            warn(call.round_trip.is_some_and(|round_trip| round_trip > FAR), W::LongWay);
            warn(call.carries.is_some_and(|bits| bits < NARROW), W::LittleBandwidth);
            warn(call.path.as_deref() == Some("relay"), W::Relayed);
        }
        warnings.sort_unstable();
        self.warnings = warnings;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PreflightWarning as W;

    fn device(kind: DeviceKind, name: Option<&str>, state: DeviceState) -> DeviceCheck {
        DeviceCheck { kind, name: name.map(str::to_owned), state, unwanted: false }
    }

    fn fine() -> PreflightReport {
        let devices = [DeviceKind::Camera, DeviceKind::Microphone, DeviceKind::Speaker];
        let server = |url: &str, kind| ServerCheck {
            url: url.into(),
            kind,
            works: true,
            round_trip: Some(20.0),
            seen_as: None,
            trouble: None,
        };
        PreflightReport {
            devices: devices.map(|kind| device(kind, Some("One"), DeviceState::Running)).to_vec(),
            microphone_level: Some(0.2),
            signalling: Some(30.0),
            servers: vec![server("stun:a", ServerKind::Stun), server("turn:a", ServerKind::Turn)],
            call: Some(CallCheck {
                connected_after: Some(300.0),
                carries: Some(2_000_000),
                picture: true,
                path: Some("host".into()),
                ..CallCheck::default()
            }),
            ..PreflightReport::default()
        }
    }

    fn warnings(change: impl FnOnce(&mut PreflightReport)) -> Vec<PreflightWarning> {
        let mut report = fine();
        change(&mut report);
        report.judge(false);
        report.warnings
    }

    #[test]
    fn nothing_is_said_where_nothing_is_wrong() {
        assert!(warnings(|_| {}).is_empty());
    }

    #[test]
    fn each_trouble_has_its_word_and_the_worst_comes_first() {
        let call = |change: fn(&mut CallCheck)| {
            move |report: &mut PreflightReport| {
                change(report.call.as_mut().expect("a call"));
            }
        };
        assert_eq!(warnings(|r| r.signalling = None), [W::NotConnected]);
        assert_eq!(warnings(|r| r.signalling = Some(900.0)), [W::SlowSignalling]);
        assert_eq!(warnings(|r| r.servers.clear()), [W::NoServers]);
        assert_eq!(warnings(|r| r.servers[1].works = false), [W::TurnUnreachable]);
        assert_eq!(warnings(|r| r.servers[0].works = false), [W::StunUnreachable]);
        assert_eq!(warnings(|r| r.microphone_level = Some(0.0)), [W::MicrophoneSilent]);
        assert_eq!(warnings(call(|c| c.connected_after = None)), [W::CallFailed]);
        assert_eq!(warnings(call(|c| c.picture = false)), [W::PictureLost]);
        assert_eq!(warnings(call(|c| c.carries = Some(90_000))), [W::LittleBandwidth]);
        assert_eq!(
            warnings(call(|c| {
                (c.loss, c.jitter, c.round_trip) = (0.1, 90.0, Some(800.0));
                c.path = Some("relay".into());
            })),
            [W::MuchLoss, W::MuchJitter, W::LongWay, W::Relayed]
        );
        let broken = |kind, state| {
            move |r: &mut PreflightReport| {
                r.devices.retain(|device| device.kind != kind);
                r.devices.push(device(kind, None, state));
            }
        };
        assert_eq!(warnings(broken(DeviceKind::Microphone, DeviceState::Absent)), [W::MicrophoneMissing]);
        assert_eq!(warnings(broken(DeviceKind::Speaker, DeviceState::Busy)), [W::SpeakerFails]);
        assert_eq!(warnings(broken(DeviceKind::Camera, DeviceState::Hung)), [W::CameraFails]);
        assert_eq!(warnings(broken(DeviceKind::Camera, DeviceState::Off)), [W::CameraMissing]);
        assert!(
            warnings(|r| {
                (r.devices[0].name, r.devices[0].state) = (None, DeviceState::Off);
                r.devices[0].unwanted = true;
            })
            .is_empty()
        );
    }
}
