//! Quiet hours, and the desktop's own: the phone turns itself to "do not disturb" when they begin and back when they end. What the user does in
//! between holds until the next of the two.

use crate::focus;
use crate::shell::Shell;
use ahoy_phone::{QuietHours, RegistrationStatus};
use chrono::{Datelike, Local, Timelike};
use std::time::Duration;
use tokio::time::timeout;

/// How often the clock is looked at: a computer that wakes up is right again within this time.
const LOOK: Duration = Duration::from_secs(20);

fn is_quiet_now(hours: &QuietHours) -> bool {
    let now = Local::now();
    let minute = u16::try_from(now.hour() * 60 + now.minute()).unwrap_or_default();
    hours.cover(u8::try_from(now.weekday().num_days_from_monday()).unwrap_or_default(), minute)
}

/// What is to be done when quiet was `before` and is `now`.
fn turn(before: bool, now: bool, status: RegistrationStatus) -> Option<bool> {
    match (before, now, status) {
        (false, true, RegistrationStatus::Online) => Some(false),
        (true, false, RegistrationStatus::Offline) => Some(true),
        _ => None,
    }
}

/// Ends with the phone.
pub async fn follow(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    let mut focus = focus::watch();
    let mut quiet = false;
    loop {
        let (hours, follows, status) = {
            let snapshot = snapshots.borrow_and_update();
            let settings = &snapshot.settings;
            (settings.quiet_hours.clone(), settings.follow_focus, snapshot.registration)
        };
        let now = is_quiet_now(&hours) || follows && focus.borrow_and_update().wants_quiet();
        // A phone that is not connected yet is turned as soon as it is.
        let settled = matches!(status, RegistrationStatus::Online | RegistrationStatus::Offline);
        if settled && let Some(online) = turn(quiet, now, status) {
            tracing::info!(online, "quiet hours");
            if let Err(problem) = shell.phone.set_online(online).await {
                shell.tell(problem);
            }
        }
        if settled {
            quiet = now;
        }
        tokio::select! {
            changed = timeout(LOOK, snapshots.changed()) => if matches!(changed, Ok(Err(_))) {
                return;
            },
            Ok(()) = focus.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RegistrationStatus::{Offline, Online, Reconnecting};

    #[test]
    fn only_the_beginning_and_the_end_turn_the_phone() {
        assert_eq!(turn(false, true, Online), Some(false));
        assert_eq!(turn(true, true, Online), None, "the user wants to be reached after all");
        assert_eq!(turn(true, false, Offline), Some(true));
        assert_eq!(turn(false, false, Offline), None, "the user's own do not disturb");
        assert_eq!(turn(true, false, Online), None);
        assert_eq!(turn(false, true, Reconnecting), None);
    }
}
