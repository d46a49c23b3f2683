//! Microphones and speakers: which sound system to ask, what it has, and how to find one again.

use crate::names::{Sighting, name_all};
use ahoy_media::DeviceError;
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host};
use std::time::{Duration, Instant};

/// A sound server that let us wait this long in vain is left alone for a while, and each time for longer: cpal gives
/// up a thread on every try.
const PATIENCE: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Lists devices again and again; keeps the connection to the sound server between two looks.
#[derive(Default)]
pub struct SoundList {
    host: Option<Host>,
    rest_until: Option<Instant>,
    rest: Duration,
}

impl SoundList {
    /// Microphones, then speakers. Without any sound system the list is empty.
    ///
    /// # Errors
    /// The sound system failed; the next look connects afresh.
    pub fn look(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let may_connect = self.rest_until.is_none_or(|end| Instant::now() >= end);
        let started = Instant::now();
        let host = self.host.take().or_else(|| open_host(may_connect));
        let has_server = host.as_ref().is_some_and(|host| !is_second_choice(host));
        if has_server {
            self.rest = Duration::ZERO;
        } else if started.elapsed() > PATIENCE {
            self.rest = (self.rest * 2).clamp(PATIENCE, LONGEST_REST);
            self.rest_until = Some(Instant::now() + self.rest);
        }
        let Some(host) = host else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for kind in [DeviceKind::Microphone, DeviceKind::Speaker] {
            let found = devices(&host, kind).map_err(|error| from_cpal(&error))?;
            all.extend(found.into_iter().map(|(info, _)| info).filter(|info| !is_monitor(info)));
        }
        // ALSA is what is left when the server is not there, so look for the server again next time.
        if has_server {
            self.host = Some(host);
        }
        Ok(all)
    }
}

/// The device with this id.
///
/// # Errors
/// `Absent`, or what the sound system says.
pub fn find(id: &DeviceId, kind: DeviceKind) -> Result<Device, DeviceError> {
    let host = match id.as_str().parse::<cpal::DeviceId>() {
        Ok(known) => cpal::host_from_id(known.host()).ok(),
        Err(_) => open_host(true),
    };
    // A sound server that is gone took its devices with it.
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

/// A speaker's own sound, offered by PulseAudio as if it were a microphone. Can be opened, but nobody should talk
/// into it by mistake.
fn is_monitor(info: &DeviceInfo) -> bool {
    let id = info.id.as_str();
    info.kind == DeviceKind::Microphone && id.starts_with("pulseaudio:") && id.ends_with(".monitor")
}

#[cfg(not(target_os = "linux"))]
fn open_host(_server_too: bool) -> Option<Host> {
    Some(cpal::default_host())
}

/// PulseAudio (or PipeWire in its clothes) first: with ALSA a program has a card for itself.
#[cfg(target_os = "linux")]
fn open_host(server_too: bool) -> Option<Host> {
    let server = || cpal::host_from_id(cpal::HostId::PulseAudio).ok();
    if let Some(host) = server_too.then(server).flatten() {
        return Some(host);
    }
    // Without a card ALSA lists made-up devices, and complains on standard error when one is touched.
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    cards.contains('[').then(|| cpal::host_from_id(cpal::HostId::Alsa).ok()).flatten()
}

#[cfg(not(target_os = "linux"))]
fn is_second_choice(_host: &Host) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn is_second_choice(host: &Host) -> bool {
    host.id() != cpal::HostId::PulseAudio
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
