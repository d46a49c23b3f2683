//! `call.*`: what members ask for, for themselves and for others (WIRE.md 5).

use super::attendee::merged;
use super::canvas::LineId;
use super::layout::{Layout, Position};
use super::rights::needed;
use super::room::Room;
use crate::call::media_params;
use ahoy_model::{CallId, HangupCause, MemberId};
use ahoy_wire::{CallAction, CallRequest, LayoutListReply, MemberListReply, Reply, RpcError, Targets};
use serde_json::Value;
use std::collections::BTreeMap;

impl Room {
    pub(super) fn method(&mut self, leg: &CallId, id: &str, request: CallRequest) {
        let Some(asking) = self.lines.iter().find(|line| line.leg == *leg) else { return };
        let (own, session) = (asking.id, asking.session.clone());
        match &request.action {
            CallAction::LayoutList => {
                let reply = LayoutListReply {
                    layouts: Layout::ALL.map(Layout::name).to_vec(),
                    code: Some("200".into()),
                    message: Some("OK".into()),
                };
                return session.reply(Reply::ok(id, &reply));
            }
            CallAction::MemberList => {
                let reply = MemberListReply {
                    members: self.lines.iter().map(|line| line.attendee.member.clone()).collect(),
                    code: Some("200".into()),
                    message: Some("OK".into()),
                };
                return session.reply(Reply::ok(id, &reply));
            }
            CallAction::Transfer => {
                return session.reply(Reply::error(id, RpcError::method_not_found("call.transfer")));
            }
            _ => {}
        }
        let targets = match self.targets(own, &request) {
            Ok(targets) => targets,
            Err(error) => return session.reply(Reply::error(id, error)),
        };
        if let Some(right) = self.lacks(own, &request.action, &targets) {
            tracing::debug!(right, "a member may not do that");
            return session.reply(Reply::error(id, RpcError::not_permitted(&right)));
        }
        match self.carry_out(&request, targets) {
            Ok(()) => session.acknowledge(id),
            Err(error) => session.reply(Reply::error(id, error)),
        }
    }

    /// By member id only: v4 fills in the rest with its own call's. Nobody named: oneself.
    fn targets(&self, own: LineId, request: &CallRequest) -> Result<Vec<LineId>, RpcError> {
        let named = request.targets.members();
        if named.is_empty() {
            return Ok(vec![own]);
        }
        let meant =
            |member: &MemberId| named.iter().any(|target| target.is_all() || target.member_id == *member);
        let found: Vec<LineId> = self
            .lines
            .iter()
            .filter(|line| meant(&line.attendee.member.member_id))
            .map(|line| line.id)
            .collect();
        if found.is_empty() { Err(RpcError::invalid_params("no such member")) } else { Ok(found) }
    }

    /// The first right that is missing for doing this to one of them.
    fn lacks(&self, own: LineId, action: &CallAction, targets: &[LineId]) -> Option<String> {
        let role = self.line(own)?.attendee.role;
        let moderated = self.settings.is_moderated();
        let on_room = matches!(
            action,
            CallAction::Lock
                | CallAction::Unlock
                | CallAction::LayoutSet { .. }
                | CallAction::RoomMeta { .. }
                | CallAction::HideVideoMuted(_)
                | CallAction::PrioritizeHandraise(_)
                | CallAction::Recording(_)
                | CallAction::Playback(_)
        );
        let mut rights: Vec<String> = Vec::new();
        if on_room {
            rights.extend(needed(action, false));
        } else {
            targets.iter().for_each(|target| rights.extend(needed(action, *target == own)));
        }
        if let CallAction::LayoutSet { positions, .. } = action
            && !positions.is_empty()
        {
            rights.extend(needed(&CallAction::PositionSet { position: None }, false));
        }
        rights.into_iter().find(|right| !role.may(moderated, right))
    }

    fn carry_out(&mut self, request: &CallRequest, targets: Vec<LineId>) -> Result<(), RpcError> {
        match &request.action {
            CallAction::Lock => self.set_room(|sheet| sheet.locked = true),
            CallAction::Unlock => self.set_room(|sheet| sheet.locked = false),
            CallAction::RoomMeta { meta, merge } => self.set_room(|sheet| {
                let old = std::mem::take(&mut sheet.meta);
                sheet.meta = merged(Some(Value::Object(old)), meta, *merge);
            }),
            CallAction::HideVideoMuted(hide) => {
                self.set_room(|sheet| sheet.hide_video_muted = *hide);
                self.arrange(None);
            }
            CallAction::PrioritizeHandraise(first) => {
                self.set_room(|sheet| sheet.prioritize_handraise = *first);
                self.arrange(None);
            }
            CallAction::LayoutSet { layout, positions } => self.set_layout(layout, positions)?,
            CallAction::PositionSet { position } => {
                self.set_positions(request, position.as_deref(), &targets)?
            }
            CallAction::Recording(order) => self.record(*order)?,
            CallAction::Playback(order) => self.play(order)?,
            CallAction::End | CallAction::MemberRemove => {
                for target in targets {
                    if let Some(line) = self.line_mut(target) {
                        line.dismiss(HangupCause::NormalClearing);
                    }
                }
            }
            action => targets.into_iter().for_each(|target| self.change(target, action)),
        }
        Ok(())
    }

