//! Microphones and speakers: which sound system to ask, what it has, and how to find one again.

use crate::names::{Sighting, name_all};
use ahoy_media::DeviceError;
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host};

/// Lists devices again and again.
#[derive(Default)]
pub struct SoundList {
    #[cfg(target_os = "linux")]
    server: crate::pulse::PulseList,
}

impl SoundList {
    /// Microphones, then speakers. Without any sound system the list is empty.
    ///
    /// # Errors
    /// The sound system failed.
    pub fn look(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        // The server first: with ALSA a program has a card for itself.
        #[cfg(target_os = "linux")]
        if let Some(all) = self.server.look()? {
            return Ok(all);
        }
        let Some(host) = open_host() else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for kind in [DeviceKind::Microphone, DeviceKind::Speaker] {
            let found = devices(&host, kind).map_err(|error| from_cpal(&error))?;
            all.extend(found.into_iter().map(|(info, _)| info));
        }
        Ok(all)
    }
}

/// Whether the device with this id is there.
///
/// # Errors
/// `Absent`, or what the sound system says.
pub fn exists(id: &DeviceId, kind: DeviceKind) -> Result<(), DeviceError> {
    #[cfg(target_os = "linux")]
    if let Some(name) = crate::pulse::name_of(id) {
        return crate::pulse::exists(name, kind);
    }
    find(id, kind).map(drop)
}

/// The device with this id, if it is cpal's.
///
/// # Errors
/// `Absent`, or what the sound system says.
pub fn find(id: &DeviceId, kind: DeviceKind) -> Result<Device, DeviceError> {
    let host = match id.as_str().parse::<cpal::DeviceId>() {
        Ok(known) => cpal::host_from_id(known.host()).ok(),
        Err(_) => open_host(),
    };
    let host = host.ok_or(DeviceError::Absent)?;
    let all = devices(&host, kind).map_err(|error| from_cpal(&error))?;
    all.into_iter().find(|(info, _)| info.id == *id).map(|(_, device)| device).ok_or(DeviceError::Absent)
}

/// What the house makes of the sound system's complaints.
pub fn from_cpal(error: &cpal::Error) -> DeviceError {
    use cpal::ErrorKind as Kind;
    match error.kind() {
        Kind::DeviceNotAvailable | Kind::HostUnavailable => DeviceError::Absent,
        Kind::DeviceBusy => DeviceError::Busy,
        Kind::PermissionDenied => DeviceError::Denied,
        Kind::UnsupportedConfig => DeviceError::NoFormat,
        _ => DeviceError::Broken(error.to_string()),
    }
}

/// Everything of a kind, with the names under which the house knows it.
fn devices(host: &Host, kind: DeviceKind) -> Result<Vec<(DeviceInfo, Device)>, cpal::Error> {
    let (default, mut all): (_, Vec<Device>) = match kind {
        DeviceKind::Speaker => (host.default_output_device(), host.output_devices()?.collect()),
        _ => (host.default_input_device(), host.input_devices()?.collect()),
    };
    retain_cards(&mut all);
    let default = default.and_then(|device| device.id().ok());
    let sightings = all.iter().map(|device| {
        let id = device.id().ok();
        Sighting {
            is_default: id.is_some() && id == default,
            system_id: id.map(|id| id.to_string()),
            product: None,
            name: device.description().map(|text| text.name().to_owned()).unwrap_or_default(),
            // Nobody tells.
            plugged: 0,
        }
    });
    let mut infos = name_all(kind, sightings.collect());
    if !infos.iter().any(|info| info.is_default)
        && let Some(first) = infos.first_mut()
    {
        first.is_default = true;
    }
    Ok(infos.into_iter().zip(all).collect())
}

#[cfg(not(target_os = "linux"))]
fn open_host() -> Option<Host> {
    Some(cpal::default_host())
}

/// ALSA. Without a card it lists made-up devices, and complains on standard error when one is touched.
#[cfg(target_os = "linux")]
fn open_host() -> Option<Host> {
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    cards.contains('[').then(|| cpal::host_from_id(cpal::HostId::Alsa).ok()).flatten()
}

#[cfg(not(target_os = "linux"))]
fn retain_cards(_devices: &mut Vec<Device>) {}

/// ALSA lists each card a dozen times. Kept are the way that can be shared with others, and the card's further outputs.
#[cfg(target_os = "linux")]
fn retain_cards(devices: &mut Vec<Device>) {
    devices.retain(|device| match device.id() {
        Ok(id) if id.host() == cpal::HostId::Alsa => is_card(id.id()),
        _ => true,
    });
}

#[cfg(target_os = "linux")]
fn is_card(pcm: &str) -> bool {
    if pcm.starts_with("sysdefault:CARD=") {
        return true;
    }
    // The same card also comes by number.
    pcm.strip_prefix("plughw:CARD=")
        .and_then(|rest| rest.split_once(",DEV="))
        .is_some_and(|(card, device)| device != "0" && !card.chars().all(|letter| letter.is_ascii_digit()))
}

#[cfg(all(test, target_os = "linux"))]
#[path = "sound_list_tests.rs"]
mod tests;
