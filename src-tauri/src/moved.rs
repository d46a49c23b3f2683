//! A space on this network whose computer got another address is found again by its certificate.

use crate::shell::Shell;
use crate::store::Membership;
use ahoy_model::ProblemCode;
use ahoy_phone::{Doorstep, Lookout, RegistrationStatus, Snapshot};

/// Looks out only while our own space does not answer. Ends with the phone.
pub async fn follow(shell: Shell) {
    let mut snapshots = shell.phone.snapshots();
    while snapshots.wait_for(|now| is_lost(now)).await.is_ok() {
        if let Some(host) = search(&shell).await {
            tracing::info!("our space has moved to another address");
            if let Err(problem) = shell.accounts.move_to(host).await {
                shell.tell(problem);
            }
        }
        if snapshots.wait_for(|now| !is_lost(now)).await.is_err() {
            return;
        }
    }
}

fn is_lost(now: &Snapshot) -> bool {
    let unheard = |code| matches!(code, ProblemCode::SpaceUnreachable | ProblemCode::SpaceTimeout);
    now.registration == RegistrationStatus::Reconnecting
        && now.registration_problem.as_ref().is_some_and(|problem| unheard(problem.code))
}

/// Where it answers now; `None` once it is not lost any more, or where it can only be looked for at the same place.
async fn search(shell: &Shell) -> Option<String> {
    let Some(Membership::Nearby { host, pin, .. }) = shell.accounts.store.membership() else { return None };
    let lookout = Lookout::start().inspect_err(|problem| tracing::info!(%problem, "no lookout")).ok()?;
    let (mut spaces, mut snapshots) = (lookout.spaces(), shell.phone.snapshots());
    loop {
        let found = spaces.borrow_and_update().iter().find(|space| space.fingerprint == pin).cloned();
        if let Some(space) = found.filter(|space| !space.hosts.contains(&host))
            && let Ok(doorstep) = Doorstep::find(&space.hosts, pin).await
        {
            return Some(doorstep.host);
        }
        tokio::select! {
            changed = spaces.changed() => changed.ok()?,
            back = snapshots.wait_for(|now| !is_lost(now)) => {
                drop(back);
                return None;
            }
        }
    }
}
