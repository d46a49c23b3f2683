//! From the invite to ringing devices.

use super::leg::{Leg, Prepared, Stage};
use super::wishes::Wishes;
use super::{Call, CallerAnswer, Destination, Done, Phase};
use crate::calling;
use crate::core::Core;
use crate::session::{SessionCommand, SessionHandle};
use crate::store::{AddressRecord, AddressType, StoreError};
use crate::switchboard::Devices;
use crate::swml::Library;
use ahoy_model::{CallId, DialTarget, HangupCause};
use ahoy_rtc::{RtcError, Session};
use ahoy_wire::{RpcError, ServerInvite, ServerVerto, VertoResult};
use std::path::Path;
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// Devices of one person that ring at one time.
const DEVICES: usize = 16;

impl Call {
    /// Looks up what was dialled.
    pub(super) fn begin(&mut self) {
        let core = Arc::clone(&self.core);
        let dialled = self.room.to.clone();
        let (leg, subscriber) = (self.caller.id.clone(), self.caller.party().subscriber_id.clone());
        self.aside(async move {
            let found = match resolve(&core, &dialled).await {
                Ok(Destination::Room(settings)) => {
                    let place = core.conferences.admit(&settings, &leg, &subscriber).await;
                    place.map(|place| Destination::Place(Box::new(place)))
                }
                other => other,
            };
            Done::Resolved(found)
        });
    }

    pub(super) fn resolved(&mut self, destination: Destination) {
        if self.phase != Phase::Resolving {
            return;
        }
        let wishes = Wishes::mirroring(&self.sketch);
        if wishes.is_empty() {
            return self.refuse(HangupCause::IncompatibleDestination);
        }
        self.phase = Phase::Ringing;
        self.ring_until = Instant::now() + self.core.config.ring_timeout;
        if let Some(invite) = self.invite.take() {
            let created = VertoResult::created(
                self.caller.id.clone(),
                self.caller.member.member_id.clone(),
                Uuid::new_v4().to_string(),
            );
            invite.ok(created);
        }
        if let Destination::Place(place) = destination {
            self.take_place(place);
            self.caller.media_by = Some(Instant::now() + self.core.config.timers.media);
            self.caller.event(self.room.call_state(&self.caller, "created"));
            // One codec for everybody, where they all have it, is one encoder.
            return self.prepare_answer(Wishes::everything());
        }
        self.caller.event(self.room.call_state(&self.caller, "created"));
        self.prepare_answer(Wishes::everything_for(&self.sketch));
        match destination {
            // Taken above, and turned into places before.
            Destination::Place(_) | Destination::Room(_) => {}
            Destination::Echo => {
                self.echo = true;
                self.caller.media_by = Some(Instant::now() + self.core.config.timers.media);
                self.room.name = "echo".into();
            }
            Destination::Subscriber(address) => self.ring(&address, &wishes),
            Destination::Script(path) => self.ring_script(&path, &wishes),
        }
    }

    /// The document answers, or does what it says.
    fn ring_script(&mut self, path: &Path, wishes: &Wishes) {
        let dialled = self.room.to.split('?').next().unwrap_or_default().to_owned();
        match self.machine(path, &dialled) {
            Ok(machine) => self.ring_device(machine, wishes),
            Err(cause) => self.end_everybody(cause),
        }
    }

    /// Somebody who runs the document in `path`, and answers when he is rung.
    pub(super) fn machine(&self, path: &Path, dialled: &str) -> Result<SessionHandle, HangupCause> {
        let opened = Library::open(path).and_then(|document| {
            self.core.desk.check(&document)?;
            Ok(document)
        });
        let document = opened.map_err(|error| {
            tracing::warn!(path = %path.display(), %error, "a document that was dialled cannot be run");
            HangupCause::DestinationOutOfOrder
        })?;
        calling::answer(&self.core, dialled, document).ok_or(HangupCause::NormalTemporaryFailure)
    }

