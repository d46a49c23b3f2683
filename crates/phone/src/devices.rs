//! What is plugged in, which device is in use for what, and what became of it.

use crate::blocking::in_thread;
use crate::chance::Chance;
use crate::chooser::{Pick, namesake, pick};
use crate::happening::{Happening, Outlet};
use crate::settings::Settings;
use crate::snapshot::DevicesView;
use ahoy_media::hardware::SharedHardware;
use ahoy_model::{
    DeviceChoice, DeviceId, DeviceInfo, DeviceKind, DeviceState, Problem, ProblemCode, SwitchReason,
};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// A system that takes longer to list its devices is given up until the next change.
const LISTING: Duration = Duration::from_secs(10);

/// Bounds for what is remembered of devices.
const MOST_OTHERS: usize = 64;
const MOST_NAMES: usize = 512;

/// When the list of devices is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Looks {
    /// When nothing has changed for so long.
    settle: Duration,
    /// Besides.
    every: Option<Duration>,
    /// How often somebody asked.
    asked: u64,
}

impl Looks {
    fn of(settings: &Settings, asked: u64) -> Self {
        let (settle, every) = settings.advanced.device_looks();
        Self { settle, every, asked }
    }
}

/// One reading of everything that is plugged in. A kind that could not be listed is missing.
pub(crate) type Listing = Vec<(DeviceKind, Vec<DeviceInfo>)>;

/// One kind of device.
#[derive(Debug)]
struct Seat {
    kind: DeviceKind,
    there: Vec<DeviceInfo>,
    failed: HashMap<DeviceId, DeviceState>,
    /// Seen together with the wanted one.
    others: HashSet<DeviceId>,
    pick: Pick,
    /// Of the picked device: `Idle`, `Opening` or `Running`.
    use_state: DeviceState,
    chance: Chance,
}

impl Seat {
    fn new(kind: DeviceKind) -> Self {
        let pick = Pick { device: None, state: DeviceState::Off };
        Self {
            kind,
            there: Vec::new(),
            failed: HashMap::new(),
            others: HashSet::new(),
            pick,
            use_state: DeviceState::Idle,
            chance: Chance::default(),
        }
    }

    /// A new reading. Which devices were pulled out and plugged in again since the last one.
    fn put(&mut self, there: Vec<DeviceInfo>, wanted: Option<&DeviceId>) -> Vec<DeviceId> {
        let old = std::mem::replace(&mut self.there, there);
        let before = |info: &&DeviceInfo| old.iter().any(|old| old.id == info.id);
        let stayed =
            |info: &&DeviceInfo| old.iter().any(|old| old.id == info.id && old.plugged == info.plugged);
        let again = self.there.iter().filter(before).filter(|info| !stayed(info));
        let again = again.map(|info| info.id.clone()).collect();
        let still = |id: &DeviceId| self.there.iter().filter(stayed).any(|info| info.id == *id);
        self.failed.retain(|id, _| id.is_made_up() || still(id));
        if let Some(wanted) = wanted.filter(|wanted| self.there.iter().any(|info| info.id == **wanted)) {
            let others = self.there.iter().filter(|info| info.id != *wanted).take(MOST_OTHERS);
            self.others = others.map(|info| info.id.clone()).collect();
        }
        again
    }

    /// What to use now.
    fn look(&self, settings: &Settings) -> Pick {
        let wanted = settings.device(self.kind);
        let gone = |id: &&DeviceId| !id.is_made_up() && !self.there.iter().any(|info| info.id == **id);
        let renamed = wanted.filter(gone).and_then(|id| settings.known_name(id));
        let stand_in = renamed.and_then(|name| namesake(name, &self.there, &self.others));
        pick(self.kind, stand_in.or(wanted), &self.there, &self.failed)
    }

    fn choice(&self, settings: &Settings) -> DeviceChoice {
        let wanted = settings.device(self.kind).cloned();
        let (effective, state) = match (&self.pick.device, self.chance.told) {
            (Some(_), Some(told)) => (None, told),
            (Some(device), None) => (Some(device.clone()), self.use_state),
            (None, _) => (None, self.pick.state),
        };
        DeviceChoice { kind: self.kind, wanted, effective, state }
    }

    fn use_now(&mut self, pick: Pick) {
        tracing::info!(kind = ?self.kind, device = ?pick.device, state = ?pick.state, "device chosen");
        self.use_state = DeviceState::Idle;
        self.chance.told = None;
        if pick.device.is_some() {
            self.chance = Chance::default();
        }
        self.pick = pick;
    }