    fn set_room(&mut self, change: impl FnOnce(&mut super::sheet::Sheet)) {
        change(&mut self.sheet);
        self.tell_room();
    }

    fn set_layout(&mut self, name: &str, positions: &BTreeMap<String, String>) -> Result<(), RpcError> {
        let layout =
            Layout::named(name).ok_or_else(|| RpcError::invalid_params("there is no such layout"))?;
        let mut wishes = Vec::new();
        for (member, position) in positions {
            let wish = read_position(position)?;
            // `self` is v3's word for whoever asks; unknown members may have just left.
            let line = self.lines.iter().find(|line| line.attendee.member.member_id.as_str() == member);
            wishes.extend(line.map(|line| (line.id, wish)));
        }
        self.sheet.layout = layout;
        // Chosen by hand, it stays when a screen goes.
        self.before_screens = None;
        // A new layout is a new beginning: old wishes would be about other places.
        let standing: Vec<LineId> = self.lines.iter().map(|line| line.id).collect();
        for id in standing {
            let wish = wishes.iter().find(|(line, _)| *line == id).map(|(_, wish)| *wish);
            let keeps = self.line(id).is_some_and(|line| line.attendee.wish == Position::OffCanvas);
            self.place(id, wish.unwrap_or(if keeps { Position::OffCanvas } else { Position::Auto }));
        }
        self.seats.clear();
        self.arrange(None);
        Ok(())
    }

    fn set_positions(
        &mut self,
        request: &CallRequest,
        position: Option<&str>,
        targets: &[LineId],
    ) -> Result<(), RpcError> {
        let mut wishes: Vec<(LineId, Position)> = Vec::new();
        if let Targets::Placed(placements) = &request.targets {
            for placement in placements {
                let wish = read_position(&placement.position)?;
                let named = self
                    .lines
                    .iter()
                    .filter(|line| {
                        placement.target.is_all()
                            || line.attendee.member.member_id == placement.target.member_id
                    })
                    .map(|line| (line.id, wish));
                wishes.extend(named);
            }
        } else {
            let word = position.ok_or_else(|| RpcError::invalid_params("there is no position"))?;
            let wish = read_position(word)?;
            wishes.extend(targets.iter().map(|target| (*target, wish)));
        }
        for (line, wish) in wishes {
            self.place(line, wish);
        }
        self.arrange(None);
        Ok(())
    }

    /// Whoever is given a place takes it: an earlier wish of another one for the same place ends.
    fn place(&mut self, id: LineId, wish: Position) {
        let exclusive = !matches!(wish, Position::Auto | Position::OffCanvas);
        let mut events = Vec::new();
        for line in &mut self.lines {
            let new = if line.id == id {
                wish
            } else if exclusive && line.attendee.wish == wish {
                Position::Auto
            } else {
                continue;
            };
            if line.attendee.set_position(new) {
                events.push(self.sheet.member_updated(&line.attendee.member, &["requested_position"]));
            }
        }
        events.iter().for_each(|event| self.everybody(event));
    }

    /// Changes one member and tells everybody.
    fn change(&mut self, target: LineId, action: &CallAction) {
        let Some(line) = self.line_mut(target) else { return };
        let role = line.attendee.role;
        let fields = line.attendee.change(action);
        if fields.is_empty() {
            return;
        }
        let (member, mixing) = (line.attendee.member.clone(), line.attendee.mixing());
        if matches!(action, CallAction::AudioFlags(_)) && line.parent.is_none() {
            line.session.verto(media_params(&line.leg, &member));
        }
        let promoted = line.attendee.role != role;
        self.sound.set(target, mixing);
        self.everybody(&self.sheet.member_updated(&member, &fields));
        if promoted {
            // With the role the rights have changed; they travel in this event only.
            self.tell_joined(target);
        }
        let seen = ["video_muted", "isAudience", "handraised", "lowbitrate"];
        if fields.iter().any(|field| seen.contains(field)) {
            self.arrange(None);
        }
    }
}

fn read_position(word: &str) -> Result<Position, RpcError> {
    Position::read(word).ok_or_else(|| RpcError::invalid_params("there is no such position"))
}
