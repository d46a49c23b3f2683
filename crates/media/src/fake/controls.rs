//! Controls of the test picture, with the habits of real ones: one clamps, one lies, one is locked by another.

use crate::hardware::DeviceError;
use crate::picture::Picture;
use ahoy_model::{CameraControl, ControlItem, ControlKind, ControlName, ControlUnit};

#[derive(Debug)]
pub(super) struct MadeUpControls {
    list: Vec<CameraControl>,
}

/// The driver rounds to this.
const COARSE: f64 = 500.0;

impl MadeUpControls {
    pub(super) fn new() -> Self {
        let control = |id: &str, name, label: &str, kind: ControlKind, unit| {
            let mut control = CameraControl {
                id: id.to_owned(),
                name,
                label: label.to_owned(),
                unit,
                kind,
                value: 0.0,
                locked: false,
            };
            control.value = control.usual();
            control
        };
        let range = |min, max, step, default| ControlKind::Range { min, max, step, default };
        let item = |(value, label): (u8, &str)| ControlItem { value: value.into(), label: label.to_owned() };
        let lamps = [(0, "Disabled"), (1, "50 Hz"), (2, "60 Hz")].map(item).to_vec();
        let list = vec![
            control("brightness", ControlName::Brightness, "Brightness", range(-64.0, 64.0, 1.0, 0.0), None),
            control(
                "power_line",
                ControlName::PowerLine,
                "Power Line Frequency",
                ControlKind::Menu { items: lamps, default: 1.0 },
                None,
            ),
            control(
                "white_balance_auto",
                ControlName::AutoWhiteBalance,
                "White Balance, Automatic",
                ControlKind::Switch { default: 1.0 },
                None,
            ),
            control(
                "white_balance",
                ControlName::WhiteBalance,
                "White Balance Temperature",
                range(2500.0, 6500.0, 10.0, 4500.0),
                Some(ControlUnit::Kelvin),
            ),
            control(
                "tilt",
                ControlName::Tilt,
                "Tilt, Absolute",
                range(-3600.0, 3600.0, 3600.0, 0.0),
                Some(ControlUnit::ArcSecond),
            ),
        ];
        let mut made = Self { list };
        made.lock();
        made
    }

    pub(super) fn list(&self) -> Vec<CameraControl> {
        self.list.clone()
    }

    pub(super) fn set(&mut self, id: &str, value: f64) -> Result<(), DeviceError> {
        let unknown = || DeviceError::Broken("it has no such control".into());
        let control = self.list.iter_mut().find(|control| control.id == id).ok_or_else(unknown)?;
        if control.locked {
            return Err(DeviceError::Broken("it does this by itself".into()));
        }
        control.value = match control.name {
            // Says yes and does not move.
            ControlName::Tilt => control.value,
            ControlName::WhiteBalance => (value / COARSE).round() * COARSE,
            _ => match control.kind {
                ControlKind::Range { min, max, .. } => value.clamp(min, max),
                _ => value,
            },
        };
        self.lock();
        Ok(())
    }

    fn value(&self, name: ControlName) -> f64 {
        self.list.iter().find(|control| control.name == name).map_or(0.0, |control| control.value)
    }

    fn lock(&mut self) {
        let by_itself = self.value(ControlName::AutoWhiteBalance) != 0.0;
        for control in self.list.iter_mut().filter(|control| control.name == ControlName::WhiteBalance) {
            control.locked = by_itself;
        }
    }

    /// What the camera sees through them.
    pub(super) fn see(&self, picture: Picture) -> Picture {
        let brighter = self.value(ControlName::Brightness) as i16;
        if brighter == 0 {
            return picture;
        }
        let layout = picture.layout();
        let mut bytes = picture.bytes().to_vec();
        for luma in bytes.iter_mut().take(layout.luma_len()) {
            *luma = (i16::from(*luma) + brighter).clamp(16, 235) as u8;
        }
        Picture::new(layout.width, layout.height, bytes, picture.captured).unwrap_or(picture)
    }
}