    /// Makes the caller's answer early, so that it can be sent the moment a device answers.
    pub(super) fn prepare_answer(&mut self, wishes: Wishes) {
        self.generation = self.generation.wrapping_add(1);
        self.answer = CallerAnswer::Making;
        let generation = self.generation;
        let config = self.for_room(wishes.config(&self.core.config, self.room.session_id.as_str(), false));
        let offer = self.offer.clone();
        self.aside(async move {
            let result = Box::pin(Session::answer(config, &offer)).await;
            Done::CallerReady { generation, result: result.map(prepared) }
        });
    }

    fn ring(&mut self, address: &AddressRecord, wishes: &Wishes) {
        self.room.name = address.display_name.clone();
        match self.free_devices(address, |device| device.same_as(&self.caller.session)) {
            Ok(devices) => {
                let subscriber = address.subscriber_id.clone().unwrap_or_default();
                self.ring_devices(&subscriber, devices, wishes);
            }
            Err(cause) => self.end_everybody(cause),
        }
    }

    /// What can be rung for that address now, apart from those that are in it already. Not empty.
    pub(super) fn free_devices(
        &self,
        address: &AddressRecord,
        in_it: impl Fn(&SessionHandle) -> bool,
    ) -> Result<Vec<SessionHandle>, HangupCause> {
        let subscriber = address.subscriber_id.as_deref().unwrap_or_default();
        let devices = match self.core.switchboard.devices(subscriber) {
            Devices::Offline => return Err(HangupCause::UserNotRegistered),
            Devices::Absent => return Err(HangupCause::SubscriberAbsent),
            Devices::Ringable(devices) => devices,
        };
        let most = self.core.config.calls_per_device.unwrap_or(usize::MAX);
        let free = |device: &SessionHandle| !in_it(device) && device.legs() < most;
        let free: Vec<SessionHandle> = devices.into_iter().filter(free).take(DEVICES).collect();
        if free.is_empty() { Err(HangupCause::UserBusy) } else { Ok(free) }
    }

    /// Rings them, and those of the subscriber that come online later.
    pub(super) fn ring_devices(&mut self, subscriber: &str, devices: Vec<SessionHandle>, wishes: &Wishes) {
        for device in devices {
            self.ring_device(device, wishes);
        }
        self.core.switchboard.rings(subscriber, &self.caller.id, &self.own);
    }

    fn ring_device(&mut self, device: SessionHandle, wishes: &Wishes) {
        let leg = Leg::new(CallId::random(), device);
        let config = wishes.config(&self.core.config, self.room.session_id.as_str(), true);
        let id = leg.id.clone();
        self.aside(async move {
            let result = Session::offer(config).await;
            Done::DeviceReady { leg: id, result: result.map(prepared) }
        });
        self.devices.push(leg);
    }

    /// A device of the one who is called has come online: it rings, too.
    pub(super) fn device_online(&mut self, device: SessionHandle) {
        let known = self.legs().any(|leg| leg.session.same_as(&device));
        let waits = self.phase == Phase::Ringing && self.winner.is_none() && !self.has_one_leg();
        let most = self.core.config.calls_per_device.unwrap_or(usize::MAX);
        let free = !device.same_as(&self.caller.session) && device.legs() < most;
        if waits && free && !known && self.legs().count() < DEVICES {
            let wishes = self.wishes_for_devices();
            self.ring_device(device, &wishes);
        }
    }

    /// What devices are offered: what the caller can do, as he offered it or as it has been agreed on.
    pub(super) fn wishes_for_devices(&self) -> Wishes {
        match self.caller.rtc.as_ref().filter(|_| self.transferred) {
            Some(rtc) => Wishes::facing(&rtc.negotiated()),
            None => Wishes::mirroring(&self.sketch),
        }
    }

