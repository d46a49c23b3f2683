//! Which device is used when: what the user wants, what is there, what has failed. No device is ever opened here.

use ahoy_model::{DeviceId, DeviceInfo, DeviceKind, DeviceState};
use std::collections::{HashMap, HashSet};

/// The device to use now, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) device: Option<DeviceId>,
    /// `Idle` when there is a device; else the reason.
    pub(crate) state: DeviceState,
}

impl Pick {
    fn of(device: DeviceId) -> Self {
        Self { device: Some(device), state: DeviceState::Idle }
    }

    fn none(state: DeviceState) -> Self {
        Self { device: None, state }
    }
}

/// A device that has another id than it had, known by its name. `others` were there together with the wanted one, so
/// none of them is it, though a twin is called like it as soon as it is alone.
pub(crate) fn namesake<'a>(
    name: &str,
    there: &'a [DeviceInfo],
    others: &HashSet<DeviceId>,
) -> Option<&'a DeviceId> {
    let mut alike = there.iter().filter(|info| info.name == name && !others.contains(&info.id));
    alike.next().map(|info| &info.id).filter(|_| alike.next().is_none())
}

/// Picks from `there`.
///
/// A wanted device that is absent or has failed is replaced by the system's default for sound, so that a call is never
/// silent; a camera is never replaced by one that the user did not choose.
pub(crate) fn pick(
    kind: DeviceKind,
    wanted: Option<&DeviceId>,
    there: &[DeviceInfo],
    failed: &HashMap<DeviceId, DeviceState>,
) -> Pick {
    let mut reason = DeviceState::Off;
    if let Some(id) = wanted {
        if id.is_none() {
            return Pick::none(DeviceState::Off);
        }
        let present = id.is_made_up() || there.iter().any(|info| &info.id == id);
        match failed.get(id) {
            None if present => return Pick::of(id.clone()),
            None => reason = DeviceState::Absent,
            Some(state) => reason = *state,
        }
        if kind == DeviceKind::Camera {
            return Pick::none(reason);
        }
    }
    let mut candidates: Vec<&DeviceInfo> = there.iter().filter(|info| info.kind == kind).collect();
    candidates.sort_by_key(|info| !info.is_default);
    for info in candidates {
        match failed.get(&info.id) {
            None => return Pick::of(info.id.clone()),
            Some(state) if reason == DeviceState::Off => reason = *state,
            Some(_) => {}
        }
        if kind == DeviceKind::Camera {
            // Only the default: the next camera may look somewhere else.
            break;
        }
    }
    Pick::none(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(kind: DeviceKind, id: &str, is_default: bool) -> DeviceInfo {
        DeviceInfo { id: DeviceId::new(id), kind, name: id.to_owned(), is_default, plugged: 0 }
    }

    fn failed(pairs: &[(&str, DeviceState)]) -> HashMap<DeviceId, DeviceState> {
        pairs.iter().map(|(id, state)| (DeviceId::new(*id), *state)).collect()
    }

    #[test]
    fn what_is_wanted_wins_and_what_is_missing_is_replaced() {
        let kind = DeviceKind::Speaker;
        let there =
            [info(kind, "monitor", false), info(kind, "built-in", true), info(kind, "headset", false)];
        let none = HashMap::new();
        let chosen = |wanted: Option<&str>, failed: &HashMap<DeviceId, DeviceState>| {
            let wanted = wanted.map(DeviceId::new);
            let pick = pick(kind, wanted.as_ref(), &there, failed);
            (pick.device.map(|d| d.as_str().to_owned()), pick.state)
        };
        let some = |id: &str| (Some(id.to_owned()), DeviceState::Idle);
        assert_eq!(chosen(None, &none), some("built-in"));
        assert_eq!(chosen(Some("headset"), &none), some("headset"));
        assert_eq!(chosen(Some("unplugged"), &none), some("built-in"));
        assert_eq!(chosen(Some("file:/tmp/x.wav"), &none), some("file:/tmp/x.wav"));
        assert_eq!(chosen(Some("none"), &none), (None, DeviceState::Off));
        let busy = failed(&[("headset", DeviceState::Busy), ("built-in", DeviceState::Broken)]);
        assert_eq!(chosen(Some("headset"), &busy), some("monitor"));
        let all = failed(&[
            ("headset", DeviceState::Busy),
            ("built-in", DeviceState::Broken),
            ("monitor", DeviceState::Denied),
        ]);
        assert_eq!(chosen(Some("headset"), &all), (None, DeviceState::Busy));
        assert_eq!(chosen(None, &all), (None, DeviceState::Broken));
    }

    #[test]
    fn a_camera_is_never_replaced_by_another() {
        let kind = DeviceKind::Camera;
        let there = [info(kind, "front", true), info(kind, "room", false)];
        let pick = |wanted: Option<&str>, failed: &HashMap<DeviceId, DeviceState>| {
            super::pick(kind, wanted.map(DeviceId::new).as_ref(), &there, failed)
        };
        assert_eq!(pick(Some("absent"), &HashMap::new()), Pick::none(DeviceState::Absent));
        let hung = failed(&[("front", DeviceState::Hung)]);
        assert_eq!(pick(None, &hung), Pick::none(DeviceState::Hung));
        assert_eq!(super::pick(kind, None, &[], &HashMap::new()), Pick::none(DeviceState::Off));
    }
}
