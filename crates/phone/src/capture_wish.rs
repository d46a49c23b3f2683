//! How one call wants sound and picture to be captured (`inputAudioDeviceConstraints`, `inputVideoDeviceConstraints` of the SDK).

use crate::settings::Settings;
use ahoy_media::hardware::CameraFormat;
use ahoy_model::{DeviceId, DeviceKind};
use serde::{Deserialize, Serialize};

/// What is `None` is as the settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct CaptureWish {
    /// While the call is the active one, and the device is there.
    pub camera: Option<DeviceId>,
    pub microphone: Option<DeviceId>,
    /// Pixels, and pictures a second.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub fps: Option<u32>,
    pub echo_cancellation: Option<bool>,
    pub noise_suppression: Option<bool>,
    pub automatic_gain: Option<bool>,
}

impl CaptureWish {
    pub(crate) fn camera_format(&self, usual: CameraFormat) -> CameraFormat {
        CameraFormat {
            width: self.width.map_or(usual.width, |width| width.clamp(160, 1920) & !1),
            height: self.height.map_or(usual.height, |height| height.clamp(90, 1200) & !1),
            fps: self.fps.map_or(usual.fps, |fps| fps.clamp(1, 60)),
        }
    }

    pub(crate) fn sound(&self, usual: &Settings) -> Settings {
        Settings {
            echo_cancellation: self.echo_cancellation.unwrap_or(usual.echo_cancellation),
            noise_suppression: self.noise_suppression.unwrap_or(usual.noise_suppression),
            automatic_gain: self.automatic_gain.unwrap_or(usual.automatic_gain),
            ..usual.clone()
        }
    }

    pub(crate) fn device(&self, kind: DeviceKind) -> Option<&DeviceId> {
        match kind {
            DeviceKind::Camera => self.camera.as_ref(),
            DeviceKind::Microphone => self.microphone.as_ref(),
            DeviceKind::Speaker | DeviceKind::Ringer => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wished_is_as_usual() {
        let settings = Settings::default();
        let usual = settings.camera_format();
        let plain = CaptureWish::default();
        assert_eq!((plain.camera_format(usual), plain.sound(&settings)), (usual, settings.clone()));
        let small = CaptureWish {
            width: Some(321),
            height: Some(9_000),
            fps: Some(0),
            noise_suppression: Some(false),
            ..plain
        };
        assert_eq!(small.camera_format(usual), CameraFormat { width: 320, height: 1200, fps: 1 });
        let sound = small.sound(&settings);
        assert!(!sound.noise_suppression && sound.echo_cancellation == settings.echo_cancellation);
    }
}