    /// The offer for a device is made: it rings.
    pub(super) fn device_ready(&mut self, id: &CallId, result: Result<Prepared, RtcError>) {
        let ready = match result {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(%error, "no offer could be made for a device");
                self.device_gone(id, HangupCause::DestinationOutOfOrder);
                return;
            }
        };
        if self.phase != Phase::Ringing || self.winner.is_some() {
            return;
        }
        let sdp = ready.sdp.clone();
        self.attach(id, ready);
        let (own, caller, callee_uri, callee_name) =
            (self.own.clone(), self.caller.party().clone(), self.room.to.clone(), self.room.name.clone());
        let Some(leg) = self.leg_mut(id) else { return };
        leg.stage = Stage::Ringing;
        leg.session.command(SessionCommand::Ring { leg: leg.id.clone(), call: own });
        leg.session.verto(ServerVerto::Invite(ServerInvite {
            call_id: leg.id.clone(),
            sdp,
            caller_id_name: Some(caller.name),
            caller_id_number: Some(caller.uri),
            callee_id_name: Some(callee_name),
            callee_id_number: Some(callee_uri.split('?').next().unwrap_or(&callee_uri).to_owned()),
            display_direction: Some("outbound".into()),
            user_variables: None,
        }));
        if !self.ringing_told {
            self.ringing_told = true;
            match self.transferred {
                true => self.caller.event(self.room.connect(&self.caller, None, "connecting")),
                false => self.caller.event(self.room.call_state(&self.caller, "ringing")),
            }
        }
    }

    /// Gives a leg its media session; nothing flows before a route is set.
    pub(super) fn attach(&mut self, id: &CallId, ready: Prepared) {
        let own = self.own.clone();
        let link = self.place.as_ref().map(|place| place.link.subscribe());
        if let Some(leg) = self.leg_mut(id) {
            match link {
                Some(link) => leg.attach_in_room(ready, own, link),
                None => leg.attach(ready, own),
            }
        }
    }

    /// The invite cannot become a call.
    pub(super) fn refuse(&mut self, cause: HangupCause) {
        if let Some(invite) = self.invite.take() {
            invite.failed(RpcError::call_error(cause));
        }
        self.cause = cause;
        self.release_all();
        self.phase = Phase::Over;
    }
}

/// What stands behind a dialled address.
pub(super) async fn resolve(core: &Core, dialled: &str) -> Result<Destination, HangupCause> {
    let target = DialTarget::parse(dialled).map_err(|_| HangupCause::InvalidNumberFormat)?;
    let path = target.path();
    // Phone numbers and SIP addresses: this space has no trunk.
    let names = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    let (context, name) = names.ok_or(HangupCause::NoRouteDestination)?;
    if path == "/public/echo" {
        return Ok(Destination::Echo);
    }
    if context == "public"
        && let Some(path) = core.desk.library.find(name)
    {
        return Ok(Destination::Script(path));
    }
    match core.store.address_at(context, name).await {
        Ok(Some(address)) if address.subscriber_id.is_some() => Ok(Destination::Subscriber(address)),
        Ok(Some(address)) if address.kind == AddressType::Room => {
            match core.store.room(&address.resource_id).await {
                Ok(Some(settings)) => Ok(Destination::Room(Box::new(settings))),
                Ok(None) => Err(HangupCause::NoRouteDestination),
                Err(error) => Err(unreadable(&error)),
            }
        }
        Ok(Some(_)) => Err(HangupCause::NoRouteDestination),
        Ok(None) if context == "public" => Err(HangupCause::NoRouteDestination),
        Ok(None) => Err(HangupCause::UnallocatedNumber),
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &StoreError) -> HangupCause {
    tracing::error!(%error, "an address could not be looked up");
    HangupCause::NormalTemporaryFailure
}

pub(super) fn prepared(
    (session, events, sdp): (Session, tokio::sync::mpsc::Receiver<ahoy_rtc::SessionEvent>, String),
) -> Prepared {
    Prepared { session, events, sdp }
}
