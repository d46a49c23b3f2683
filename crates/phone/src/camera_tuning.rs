//! How the user adjusted his cameras: kept for each, and applied again whenever it is opened.

use crate::house::House;
use crate::settings::Settings;
use ahoy_model::{CameraControl, ControlName, DeviceId, Problem, ProblemCode, Tuning};
use serde::{Deserialize, Serialize};

/// Cameras that are remembered.
const MOST_CAMERAS: usize = 32;

/// How one camera is adjusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CameraTuning {
    pub camera: DeviceId,
    /// As it was called then; it may come back with another id.
    pub name: String,
    pub tuning: Tuning,
}

pub(crate) fn sane(tunings: Vec<CameraTuning>) -> Vec<CameraTuning> {
    let sane = |kept: CameraTuning| CameraTuning { tuning: kept.tuning.sane(), ..kept };
    let mut kept: Vec<_> = tunings.into_iter().map(sane).filter(|kept| !kept.tuning.is_empty()).collect();
    let surplus = kept.len().saturating_sub(MOST_CAMERAS);
    kept.drain(..surplus);
    kept
}

impl Settings {
    fn tuning_at(&self, camera: &DeviceId, name: Option<&str>) -> Option<usize> {
        let known = |kept: &CameraTuning| kept.camera == *camera;
        let called = |kept: &CameraTuning| name.is_some_and(|name| kept.name == name);
        let all = &self.camera_tunings;
        all.iter().position(known).or_else(|| all.iter().position(called))
    }

    /// What was wished for a camera, known by its id or else by its name.
    pub(crate) fn tuning_of(&self, camera: &DeviceId, name: Option<&str>) -> Tuning {
        let kept = self.tuning_at(camera, name).and_then(|at| self.camera_tunings.get(at));
        kept.map(|kept| kept.tuning.clone()).unwrap_or_default()
    }

    pub(crate) fn set_tuning_of(&mut self, camera: &DeviceId, name: Option<&str>, tuning: Tuning) {
        if let Some(at) = self.tuning_at(camera, name) {
            self.camera_tunings.remove(at);
        }
        let name = name.unwrap_or(camera.as_str()).to_owned();
        self.camera_tunings.push(CameraTuning { camera: camera.clone(), name, tuning });
        self.camera_tunings = sane(std::mem::take(&mut self.camera_tunings));
    }
}

impl House {
    /// One of the open camera's own controls. `CameraAbsent`: none is open, or it has no such control.
    pub(crate) fn set_camera_control(&mut self, id: &str, value: f64) -> Result<(), Problem> {
        let absent = || Problem::new(ProblemCode::CameraAbsent);
        let (camera, controls) = self.camera.controls().ok_or_else(absent)?;
        let known = controls.iter().any(|control| control.id == id) && value.is_finite();
        let camera = camera.clone();
        if !known {
            return Err(absent());
        }
        self.change_tuning(&camera, [(id, value)]);
        Ok(())
    }

    /// Forgets what was wished for the open camera.
    pub(crate) fn reset_camera_controls(&mut self) -> Result<(), Problem> {
        let absent = || Problem::new(ProblemCode::CameraAbsent);
        let camera = self.camera.controls().ok_or_else(absent)?.0.clone();
        self.settings.set_tuning_of(&camera, self.devices.name(&camera), Tuning::default());
        self.camera.reset_controls();
        Ok(())
    }

    /// What the driver made of a wish is what is wished for from now on.
    pub(crate) fn control_refused(&mut self, camera: &DeviceId, controls: &[CameraControl]) {
        let wished = self.settings.tuning_of(camera, self.devices.name(camera));
        let refused = controls.iter().filter(|control| wished.0.contains_key(&control.id));
        let refused: Vec<_> = refused.collect();
        self.change_tuning(camera, refused.iter().map(|control| (control.id.as_str(), control.value)));
        for control in refused {
            let name = match control.name {
                ControlName::Other => control.label.clone(),
                known => serde_json::to_value(known)
                    .ok()
                    .and_then(|name| Some(name.as_str()?.to_owned()))
                    .unwrap_or_default(),
            };
            self.notice(Some(Problem::new(ProblemCode::CameraControlRefused).about(name)));
        }
    }

    fn change_tuning<'a>(&mut self, camera: &DeviceId, values: impl IntoIterator<Item = (&'a str, f64)>) {
        let name = self.devices.name(camera);
        let mut tuning = self.settings.tuning_of(camera, name);
        tuning.0.extend(values.into_iter().map(|(id, value)| (id.to_owned(), value)));
        self.settings.set_tuning_of(camera, name, tuning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_known_by_its_id_and_else_by_its_name() {
        let tuning = |value: f64| Tuning([("zoom".to_owned(), value)].into());
        let [left, right, other] = ["usb:1", "usb:2", "usb:3"].map(DeviceId::new);
        let mut settings = Settings::default();
        settings.set_tuning_of(&left, Some("Left"), tuning(1.0));
        settings.set_tuning_of(&right, Some("Right"), tuning(2.0));
        assert_eq!(settings.tuning_of(&left, Some("Right")), tuning(1.0));
        assert_eq!(settings.tuning_of(&other, Some("Right")), tuning(2.0), "plugged in elsewhere");
        assert!(settings.tuning_of(&other, None).is_empty());
        settings.set_tuning_of(&other, Some("Right"), tuning(3.0));
        assert_eq!(settings.camera_tunings.len(), 2);
        settings.set_tuning_of(&left, Some("Left"), Tuning::default());
        assert_eq!(settings.camera_tunings.len(), 1, "nothing is wished for any more");
        for number in 0..100 {
            settings.set_tuning_of(&DeviceId::new(format!("usb:{number}")), None, tuning(1.0));
        }
        assert_eq!(settings.camera_tunings.len(), MOST_CAMERAS);
    }
}
