//! What is plugged in, which device is in use for what, and what became of it.

use crate::blocking::in_thread;
use crate::chooser::{Pick, pick};
use crate::happening::{Happening, Outlet};
use crate::settings::Settings;
use crate::snapshot::DevicesView;
use ahoy_media::hardware::SharedHardware;
use ahoy_model::{DeviceChoice, DeviceId, DeviceInfo, DeviceKind, DeviceState, Problem, ProblemCode};
use std::collections::HashMap;
use std::time::Duration;

/// A system that takes longer to list its devices is given up until the next change.
const LISTING: Duration = Duration::from_secs(10);

/// One reading of everything that is plugged in. A kind that could not be listed is missing.
pub(crate) type Listing = Vec<(DeviceKind, Vec<DeviceInfo>)>;

/// One kind of device.
#[derive(Debug)]
struct Seat {
    kind: DeviceKind,
    there: Vec<DeviceInfo>,
    failed: HashMap<DeviceId, DeviceState>,
    pick: Pick,
    /// Of the picked device: `Idle`, `Opening` or `Running`.
    use_state: DeviceState,
}

impl Seat {
    fn new(kind: DeviceKind) -> Self {
        let pick = Pick { device: None, state: DeviceState::Off };
        Self { kind, there: Vec::new(), failed: HashMap::new(), pick, use_state: DeviceState::Idle }
    }

    fn choice(&self, settings: &Settings) -> DeviceChoice {
        let state = if self.pick.device.is_some() { self.use_state } else { self.pick.state };
        DeviceChoice {
            kind: self.kind,
            wanted: settings.device(self.kind).cloned(),
            effective: self.pick.device.clone(),
            state,
        }
    }
}

/// All kinds.
#[derive(Debug)]
pub(crate) struct Devices {
    seats: [Seat; 3],
}

impl Devices {
    /// Starts to watch the hardware; listings come as happenings.
    pub(crate) fn start(hardware: SharedHardware, settings: &Settings, outlet: Outlet) -> Self {
        tokio::spawn(watch(hardware, outlet));
        let mut devices = Self { seats: DeviceKind::ALL.map(Seat::new) };
        devices.choose_again(settings);
        devices
    }

    fn seat(&mut self, kind: DeviceKind) -> &mut Seat {
        let [camera, microphone, speaker] = &mut self.seats;
        match kind {
            DeviceKind::Camera => camera,
            DeviceKind::Microphone => microphone,
            DeviceKind::Speaker => speaker,
        }
    }

    /// The device to use now.
    pub(crate) fn effective(&mut self, kind: DeviceKind) -> Option<DeviceId> {
        self.seat(kind).pick.device.clone()
    }

    /// A new reading. Devices that are new or came back get a new chance.
    pub(crate) fn put_listing(&mut self, listing: Listing, settings: &Settings) {
        for (kind, there) in listing {
            let seat = self.seat(kind);
            let old = std::mem::replace(&mut seat.there, there);
            let still = |id: &DeviceId| {
                let among = |list: &[DeviceInfo]| list.iter().any(|info| &info.id == id);
                among(&old) && among(&seat.there)
            };
            seat.failed.retain(|id, _| id.is_made_up() || still(id));
        }
        self.choose_again(settings);
    }

    /// The user chose: whatever failed before gets a new chance.
    pub(crate) fn chosen(&mut self, kind: DeviceKind, settings: &Settings) {
        self.seat(kind).failed.clear();
        self.choose_again(settings);
    }

    /// A device ended or could not be opened. `Some`: what to tell the user.
    pub(crate) fn failed(
        &mut self,
        kind: DeviceKind,
        id: &DeviceId,
        state: DeviceState,
        detail: &str,
        settings: &Settings,
    ) -> Option<Problem> {
        let seat = self.seat(kind);
        let name =
            seat.there.iter().find(|info| &info.id == id).map_or(id.as_str(), |info| info.name.as_str());
        let problem = problem(kind, state).map(|code| Problem::new(code).about(name).because(detail));
        seat.failed.insert(id.clone(), state);
        seat.use_state = DeviceState::Idle;
        self.choose_again(settings);
        problem
    }

    pub(crate) fn set_use(&mut self, kind: DeviceKind, state: DeviceState) {
        self.seat(kind).use_state = state;
    }

    fn choose_again(&mut self, settings: &Settings) {
        for seat in &mut self.seats {
            let new = pick(seat.kind, settings.device(seat.kind), &seat.there, &seat.failed);
            if new != seat.pick {
                tracing::info!(kind = ?seat.kind, device = ?new.device, state = ?new.state, "device chosen");
                seat.pick = new;
                seat.use_state = DeviceState::Idle;
            }
        }
    }

    pub(crate) fn choices(&self, settings: &Settings) -> Vec<DeviceChoice> {
        self.seats.iter().map(|seat| seat.choice(settings)).collect()
    }

    pub(crate) fn view(&self, settings: &Settings) -> DevicesView {
        let [camera, microphone, speaker] = &self.seats;
        DevicesView {
            cameras: camera.there.clone(),
            microphones: microphone.there.clone(),
            speakers: speaker.there.clone(),
            choices: self.choices(settings),
        }
    }
}

/// The code for a device in trouble; `None` for states that are none.
pub(crate) fn problem(kind: DeviceKind, state: DeviceState) -> Option<ProblemCode> {
    use DeviceKind::{Camera, Microphone, Speaker};
    use DeviceState as S;
    use ProblemCode as P;
    let code = match (kind, state) {
        (_, S::Idle | S::Opening | S::Running | S::Off) => return None,
        (Camera, S::Absent) => P::CameraAbsent,
        (Camera, S::Busy) => P::CameraBusy,
        (Camera, S::Denied) => P::CameraDenied,
        (Camera, S::Hung) => P::CameraHung,
        (Camera, S::Broken) => P::CameraBroken,
        (Microphone, S::Absent) => P::MicrophoneAbsent,
        (Microphone, S::Busy) => P::MicrophoneBusy,
        (Microphone, S::Denied) => P::MicrophoneDenied,
        (Microphone, S::Hung) => P::MicrophoneHung,
        (Microphone, S::Broken) => P::MicrophoneBroken,
        (Speaker, S::Absent) => P::SpeakerAbsent,
        (Speaker, S::Busy) => P::SpeakerBusy,
        (Speaker, S::Denied) => P::SpeakerDenied,
        (Speaker, S::Hung) => P::SpeakerHung,
        (Speaker, S::Broken) => P::SpeakerBroken,
    };
    Some(code)
}

/// Lists now and after every change, until the phone is gone.
async fn watch(hardware: SharedHardware, outlet: Outlet) {
    let mut changes = hardware.changes();
    loop {
        changes.borrow_and_update();
        let at = hardware.clone();
        let list = move || DeviceKind::ALL.map(|kind| (kind, at.list(kind)));
        match in_thread("device list", LISTING, list).await {
            Ok(results) => {
                let mut listing = Listing::new();
                for (kind, result) in results {
                    match result {
                        Ok(there) => listing.push((kind, there)),
                        Err(error) => tracing::warn!(?kind, %error, "devices cannot be listed"),
                    }
                }
                if outlet.send(Happening::Listed(listing)).await.is_err() {
                    return;
                }
            }
            Err(lost) => tracing::warn!(?lost, "listing devices takes too long"),
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = outlet.closed() => return,
        }
    }
}

#[cfg(test)]
#[path = "devices_tests.rs"]
mod tests;
