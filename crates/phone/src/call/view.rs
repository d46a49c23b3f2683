//! What the user sees of a call.

use crate::call::LiveCall;
use crate::call::actions::actions;
use crate::ringer::Heard;
use crate::snapshot::{CallView, CompletedCall};
use ahoy_model::{CallStatus, Direction, Problem, Quality};
use std::time::{Duration, Instant};

/// A busy tone is heard for so long.
pub(crate) const BUSY_TONE: Duration = Duration::from_secs(3);

impl LiveCall {
    /// A check of the set-up: nothing of it is kept.
    pub(crate) fn is_check(&self) -> bool {
        self.options.check
    }

    /// `trouble`: with a device that this call wants.
    pub(crate) fn view(&self, trouble: Option<Problem>) -> CallView {
        let mut can = actions(self.status(), self.direction(), self.silenced);
        // A call that talks can get a picture; before that it must have been offered.
        can.camera &= self.can_send_picture() || (self.status() == CallStatus::Connected && !self.changing);
        can.share &= self.may_share();
        CallView {
            id: self.id().clone(),
            direction: self.direction(),
            status: self.status(),
            name: self.party.name.clone(),
            address: self.party.address.clone(),
            started_at: self.started_at,
            connected_at: self.connected_at,
            gives_up_at: self.gives_up_at,
            with_video: self.party.with_video,
            receives_video: self.pictures
                && (self.is_in_room() || !self.far_picture_off || self.sees_screen()),
            check: self.options.check,
            far_shares: self.sees_screen() && !self.is_in_room(),
            sharing: false,
            room: self.room_view(),
            muted: self.muted,
            volume: self.volume,
            camera_off: !self.wants_picture,
            silenced: self.silenced,
            actions: can,
            end: self.end.map(|(reason, _)| reason),
            cause: self.end.and_then(|(_, cause)| cause),
            stats: self.stats.clone(),
            quality: self.stats.as_ref().and_then(|stats| stats.mos).map(Quality::from_mos),
            problem: self.problem.clone().or(trouble),
        }
    }

    pub(crate) fn completed(&self, now: f64) -> Option<CompletedCall> {
        let (end, _) = self.end?;
        Some(CompletedCall {
            id: self.id().clone(),
            direction: self.direction(),
            name: self.party.name.clone(),
            address: self.party.address.clone(),
            started_at: self.started_at,
            duration: self.connected_at.map_or(0.0, |since| (now - since).max(0.0)),
            with_video: self.party.with_video,
            end,
            missed: self.direction() == Direction::Inbound && !self.was_answered() && end.is_missed(),
        })
    }

    pub(crate) fn heard(&self, now: Instant) -> Heard {
        let just = self.ended_at().is_some_and(|at| now.saturating_duration_since(at) < BUSY_TONE);
        Heard {
            status: self.status(),
            direction: self.direction(),
            silenced: self.silenced,
            has_sound: self.has_early_media(),
            just_ended: self.end.filter(|_| just).map(|(reason, _)| reason),
        }
    }
}
