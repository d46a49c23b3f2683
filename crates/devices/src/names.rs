//! Ids that name the same device again after it was unplugged, and names by which people tell twins apart.

use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use std::collections::HashMap;

/// A device as some system describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// What the system promises to keep, if it promises anything.
    pub system_id: Option<String>,
    /// Vendor and product (and serial number, where there is one), such as `usb:046d:0825`.
    pub product: Option<String>,
    pub name: String,
    pub is_default: bool,
    /// As in [`DeviceInfo::plugged`].
    pub plugged: u64,
}

/// Turns sightings into a list. Their order must not depend on which was plugged in first, since it numbers twins.
pub fn name_all(kind: DeviceKind, sightings: Vec<Sighting>) -> Vec<DeviceInfo> {
    let mut ids = HashMap::new();
    let mut names = HashMap::new();
    let mut devices = Vec::with_capacity(sightings.len());
    for sighting in sightings {
        let name = if sighting.name.trim().is_empty() { unnamed(kind) } else { sighting.name.trim() };
        let base = sighting.system_id.or(sighting.product).unwrap_or_else(|| format!("name:{name}"));
        let id = match count(&mut ids, &base) {
            1 => base,
            number => format!("{base}#{number}"),
        };
        let shown = match count(&mut names, name) {
            1 => name.to_owned(),
            number => format!("{name} ({number})"),
        };
        devices.push(DeviceInfo {
            id: DeviceId::new(id),
            kind,
            name: shown,
            is_default: sighting.is_default,
            plugged: sighting.plugged,
        });
    }
    devices
}

fn count(seen: &mut HashMap<String, usize>, key: &str) -> usize {
    let number = seen.entry(key.to_owned()).or_default();
    *number += 1;
    *number
}

fn unnamed(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Camera => "Camera",
        DeviceKind::Microphone => "Microphone",
        DeviceKind::Speaker | DeviceKind::Ringer => "Speaker",
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