    fn is_stuck(&self) -> bool {
        self.pick.device.is_none() && Chance::may_pass(self.pick.state)
    }
}

/// All kinds.
#[derive(Debug)]
pub(crate) struct Devices {
    seats: [Seat; 4],
    /// Every device that was ever there, by the name it had.
    names: HashMap<DeviceId, String>,
    looks: watch::Sender<Looks>,
    /// The system gives what it plays.
    pub(crate) system_sound: bool,
}

impl Devices {
    /// Starts to watch the hardware; listings come as happenings.
    pub(crate) fn start(hardware: SharedHardware, settings: &Settings, outlet: Outlet) -> Self {
        let (looks, orders) = watch::channel(Looks::of(settings, 0));
        tokio::spawn(watch_all(hardware, orders, outlet));
        let seats = DeviceKind::ALL.map(Seat::new);
        let mut devices = Self { seats, names: HashMap::new(), looks, system_sound: false };
        devices.choose_again(settings);
        devices
    }

    /// Reads the list when the settings say.
    pub(crate) fn look_as(&self, settings: &Settings) {
        self.looks.send_if_modified(|looks| {
            let new = Looks::of(settings, looks.asked);
            std::mem::replace(looks, new) != new
        });
    }

    /// Reads the list now.
    pub(crate) fn look_again(&self) {
        self.looks.send_modify(|looks| looks.asked += 1);
    }

    /// Whether it is plugged in and has not failed.
    pub(crate) fn is_there(&self, kind: DeviceKind, id: &DeviceId) -> bool {
        let seat = self.seats.iter().find(|seat| seat.kind == kind);
        seat.is_some_and(|seat| seat.there.iter().any(|info| info.id == *id) && !seat.failed.contains_key(id))
    }

    fn seat(&mut self, kind: DeviceKind) -> &mut Seat {
        let [camera, microphone, speaker, ringer] = &mut self.seats;
        match kind {
            DeviceKind::Camera => camera,
            DeviceKind::Microphone => microphone,
            DeviceKind::Speaker => speaker,
            DeviceKind::Ringer => ringer,
        }
    }

    /// The device to use now.
    pub(crate) fn effective(&mut self, kind: DeviceKind) -> Option<DeviceId> {
        self.seat(kind).pick.device.clone()
    }

    /// A new reading. Devices that are new or came back get a new chance. Returned are those that were away so shortly that
    /// no reading missed them: what uses one of them has to open it anew.
    pub(crate) fn put_listing(
        &mut self,
        listing: Listing,
        settings: &Settings,
    ) -> Vec<(DeviceKind, DeviceId)> {
        let mut again = Vec::new();
        for (kind, there) in listing {
            if self.names.len() > MOST_NAMES {
                self.names.clear();
            }
            self.names.extend(there.iter().map(|info| (info.id.clone(), info.name.clone())));
            if kind == DeviceKind::Speaker {
                let ring = |info: &DeviceInfo| DeviceInfo { kind: DeviceKind::Ringer, ..info.clone() };
                let bells = there.iter().map(ring).collect();
                self.seat(DeviceKind::Ringer).put(bells, settings.device(DeviceKind::Ringer));
            }
            let back = self.seat(kind).put(there, settings.device(kind));
            again.extend(back.into_iter().map(|id| (kind, id)));
        }
        self.choose_again(settings);
        again
    }

    /// The user chose: whatever failed before gets a new chance.
    pub(crate) fn chosen(&mut self, kind: DeviceKind, settings: &Settings) {
        let seat = self.seat(kind);
        seat.failed.clear();
        seat.others.clear();
        self.choose_again(settings);
    }

    /// What a device is or was called.
    pub(crate) fn name(&self, id: &DeviceId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Why `new` is in use instead of `old`, if the user should hear of it: a choice of the user's is no news.
    pub(crate) fn switch_reason(&mut self, old: &DeviceChoice, new: &DeviceChoice) -> Option<SwitchReason> {
        let before = old.effective.as_ref();
        if old.wanted != new.wanted || old.effective == new.effective {
            return None;
        }
        let seat = self.seat(new.kind);
        let there = |id: &DeviceId| id.is_made_up() || seat.there.iter().any(|info| info.id == *id);
        match before {
            _ if new.wanted.is_some() && new.effective == new.wanted => Some(SwitchReason::Returned),
            // The first look at what is there.
            None => None,
            Some(before) if !there(before) => Some(SwitchReason::Unplugged),
            Some(before) if seat.failed.get(before) == Some(&DeviceState::Absent) => {
                Some(SwitchReason::Unplugged)
            }
            Some(before) if seat.failed.contains_key(before) => Some(SwitchReason::Failed),
            Some(_) => Some(SwitchReason::NewDefault),
        }
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
        let is_news = seat.chance.is_first();
        self.choose_again(settings);
        problem.filter(|_| is_news)
    }

    pub(crate) fn set_use(&mut self, kind: DeviceKind, state: DeviceState) {
        let seat = self.seat(kind);
        seat.use_state = state;
        if state == DeviceState::Running {
            seat.chance = Chance::default();
        }
    }

    /// When something that failed is tried again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.seats.iter().filter_map(|seat| seat.chance.due()).min()
    }

