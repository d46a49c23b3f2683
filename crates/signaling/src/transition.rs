use crate::call::Call;
use crate::{CallInput, CallOutput};
use std::time::Instant;

impl Call {
    pub(crate) fn step(&mut self, _now: Instant, _input: CallInput, _out: &mut Vec<CallOutput>) {}
}
