//! When a device that failed is tried again by itself: where nothing else is left, and what ailed it may pass.

use ahoy_model::DeviceState;
use std::time::{Duration, Instant};

/// Before the first try; each further one takes twice as long.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(30);

/// Of one kind of device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chance {
    tries: u32,
    due: Option<Instant>,
    /// While it is tried: what people have been told, and are told until it works.
    pub(crate) told: Option<DeviceState>,
}

impl Chance {
    /// Whether this may end without anybody plugging or choosing anything. A driver that hangs keeps a thread with every
    /// try; what is denied is asked for by the user.
    pub(crate) fn may_pass(state: DeviceState) -> bool {
        matches!(state, DeviceState::Busy | DeviceState::Broken)
    }

    /// Sees to it that a try is due, or that none is.
    pub(crate) fn plan(&mut self, stuck: bool, now: Instant) {
        let pause = LONGEST.min(FIRST * (1 << self.tries.min(8)));
        self.due = stuck.then(|| self.due.unwrap_or(now + pause));
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A try begins, if one is due.
    pub(crate) fn begin(&mut self, now: Instant) -> bool {
        let begins = self.due.take_if(|due| *due <= now).is_some();
        self.tries += u32::from(begins);
        begins
    }

    /// Whether nobody has been told of the trouble yet.
    pub(crate) fn is_first(&self) -> bool {
        self.tries == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bearable() {
        let mut chance = Chance::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..40 {
            chance.plan(true, now);
            let due = chance.due().expect("a try is planned");
            // Looking again changes nothing.
            chance.plan(true, now + Duration::from_millis(1));
            assert_eq!(chance.due(), Some(due));
            assert!(!chance.begin(now));
            pauses.push((due - now).as_secs());
            now = due;
            assert!(chance.begin(now) && !chance.is_first());
        }
        assert_eq!(pauses[..6], [2, 4, 8, 16, 30, 30]);
        assert_eq!(pauses.last(), Some(&30));
        chance.plan(true, now);
        chance.plan(false, now);
        assert_eq!(chance.due(), None);
    }
}