    /// Plans tries where nothing else is left to use.
    pub(crate) fn plan_tries(&mut self, now: Instant) {
        for seat in &mut self.seats {
            let stuck = seat.is_stuck();
            seat.chance.plan(stuck, now);
        }
    }

    /// Whatever is due gets another chance. Nobody is told before it works.
    pub(crate) fn try_again(&mut self, settings: &Settings, now: Instant) {
        let mut tried = Vec::new();
        for seat in &mut self.seats {
            if seat.chance.begin(now) {
                seat.failed.retain(|_, state| !Chance::may_pass(*state));
                let mut chance = seat.chance;
                chance.told = Some(seat.pick.state);
                tried.push((seat.kind, chance));
            }
        }
        if tried.is_empty() {
            return;
        }
        self.choose_again(settings);
        for (kind, chance) in tried {
            let seat = self.seat(kind);
            if seat.pick.device.is_some() {
                seat.chance = chance;
            }
        }
    }

    fn choose_again(&mut self, settings: &Settings) {
        let mut speaker = None;
        for seat in &mut self.seats {
            let new = match (seat.kind, &speaker) {
                (DeviceKind::Ringer, Some(speaker)) if settings.ringer.is_none() => Pick::clone(speaker),
                _ => seat.look(settings),
            };
            if seat.kind == DeviceKind::Speaker {
                speaker = Some(new.clone());
            }
            if new != seat.pick {
                seat.use_now(new);
            }
        }
    }

    pub(crate) fn choices(&self, settings: &Settings) -> Vec<DeviceChoice> {
        self.seats.iter().map(|seat| seat.choice(settings)).collect()
    }

    pub(crate) fn view(&self, settings: &Settings) -> DevicesView {
        let [camera, microphone, speaker, _] = &self.seats;
        DevicesView {
            cameras: camera.there.clone(),
            microphones: microphone.there.clone(),
            speakers: speaker.there.clone(),
            choices: self.choices(settings),
            system_sound: self.system_sound,
        }
    }
}

/// The code for a device in trouble; `None` for states that are none.
pub(crate) fn problem(kind: DeviceKind, state: DeviceState) -> Option<ProblemCode> {
    use DeviceKind::{Camera, Microphone, Ringer, Speaker};
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
        (Speaker | Ringer, S::Absent) => P::SpeakerAbsent,
        (Speaker | Ringer, S::Busy) => P::SpeakerBusy,
        (Speaker | Ringer, S::Denied) => P::SpeakerDenied,
        (Speaker | Ringer, S::Hung) => P::SpeakerHung,
        (Speaker | Ringer, S::Broken) => P::SpeakerBroken,
    };
    Some(code)
}

/// Lists now, after every change, and whenever it is asked to, until the phone is gone.
async fn watch_all(hardware: SharedHardware, mut orders: watch::Receiver<Looks>, outlet: Outlet) {
    let mut changes = hardware.changes();
    loop {
        changes.borrow_and_update();
        orders.borrow_and_update();
        let at = hardware.clone();
        let list = move || DeviceKind::LISTED.map(|kind| (kind, at.list(kind)));
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
        let Looks { settle, every, .. } = *orders.borrow();
        let next = async {
            match every {
                Some(every) => sleep(every).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = changes.changed() => {
                // Whatever is plugged in comes as several devices, one after the other.
                while changed.is_ok() && matches!(timeout(settle, changes.changed()).await, Ok(Ok(()))) {}
                if changed.is_err() {
                    return;
                }
            }
            asked = orders.changed() => if asked.is_err() { return },
            () = next => {}
            () = outlet.closed() => return,
        }
    }
}

#[cfg(test)]
#[path = "devices_tests.rs"]
mod tests;
