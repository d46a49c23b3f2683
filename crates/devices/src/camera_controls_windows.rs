//! What a camera's driver offers to adjust under Windows, through nokhwa. It keeps on automatic what is so, so that cannot be set.

use ahoy_media::DeviceError;
use ahoy_model::{CameraControl, ControlKind, ControlName};
use nokhwa::Camera;
use nokhwa::utils::{
    CameraControl as Offered, ControlValueDescription as Described, ControlValueSetter as Set,
    KnownCameraControl as Known, KnownCameraControlFlag as Flag,
};

/// Those that there are, by the ids that settings keep.
const KNOWN: [(Known, ControlName, &str); 15] = [
    (Known::Brightness, ControlName::Brightness, "brightness"),
    (Known::Contrast, ControlName::Contrast, "contrast"),
    (Known::Saturation, ControlName::Saturation, "saturation"),
    (Known::Hue, ControlName::Hue, "hue"),
    (Known::Sharpness, ControlName::Sharpness, "sharpness"),
    (Known::Gamma, ControlName::Gamma, "gamma"),
    (Known::Gain, ControlName::Gain, "gain"),
    (Known::BacklightComp, ControlName::Backlight, "backlight"),
    (Known::Exposure, ControlName::Exposure, "exposure"),
    (Known::WhiteBalance, ControlName::WhiteBalance, "white_balance"),
    (Known::Focus, ControlName::Focus, "focus"),
    (Known::Iris, ControlName::Iris, "iris"),
    (Known::Zoom, ControlName::Zoom, "zoom"),
    (Known::Pan, ControlName::Pan, "pan"),
    (Known::Tilt, ControlName::Tilt, "tilt"),
];

pub fn list(camera: &Camera) -> Vec<CameraControl> {
    let read = |(known, name, id): &(Known, ControlName, &str)| {
        // Refused where the camera has none.
        let offered = camera.camera_control(*known).ok()?;
        from_nokhwa(&offered, *name, id)
    };
    KNOWN.iter().filter_map(read).collect()
}

pub fn set(camera: &mut Camera, id: &str, value: f64) -> Result<(), DeviceError> {
    let unknown = || DeviceError::Broken("it has no such control".into());
    let (known, ..) = KNOWN.iter().find(|(_, _, own)| *own == id).ok_or_else(unknown)?;
    let broken = |error: nokhwa::NokhwaError| DeviceError::Broken(error.to_string());
    let is_switch =
        matches!(camera.camera_control(*known).map_err(broken)?.description(), Described::Boolean { .. });
    let value = if is_switch { Set::Boolean(value != 0.0) } else { Set::Integer(value.round() as i64) };
    camera.set_camera_control(*known, value).map_err(broken)
}

fn from_nokhwa(offered: &Offered, name: ControlName, id: &str) -> Option<CameraControl> {
    let (kind, value) = match offered.description() {
        Described::IntegerRange { min, max, value, step, default } => {
            let (min, max, step, default) = (*min as f64, *max as f64, *step as f64, *default as f64);
            (ControlKind::Range { min, max, step, default }, *value as f64)
        }
        Described::Boolean { value, default } => {
            (ControlKind::Switch { default: f64::from(u8::from(*default)) }, f64::from(u8::from(*value)))
        }
        // Without its ends nobody can choose.
        _ => return None,
    };
    let locked = offered.flag().contains(&Flag::Automatic);
    Some(CameraControl {
        id: id.to_owned(),
        name,
        label: offered.name().to_owned(),
        unit: None,
        kind,
        value,
        locked,
    })
}
