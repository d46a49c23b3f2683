//! Whether somebody looks at the phone, and what follows from it.

use crate::house::House;
use std::time::{Duration, Instant};

/// Between two looks at the connection when the window comes to the front.
const CHECKS: Duration = Duration::from_secs(10);

impl House {
    pub(crate) fn seen(&mut self, now: Instant, hidden: bool) {
        self.out_of_sight = hidden;
        if !hidden {
            self.check_on_show(now);
            if self.settings.advanced.devices_on_show {
                self.devices.look_again();
            }
        }
    }

    /// Whoever comes back to the phone sees soon whether the space is there.
    fn check_on_show(&mut self, now: Instant) {
        let rested = self.checked.is_none_or(|at| now.saturating_duration_since(at) >= CHECKS);
        if self.settings.advanced.check_on_show && rested {
            self.checked = Some(now);
            let routed = self.registration.hurry(now);
            self.route(now, routed);
        }
    }
}
