//! A leg on its way from one call to another, with its media session and what belongs to it.

use super::child::Child;
use super::leg::{Leg, Stage};
use super::{Call, CallHandle};
use crate::session::SessionCommand;
use ahoy_model::{CallId, HangupCause};

/// Whoever drops it before it has arrived ends it.
pub struct Traveller {
    legs: Option<(Box<Leg>, Vec<Child>)>,
}

impl Traveller {
    /// Its legs, which belong to the call with this handle from now on. Their clients' requests follow them.
    pub(super) fn arrive(mut self, call: &CallHandle) -> Option<(Leg, Vec<Child>)> {
        let (leg, children) = self.legs.take()?;
        for leg in std::iter::once(&*leg).chain(children.iter().map(|child| &child.leg)) {
            leg.session.command(SessionCommand::Ring { leg: leg.id.clone(), call: call.clone() });
        }
        Some((*leg, children))
    }
}

impl Drop for Traveller {
    fn drop(&mut self) {
        let Some((leg, children)) = self.legs.take() else { return };
        let mut media = Vec::new();
        for mut leg in children.into_iter().map(|child| child.leg).chain([*leg]) {
            leg.bye(HangupCause::NormalTemporaryFailure);
            media.extend(leg.release());
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                for session in media {
                    session.close().await;
                }
            });
        }
    }
}

impl Call {
    /// Lets a leg go that talks here. The other one is in the caller's place then.
    pub(super) fn take_out(&mut self, id: &CallId) -> Option<Traveller> {
        let stays = self.other(id).filter(|other| other.id != *id).map(|other| other.id.clone())?;
        self.cut(id);
        self.seat_as_caller(&stays);
        let at = self.devices.iter().position(|leg| leg.id == *id && leg.stage == Stage::Answered)?;
        let leg = self.devices.remove(at);
        let (children, others) = std::mem::take(&mut self.children)
            .into_iter()
            .partition::<Vec<Child>, _>(|child| child.parent == leg.id);
        self.children = others;
        for leg in std::iter::once(&leg).chain(children.iter().map(|child| &child.leg)) {
            // What it has to say is for its next call.
            if let Some(tap) = &leg.tap {
                tap.pause();
            }
        }
        Some(Traveller { legs: Some((Box::new(leg), children)) })
    }
}
