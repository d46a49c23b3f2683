//! Two calls of one client become one: the two far sides talk on without it (`verto.modify replace`, in FreeSWITCH's words), or
//! everybody meets in a room of their own (`merge`, a word of ours).
//!
//! ```text
//!  replace   A: alice ─ bob   B: alice ─ carol   ►   A: bob ─ carol
//!  merge     A: alice ─ bob   B: alice ─ carol   ►   alice, bob, carol in one room, each by a call of one leg
//! ```

use super::traveller::Traveller;
use super::{Call, CallCommand, CallHandle, Done, Phase};
use crate::conference::{Join, Place, RoomSettings};
use crate::core::Core;
use crate::session::VertoReplyTo;
use crate::store::StoreError;
use crate::{chat, clock};
use ahoy_model::{CallId, HangupCause};
use ahoy_wire::{RpcError, VertoResult};
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

const CAUSE: HangupCause = HangupCause::AttendedTransfer;

/// One call is to take another one in.
pub struct Unite {
    /// Whose legs they are: this one in the call that is asked, the other one in `call`.
    pub by: CallId,
    pub other: CallId,
    pub call: CallHandle,
    /// Everybody stays; else the one who asks leaves.
    pub merge: bool,
    pub reply: VertoReplyTo,
}

/// The one at the far side of a leg.
pub struct Far {
    pub leg: CallId,
    pub subscriber: String,
    pub name: String,
}

pub type FarReply = oneshot::Sender<Result<Far, HangupCause>>;
pub type GiveReply = oneshot::Sender<Result<Traveller, HangupCause>>;

/// Everything that a merge needs.
pub struct Gathering {
    guest: Traveller,
    place: Place,
    /// For the two who are not in a room yet: the one who asked, and whom he talks to.
    two: Option<(Place, Place)>,
    /// The room that was made for them.
    room: Option<RoomSettings>,
}

/// Asks a call; nobody answers when it is over.
async fn ask<T>(
    call: &CallHandle,
    command: impl FnOnce(oneshot::Sender<Result<T, HangupCause>>) -> CallCommand,
) -> Result<T, HangupCause> {
    let (reply, answer) = oneshot::channel();
    call.send(command(reply)).await;
    answer.await.unwrap_or(Err(HangupCause::InvalidCallReference))
}

async fn give(call: &CallHandle, by: &CallId, far: &CallId) -> Result<Traveller, HangupCause> {
    ask(call, |reply| CallCommand::Give { by: by.clone(), far: far.clone(), reply }).await
}

impl Call {
    /// The far side of a leg that talks with one other.
    fn far(&self, by: &CallId) -> Result<Far, HangupCause> {
        let talks = self.phase == Phase::Talking && self.leg(by).is_some() && !self.has_one_leg();
        let far = self.other(by).filter(|_| talks).ok_or(HangupCause::InvalidCallReference)?;
        if far.session.is_machine() {
            return Err(HangupCause::InvalidCallReference);
        }
        let party = far.party();
        Ok(Far { leg: far.id.clone(), subscriber: party.subscriber_id.clone(), name: party.name.clone() })
    }

    pub(super) fn tell_far(&self, by: &CallId, reply: FarReply) {
        // Whoever asked may have gone.
        let _ = reply.send(self.far(by));
    }

    /// Lets the far side of a leg go to another call; the leg itself is over, and this call with it.
    pub(super) fn give(&mut self, by: &CallId, far: &CallId, reply: GiveReply) {
        let found = self.far(by).map(|found| found.leg == *far);
        if found != Ok(true) {
            let _ = reply.send(Err(HangupCause::InvalidCallReference));
            return;
        }
        self.leave_behind(by, far);
        let traveller = self.take_out(far).ok_or(CAUSE);
        self.depart(by, CAUSE);
        self.end_everybody(CAUSE);
        // A traveller that nobody waits for is ended by being dropped.
        let _ = reply.send(traveller);
    }

    /// What the one who stays is told of the one who goes, and what the one who goes loses.
    fn leave_behind(&mut self, by: &CallId, stays: &CallId) {
        self.end_children_of(by, CAUSE);
        if let (Some(leaver), Some(left)) = (self.leg(by), self.leg(stays)) {
            left.event(self.room.member_left(&leaver.member, "transfer"));
        }
        self.core.switchboard.stops_ringing(&self.caller.id);
    }

    pub(super) fn unite(&mut self, wish: Box<Unite>) {
        if wish.call.same_as(&self.own) {
            return wish.reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        }
        match wish.merge {
            true => self.gather(wish),
            false => self.connect_far_sides(wish),
        }
    }

    fn connect_far_sides(&self, wish: Box<Unite>) {
        if let Err(cause) = self.far(&wish.by) {
            return wish.reply.failed(RpcError::call_error(cause));
        }
        self.aside(async move {
            let far = ask(&wish.call, |reply| CallCommand::Far { by: wish.other.clone(), reply }).await;
            let result = match far {
                Ok(far) => give(&wish.call, &wish.other, &far.leg).await,
                Err(cause) => Err(cause),
            };
            Done::Given { wish, result }
        });
    }

