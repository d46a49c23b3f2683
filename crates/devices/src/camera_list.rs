//! Which cameras there are.

use crate::names::name_all;
use ahoy_media::DeviceError;
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use nokhwa::utils::CameraIndex;

#[cfg(not(target_os = "linux"))]
use native::look;
#[cfg(target_os = "linux")]
use video4linux::look;

/// All cameras; empty where there is none or the system does not tell.
pub fn list() -> Vec<DeviceInfo> {
    cameras().into_iter().map(|(info, _)| info).collect()
}

/// How nokhwa calls the camera with this id.
///
/// # Errors
/// `Absent`.
pub fn find(id: &DeviceId) -> Result<CameraIndex, DeviceError> {
    cameras().into_iter().find(|(info, _)| info.id == *id).map(|(_, index)| index).ok_or(DeviceError::Absent)
}

fn cameras() -> Vec<(DeviceInfo, CameraIndex)> {
    let (mut sightings, indices): (Vec<_>, Vec<_>) = look().into_iter().unzip();
    if let Some(first) = sightings.first_mut() {
        first.is_default = true;
    }
    name_all(DeviceKind::Camera, sightings).into_iter().zip(indices).collect()
}

#[cfg(target_os = "linux")]
#[path = "camera_list_linux.rs"]
mod video4linux;

/// macOS and Windows give every camera an id that stays.
#[cfg(not(target_os = "linux"))]
mod native {
    use crate::names::Sighting;
    use nokhwa::utils::{ApiBackend, CameraIndex};

    pub fn look() -> Vec<(Sighting, CameraIndex)> {
        let found = nokhwa::query(ApiBackend::Auto).unwrap_or_else(|error| {
            tracing::debug!(%error, "cameras cannot be listed");
            Vec::new()
        });
        let sighting = |camera: nokhwa::utils::CameraInfo| {
            let system_id = Some(camera.misc()).filter(|id| !id.is_empty());
            let index = system_id.clone().map_or_else(|| camera.index().clone(), CameraIndex::String);
            let prefixed = system_id.map(|id| format!("camera:{id}"));
            (Sighting { system_id: prefixed, name: camera.human_name(), ..Sighting::default() }, index)
        };
        found.into_iter().map(sighting).collect()
    }
}
