//! Two calls that become one: which can, and asking the space for it.

use crate::call::LiveCall;
use crate::calls::Calls;
use crate::house::House;
use ahoy_model::{CallId, CallStatus, Problem, ProblemCode};
use ahoy_signaling::CallInput;
use std::time::Instant;

/// What can be made of a call and the active one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unions {
    pub(crate) connect: bool,
    pub(crate) merge: bool,
}

impl Calls {
    pub(crate) fn unions(&self, call: &LiveCall) -> Unions {
        let stands = |call: &LiveCall| {
            matches!(call.status(), CallStatus::Connected | CallStatus::Held) && !call.is_check()
        };
        let active = self.active().filter(|id| *id != call.id()).and_then(|id| self.get(id));
        let Some(active) = active.filter(|active| stands(active) && stands(call)) else {
            return Unions::default();
        };
        // Only a call between two can be dissolved into another one.
        Unions {
            connect: active.may_replace() && call.may_replace(),
            merge: active.may_merge() && call.may_replace(),
        }
    }
}

impl House {
    pub(crate) fn unite(&mut self, now: Instant, id: &CallId, merge: bool) -> Result<(), Problem> {
        let call = self.calls.get(id).ok_or(Problem::new(ProblemCode::CallUnknown))?;
        let can = self.calls.unions(call);
        let active = self.calls.active().cloned().filter(|_| if merge { can.merge } else { can.connect });
        let active = active.ok_or(Problem::new(ProblemCode::CallNotPossible))?;
        self.input(now, &active, CallInput::Unite { other: id.clone(), merge });
        Ok(())
    }
}