    /// The far side of the other call is here: it takes the place of the one who asked.
    pub(super) fn given(&mut self, wish: Unite, result: Result<Traveller, HangupCause>) {
        let Unite { by, reply, .. } = wish;
        let (traveller, stays) = match (result, self.far(&by)) {
            (Ok(traveller), Ok(stays)) => (traveller, stays.leg),
            (Err(cause), _) | (_, Err(cause)) => return reply.failed(RpcError::call_error(cause)),
        };
        reply.ok(VertoResult::transferred(by.clone()));
        self.leave_behind(&by, &stays);
        self.depart(&by, CAUSE);
        self.write_down_so_far();
        self.seat_as_caller(&stays);
        self.cut(&stays);
        let own = self.own.clone();
        let Some((mut leg, mut children)) = traveller.arrive(&own) else { return };
        let met = leg.party().clone();
        self.room.begin_again(self.caller.party(), met.uri.clone());
        self.room.answered = Some(clock::unix_ms());
        self.room.name = met.name;
        self.winner = Some(leg.id.clone());
        leg.bridge(own.clone());
        for child in &mut children {
            child.leg.bridge(own.clone());
        }
        self.display(&met.uri);
        let waited = self.caller.party().clone();
        super::transfer::display(&leg, &waited.name, &waited.uri);
        self.devices.push(leg);
        self.children.append(&mut children);
        self.set_routes();
        if let Some(new) = self.other(&self.caller.id) {
            self.tell_met(&self.caller, new);
            self.tell_whole(new, &self.caller);
        }
    }

    /// Places for everybody, and then the far side of the other call.
    fn gather(&self, wish: Box<Unite>) {
        let in_room = self.place.as_ref().map(|place| place.admission.room_id.clone());
        let here = match &in_room {
            Some(_) if self.is_caller(&wish.by) && self.phase == Phase::Talking => None,
            _ => match self.far(&wish.by) {
                Ok(far) => Some(far),
                Err(cause) => return wish.reply.failed(RpcError::call_error(cause)),
            },
        };
        let (core, own_room, party) =
            (Arc::clone(&self.core), self.own_room.clone(), wish.reply.session.party().clone());
        self.aside(async move {
            let gathering = async {
                let far = ask(&wish.call, |reply| CallCommand::Far { by: wish.other.clone(), reply }).await?;
                let (settings, made) = match (here.as_ref(), own_room) {
                    (Some(here), _) => {
                        let people = [(&party.subscriber_id, &party.name), (&here.subscriber, &here.name)];
                        (room_for(people, &far), true)
                    }
                    (None, Some(mut room)) => {
                        room.members.push(far.subscriber.clone());
                        core.conferences.changed(&room.id, Some(room.clone())).await;
                        (room, true)
                    }
                    (None, None) => (known_room(&core, in_room.as_deref().unwrap_or_default()).await?, false),
                };
                let admit = async |leg: &CallId, subscriber: &str| {
                    core.conferences.admit(&settings, leg, subscriber).await
                };
                let place = admit(&far.leg, &far.subscriber).await?;
                let two = match &here {
                    Some(here) => Some((
                        admit(&wish.by, &party.subscriber_id).await?,
                        admit(&here.leg, &here.subscriber).await?,
                    )),
                    None => None,
                };
                let guest = give(&wish.call, &wish.other, &far.leg).await?;
                Ok(Gathering { guest, place, two, room: made.then_some(settings) })
            };
            let result = gathering.await.map(Box::new);
            Done::Gathered { wish, result }
        });
    }

    pub(super) fn gathered(&mut self, wish: Unite, result: Result<Box<Gathering>, HangupCause>) {
        let Unite { by, reply, .. } = wish;
        let gathering = match result {
            Ok(gathering) => gathering,
            Err(cause) => return reply.failed(RpcError::call_error(cause)),
        };
        let Gathering { guest, place, two, room } = *gathering;
        if let Some((mine, theirs)) = two {
            let here = self.far(&by).ok().filter(|here| theirs.is_for(&here.leg));
            let Some(traveller) = here.and_then(|here| self.take_out(&here.leg)) else {
                return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
            };
            reply.ok(VertoResult::ok(by));
            self.write_down_so_far();
            let name = mine.admission.display_name.clone();
            self.room.begin_again(self.caller.party(), name);
            self.room.answered = Some(clock::unix_ms());
            self.winner = None;
            self.move_in(Box::new(mine));
            super::lodging::settle(&self.core, traveller, theirs);
        } else if self.leg(&by).is_some() && self.place.is_some() {
            reply.ok(VertoResult::ok(by));
        } else {
            return reply.failed(RpcError::call_error(HangupCause::InvalidCallReference));
        }
        self.own_room = room.or(self.own_room.take());
        super::lodging::settle(&self.core, guest, place);
    }

    /// The call as it was until now is over, though its task goes on.
    fn write_down_so_far(&mut self) {
        self.cause = CAUSE;
        let record = self.record();
        let core = Arc::clone(&self.core);
        tokio::spawn(async move { chat::write_down(&core, record).await });
        self.cause = HangupCause::NormalClearing;
    }
}

/// A room for these three and nobody else; the first one is its owner. It is in no directory, and over when they have gone.
fn room_for(people: [(&String, &String); 2], far: &Far) -> RoomSettings {
    let [(owner, own_name), (other, other_name)] = people;
    let id = Uuid::new_v4().to_string();
    RoomSettings {
        name: id.clone(),
        id,
        display_name: [own_name, other_name, &far.name].map(String::as_str).join(", "),
        capacity: CAPACITY,
        join: Join::Listed,
        owners: vec![owner.clone()],
        members: vec![other.clone(), far.subscriber.clone()],
        ..RoomSettings::default()
    }
}

/// People in a room that was made by merging.
const CAPACITY: usize = 16;

/// The room that a call is in already.
async fn known_room(core: &Core, id: &str) -> Result<RoomSettings, HangupCause> {
    let unreadable = |error: StoreError| {
        tracing::error!(%error, "a room could not be looked up");
        HangupCause::NormalTemporaryFailure
    };
    core.store.room(id).await.map_err(unreadable)?.ok_or(HangupCause::NoRouteDestination)
}
